/* SPDX-License-Identifier: ISC */

/*
 * The signer's cell: what it can still do once it serves.
 */

#ifndef SIGNER_CONFINE_H
#define SIGNER_CONFINE_H

#include <stdbool.h>

/*
 * Prepare what OpenSSL and the C library read once, lock memory, and enter the
 * cell, for good.  state_dir is NULL unless the key directory is mounted.
 *
 * Called when: the key store is open, and the process has no other thread.
 *
 * Returns 0, or -1 with the reason logged.
 */
int	signer_confine(const char *keydir, const char *state_dir,
	    bool is_debug);

#endif /* SIGNER_CONFINE_H */
