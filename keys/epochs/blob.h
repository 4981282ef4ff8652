/* SPDX-License-Identifier: ISC */

/*
 * Blobs: private keys in the database, each sealed under the KEK of an epoch
 * (DESIGN, section 2.7).
 *
 * A blob is a CMS envelope, as keys/seal makes them.  What it holds begins with
 * the fleet, the epoch, the domain and the selector, so that none opens as the
 * key of another name, even if a member signed a wrong digest.
 */

#ifndef EPOCHS_BLOB_H
#define EPOCHS_BLOB_H

#include "epochs/epoch.h"
#include "signed/row.h"

/*
 * Seal the private key of a row, whose domain, selector, line and epoch are
 * set, and set the digest in the row.  The key must be the one of the line.
 * The caller frees *blob.  Returns 0, KS_E_NOMEM, KS_E_CRYPTO, or KS_E_ARG if
 * the epoch is not known here, or the key is another one.
 */
int	fleet_blob_make(const struct fleet_epochs *epochs, const char *fleet,
	    struct fleet_row *row, EVP_PKEY *pkey, char **blob, size_t *len,
	    struct ks_error *error);

/*
 * The private key of a row that fleet_judge() believed.  Nothing is decrypted
 * unless the row names this blob, and nothing is returned unless it is the key
 * of the row: what it signs verifies with the public half there.  The caller
 * frees *pkey.  Returns 0, KS_E_NOMEM, KS_E_SEALED if the KEK of its epoch is
 * not known here, or KS_E_DAMAGED.
 */
int	fleet_blob_open(const struct fleet_epochs *epochs, const char *fleet,
	    const struct fleet_row *row, const void *blob, size_t len,
	    EVP_PKEY **pkey, struct ks_error *error);

#endif /* EPOCHS_BLOB_H */
