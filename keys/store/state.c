/* SPDX-License-Identifier: ISC */

/*
 * A state in memory: what the times of a key mean, which keys it has, and the
 * texts that they borrow from it.  Pure functions, which fail only if out of
 * memory.
 */

#include "store/state.h"

#include <stdlib.h>
#include <string.h>

struct ks_text {
	struct ks_text	*next;
	char		 text[];
};

void
ks_key_init(struct ks_key *key)
{
	memset(key, 0, sizeof(*key));
	key->generated = key->published = key->seen = KS_NEVER;
	key->verified = key->active_from = key->retire_at = KS_NEVER;
	key->revoked = key->removed = key->absent = KS_NEVER;
	key->delayed = KS_NEVER;
	key->seen_outside = KS_NEVER;
}

bool
ks_key_is_of(const struct ks_key *key, const char *stream)
{
	return strcmp(key->stream == NULL ? "" : key->stream,
	    stream == NULL ? "" : stream) == 0;
}

/*
 * Whether its record is gone.  These times are not compared with the clock: if
 * the clock is set back, the record does not come back.
 */
static bool
is_withdrawn(const struct ks_key *key)
{
	return key->revoked != KS_NEVER || key->removed != KS_NEVER;
}

bool
ks_key_is_active(const struct ks_key *key, int64_t now)
{
	if (key->active_from == KS_NEVER || key->active_from > now)
		return false;
	if (is_withdrawn(key))
		return false;
	return key->retire_at == KS_NEVER || now < key->retire_at;
}

bool
ks_key_may_sign(const struct ks_key *key, int64_t now)
{
	if (ks_key_is_active(key, now))
		return true;
	if (key->compromised || is_withdrawn(key))
		return false;
	return key->active_from != KS_NEVER && key->retire_at != KS_NEVER &&
	    key->active_from < key->retire_at && key->retire_at <= now &&
	    now - key->retire_at < KS_HANDOVER;
}

const char *
ks_state_keep(struct ks_state *state, const char *text, size_t len)
{
	struct ks_text *kept;

	if (len > KS_MAX_STATE ||
	    (kept = malloc(sizeof(*kept) + len + 1)) == NULL)
		return NULL;
	memcpy(kept->text, text, len);
	kept->text[len] = '\0';
	kept->next = state->texts;
	state->texts = kept;
	return kept->text;
}

void
ks_state_finish(struct ks_state *state)
{
	struct ks_text *next;

	for (; state->texts != NULL; state->texts = next) {
		next = state->texts->next;
		free(state->texts);
	}
	free(state->keys);
	free(state->unfinished);
	state->keys = state->unfinished = NULL;
	state->nkeys = state->nunfinished = 0;
}

int
state_add(struct ks_state *state, const struct ks_key *key)
{
	struct ks_key **list, *keys;
	size_t *n;

	list = key->unfinished ? &state->unfinished : &state->keys;
	n = key->unfinished ? &state->nunfinished : &state->nkeys;
	keys = recallocarray(*list, *n, *n + 1, sizeof(*keys));
	if (keys == NULL)
		return KS_E_NOMEM;
	keys[(*n)++] = *key;
	*list = keys;
	return 0;
}

const struct ks_key *
ks_state_find(const struct ks_state *state, const char *selector)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (strcmp(state->keys[i].selector, selector) == 0)
			return &state->keys[i];
	return NULL;
}

bool
ks_state_is_leaving(const struct ks_state *state)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (state->keys[i].leaving)
			return true;
	return false;
}

bool
ks_state_is_ending(const struct ks_state *state, const char *stream)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (state->keys[i].ending &&
		    state->keys[i].removed == KS_NEVER &&
		    ks_key_is_of(&state->keys[i], stream))
			return true;
	return false;
}

/* The index of an unfinished key, or nunfinished if there is no such key. */
static size_t
find_unfinished(const struct ks_state *state, const char *selector)
{
	size_t i;

	for (i = 0; i < state->nunfinished && strcmp(
	    state->unfinished[i].selector, selector) != 0; i++)
		continue;
	return i;
}

bool
state_has(const struct ks_state *state, const char *selector)
{
	return ks_state_find(state, selector) != NULL ||
	    find_unfinished(state, selector) < state->nunfinished;
}

bool
state_take_unfinished(struct ks_state *state, const char *selector,
    struct ks_key *key)
{
	size_t i;

	if ((i = find_unfinished(state, selector)) == state->nunfinished)
		return false;
	*key = state->unfinished[i];
	memmove(&state->unfinished[i], &state->unfinished[i + 1],
	    (state->nunfinished - i - 1) * sizeof(*state->unfinished));
	state->nunfinished--;
	return true;
}

int
ks_state_append(struct ks_state *state, const struct ks_key *key)
{
	struct ks_key copy = *key;

	if (key->stream != NULL && (copy.stream = ks_state_keep(state,
	    key->stream, strlen(key->stream))) == NULL)
		return KS_E_NOMEM;
	if (key->public != NULL && (copy.public = ks_state_keep(state,
	    key->public, strlen(key->public))) == NULL)
		return KS_E_NOMEM;
	if (key->proof != NULL && (copy.proof = ks_state_keep(state,
	    key->proof, strlen(key->proof))) == NULL)
		return KS_E_NOMEM;
	if (key->others != NULL && (copy.others = ks_state_keep(state,
	    key->others, strlen(key->others))) == NULL)
		return KS_E_NOMEM;
	return state_add(state, &copy);
}
