/* SPDX-License-Identifier: ISC */

/*
 * Read a table line by line.  Lines end with LF or CRLF; "#" begins a comment
 * that extends to the end of the line.
 */

#ifndef IMPORT_LINES_H
#define IMPORT_LINES_H

#include "import/plan.h"

#define IMPORT_MAX_LINE	16384	/* octets: a line may contain a key */

struct import_lines {
	struct import_plan	*plan;		/* receives notes */
	struct import_place	 place;		/* of the line */
	bool			 is_option;	/* all is in place.line */
	const char		*p, *end;
	char			 line[IMPORT_MAX_LINE + 1];
};

/*
 * text is borrowed until the last line has been read.  For lines that are all
 * in one line of a file, set place.line and is_option after this.
 */
void	import_lines_init(struct import_lines *lines,
	    struct import_plan *plan, const char *file, const char *text,
	    size_t len);

/*
 * Copy the next line that is not empty into lines->line, without its comment
 * and without leading and trailing blanks.  Returns false if there is none.  A
 * line that is too long, or contains a control character other than TAB, is
 * skipped, with a note.
 */
bool	import_lines_next(struct import_lines *lines);

/* Wipe the buffer, which may have held a key. */
void	import_lines_finish(struct import_lines *lines);

/*
 * End the first word of a line with a NUL.  Returns the rest of the line after
 * the blanks that follow the word; it may be empty.
 */
char	*import_lines_cut(char *line);

#endif /* IMPORT_LINES_H */
