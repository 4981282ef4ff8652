/* SPDX-License-Identifier: ISC */

/*
 * What a host has: see known.h.
 *
 * When a key last signed on another host is final once the host has been asked
 * after the last moment at which it could sign: after its end and the grace
 * period, and after the host took the state that says so.  Fails only if the
 * store does, or if memory is short.
 */

#include "sync/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
known_read(struct known *known, struct keystore *ks, const char *domain,
    char digest[KS_DIGEST_SIZE], struct ks_error *error)
{
	bool is_whole;
	size_t i;
	int r;

	memset(known, 0, sizeof(*known));
	if ((r = ks_state_read(ks, domain, &known->state, error)) != 0 ||
	    (r = ks_public_fill(ks, &known->state)) != 0 ||
	    (r = ks_replica_digest(ks, &known->state, digest, &is_whole,
	    error)) != 0)
		return r;
	known->keys = calloc(known->state.nkeys + 1, sizeof(*known->keys));
	if (known->keys == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	for (i = 0; i < known->state.nkeys && r == 0; i++) {
		known->keys[i].key = &known->state.keys[i];
		known->keys[i].used = KS_NEVER;
		r = ks_key_exists(ks, domain, known->state.keys[i].selector,
		    &known->keys[i].has_file, error);
	}
	return r;
}

void
known_finish(struct known *known)
{
	ks_state_finish(&known->state);
	free(known->keys);
	known->keys = NULL;
}

struct known_key *
known_find(struct known *known, const char *selector)
{
	size_t i;

	for (i = 0; i < known->state.nkeys; i++)
		if (strcmp(known->state.keys[i].selector, selector) == 0)
			return &known->keys[i];
	return NULL;
}

/* Whether the key may sign from now on. */
static bool
has_future(const struct ks_key *key, int64_t now)
{
	return key->revoked == KS_NEVER && key->removed == KS_NEVER &&
	    (key->retire_at == KS_NEVER || key->retire_at > now);
}

bool
known_lacks_proof(const struct known *known,
    const struct ks_host_record *record, int64_t now)
{
	const struct ks_host_key *before;
	const struct known_key *key;
	size_t i;

	for (i = 0; i < known->state.nkeys; i++) {
		key = &known->keys[i];
		if (!key->has_file || !has_future(key->key, now))
			continue;
		before = ks_host_key(record, known->state.domain, key->key);
		if (before == NULL || before->taken == KS_NEVER)
			return true;
	}
	return false;
}

const char *
known_unproved(const struct known *known)
{
	const struct known_key *key;
	size_t i;

	for (i = 0; i < known->state.nkeys; i++) {
		key = &known->keys[i];
		if (key->has_file && !key->is_proved &&
		    key->key->removed == KS_NEVER)
			return key->key->selector;
	}
	return NULL;
}

/* Room for one more; NULL: out of memory. */
static struct ks_host_key *
append(struct known_list *list, const char *name)
{
	struct ks_host_key *keys, *key;
	size_t size;

	if (list->n == list->size) {
		size = list->size + list->size / 2 + 16;
		keys = recallocarray(list->keys, list->size, size,
		    sizeof(*keys));
		if (keys == NULL)
			return NULL;
		list->keys = keys;
		list->size = size;
	}
	key = &list->keys[list->n];
	if ((key->name = strdup(name)) == NULL)
		return NULL;
	list->n++;
	return key;
}

/* The last moment at which the host could sign with a key that has an end. */
static int64_t
last_moment(const struct ks_host_key *key)
{
	const int64_t end = key->until + KS_HANDOVER;
	const int64_t taken = key->since + KS_RECHECK + 1;

	return end > taken ? end : taken;
}

static void
set_end(struct ks_host_key *after, const struct ks_host_key *before,
    const struct known_key *key, int64_t now)
{
	after->until = key->key->retire_at;
	after->since = after->used = KS_NEVER;
	if (after->until == KS_NEVER)
		return;
	after->since = now;
	if (before != NULL && before->until == after->until) {
		after->since = before->since;
		after->is_final = before->is_final;
		after->used = before->used;
	}
	if (!after->is_final && key->was_told && now > last_moment(after)) {
		after->is_final = true;
		/* Nothing was signed after now, whatever its clock says. */
		after->used = key->used > now ? now : key->used;
	}
}

int
known_list_add(struct known_list *list, const struct known *known,
    const struct ks_host_record *record, int64_t now)
{
	char name[DKIMSIG_DOMAIN_SIZE + KS_SELECTOR_SIZE];
	const struct ks_host_key *before;
	const struct known_key *key;
	struct ks_host_key *after;
	size_t i;

	for (i = 0; i < known->state.nkeys; i++) {
		key = &known->keys[i];
		if (key->key->removed != KS_NEVER)
			continue;
		(void)snprintf(name, sizeof(name), "%s %s",
		    known->state.domain, key->key->selector);
		if ((after = append(list, name)) == NULL)
			return KS_E_NOMEM;
		before = ks_host_key(record, known->state.domain, key->key);
		after->generated = key->key->generated;
		after->taken = before != NULL ? before->taken : KS_NEVER;
		if (key->is_proved && after->taken == KS_NEVER)
			after->taken = now;
		set_end(after, before, key, now);
	}
	return 0;
}

static int
compare(const void *domain, const void *element)
{
	return strcmp(domain, *(char *const *)element);
}

int
known_list_keep(struct known_list *list, const struct ks_host_record *record,
    char *const *domains, const bool *is_known, size_t ndomains)
{
	char domain[DKIMSIG_DOMAIN_SIZE];
	char *const *found;
	struct ks_host_key *after;
	size_t i, len;

	for (i = 0; record != NULL && i < record->nkeys; i++) {
		len = strcspn(record->keys[i].name, " ");
		if (len >= sizeof(domain))
			continue;
		memcpy(domain, record->keys[i].name, len);
		domain[len] = '\0';
		found = ndomains == 0 ? NULL : bsearch(domain, domains,
		    ndomains, sizeof(*domains), compare);
		if (found == NULL || is_known[found - domains])
			continue;
		after = append(list, record->keys[i].name);
		if (after == NULL)
			return KS_E_NOMEM;
		after->generated = record->keys[i].generated;
		after->taken = record->keys[i].taken;
		after->until = record->keys[i].until;
		after->since = record->keys[i].since;
		after->used = record->keys[i].used;
		after->is_final = record->keys[i].is_final;
	}
	return 0;
}

void
known_list_move(struct known_list *list, struct ks_host_record *record)
{
	ks_host_take_keys(record, list->keys, list->n);
	memset(list, 0, sizeof(*list));
}

void
known_list_finish(struct known_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->keys[i].name);
	free(list->keys);
	memset(list, 0, sizeof(*list));
}
