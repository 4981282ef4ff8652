/* SPDX-License-Identifier: ISC */

/*
 * Waiting for the lock of a domain.
 */

#ifndef KEYSTORE_WAIT_H
#define KEYSTORE_WAIT_H

#include "store/keystore.h"

/* ks_lock(), but wait up to that many seconds while another writer has it. */
int	ks_lock_wait(struct keystore *ks, const char *domain, bool create,
	    unsigned int seconds, struct ks_lock **lock,
	    struct ks_error *error);

#endif /* KEYSTORE_WAIT_H */
