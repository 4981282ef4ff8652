/* SPDX-License-Identifier: ISC */

/*
 * The signer's view of the key store: states and parsed keys of the domains
 * that were asked for last.
 *
 * A domain's state file is looked at again KEYCACHE_RECHECK seconds after it
 * was last looked at, by its stamp; it is read again only when that changed.
 * It is looked at at once when a key is to sign that is not known: another
 * signer may have told of it.  A key is parsed when it first signs.  So a
 * change in the store needs no signal, and the number of domains in the store
 * costs nothing.
 *
 * Memory is bounded: at most KEYCACHE_DOMAINS domains with keys, and
 * KEYCACHE_KEYS keys of theirs that are active or will be; at most
 * KEYCACHE_OWN lines of states whose keys, old ones included, were asked for;
 * at most KEYCACHE_MISSING names that have none, in a list of their own, so
 * that asking for names that do not exist evicts none that do.  The least
 * recently used goes first.
 */

#ifndef KEYCACHE_H
#define KEYCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "base/ipc.h"
#include "store/keystore.h"

#define KEYCACHE_DOMAINS	1000
#define KEYCACHE_KEYS		4000
#define KEYCACHE_MISSING	1000
#define KEYCACHE_OWN		20000	/* lines of states */
#define KEYCACHE_RECHECK	KS_RECHECK	/* seconds between two looks */

/* The time, read once for each request and handed down. */
struct moment {
	int64_t	wall;		/* seconds since 1970 UTC */
	int64_t	monotonic;	/* seconds since whenever */
};

struct keycache;

/* NULL: out of memory.  ks is borrowed until keycache_free(). */
struct keycache *keycache_new(struct keystore *ks);
/* Wipes and frees all keys.  NULL is allowed. */
void	keycache_free(struct keycache *cache);

/* An active key. */
struct keycache_key {
	char	selector[KS_SELECTOR_SIZE];
	enum dkimsig_algorithm	algorithm;
	bool	strict;		/* not for subdomains */
};

/*
 * The keys of a domain (a normalized name) that are active now, in the order
 * of the store: at most max into keys, *nkeys of them.
 *
 * Returns 0, at least one; KS_E_NODOMAIN or KS_E_NOKEY, there is none; or
 * another KS_E_*, the state cannot be used.  That is logged, once for each
 * version of the state file.
 */
int	keycache_active(struct keycache *cache, const char *domain,
	    const struct moment *now, struct keycache_key *keys, size_t max,
	    size_t *nkeys);

/*
 * A private key that may sign now, of that algorithm: an active one, or one
 * that retired not longer ago than KS_HANDOVER.  *pkey is borrowed until the
 * next call on the cache.
 *
 * Returns 0; KS_E_NODOMAIN or KS_E_NOKEY, there is none; or another KS_E_*,
 * state or key cannot be used, logged likewise.
 */
int	keycache_find(struct keycache *cache, const char *domain,
	    const char *selector, enum dkimsig_algorithm algorithm,
	    const struct moment *now, EVP_PKEY **pkey);

/*
 * A signature by a key that keycache_find() gave is about to be handed out:
 * record that use in the store, if none was in the last KS_USED_GRAIN
 * seconds.  Where that fails the signature is good all the same; it is
 * logged once an hour, and retirement reckons without it.
 */
void	keycache_record_use(struct keycache *cache, const char *domain,
	    const char *selector, enum dkimsig_algorithm algorithm,
	    const struct moment *now);

/*
 * Whether a key of that selector, or with the public half of that digest, is
 * or ever was a key of the domain (a normalized name): ownkeys.h.  The state
 * is looked at just now, as another signer may have signed with a new key.
 *
 * Returns 0, also for a domain that the store does not have; or another
 * KS_E_*, the state cannot be used, logged likewise.
 */
int	keycache_is_own(struct keycache *cache, const char *domain,
	    const char *selector, const unsigned char digest[IPC_DIGEST_SIZE],
	    const struct moment *now, bool *is_own);

/* What is held now: for tests of the bounds. */
struct keycache_usage {
	size_t	ndomains, nmissing, nkeys, nparsed, nown;
};
void	keycache_usage(const struct keycache *cache,
	    struct keycache_usage *usage);

#endif /* KEYCACHE_H */
