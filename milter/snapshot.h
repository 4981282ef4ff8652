/* SPDX-License-Identifier: ISC */

/*
 * The configuration that new messages get: one pointer, replaced as a whole.
 */

#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "config.h"

/* Make config the current one; the reference is taken over. */
void	snapshot_replace_take(struct config *config);

/* The current configuration with a reference for the caller; NULL before
 * the first snapshot_replace_take() and after snapshot_replace_take(NULL). */
struct config *snapshot_acquire(void);

#endif /* SNAPSHOT_H */
