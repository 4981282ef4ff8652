/* SPDX-License-Identifier: ISC */

/*
 * Disclosing a private key after its record was removed from DNS.  Then anybody
 * could have made the signatures of old mail, so they no longer prove who wrote
 * it.
 */

#ifndef DISCLOSE_H
#define DISCLOSE_H

#include "store/keystore.h"

/*
 * Write the key as PKCS#8 PEM to FOLDER/SELECTOR._domainkey.DOMAIN.pem, mode
 * 0444.  In CNAME mode, where selectors are reused, the time at which the key
 * was generated is part of the name.  An existing file is left unchanged; it is
 * an error if it does not contain this key.
 *
 * Returns 0, KS_E_ARG if the state does not say that the record was removed, or
 * another KS_E_*; error names the file.
 */
int	disclose_key(struct keystore *ks, const char *domain,
	    const struct ks_key *key, const char *folder,
	    struct ks_error *error);

#endif /* DISCLOSE_H */
