/* SPDX-License-Identifier: ISC */

/*
 * Files of the store that consist of lines, the first of which says what they
 * are.
 */

#ifndef STORE_LINE_FILE_H
#define STORE_LINE_FILE_H

#include <stddef.h>

/* Takes a line without its newline, and may change it; 0 or KS_E_*. */
typedef int	store_take_fn(void *context, char *line);

/* Where and why reading stopped. */
struct line_stop {
	size_t		 number;	/* of the line, from 1 */
	const char	*why;		/* static */
};

/*
 * Check that a text of len octets is whole lines without NUL, and begins with
 * the line first, which ends with the number 1; call take for each further
 * one.  Returns 0, KS_E_DAMAGED, also if a later version wrote the file, or
 * what take returns if that is not 0; then *stop is set.  The text is changed.
 */
int	store_take_lines(char *text, size_t len, const char *first,
	    store_take_fn *take, void *context, struct line_stop *stop);

#endif /* STORE_LINE_FILE_H */
