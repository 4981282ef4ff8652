/* SPDX-License-Identifier: ISC */

/*
 * When a key last signed: the modification time of an empty file,
 *
 *	keydir/example.com/20261123r1.used
 *
 * in the domain's folder, with the store's owner and at most mode 0640.  The
 * time is not in the state, because signers set it without a lock; and it is a
 * modification time, because that is cheap and cannot be half written.
 *
 * Whoever stores a private key makes the file first, with the time
 * KS_UNUSED_TIME: not used.  Signers never make, write or remove a file.  If it
 * is missing (its key was stored by an earlier version, or somebody removed
 * it), the key signs, but nothing is known about that: the key counts as used
 * until KS_HANDOVER after it has retired.  The next run that may write makes
 * the file again; if the key may have signed by then, with the time of that
 * run.
 *
 * A signer sets the time before it returns a signature, but only once every
 * KS_USED_GRAIN seconds for each key.  So the last signature was made at most
 * KS_USED_GRAIN seconds after the recorded time; callers that compute the end
 * of a key's use add that.  The file is not synced: a power failure may lose
 * the last minute, as it may lose the mail signed in it.
 *
 * The file describes this host only, and copies of the store do not share it:
 * if several hosts sign with copies of one store, each has its own file, and
 * the last use is the latest of all.  A host that does not have all of them
 * uses retire_at + KS_HANDOVER instead, after which no host signs with the key.
 */

#ifndef LAST_USE_H
#define LAST_USE_H

#include <stdint.h>

#include "store/keystore.h"

#define KS_USED_GRAIN	60	/* seconds */
#define KS_UNUSED_TIME	0	/* the modification time: not used */
#define KS_USE_UNKNOWN	INT64_MAX	/* in place of a time */

/*
 * Record that the key signs at that second.  A time before the recorded one
 * changes nothing, unless the clock was set back by more than KS_USED_GRAIN.
 *
 * Any number of signers may call this at once; no lock is needed.
 *
 * Returns 0, KS_E_ARG (not a domain name or not a selector), KS_E_NODOMAIN,
 * KS_E_NOKEY (there is no file), KS_E_UNSAFE (not a regular file, wrong owner,
 * or too open a mode), or KS_E_SYSTEM.
 */
int	ks_used_record(struct keystore *ks, const char *domain,
	    const char *selector, int64_t now, struct ks_error *error);

/*
 * When the key last signed: seconds since 1970 UTC in *last, KS_NEVER if it
 * never signed here, or KS_USE_UNKNOWN if there is no file.
 *
 * Returns as above, but not KS_E_NOKEY; *last is KS_USE_UNKNOWN on failure.
 */
int	ks_used_read(struct keystore *ks, const char *domain,
	    const char *selector, int64_t *last, struct ks_error *error);

/* Make the file of a key that has not signed, unless it exists. */
int	ks_used_make(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

/*
 * Make the files that are missing of keys that sign, now or later.  A key that
 * may have signed by now counts as used now.  Returns 0 or KS_E_*.
 */
int	ks_used_complete(struct ks_lock *lock, const struct ks_state *state,
	    int64_t now, struct ks_error *error);

/* Whether none of these is missing; true if that cannot be found out. */
bool	ks_used_is_complete(struct keystore *ks,
	    const struct ks_state *state, int64_t now);

/*
 * Remove the file when a key is removed for good.  A missing file is not an
 * error.  The folder is not synced.
 */
int	ks_used_discard(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

#endif /* LAST_USE_H */
