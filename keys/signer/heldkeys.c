/* SPDX-License-Identifier: ISC */

/*
 * The keys of one domain in the signer's memory: see heldkeys.h.
 *
 * A private key is parsed when it is first used, kept while new versions of
 * the state have the same key, and freed when it may no longer sign.  A fault
 * of its file is logged when it first appears, not with every message.
 *
 * Fails with the errors of the key store, among them KS_E_NOMEM.
 */

#include "signer/heldkeys.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/log.h"

static void
free_keys(struct held_key *keys, size_t nkeys)
{
	size_t i;

	for (i = 0; i < nkeys; i++) {
		EVP_PKEY_free(keys[i].pkey);
		free(keys[i].public);
	}
	free(keys);
}

/* If a selector was reused, the time of generation tells the keys apart. */
static bool
is_same_key(const struct ks_key *a, const struct ks_key *b)
{
	return strcmp(a->selector, b->selector) == 0 &&
	    a->algorithm == b->algorithm && a->generated == b->generated &&
	    (a->public == NULL || b->public == NULL ||
	    strcmp(a->public, b->public) == 0);
}

/* Take over what was held for the key with an earlier version of the state. */
static void
inherit(struct heldkeys *old, struct held_key *heir)
{
	struct held_key *held;
	size_t i;

	for (i = 0; i < old->n; i++) {
		held = &old->list[i];
		if (!is_same_key(&held->key, &heir->key))
			continue;
		heir->pkey = held->pkey;
		heir->recorded = held->recorded;
		held->pkey = NULL;
		return;
	}
}

/* Copy a key of a state, and the texts that it borrows from the state. */
static int
hold(struct held_key *held, const struct ks_key *key)
{
	held->key = *key;
	held->key.others = NULL;
	if (key->public != NULL &&
	    (held->public = strdup(key->public)) == NULL)
		return KS_E_NOMEM;
	held->key.public = held->public;
	if (key->stream != NULL) {
		(void)strlcpy(held->stream, key->stream, sizeof(held->stream));
		held->key.stream = held->stream;
	}
	return 0;
}

int
heldkeys_replace(struct heldkeys *held, const struct ks_state *state)
{
	struct held_key *keys;
	size_t i, nkeys;

	keys = NULL;
	nkeys = 0;
	if (state->nkeys > 0 &&
	    (keys = calloc(state->nkeys, sizeof(*keys))) == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < state->nkeys; i++) {
		if (state->keys[i].active_from == KS_NEVER)
			continue;
		if (hold(&keys[nkeys], &state->keys[i]) != 0) {
			free_keys(keys, nkeys);
			return KS_E_NOMEM;
		}
		inherit(held, &keys[nkeys]);
		nkeys++;
	}
	free_keys(held->list, held->n);
	held->list = keys;
	held->n = nkeys;
	return 0;
}

void
heldkeys_finish(struct heldkeys *held)
{
	free_keys(held->list, held->n);
	held->list = NULL;
	held->n = 0;
}

void
heldkeys_drop_ended(struct heldkeys *held, int64_t now)
{
	struct held_key *key;
	size_t i;

	for (i = 0; i < held->n; i++) {
		key = &held->list[i];
		if (key->pkey == NULL || ks_key_may_sign(&key->key, now))
			continue;
		EVP_PKEY_free(key->pkey);
		key->pkey = NULL;
	}
}

struct held_key *
heldkeys_find(struct heldkeys *held, const char *stream,
    const char *selector, enum dkimsig_algorithm algorithm, int64_t now)
{
	struct held_key *key;
	size_t i;

	for (i = 0; i < held->n; i++) {
		key = &held->list[i];
		if (strcmp(key->key.selector, selector) == 0 &&
		    key->key.algorithm == algorithm &&
		    ks_key_is_of(&key->key, stream) &&
		    ks_key_may_sign(&key->key, now))
			return key;
	}
	return NULL;
}

bool
heldkeys_is_elsewhere(const struct heldkeys *held, const char *stream,
    const char *selector)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < held->n; i++) {
		key = &held->list[i].key;
		if (strcmp(key->selector, selector) == 0)
			return !ks_key_is_of(key, stream);
	}
	return false;
}

int
heldkeys_load(struct held_key *held, struct keystore *ks, const char *domain,
    int64_t monotonic)
{
	struct ks_error error;
	int r;

	if (held->load_status != 0 && monotonic - held->tried < KS_RECHECK)
		return held->load_status;
	error.text[0] = '\0';
	r = ks_key_load(ks, domain, &held->key, &held->pkey, &error);
	/* The state has the key, so a missing file is damage. */
	if (r == KS_E_NOKEY || r == KS_E_NODOMAIN)
		r = KS_E_DAMAGED;
	if (r != 0 && r != held->load_status)
		log_warnx(M_KEYS_UNUSABLE, "key %s of %s cannot be used: %s",
		    held->key.selector, domain, error.text);
	if (r != 0)
		held->pkey = NULL;
	held->load_status = r;
	held->tried = monotonic;
	return r;
}
