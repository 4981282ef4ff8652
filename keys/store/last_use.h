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
 * A signer sets it before it returns a signature, but only once every
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

/*
 * Record that the key signs at that second.  A time before the recorded one
 * changes nothing, unless the clock was set back by more than KS_USED_GRAIN.
 *
 * Any number of signers may call this at once; no lock is needed.
 *
 * Returns 0, KS_E_ARG (not a domain name or not a selector), KS_E_NODOMAIN,
 * KS_E_UNSAFE (not a regular file, wrong owner, or too open a mode), or
 * KS_E_SYSTEM.
 */
int	ks_used_record(struct keystore *ks, const char *domain,
	    const char *selector, int64_t now, struct ks_error *error);

/*
 * When the key last signed: seconds since 1970 UTC in *last, or KS_NEVER if
 * nothing was recorded: it never signed here, or its use could not be recorded.
 *
 * Returns as above; *last is KS_NEVER on failure.
 */
int	ks_used_read(struct keystore *ks, const char *domain,
	    const char *selector, int64_t *last, struct ks_error *error);

/*
 * Remove the file when a key is removed for good.  A missing file is not an
 * error.  The folder is not synced.
 */
int	ks_used_discard(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

#endif /* LAST_USE_H */
