/* SPDX-License-Identifier: ISC */

/*
 * Print advice on a domain.
 */

#ifndef ADVICE_PRINT_H
#define ADVICE_PRINT_H

#include <stdio.h>

#include "advice/advice.h"

/*
 * Print the notes, warnings first, wrapped to that many columns (0: not); with
 * only_warnings, no others.
 */
void	advice_print(FILE *fp, const struct advice *advice,
	    bool only_warnings, unsigned int columns);

/* Print the notes as a JSON array of objects, without a final newline. */
void	advice_print_json(FILE *fp, const struct advice *advice);

#endif /* ADVICE_PRINT_H */
