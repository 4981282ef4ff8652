/* SPDX-License-Identifier: ISC */

/*
 * The form of sealed key files, for the files of the store: see sealer.h.
 */

#ifndef SEALED_H
#define SEALED_H

#include "store/private.h"
#include "store/sealer.h"

/* Whether the text of a key file begins as that of a sealed one. */
bool	sealed_is(const char *text, size_t len);

/*
 * Put the line in front of what a sealer has made.  The caller frees *text.
 * Returns 0, KS_E_NOMEM or KS_E_CRYPTO.
 */
int	sealed_print(const struct ks_sealed_id *id, const char *public,
	    const char *body, size_t bodylen, char **text, size_t *len);

/*
 * Find what a sealer has made in the text of a file.  public may be NULL: then
 * the digest is not compared.  Returns NULL, or what is wrong.
 */
const char *sealed_parse(const struct ks_sealed_id *id, const char *public,
	    const char *text, size_t len, const char **body, size_t *bodylen);

/*
 * Decode the text of a key file, sealed or not; what is checked is its form.
 * Returns 0, KS_E_SEALED or another KS_E_*.
 */
int	store_decode_key(const struct place *place, const struct ks_key *key,
	    const char *text, size_t len, EVP_PKEY **pkey,
	    struct ks_error *error);

/* What is wrong with a decoded key, or NULL. */
const char *store_key_fault(EVP_PKEY *pkey, const struct ks_key *key);

/*
 * The text of a key file.  The caller wipes and frees it by place_free_text().
 */
int	store_encode_key(const struct place *place, const char *selector,
	    EVP_PKEY *pkey, bool sealed, char **text, size_t *len,
	    struct ks_error *error);

#endif /* SEALED_H */
