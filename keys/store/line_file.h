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

/*
 * Check that a text of len octets is whole lines without NUL, and begins with
 * the line first; call take for each further one.  Returns 0, KS_E_DAMAGED, or
 * what take returns if that is not 0; *number is that of the line, from 1, at
 * which reading stopped.  The text is changed.
 */
int	store_take_lines(char *text, size_t len, const char *first,
	    store_take_fn *take, void *context, size_t *number);

#endif /* STORE_LINE_FILE_H */
