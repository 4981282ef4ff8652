/* SPDX-License-Identifier: ISC */

/*
 * Taking the keys of a domain from another host: see replica.h.
 *
 * Steps:
 *
 *	1 a state in between: keys that come and keys that go are unfinished,
 *	  and the others stay as they are
 *	2 remove the files of keys that go, write those of keys that come
 *	3 the new state
 *	4 remove the files of keys that are removed according to it
 *
 * Whoever is killed before step 3 leaves unfinished lines, which no signer
 * uses; the next push finds the files that fit, and does the rest.
 */

#include "store/replica.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/hex.h"
#include "store/last_use.h"
#include "store/sealed.h"
#include "store/state.h"

/* What happens to a key file. */
enum fate { FATE_KEPT, FATE_COMES, FATE_REPLACED };

struct replica {
	struct ks_lock			*lock;
	struct ks_state			*state;	/* the new one */
	const struct ks_replica_key	*keys;
	size_t				 nkeys;
	enum fate			*fates;	/* one for each of keys */
	struct ks_state			 old;
	struct ks_state			 between;
	const char			*host;
	int64_t				 now;
	struct ks_error			*error;
};

static int
fail(struct ks_error *error, int code, const char *text)
{
	if (error != NULL)
		(void)strlcpy(error->text, text, sizeof(error->text));
	return code;
}

static int
no_memory(const struct replica *replica)
{
	return fail(replica->error, KS_E_NOMEM, "out of memory");
}

/* Whether both are the same key, whatever its times. */
static bool
is_same(const struct ks_key *a, const struct ks_key *b)
{
	if (a->public != NULL && b->public != NULL)
		return strcmp(a->public, b->public) == 0;
	return a->algorithm == b->algorithm && a->generated == b->generated;
}

static const struct ks_replica_key *
find_pushed(const struct replica *replica, const char *selector)
{
	size_t i;

	for (i = 0; i < replica->nkeys; i++)
		if (strcmp(replica->keys[i].selector, selector) == 0)
			return &replica->keys[i];
	return NULL;
}

/* Compare each key that is pushed with the file that there is. */
static int
find_fates(struct replica *replica)
{
	const struct ks_key *key;
	size_t i;
	int r;

	for (i = 0; i < replica->nkeys; i++) {
		key = ks_state_find(replica->state, replica->keys[i].selector);
		if (key == NULL)
			return fail(replica->error, KS_E_ARG,
			    "a private key without a line in the state");
		r = ks_key_check(replica->lock->ks, replica->lock->domain, key,
		    replica->error);
		if (r == 0)
			replica->fates[i] = FATE_KEPT;
		else if (r == KS_E_NOKEY)
			replica->fates[i] = FATE_COMES;
		else if (r == KS_E_DAMAGED || r == KS_E_UNSAFE)
			replica->fates[i] = FATE_REPLACED;
		else
			return r;
	}
	return 0;
}

/* An unfinished line for a key that comes or goes. */
static int
add_unfinished(struct replica *replica, const struct ks_key *key)
{
	struct ks_key line;

	ks_key_init(&line);
	(void)strlcpy(line.selector, key->selector, sizeof(line.selector));
	line.algorithm = key->algorithm;
	line.generated = key->generated;
	line.stream = key->stream;
	line.public = key->public;
	line.unfinished = true;
	/* Without a public half it cannot be one; then its file is unknown. */
	if (key->public == NULL || state_has(&replica->between, key->selector))
		return 0;
	return ks_state_append(&replica->between, &line) == 0 ? 0 :
	    no_memory(replica);
}

static bool
comes(const struct replica *replica, const char *selector)
{
	const struct ks_replica_key *key = find_pushed(replica, selector);

	return key != NULL && replica->fates[key - replica->keys] != FATE_KEPT;
}

/* The state of step 1.  *is_needed: something comes or goes. */
static int
make_between(struct replica *replica, bool *is_needed)
{
	const struct ks_key *key, *new;
	size_t i;
	int r = 0;

	(void)strlcpy(replica->between.domain, replica->lock->domain,
	    sizeof(replica->between.domain));
	for (i = 0; i < replica->old.nkeys; i++) {
		key = &replica->old.keys[i];
		new = ks_state_find(replica->state, key->selector);
		if (new != NULL && is_same(key, new) &&
		    !comes(replica, key->selector) &&
		    ks_state_append(&replica->between, key) != 0)
			return no_memory(replica);
	}
	for (i = 0; i < replica->nkeys && r == 0; i++)
		if (replica->fates[i] != FATE_KEPT)
			r = add_unfinished(replica, ks_state_find(
			    replica->state, replica->keys[i].selector));
	for (i = 0; i < replica->old.nkeys && r == 0; i++) {
		key = &replica->old.keys[i];
		if (ks_state_find(replica->state, key->selector) == NULL)
			r = add_unfinished(replica, key);
	}
	for (i = 0; i < replica->old.nunfinished && r == 0; i++) {
		key = &replica->old.unfinished[i];
		if (ks_state_find(replica->state, key->selector) == NULL)
			r = add_unfinished(replica, key);
	}
	*is_needed = replica->between.nunfinished > 0;
	return r;
}

static int
log_key(const struct replica *replica, const char *selector, const char *step,
    const char *what)
{
	char text[KS_MAX_LOG_LINE / 2];

	(void)snprintf(text, sizeof(text), "%s %s", what, replica->host);
	return ks_log_append(replica->lock, replica->now, selector, step, text,
	    replica->error);
}

/* Remove a key file and its last use, whatever the state says. */
static int
remove_file(const struct replica *replica, const char *selector)
{
	char name[KS_KEYFILE_SIZE];
	struct place place = {
		.ks = replica->lock->ks, .domain = replica->lock->domain,
		.name = name, .dirfd = replica->lock->dirfd
	};
	bool exists;
	int r;

	if (!store_key_name(selector, name))
		return fail(replica->error, KS_E_ARG, "not a selector");
	r = ks_key_exists(place.ks, place.domain, selector, &exists,
	    replica->error);
	if (r == 0 && exists)
		r = log_key(replica, selector, "destroy",
		    "its file is removed, as on");
	if (r == 0)
		r = ks_used_discard(replica->lock, selector, replica->error);
	if (r != 0)
		return r;
	if (unlinkat(place.dirfd, name, 0) == -1 && errno != ENOENT)
		return place_fail_errno(&place, replica->error,
		    "cannot remove");
	return place_sync(&place, replica->error);
}

/* Step 2. */
static int
change_files(const struct replica *replica)
{
	const struct ks_replica_key *key;
	size_t i;
	int r = 0;

	for (i = 0; i < replica->between.nunfinished && r == 0; i++)
		if (ks_state_find(replica->state,
		    replica->between.unfinished[i].selector) == NULL)
			r = remove_file(replica,
			    replica->between.unfinished[i].selector);
	for (i = 0; i < replica->nkeys && r == 0; i++) {
		key = &replica->keys[i];
		if (replica->fates[i] == FATE_KEPT)
			continue;
		if (replica->fates[i] == FATE_REPLACED)
			r = remove_file(replica, key->selector);
		if (r == 0)
			r = log_key(replica, key->selector, "receive",
			    "taken from");
		if (r == 0)
			r = ks_key_store(replica->lock, key->selector,
			    key->pkey, replica->error);
	}
	return r;
}

/* Step 4. */
static int
destroy_removed(const struct replica *replica)
{
	const struct ks_key *key;
	bool exists;
	size_t i;
	int r = 0;

	for (i = 0; i < replica->state->nkeys && r == 0; i++) {
		key = &replica->state->keys[i];
		if (key->removed == KS_NEVER ||
		    find_pushed(replica, key->selector) != NULL)
			continue;
		r = ks_key_exists(replica->lock->ks, replica->lock->domain,
		    key->selector, &exists, replica->error);
		if (r == 0 && exists)
			r = remove_file(replica, key->selector);
	}
	return r;
}

static int
write_all(struct replica *replica)
{
	bool is_needed;
	int r;

	r = ks_state_read(replica->lock->ks, replica->lock->domain,
	    &replica->old, replica->error);
	/* What is damaged here is right there. */
	if (r != 0 && r != KS_E_NODOMAIN && r != KS_E_DAMAGED)
		return r;
	if ((r = find_fates(replica)) != 0 ||
	    (r = make_between(replica, &is_needed)) != 0 || (is_needed &&
	    ((r = ks_state_write(replica->lock, &replica->between,
	    replica->error)) != 0 || (r = change_files(replica)) != 0)) ||
	    (r = ks_used_complete(replica->lock, replica->state, replica->now,
	    replica->error)) != 0 ||
	    (r = ks_state_write(replica->lock, replica->state,
	    replica->error)) != 0)
		return r;
	return destroy_removed(replica);
}

int
ks_replica_write(struct ks_lock *lock, struct ks_state *state,
    const struct ks_replica_key *keys, size_t nkeys, const char *host,
    int64_t now, struct ks_error *error)
{
	struct replica replica = {
		.lock = lock, .state = state, .keys = keys, .nkeys = nkeys,
		.host = host, .now = now, .error = error
	};
	int r;

	(void)strlcpy(state->domain, lock->domain, sizeof(state->domain));
	replica.fates = calloc(nkeys + 1, sizeof(*replica.fates));
	r = replica.fates == NULL ? no_memory(&replica) : write_all(&replica);
	ks_state_finish(&replica.old);
	ks_state_finish(&replica.between);
	free(replica.fates);
	return r;
}

const char *
ks_replica_fault(EVP_PKEY *pkey, const struct ks_key *key)
{
	return store_key_fault(pkey, key);
}

int
ks_replica_archive(struct ks_lock *lock, const char *host, int64_t now,
    struct ks_error *error)
{
	struct replica replica = {
		.lock = lock, .host = host, .now = now, .error = error
	};
	char path[PATH_MAX];
	struct ks_key *key;
	size_t i;
	int r;

	replica.state = &replica.old;
	r = ks_state_read(lock->ks, lock->domain, &replica.old, error);
	if (r != 0)
		return r;
	replica.old.nunfinished = 0;
	for (i = 0; i < replica.old.nkeys; i++) {
		key = &replica.old.keys[i];
		if (key->retire_at == KS_NEVER && key->active_from != KS_NEVER)
			key->retire_at = now;
		if (key->removed == KS_NEVER)
			key->removed = now;
	}
	if ((r = log_key(&replica, "-", "archive", "its domain was removed on"))
	    == 0 && (r = ks_state_write(lock, &replica.old, error)) == 0 &&
	    (r = destroy_removed(&replica)) == 0)
		r = ks_archive(lock, now, path, sizeof(path), error);
	ks_state_finish(&replica.old);
	return r;
}

/* -- Texts and digests --------------------------------------------------- */

int
ks_replica_print(const struct ks_state *state, char **text, size_t *len,
    struct ks_error *error)
{
	struct ks_state finished = *state;
	int r;

	finished.nunfinished = 0;
	if ((r = state_print(&finished, text, len)) == 0)
		return 0;
	return fail(error, r, r == KS_E_NOMEM ? "out of memory" :
	    "the state cannot be written");
}

int
ks_replica_parse(const char *domain, const char *text, size_t len,
    struct ks_state *state, struct ks_error *error)
{
	const char *why = NULL;
	size_t line = 0;
	int r;

	memset(state, 0, sizeof(*state));
	r = state_parse(text, len, state, &line, &why);
	(void)strlcpy(state->domain, domain, sizeof(state->domain));
	if (r == 0 && state->nunfinished > 0) {
		ks_state_finish(state);
		return fail(error, KS_E_DAMAGED, "an unfinished key");
	}
	if (r == KS_E_DAMAGED && error != NULL)
		(void)snprintf(error->text, sizeof(error->text),
		    "line %zu of the state: %s", line, why);
	else if (r != 0)
		return fail(error, r, r == KS_E_FORMAT ? why :
		    "out of memory");
	return r;
}

static int
add_files(struct keystore *ks, const struct ks_state *state, EVP_MD_CTX *ctx,
    bool *is_whole, struct ks_error *error)
{
	const struct ks_key *key;
	bool exists;
	size_t i;
	int r;

	*is_whole = true;
	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		r = ks_key_exists(ks, state->domain, key->selector, &exists,
		    error);
		if (r != 0)
			return r;
		if (key->removed == KS_NEVER)
			*is_whole &= exists;
		else if (exists && EVP_DigestUpdate(ctx, key->selector,
		    strlen(key->selector) + 1) != 1)
			return fail(error, KS_E_CRYPTO, "no SHA-256");
	}
	return 0;
}

int
ks_replica_digest(struct keystore *ks, struct ks_state *state,
    char digest[KS_DIGEST_SIZE], bool *is_whole, struct ks_error *error)
{
	unsigned char octets[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx;
	char *text;
	size_t len;
	int r;

	if ((r = ks_replica_print(state, &text, &len, error)) != 0)
		return r;
	if ((ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, text, len) != 1)
		r = fail(error, KS_E_CRYPTO, "no SHA-256");
	else
		r = add_files(ks, state, ctx, is_whole, error);
	if (r == 0 && EVP_DigestFinal_ex(ctx, octets, NULL) != 1)
		r = fail(error, KS_E_CRYPTO, "no SHA-256");
	if (r == 0)
		hex_print(octets, (KS_DIGEST_SIZE - 1) / 2, digest);
	EVP_MD_CTX_free(ctx);
	free(text);
	return r;
}
