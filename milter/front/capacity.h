/* SPDX-License-Identifier: ISC */

/*
 * What the front may use at most: descriptors, connections of the MTA, and the
 * stacks of threads.
 */

#ifndef CAPACITY_H
#define CAPACITY_H

#include "config/config.h"

/*
 * Set them, and open the gate (gate.h).  As root, if it was started so, and
 * before the first thread.  Returns 0, or -1 with the reason logged.
 */
int	capacity_set(const struct config *config);

#endif /* CAPACITY_H */
