/* SPDX-License-Identifier: ISC */

/*
 * The check of a domain, printed.
 */

#ifndef CHECK_PRINT_H
#define CHECK_PRINT_H

#include <stdio.h>

#include "command/domain_check.h"

/* A table: key, server, verdict and record; below it, what to do. */
void	check_print(FILE *fp, const struct domain_check *check);

/* One JSON object, without a final newline. */
void	check_print_json(FILE *fp, const struct domain_check *check);

#endif /* CHECK_PRINT_H */
