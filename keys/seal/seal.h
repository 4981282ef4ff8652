/* SPDX-License-Identifier: ISC */

/*
 * Room keys/seal: private keys sealed at rest.
 *
 * Each key file is a CMS envelope for a P-256 key of this store.  The private
 * half of that key is in the file "seal" of the key directory, under the
 * key-encryption key (KEK) of the host, which is not in the store.  So whoever
 * adds keys needs no secret; whoever signs, unseals, discloses or pushes keys
 * needs the KEK.  The KEK can be changed by writing one file.
 *
 * A struct seal does this for an opened store: see store/sealer.h.  It may be
 * used by several threads.
 */

#ifndef SEAL_H
#define SEAL_H

#include "seal/kek.h"
#include "store/sealer.h"

struct seal;

/*
 * A sealer without a store.  KEKs that this process has as credentials are
 * read now, because it may give up the right to; file is where the KEK is
 * otherwise, or NULL, and is read when it is first needed, by the user that the
 * process then runs as.  *seal is NULL only if out of memory; any other failure
 * is reported when the KEK is needed, and in the error.
 */
int	seal_new(struct seal **seal, const char *file,
	    struct ks_error *error);

/* Use it for a store.  It is borrowed until the store is closed. */
void	seal_attach(struct seal *seal, struct keystore *ks);

/* The store, which is closed before it, may be attached still. */
void	seal_free(struct seal *seal);

/*
 * Read the KEK, if there is one, and use each algorithm once, so that neither
 * needs a file later.  Returns 0, KS_E_NOKEY (no KEK), or another KS_E_*.
 */
int	seal_prepare(struct seal *seal, struct ks_error *error);

enum seal_kind {
	SEAL_NONE,	/* the store has no sealed keys */
	SEAL_ON,	/* new keys are sealed */
	SEAL_OFF	/* it is being unsealed: new keys are not sealed */
};

/* Whether the store is sealed.  Returns 0 or KS_E_*. */
int	seal_kind(struct seal *seal, enum seal_kind *kind,
	    struct ks_error *error);

/*
 * Open what opens the keys.  Returns 0, also for a store that is not sealed,
 * KS_E_SEALED if there is no KEK or it is the wrong one, or another KS_E_*.
 */
int	seal_check(struct seal *seal, struct ks_error *error);

/*
 * Have new keys sealed from now on, and put the KEKs that open the store into
 * text: the one of this process, and the one of the credential
 * KEK_NEW_CREDENTIAL or of newfile (may be NULL) if there is one.  *is_changed:
 * the file was made or changed.  The caller then seals the keys.
 */
#define SEAL_KEKS_SIZE	128
int	seal_start(struct seal *seal, const char *newfile, bool *is_changed,
	    char text[SEAL_KEKS_SIZE], struct ks_error *error);

/* Have new keys not sealed from now on.  The caller then unseals the keys. */
int	seal_stop(struct seal *seal, struct ks_error *error);

/* Forget what opens keys, after all were unsealed. */
int	seal_end(struct seal *seal, struct ks_error *error);

#endif /* SEAL_H */
