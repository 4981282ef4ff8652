/* SPDX-License-Identifier: ISC */

/*
 * The lines of a table: of any length, ended by LF or CRLF.  From "#" on a
 * line is a comment.
 */

#ifndef IMPORT_LINES_H
#define IMPORT_LINES_H

#include "import/plan.h"

#define IMPORT_MAX_LINE	16384	/* octets: a key may be in it */

struct import_lines {
	struct import_plan	*plan;		/* for notes */
	struct import_place	 place;		/* of the line */
	const char		*p, *end;
	char			 line[IMPORT_MAX_LINE + 1];
};

/* text is borrowed until the last line was read. */
void	import_lines_init(struct import_lines *lines,
	    struct import_plan *plan, const char *file, const char *text,
	    size_t len);

/*
 * The next line that is not empty, in lines->line, without blanks at its
 * ends; false when there is none.  What is too long, or has a control
 * character other than TAB, becomes a note.
 */
bool	import_lines_next(struct import_lines *lines);

/* Wipe the line, which may have contained a key. */
void	import_lines_finish(struct import_lines *lines);

/*
 * Cut the first word off a line: returns the text after it and its blanks,
 * which may be empty.
 */
char	*import_lines_cut(char *line);

#endif /* IMPORT_LINES_H */
