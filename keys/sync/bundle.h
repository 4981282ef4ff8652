/* SPDX-License-Identifier: ISC */

/*
 * The lines that push a domain: its state and its private keys.
 */

#ifndef SYNC_BUNDLE_H
#define SYNC_BUNDLE_H

#include "sync/known.h"

/*
 * Read a domain, and print the request "domain" with all that belongs to it.
 * known is set to what is pushed.  The caller wipes and frees *text, which has
 * a NUL after its *len octets.  Returns 0 or KS_E_*; known_finish() must be
 * called in either case.
 */
int	bundle_print(struct keystore *ks, const char *domain,
	    struct known *known, char **text, size_t *len,
	    struct ks_error *error);

#endif /* SYNC_BUNDLE_H */
