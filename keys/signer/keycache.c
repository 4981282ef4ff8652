/* SPDX-License-Identifier: ISC */

/*
 * The signer's view of the key store: see keycache.h.
 *
 * All domains are in one tree by name, and each is in one of two lists, least
 * recently used first: the domains that the store has, and the names that it
 * does not have.
 *
 * A fault of a file is logged once for each version of the state file, because
 * it recurs with every message of that domain.  The file is read again every
 * KEYCACHE_RECHECK seconds, so no signal is needed once it is fixed.
 *
 * Fails with the errors of the key store, among them KS_E_NOMEM.
 */

#include "signer/keycache.h"

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/descriptors.h"
#include "base/log.h"
#include "signer/heldkeys.h"
#include "signer/ownkeys.h"
#include "store/last_use.h"

#define USE_QUIET	3600	/* seconds between logs of unrecorded uses */

struct domain {
	RB_ENTRY(domain)	by_name;
	TAILQ_ENTRY(domain)	by_use;
	char		 name[DKIMSIG_DOMAIN_SIZE];
	bool		 is_missing;	/* in list missing, not in present */

	int		 status;	/* 0 or KS_E_*: of reading the state */
	struct ks_stamp	 stamp;		/* zero: cannot be examined */
	int64_t		 checked;	/* monotonic seconds */
	struct heldkeys	 held;
	/* All keys of the state; empty until keycache_is_own() needs them. */
	struct ownkeys	 own;
};

RB_HEAD(domain_tree, domain);
TAILQ_HEAD(domain_list, domain);

struct keycache {
	struct keystore	*ks;
	struct domain_tree tree;	/* domain::by_name */
	struct domain_list present;	/* domain::by_use */
	struct domain_list missing;	/* domain::by_use */
	size_t		 npresent, nmissing;
	size_t		 nkeys;		/* in held of all domains */
	size_t		 nown;		/* in own of all domains */
	int64_t		 quiet_until;	/* monotonic: see USE_QUIET */
};

static int
compare_domains(const struct domain *a, const struct domain *b)
{
	return strcmp(a->name, b->name);
}

RB_PROTOTYPE(domain_tree, domain, by_name, compare_domains)
RB_GENERATE(domain_tree, domain, by_name, compare_domains)

struct keycache *
keycache_new(struct keystore *ks)
{
	struct keycache *cache;

	if ((cache = calloc(1, sizeof(*cache))) == NULL)
		return NULL;
	cache->ks = ks;
	RB_INIT(&cache->tree);
	TAILQ_INIT(&cache->present);
	TAILQ_INIT(&cache->missing);
	return cache;
}

static void
list_remove(struct keycache *cache, struct domain *domain)
{
	if (domain->is_missing) {
		TAILQ_REMOVE(&cache->missing, domain, by_use);
		cache->nmissing--;
	} else {
		TAILQ_REMOVE(&cache->present, domain, by_use);
		cache->npresent--;
	}
}

static void
list_append(struct keycache *cache, struct domain *domain)
{
	domain->is_missing = domain->status == KS_E_NODOMAIN;
	if (domain->is_missing) {
		TAILQ_INSERT_TAIL(&cache->missing, domain, by_use);
		cache->nmissing++;
	} else {
		TAILQ_INSERT_TAIL(&cache->present, domain, by_use);
		cache->npresent++;
	}
}

static void
drop_own(struct keycache *cache, struct domain *domain)
{
	cache->nown -= domain->own.n;
	ownkeys_finish(&domain->own);
}

static void
drop_held(struct keycache *cache, struct domain *domain)
{
	cache->nkeys -= domain->held.n;
	heldkeys_finish(&domain->held);
}

static void
remove_domain(struct keycache *cache, struct domain *domain)
{
	drop_own(cache, domain);
	list_remove(cache, domain);
	RB_REMOVE(domain_tree, &cache->tree, domain);
	drop_held(cache, domain);
	free(domain);
}

void
keycache_free(struct keycache *cache)
{
	struct domain *domain, *next;

	if (cache == NULL)
		return;
	RB_FOREACH_SAFE(domain, domain_tree, &cache->tree, next)
		remove_domain(cache, domain);
	free(cache);
}

/* Remove least recently used domains, but not kept, until all limits hold. */
static void
evict(struct keycache *cache, const struct domain *kept)
{
	struct domain *domain;

	while (cache->nmissing > KEYCACHE_MISSING)
		remove_domain(cache, TAILQ_FIRST(&cache->missing));
	while (cache->npresent > KEYCACHE_DOMAINS ||
	    cache->nkeys > KEYCACHE_KEYS) {
		domain = TAILQ_FIRST(&cache->present);
		if (domain == kept)
			break;
		remove_domain(cache, domain);
	}
}

/* The same for the lists of own keys; their domains stay. */
static void
evict_own(struct keycache *cache, const struct domain *kept)
{
	struct domain *domain;

	TAILQ_FOREACH(domain, &cache->present, by_use) {
		if (cache->nown <= KEYCACHE_OWN)
			return;
		if (domain != kept)
			drop_own(cache, domain);
	}
}

static bool
stamps_are_equal(const struct ks_stamp *a, const struct ks_stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

/* Hold the keys of a state. */
static int
adopt_state(struct keycache *cache, struct domain *domain,
    const struct ks_state *state)
{
	const size_t before = domain->held.n;
	int r;

	if ((r = heldkeys_replace(&domain->held, state)) == 0)
		cache->nkeys = cache->nkeys - before + domain->held.n;
	return r;
}

/* Check the state file of a domain, and read it if it has changed. */
static void
refresh(struct keycache *cache, struct domain *domain, bool is_new)
{
	struct ks_error error;
	struct ks_stamp stamp;
	struct ks_state state;
	bool is_same, was_missing;
	int r;

	memset(&stamp, 0, sizeof(stamp));
	memset(&state, 0, sizeof(state));
	error.text[0] = '\0';
	/* Stamp before content: a change in between is noticed next time. */
	r = ks_state_stamp(cache->ks, domain->name, &stamp, &error);
	if (r != 0)
		memset(&stamp, 0, sizeof(stamp));
	is_same = !is_new && stamps_are_equal(&stamp, &domain->stamp);
	if (r == 0 && is_same && domain->status == 0)
		return;
	drop_own(cache, domain);
	if (r == 0)
		r = ks_state_read(cache->ks, domain->name, &state, &error);
	if (r == 0)
		r = adopt_state(cache, domain, &state);
	if (r != 0)
		drop_held(cache, domain);
	/* A domain of others has no keys; keys that are gone were ours. */
	was_missing = is_new || domain->status == KS_E_NODOMAIN;
	if (r != 0 && !(r == KS_E_NODOMAIN && was_missing) &&
	    !(is_same && r == domain->status)) {
		log_warnx(M_KEYS_UNUSABLE, "keys of %s cannot be used: %s",
		    domain->name, error.text[0] != '\0' ? error.text :
		    "out of memory");
		descriptors_check();
	}
	domain->status = r;
	domain->stamp = stamp;
	ks_state_finish(&state);
}

/*
 * Find or add a domain.  Its state file is checked if the last check was
 * KEYCACHE_RECHECK seconds ago, or now if it is urgent.  NULL: out of memory.
 */
static struct domain *
lookup(struct keycache *cache, const char *name, const struct moment *now,
    bool is_urgent)
{
	struct domain key, *domain;
	bool is_new;

	if (strlcpy(key.name, name, sizeof(key.name)) >= sizeof(key.name))
		return NULL;
	domain = RB_FIND(domain_tree, &cache->tree, &key);
	is_new = domain == NULL;
	if (is_new) {
		if ((domain = calloc(1, sizeof(*domain))) == NULL)
			return NULL;
		memcpy(domain->name, key.name, sizeof(domain->name));
		(void)RB_INSERT(domain_tree, &cache->tree, domain);
	} else
		list_remove(cache, domain);
	if (is_new || is_urgent ||
	    now->monotonic - domain->checked >= KEYCACHE_RECHECK) {
		refresh(cache, domain, is_new);
		heldkeys_drop_ended(&domain->held, now->wall);
		domain->checked = now->monotonic;
	}
	list_append(cache, domain);
	evict(cache, domain);
	return domain;
}

/* Seconds until that time, if they are fewer than left. */
static int64_t
sooner(int64_t left, int64_t when, int64_t now)
{
	return when != KS_NEVER && when > now && when - now < left ?
	    when - now : left;
}

/*
 * For how long the keys of a domain stay as they are: until the state file is
 * checked again, or the next planned change.  A second less, because the times
 * are cut to whole seconds.
 */
static unsigned int
trusted_for(const struct domain *domain, const struct moment *now)
{
	int64_t left = domain->checked + KEYCACHE_RECHECK - now->monotonic;
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < domain->held.n; i++) {
		key = &domain->held.list[i].key;
		left = sooner(left, key->active_from, now->wall);
		left = sooner(left, key->retire_at, now->wall);
	}
	return left > 1 ? (unsigned int)left - 1 : 0;
}

int
keycache_active(struct keycache *cache, const struct key_owner *owner,
    bool is_urgent, const struct moment *now, struct keycache_key *keys,
    size_t max, size_t *nkeys, unsigned int *trusted)
{
	const struct ks_key *key;
	struct domain *domain;
	size_t i;

	*nkeys = 0;
	*trusted = 0;
	domain = lookup(cache, owner->domain, now, is_urgent);
	if (domain == NULL)
		return KS_E_NOMEM;
	if (domain->status == 0 || domain->status == KS_E_NODOMAIN)
		*trusted = trusted_for(domain, now);
	if (domain->status != 0)
		return domain->status;
	for (i = 0; i < domain->held.n && *nkeys < max; i++) {
		key = &domain->held.list[i].key;
		if (!ks_key_is_active(key, now->wall) ||
		    !ks_key_is_of(key, owner->stream))
			continue;
		memcpy(keys[*nkeys].selector, key->selector,
		    sizeof(key->selector));
		keys[*nkeys].algorithm = key->algorithm;
		keys[*nkeys].strict = key->strict;
		(*nkeys)++;
	}
	return *nkeys > 0 ? 0 : KS_E_NOKEY;
}

/* Find a key that may sign.  Returns 0 or KS_E_*. */
static int
find(struct keycache *cache, const struct key_owner *owner,
    const char *selector, enum dkimsig_algorithm algorithm,
    const struct moment *now, bool is_urgent, struct domain **domain,
    struct held_key **found)
{
	*domain = lookup(cache, owner->domain, now, is_urgent);
	if (*domain == NULL)
		return KS_E_NOMEM;
	if ((*domain)->status != 0)
		return (*domain)->status;
	*found = heldkeys_find(&(*domain)->held, owner->stream, selector,
	    algorithm, now->wall);
	return *found != NULL ? 0 : KS_E_NOKEY;
}

int
keycache_find(struct keycache *cache, const struct key_owner *owner,
    const char *selector, enum dkimsig_algorithm algorithm,
    const struct moment *now, EVP_PKEY **pkey)
{
	struct held_key *held;
	struct domain *domain;
	int r;

	*pkey = NULL;
	r = find(cache, owner, selector, algorithm, now, false, &domain,
	    &held);
	/* Another signer may have seen a new key first and offered it. */
	if (r == KS_E_NOKEY || r == KS_E_NODOMAIN)
		r = find(cache, owner, selector, algorithm, now, true,
		    &domain, &held);
	if (r == KS_E_NOKEY && heldkeys_is_elsewhere(&domain->held,
	    owner->stream, selector))
		r = KS_E_ARG;
	if (r == 0 && held->pkey == NULL)
		r = heldkeys_load(held, cache->ks, domain->name,
		    now->monotonic);
	if (r == 0)
		*pkey = held->pkey;
	return r;
}

void
keycache_record_use(struct keycache *cache,
    const struct key_owner *owner, const char *selector,
    enum dkimsig_algorithm algorithm, const struct moment *now)
{
	struct held_key *held;
	struct domain *domain;
	struct ks_error error;

	if (find(cache, owner, selector, algorithm, now, false, &domain,
	    &held) != 0)
		return;
	/* By the wall clock, because the store records wall-clock times. */
	if (now->wall >= held->recorded &&
	    now->wall - held->recorded < KS_USED_GRAIN)
		return;
	held->recorded = now->wall;
	if (ks_used_record(cache->ks, owner->domain, selector, now->wall,
	    &error) == 0 || now->monotonic < cache->quiet_until)
		return;
	cache->quiet_until = now->monotonic + USE_QUIET;
	log_warnx(M_LAST_USE_NOT_RECORDED,
	    "last use of key %s of %s cannot be recorded (signing continues): "
	    "%s", selector, owner->domain, error.text);
}

/* Read all keys of the state, unless they are held already. */
static int
load_own(struct keycache *cache, struct domain *domain)
{
	struct ks_state state;
	int r;

	if (domain->own.n > 0)
		return KS_OK;
	memset(&state, 0, sizeof(state));
	/* refresh() has logged what is wrong with the state. */
	if ((r = ks_state_read(cache->ks, domain->name, &state, NULL)) == 0 &&
	    (r = ks_public_fill(cache->ks, &state)) == 0)
		r = ownkeys_init(&domain->own, &state);
	ks_state_finish(&state);
	cache->nown += domain->own.n;
	evict_own(cache, domain);
	return r;
}

int
keycache_is_own(struct keycache *cache, const char *name,
    const char *selector, const unsigned char digest[IPC_DIGEST_SIZE],
    const struct moment *now, bool *is_own)
{
	struct domain *domain;
	int r;

	*is_own = false;
	if ((domain = lookup(cache, name, now, true)) == NULL)
		return KS_E_NOMEM;
	if (domain->status == KS_E_NODOMAIN)
		return KS_OK;
	if (domain->status != 0)
		return domain->status;
	if ((r = load_own(cache, domain)) == 0)
		*is_own = ownkeys_has(&domain->own, selector, digest);
	return r;
}

void
keycache_usage(const struct keycache *cache, struct keycache_usage *usage)
{
	const struct domain *domain;
	size_t i;

	memset(usage, 0, sizeof(*usage));
	usage->ndomains = cache->npresent;
	usage->nmissing = cache->nmissing;
	usage->nkeys = cache->nkeys;
	usage->nown = cache->nown;
	TAILQ_FOREACH(domain, &cache->present, by_use)
		for (i = 0; i < domain->held.n; i++)
			if (domain->held.list[i].pkey != NULL)
				usage->nparsed++;
}
