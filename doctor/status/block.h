/* SPDX-License-Identifier: ISC */

/*
 * Lines of text with colours and bars, which are no wider than the terminal,
 * and blocks of them, which are no longer than there is room for.
 */

#ifndef STATUS_BLOCK_H
#define STATUS_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/print.h"
#include "status/status.h"

/* Octets of a line: each column may be a character of three, and colours. */
#define BLOCK_LINE_SIZE		1024
#define BLOCK_MAX_COLUMNS	250
#define BLOCK_MAX_LINES		40

struct block {
	const struct status_style *style;
	char	 lines[BLOCK_MAX_LINES][BLOCK_LINE_SIZE];
	bool	 begins[BLOCK_MAX_LINES];	/* an item */
	size_t	 n, nitems;
	size_t	 nleft_out;	/* items that have no line */
	const char *more;	/* what shows them; NULL: all are needed */

	/* The line that is being written. */
	size_t	 len;
	unsigned int column;
};

/* Begin a block, which has no line. */
void	block_init(struct block *block, const struct status_style *style);

/*
 * Begin a line, which begins an item, or continues one or the heading; false if
 * there is no room for one more, and then the item is counted.
 */
bool	block_item(struct block *block);
bool	block_line(struct block *block);

/* Add text to the line, cut at its end; others are printed as print_safe(). */
void	block_put(struct block *block, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	block_put_safe(struct block *block, const char *text,
	    unsigned int columns);
void	block_colour(struct block *block, enum print_colour colour);
/* Blanks up to a column. */
void	block_fill(struct block *block, unsigned int column);
/* A bar of a part, 0 to 1, of so many columns, filled with blanks. */
void	block_bar(struct block *block, double part, unsigned int columns);
/* One column as high as a part, 0 to 1. */
void	block_column(struct block *block, double part);

/*
 * The text in as many lines as it needs, each in that colour and indented.  If
 * is_item, the first has a dash, too.
 */
void	block_wrap(struct block *block, const char *text, bool is_item,
	    enum print_colour colour);

/*
 * A command on a line of its own, whole: false if it is too long for a screen,
 * or for any line.
 */
bool	block_command(struct block *block, const char *command, size_t len);

/*
 * Print blocks, with an empty line between them if there is room, in so many
 * rows (0: any): items at the end of the longest are left out, except the first
 * of each, then the last blocks.
 */
void	blocks_print(FILE *fp, struct block *blocks, size_t n,
	    const struct status_style *style);

#endif /* STATUS_BLOCK_H */
