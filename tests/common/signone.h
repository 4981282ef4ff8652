/* SPDX-License-Identifier: ISC */

/*
 * A single block, signed by a signing service with a key of no stream, for
 * tests.
 */

#ifndef SIGNONE_H
#define SIGNONE_H

#include "message/sign_service.h"

/* Returns SIGN_OK or SIGN_E_*; sig has room for DKIMSIG_MAX_SIGVALUE octets. */
int	sign_one(const struct sign_service *signers, const char *domain,
	    const struct sign_key *key, const void *tbs, size_t tbslen,
	    unsigned int timeout_ms, unsigned char *sig, size_t *siglen);

#endif /* SIGNONE_H */
