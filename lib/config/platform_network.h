/* SPDX-License-Identifier: ISC */

/*
 * Address blocks that belong to platforms, and from which all their customers
 * send.
 */

#ifndef PLATFORM_NETWORK_H
#define PLATFORM_NETWORK_H

#include <stdbool.h>

#include "config/network.h"

/* Whether one block is in the other. */
bool	network_overlaps(const struct network *a, const struct network *b);

/*
 * The platform that has the block, a part of it, or a block around it: "Google
 * Workspace"; NULL if none is known.  No list of such blocks is complete: that
 * a block is not known means nothing.
 */
const char *platform_of_network(const struct network *network);

#endif /* PLATFORM_NETWORK_H */
