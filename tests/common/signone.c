/* SPDX-License-Identifier: ISC */

#include "signone.h"

#include <string.h>

int
sign_one(const struct sign_service *signers, const char *domain,
    const struct sign_key *key, const void *tbs, size_t tbslen,
    unsigned int timeout_ms, unsigned char *sig, size_t *siglen)
{
	struct sign_block block = { .domain = domain, .stream = "",
	    .key = key, .tbs = tbs, .tbslen = tbslen };

	signers->sign(signers->arg, &block, 1, timeout_ms);
	*siglen = block.siglen;
	memcpy(sig, block.sig, block.siglen);
	return block.error;
}
