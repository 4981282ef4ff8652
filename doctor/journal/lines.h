/* SPDX-License-Identifier: ISC */

/*
 * Lines out of chunks that are cut anywhere, in constant memory.
 */

#ifndef JOURNAL_LINES_H
#define JOURNAL_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define LINES_MAX	32768	/* octets of a line; a longer one is skipped */

struct lines {
	/* Gets each line without its newline; it may contain NULs. */
	void	(*take)(void *arg, const char *line, size_t len);
	void	*arg;
	unsigned long nlines, nskipped;

	bool	 is_skipping;
	size_t	 len;
	char	 text[LINES_MAX];
};

void	lines_begin(struct lines *lines,
	    void (*take)(void *arg, const char *line, size_t len), void *arg);
void	lines_add(struct lines *lines, const char *chunk, size_t len);
/* The text has ended: take what follows the last newline. */
void	lines_end(struct lines *lines);

#endif /* JOURNAL_LINES_H */
