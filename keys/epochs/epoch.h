/* SPDX-License-Identifier: ISC */

/*
 * Room keys/epochs: the keys of hosts and of epochs, and private keys that are
 * sealed under them; DESIGN is keys/fleet/DESIGN.
 *
 * Epoch keys: what the private keys in the database are sealed under (DESIGN,
 * section 2.4).
 *
 * An epoch's key, a KEK of 32 random octets, is the same for all hosts, and is
 * in the database once for each of them, enveloped for the certificate whose
 * digest is in the member list.  The row beside it has the KEK's check and the
 * digest of the envelope; a member signs it.  To admit a host is to envelop
 * KEKs for it; blobs stay as they are.
 *
 * A host that was expelled has had the KEKs of all epochs until then.  A key is
 * never sealed again under a later epoch: that would not take it away from
 * that host.  So a key of an earlier epoch must be rotated, and its row says so
 * until it is.
 */

#ifndef EPOCHS_EPOCH_H
#define EPOCHS_EPOCH_H

#include <openssl/types.h>

#include "seal/kek.h"
#include "signed/members.h"
#include "signed/row.h"

#define FLEET_MAX_EPOCHS	4096

struct fleet_epoch {
	unsigned int	 number;
	char		 check[FLEET_HEX_SIZE];
	unsigned char	 kek[KEK_SIZE];
};

/* The epochs whose KEKs a host has; zeroed: none. */
struct fleet_epochs {
	struct fleet_epoch	*list;
	size_t			 n;
};

/* Free and wipe. */
void	fleet_epochs_finish(struct fleet_epochs *epochs);

/* The epoch of that number, or NULL; until the next change of the list. */
const struct fleet_epoch *fleet_epochs_find(const struct fleet_epochs *epochs,
	    unsigned int number);

/* Say that this host does not have a KEK, and how it gets it: KS_E_ARG. */
int	fleet_epoch_unknown(unsigned int number, struct ks_error *error);

/* Make the KEK of a new epoch.  0, KS_E_NOMEM, KS_E_CRYPTO or KS_E_ARG. */
int	fleet_epoch_make(struct fleet_epochs *epochs, unsigned int number,
	    struct ks_error *error);

/* A row and its envelope, to be freed by fleet_wrap_finish(). */
struct fleet_wrap {
	char	*octets, *blob;
	size_t	 len, bloblen;
};

/*
 * Envelop the KEK of an epoch for a host that is admitted, and make the row,
 * which by is to sign.  cert must be the certificate that the list names.
 * Returns 0, KS_E_NOMEM, KS_E_CRYPTO, or KS_E_ARG if the host is not admitted,
 * the certificate is another one, or the epoch is not known.
 */
int	fleet_wrap_make(struct fleet_wrap *wrap,
	    const struct fleet_epochs *epochs, unsigned int number,
	    const struct fleet_members *members, const char *host, X509 *cert,
	    const char *by, struct ks_error *error);
void	fleet_wrap_finish(struct fleet_wrap *wrap);

/*
 * Take the KEK that was enveloped for this host.  Nothing is decrypted before
 * the row and the envelope are known to be what an admitted host signed.
 * Returns 0, also if it is known already, KS_E_NOMEM, KS_E_EXISTS if another
 * KEK is known for that epoch, or KS_E_DAMAGED.
 */
int	fleet_wrap_take(struct fleet_epochs *epochs,
	    const struct fleet_members *members, const char *host, X509 *cert,
	    EVP_PKEY *pkey, const struct fleet_wrap *wrap,
	    const unsigned char signature[FLEET_SIGNATURE],
	    struct ks_error *error);

/*
 * The same for a row that this host took before, and has on disk: it counts,
 * too, if its signer was expelled since then.
 */
int	fleet_wrap_retake(struct fleet_epochs *epochs,
	    const struct fleet_members *members, const char *host, X509 *cert,
	    EVP_PKEY *pkey, const struct fleet_wrap *wrap,
	    const unsigned char signature[FLEET_SIGNATURE],
	    struct ks_error *error);

/*
 * Whether a row is what an admitted host signed for that epoch, which has
 * begun, and that host: then a KEK of it was made.  What is in the envelope
 * does not matter, nor does whoever put the row there.
 */
bool	fleet_wrap_counts(const struct fleet_members *members,
	    unsigned int number, const char *host, const void *octets,
	    size_t len, const unsigned char signature[FLEET_SIGNATURE]);

/*
 * Whether a key must be rotated, because a host that was expelled since could
 * open it: it is of an earlier epoch, and still has its private half.
 */
bool	fleet_epoch_is_over(const struct fleet_members *members,
	    const struct fleet_row *row);

/*
 * A key pair and its self-signed certificate for a new host (P-256; CMS of
 * OpenSSL 3.0 cannot do it with X25519).  It does not expire: the member list
 * says how long it counts.  Returns 0 or KS_E_CRYPTO.
 */
int	fleet_cert_make(const char *host, EVP_PKEY **pkey, X509 **cert);

/* The digest of a certificate, as in the member list.  0 or KS_E_CRYPTO. */
int	fleet_cert_digest(X509 *cert, char hex[FLEET_HEX_SIZE]);

#endif /* EPOCHS_EPOCH_H */
