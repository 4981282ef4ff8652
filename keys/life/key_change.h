/* SPDX-License-Identifier: ISC */

/*
 * Changes of a key that are made only in the state: it starts signing, it
 * stops, it is compromised.  Commands and rotation both make them here, so
 * that they do the same and log the same words.  New keys: newkey.h.
 *
 * Each change is logged, then made in memory; after all of them,
 * key_change_write() replaces the state on disk.
 */

#ifndef KEY_CHANGE_H
#define KEY_CHANGE_H

#include "store/keystore.h"

/* Leaves room for the other fields of a line in the log. */
#define KEY_CHANGE_SIZE	(KS_MAX_LOG_LINE - 256)

struct key_change {
	struct keystore	*ks;
	struct ks_lock	*lock;		/* NULL: dry run, nothing is written */
	struct ks_state	*state;
	int64_t		 now;
	char		 text[KEY_CHANGE_SIZE];	/* last text logged */
};

/*
 * Check that signers could load the key: one that they cannot load would stop
 * the domain's mail.  Returns 0 or KS_E_*.
 */
int	key_change_check(struct key_change *change, const struct ks_key *key,
	    struct ks_error *error);

/*
 * Start signing at that time; before is the compromised key that it replaces,
 * or NULL.  The caller has checked the key.  Returns 0 or KS_E_*, as do all
 * functions below.
 */
int	key_change_activate(struct key_change *change, struct ks_key *key,
	    int64_t from, const struct ks_key *before, const char *why,
	    struct ks_error *error);

/* Stop signing at that time. */
int	key_change_retire(struct key_change *change, struct ks_key *key,
	    int64_t at, const char *why, struct ks_error *error);

/* Mark the key as compromised: somebody else may have it. */
int	key_change_compromise(struct key_change *change, struct ks_key *key,
	    struct ks_error *error);

/* Log a step of a key; the text is truncated if it is too long. */
int	key_change_log(struct key_change *change, const struct ks_key *key,
	    const char *step, struct ks_error *error, const char *format, ...)
	    __attribute__((format(printf, 5, 6)));

/* Replace the state on disk with the one in memory. */
int	key_change_write(struct key_change *change, struct ks_error *error);

#endif /* KEY_CHANGE_H */
