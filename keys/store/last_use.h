/* SPDX-License-Identifier: ISC */

/*
 * When a key last signed: the time of modification of an empty file,
 *
 *	keydir/example.com/20261123r1.used
 *
 * in the domain's folder, of the store's owner, mode 0640 at most.  It is not
 * in the state, because signers write it and take no lock; and it is a time
 * stamp, because that costs less than anything that could be cut short.
 *
 * A signer sets it before a signature leaves, but only once in KS_USED_GRAIN
 * seconds a key.  So the last signature was made at most KS_USED_GRAIN
 * seconds after the time recorded; who reckons with the end of a key's use
 * adds that.  It is not synced: a power cut may take the last minute, as it
 * may take the mail signed in it.
 *
 * It tells of this host alone, and is no part of what mirrors of the store
 * share: where several hosts sign from copies of one store each has its own,
 * and the last use is the latest of all of them.  Who does not see them all
 * reckons from the end of the key's time instead, retire_at + KS_HANDOVER,
 * after which no host signs with it.
 */

#ifndef USED_H
#define USED_H

#include <stdint.h>

#include "store/keystore.h"

#define KS_USED_GRAIN	60	/* seconds */

/*
 * Record that the key signs at that second.  An earlier time than the one
 * recorded changes nothing, unless the clock was set back by more than
 * KS_USED_GRAIN.
 *
 * Called when: by signers, any number at once; no lock is needed.
 *
 * Returns 0, KS_E_ARG (no domain, no selector), KS_E_NODOMAIN, KS_E_UNSAFE
 * (what is there is not a regular file of the owner, or too open), or
 * KS_E_SYSTEM.
 */
int	ks_used_record(struct keystore *ks, const char *domain,
	    const char *selector, int64_t now, struct ks_error *error);

/*
 * When the key last signed: seconds since 1970 UTC into *last, or KS_NEVER
 * when nothing was recorded: it never signed here, or that could not be
 * recorded.
 *
 * Returns as above; *last is KS_NEVER on failure.
 */
int	ks_used_read(struct keystore *ks, const char *domain,
	    const char *selector, int64_t *last, struct ks_error *error);

/*
 * Forget it, when a key is removed for good.  Nothing to forget is no error.
 * The folder is not synced.
 */
int	ks_used_discard(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

#endif /* USED_H */
