/* SPDX-License-Identifier: ISC */

/*
 * SHA-256 by OpenSSL; the only hash that DKIM still allows (RFC 8301).
 */

#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>

#include <openssl/types.h>

#define DIGEST_SIZE	32	/* octets */

struct digest {
	EVP_MD_CTX	*ctx;
};

/* 0, DKIMSIG_E_NOMEM or DKIMSIG_E_CRYPTO. */
int	digest_init(struct digest *d);
/* Free; a zeroed digest is allowed. */
void	digest_finish(struct digest *d);

/* Copy *from to *to, which must be initialized. */
int	digest_copy(struct digest *to, const struct digest *from);

int	digest_update(struct digest *d, const void *data, size_t len);
/* Return the hash; nothing can be added after it. */
int	digest_final(struct digest *d, unsigned char hash[DIGEST_SIZE]);

/* Hash len octets in one call. */
int	digest_of(const void *data, size_t len,
	    unsigned char hash[DIGEST_SIZE]);

#endif /* DIGEST_H */
