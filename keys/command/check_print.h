/* SPDX-License-Identifier: ISC */

/*
 * Print the result of the check of a domain.
 */

#ifndef CHECK_PRINT_H
#define CHECK_PRINT_H

#include <stdio.h>

#include "command/domain_check.h"

/* Print a table of key, server, verdict and record, then what to do. */
void	check_print(FILE *fp, const struct domain_check *check);

/* Print one JSON object, without a final newline. */
void	check_print_json(FILE *fp, const struct domain_check *check);

#endif /* CHECK_PRINT_H */
