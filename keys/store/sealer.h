/* SPDX-License-Identifier: ISC */

/*
 * Sealed key files.
 *
 * A file SELECTOR.pem is either a private key in PEM, or sealed:
 *
 *	countersign-sealed 1 DIGEST
 *	-----BEGIN CMS-----
 *	...
 *
 * DIGEST is the SHA-256, in lower-case hexadecimal, of the domain, the selector
 * and the public half in the state, each with a NUL, and of what follows the
 * line.  So a process that cannot open the file notices one that is damaged or
 * is that of another key.  It has no secret: it is no protection from anybody.
 *
 * The file "seal" in the key directory says whether new keys are sealed, and
 * has what opens and seals them: see seal/seal.h, which does both for the store
 * through a struct ks_sealer.
 */

#ifndef SEALER_H
#define SEALER_H

#include "store/keystore.h"

#define KS_MAX_SEAL	8192	/* octets of the file "seal" */

/* What a file is about. */
struct ks_sealed_id {
	const char	*domain, *selector;
};

/*
 * How keys are sealed and opened.  All functions set the error, and may be
 * called by several threads.
 */
struct ks_sealer {
	/* Whether new keys are to be sealed.  Returns 0 or KS_E_*. */
	int	(*is_on)(struct ks_sealer *sealer, bool *is_on,
		    struct ks_error *error);
	/*
	 * Seal the text of a key file.  The caller frees *out by free(3).
	 * Returns 0 or KS_E_*.
	 */
	int	(*seal)(struct ks_sealer *sealer,
		    const struct ks_sealed_id *id, const char *text,
		    size_t len, char **out, size_t *outlen,
		    struct ks_error *error);
	/*
	 * Open what it sealed.  *out has a NUL after its *outlen octets; the
	 * caller frees it by freezero(3), with one octet more.  Returns 0,
	 * KS_E_SEALED if this process has not what opens it, KS_E_DAMAGED, or
	 * another KS_E_*.
	 */
	int	(*open)(struct ks_sealer *sealer,
		    const struct ks_sealed_id *id, const char *text,
		    size_t len, char **out, size_t *outlen,
		    struct ks_error *error);
};

/*
 * Use a sealer from now on, or none.  It is borrowed until the store is closed
 * or another one is set.  Without one, sealed keys cannot be opened, and new
 * keys are not sealed.
 */
void	ks_set_sealer(struct keystore *ks, struct ks_sealer *sealer);

/*
 * Check a key file as ks_key_load() does.  One that is sealed, and that this
 * process cannot open, is checked without opening it, and counts as good.
 */
int	ks_key_check(struct keystore *ks, const char *domain,
	    const struct ks_key *key, struct ks_error *error);

/* Whether the key file is sealed.  Returns 0, KS_E_NOKEY or another KS_E_*. */
int	ks_key_is_sealed(struct keystore *ks, const char *domain,
	    const char *selector, bool *is_sealed, struct ks_error *error);

/*
 * Seal a key file, or unseal it: replace it, after checking that the new text
 * is that of the same key.  *is_changed is false if it was so already; then it
 * was checked as ks_key_load() does.  The state must have the public half.
 */
int	ks_key_convert(struct ks_lock *lock, const struct ks_key *key,
	    bool sealed, bool *is_changed, struct ks_error *error);

/*
 * Remove what a killed writer may have left in the folder of a domain: it may
 * be a key that is not sealed.  Returns 0 or KS_E_*.
 */
int	ks_lock_clean(struct ks_lock *lock, struct ks_error *error);

/*
 * The file "seal".  Reading returns 0, KS_E_NOKEY if it does not exist, or
 * another KS_E_*; the caller frees *text by free(3).  It is replaced whole.
 */
int	ks_seal_read(struct keystore *ks, char **text, size_t *len,
	    struct ks_error *error);
int	ks_seal_write(struct keystore *ks, const char *text, size_t len,
	    struct ks_error *error);
int	ks_seal_remove(struct keystore *ks, struct ks_error *error);

#endif /* SEALER_H */
