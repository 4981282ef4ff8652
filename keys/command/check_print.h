/* SPDX-License-Identifier: ISC */

/*
 * Print the result of the check of a domain.
 */

#ifndef CHECK_PRINT_H
#define CHECK_PRINT_H

#include <stdio.h>

#include "command/domain_check.h"

struct check_style {
	unsigned int	columns;	/* of the terminal; 0: do not wrap */
	bool		only_problems;	/* leave out what needs nobody */
};

/*
 * Print a verdict and what to do for each key, with a row for each server, and
 * then advice.
 */
void	check_print(FILE *fp, const struct domain_check *check,
	    const struct check_style *style);

/* Print one JSON object, without a final newline. */
void	check_print_json(FILE *fp, const struct domain_check *check,
	    bool only_problems);

#endif /* CHECK_PRINT_H */
