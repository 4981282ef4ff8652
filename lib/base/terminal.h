/* SPDX-License-Identifier: ISC */

/*
 * The width of standard output, and text that is wrapped to it.  What is not a
 * terminal has no width: its lines are not wrapped, so that programs can search
 * them.
 */

#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdio.h>

#define TERMINAL_COLUMNS	80	/* of a terminal that tells none */
#define TERMINAL_MIN_COLUMNS	40
#define TERMINAL_MAX_COLUMNS	250	/* longer lines are hard to read */

/* The columns of a terminal, or 0 if standard output is not one. */
unsigned int	terminal_columns(void);

/*
 * Print a text on standard output, indented by that many columns and with a
 * final newline.  Longer lines are wrapped between words; columns is 0 for
 * none.
 */
void	terminal_print(const char *text, unsigned int indent,
	    unsigned int columns);

/*
 * The same on a stream; the lines after the first are indented by hang
 * columns.
 */
void	terminal_write(FILE *fp, const char *text, unsigned int indent,
	    unsigned int hang, unsigned int columns);

#endif /* TERMINAL_H */
