/* SPDX-License-Identifier: ISC */

/*
 * The keys of a state in memory, and the texts that they borrow from it.
 */

#include "state.h"

#include <stdlib.h>
#include <string.h>

struct ks_text {
	struct ks_text	*next;
	char		 text[];
};

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
	state->keys = NULL;
	state->nkeys = 0;
}

int
state_add(struct ks_state *state, const struct ks_key *key)
{
	struct ks_key *keys;

	keys = recallocarray(state->keys, state->nkeys, state->nkeys + 1,
	    sizeof(*keys));
	if (keys == NULL)
		return KS_E_NOMEM;
	keys[state->nkeys++] = *key;
	state->keys = keys;
	return 0;
}

int
ks_state_append(struct ks_state *state, const struct ks_key *key)
{
	struct ks_key copy = *key;

	if (key->public != NULL && (copy.public = ks_state_keep(state,
	    key->public, strlen(key->public))) == NULL)
		return KS_E_NOMEM;
	if (key->others != NULL && (copy.others = ks_state_keep(state,
	    key->others, strlen(key->others))) == NULL)
		return KS_E_NOMEM;
	return state_add(state, &copy);
}
