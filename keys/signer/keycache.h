/* SPDX-License-Identifier: ISC */

/*
 * The signer's view of the key store: states and parsed keys of the most
 * recently used domains.
 *
 * The stamp of a domain's state file is checked again KEYCACHE_RECHECK seconds
 * after the last check; the file is read again only if its stamp changed.  It
 * is checked at once if an unknown key should sign, because another signer may
 * already have offered that key.  A key is parsed when it first signs.  So a
 * change in the store needs no signal, and domains that send no mail cost
 * nothing.
 *
 * Memory is bounded: at most KEYCACHE_DOMAINS domains with keys, and
 * KEYCACHE_KEYS of their keys that have a time to start signing; at most
 * KEYCACHE_OWN keys of any age, for keycache_is_own(); and at most
 * KEYCACHE_MISSING names without keys, in a separate list, so that requests for
 * unknown names evict no known ones.  Least recently used entries are evicted
 * first.
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
#define KEYCACHE_OWN		20000
#define KEYCACHE_RECHECK	KS_RECHECK	/* seconds between two checks */

/* The time, which the caller reads once and passes on. */
struct moment {
	int64_t	wall;		/* seconds since 1970 UTC */
	int64_t	monotonic;	/* seconds, arbitrary start */
};

/* Whose keys: those of a domain that belong to a stream. */
struct key_owner {
	const char *domain;	/* a normalized name */
	const char *stream;	/* "": to none */
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
 * The keys of an owner that are active now, in the order of the store: at most
 * max into keys, *nkeys of them.  If it is urgent, the state is checked at
 * once. For *trusted seconds, the answer is at most KEYCACHE_RECHECK seconds
 * older than the store; 0 after an error other than these two.
 *
 * Returns 0 (at least one), KS_E_NODOMAIN or KS_E_NOKEY (there is none), or
 * another KS_E_* (the state cannot be used, which is logged once for each
 * version of the state file).
 */
int	keycache_active(struct keycache *cache, const struct key_owner *owner,
	    bool is_urgent, const struct moment *now, struct keycache_key *keys,
	    size_t max, size_t *nkeys, unsigned int *trusted);

/*
 * A private key of that algorithm that may sign now: an active one, or one
 * that retired less than KS_HANDOVER ago.  *pkey is borrowed until the next
 * call on the cache.
 *
 * Returns 0, KS_E_NODOMAIN or KS_E_NOKEY (there is none), KS_E_ARG (the
 * selector belongs to another stream), or another KS_E_* (the state or the key
 * cannot be used, logged in the same way).
 */
int	keycache_find(struct keycache *cache, const struct key_owner *owner,
	    const char *selector, enum dkimsig_algorithm algorithm,
	    const struct moment *now, EVP_PKEY **pkey);

/*
 * A signature by a key from keycache_find() is about to be returned: record
 * this use in the store, if none was recorded in the last KS_USED_GRAIN
 * seconds.  If that fails, the signature is returned nevertheless; the failure
 * is logged once an hour, and rotation does not learn of the use.
 */
void	keycache_record_use(struct keycache *cache,
	    const struct key_owner *owner, const char *selector,
	    enum dkimsig_algorithm algorithm, const struct moment *now);

/*
 * Whether a key with that selector, or with a public half that has that digest,
 * is or was a key of the domain (a normalized name): see ownkeys.h.  The state
 * is checked at once, because another signer may have signed with a new key.
 *
 * Returns 0, even for a domain that is not in the store, or another KS_E_* (the
 * state cannot be used, logged in the same way).
 */
int	keycache_is_own(struct keycache *cache, const char *domain,
	    const char *selector, const unsigned char digest[IPC_DIGEST_SIZE],
	    const struct moment *now, bool *is_own);

/* How much is held now, for tests of the limits. */
struct keycache_usage {
	size_t	ndomains, nmissing, nkeys, nparsed, nown;
};
void	keycache_usage(const struct keycache *cache,
	    struct keycache_usage *usage);

#endif /* KEYCACHE_H */
