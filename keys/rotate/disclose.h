/* SPDX-License-Identifier: ISC */

/*
 * Disclosing the private key of a record that is gone from DNS, so that the
 * signatures of old mail prove nothing about its author: anybody could have
 * made them.
 */

#ifndef DISCLOSE_H
#define DISCLOSE_H

#include "store/keystore.h"

/*
 * Write the key as PKCS#8 PEM to FOLDER/SELECTOR._domainkey.DOMAIN.pem, mode
 * 0444.  In CNAME mode, where selectors are reused, the time at which the key
 * was generated is part of the name.  An existing file with that name is left
 * unchanged, and is an error if it does not have this key.
 *
 * The key must have been removed (KS_E_ARG).  Returns 0 or KS_E_*; error
 * names the file.
 */
int	disclose_key(struct keystore *ks, const char *domain,
	    const struct ks_key *key, const char *folder,
	    struct ks_error *error);

#endif /* DISCLOSE_H */
