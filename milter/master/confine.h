/* SPDX-License-Identifier: ISC */

/*
 * The master's cell, which its children inherit before they enter their own.
 */

#ifndef MASTER_CONFINE_H
#define MASTER_CONFINE_H

#include <stdbool.h>

#include "master/master.h"

/*
 * Enter the cell, for good.  If root, first let the signers lock their memory.
 *
 * Returns 0, or -1 with the reason logged.
 */
int	master_confine(enum master_part part, bool is_debug);

#endif /* MASTER_CONFINE_H */
