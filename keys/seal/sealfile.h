/* SPDX-License-Identifier: ISC */

/*
 * The file "seal" of the key directory:
 *
 *	countersign-seal 1 on
 *	-----BEGIN CERTIFICATE-----
 *	...
 *	-----BEGIN CMS-----
 *	...
 *
 * The certificate has the public half of a P-256 key: with it, keys are sealed.
 * It is self-signed, and only there because CMS wants one.  The second part is
 * the private half, under the KEKs that may open it.  "off" in the first line:
 * new keys are not sealed, because a store is being unsealed.
 */

#ifndef SEALFILE_H
#define SEALFILE_H

#include <openssl/types.h>

#include "seal/kek.h"

#define SEALFILE_WORD	"countersign-seal "	/* begins the file */

struct sealfile {
	bool		 is_on;
	X509		*cert;
	char		*wrapped;	/* the second part */
	size_t		 wrappedlen;
};

/* A new key, under those KEKs.  Returns 0, KS_E_NOMEM or KS_E_CRYPTO. */
int	sealfile_make(struct sealfile *file, EVP_PKEY **pkey,
	    const struct kek *const keks[], size_t nkeks);

/* Put the private half under other KEKs. */
int	sealfile_wrap(struct sealfile *file, EVP_PKEY *pkey,
	    const struct kek *const keks[], size_t nkeks);

/* Parse a file.  Returns 0, KS_E_NOMEM or KS_E_DAMAGED. */
int	sealfile_parse(struct sealfile *file, const char *text, size_t len);

/* The text of a file.  The caller frees it.  Returns 0 or KS_E_NOMEM. */
int	sealfile_print(const struct sealfile *file, char **text, size_t *len);

/*
 * Open the private half, and check that it is that of the certificate.  Returns
 * 0, KS_E_SEALED (it is under other KEKs), KS_E_DAMAGED or KS_E_NOMEM.
 */
int	sealfile_open(const struct sealfile *file, const struct kek *kek,
	    EVP_PKEY **pkey);

/* Accepts a zeroed one. */
void	sealfile_finish(struct sealfile *file);

#endif /* SEALFILE_H */
