/* SPDX-License-Identifier: ISC */

/*
 * The difference of two texts, as diff -u shows it.
 */

#ifndef SETUP_DIFF_H
#define SETUP_DIFF_H

#include <stdbool.h>
#include <stdio.h>

#define DIFF_MAX_LINES	4000	/* of both texts together; beyond: see below */

/*
 * Print the lines that differ, with up to three lines around them.  A text of
 * NULL is one without lines.  Larger texts are compared from both ends only, so
 * that everything between the first and the last difference is shown.
 */
void	diff_print(const char *before, const char *after, bool colours,
	    FILE *out);

#endif /* SETUP_DIFF_H */
