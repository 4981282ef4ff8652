/* SPDX-License-Identifier: ISC */

/*
 * The lines of keys of a domain: one for each stream and algorithm.
 *
 * Which streams there are follows from the policy, which has those that sources
 * name, and from the keys that are there.  Pure functions of their arguments;
 * nothing can fail.
 */

#include "life/lifecycle.h"

#include <string.h>

const enum dkimsig_algorithm lifecycle_algorithms[LIFECYCLE_NALGORITHMS] = {
	DKIMSIG_RSA_SHA256, DKIMSIG_ED25519_SHA256
};

static bool
is_same_stream(const char *one, const char *other)
{
	return strcmp(one == NULL ? "" : one, other == NULL ? "" : other) == 0;
}

void
lifecycle_mark_unmakable(struct lifecycle_policy *policy,
    const struct lifecycle_line *line)
{
	if (policy->nunmakable < LIFECYCLE_MAX_MARKED)
		policy->unmakable[policy->nunmakable++] = *line;
}

bool
lifecycle_can_make(const struct lifecycle_policy *policy,
    const struct lifecycle_line *line)
{
	const struct lifecycle_line *marked;
	size_t i;

	for (i = 0; i < policy->nunmakable; i++) {
		marked = &policy->unmakable[i];
		if (marked->algorithm == line->algorithm &&
		    is_same_stream(marked->stream, line->stream))
			return false;
	}
	return policy->nunmakable < LIFECYCLE_MAX_MARKED;
}

struct lifecycle_line
lifecycle_line_of(const struct ks_key *key)
{
	struct lifecycle_line line = { key->stream, key->algorithm };

	return line;
}

bool
lifecycle_line_has(const struct lifecycle_line *line,
    const struct ks_key *key)
{
	return key->algorithm == line->algorithm &&
	    ks_key_is_of(key, line->stream);
}

bool
lifecycle_names_stream(const struct lifecycle_policy *policy,
    const char *stream)
{
	size_t i;

	for (i = 0; i < policy->nstreams && stream != NULL; i++)
		if (strcmp(policy->streams[i], stream) == 0)
			return true;
	return false;
}

/* Replace *next if the name is after that stream, and before *next. */
static void
consider(const char *name, const char *stream, const char **next)
{
	if (name != NULL && strcmp(name, stream == NULL ? "" : stream) > 0 &&
	    (*next == NULL || strcmp(name, *next) < 0))
		*next = name;
}

bool
lifecycle_next_stream(const struct ks_state *state,
    const struct lifecycle_policy *policy, const char **stream)
{
	const char *next = NULL;
	size_t i;

	for (i = 0; i < policy->nstreams; i++)
		consider(policy->streams[i], *stream, &next);
	for (i = 0; i < state->nkeys; i++)
		if (state->keys[i].removed == KS_NEVER)
			consider(state->keys[i].stream, *stream, &next);
	*stream = next;
	return next != NULL;
}

bool
lifecycle_wants_stream(const struct ks_state *state,
    const struct lifecycle_policy *policy, const char *stream)
{
	size_t i;

	if (stream == NULL)
		return true;
	if (ks_state_is_ending(state, stream))
		return false;
	if (lifecycle_names_stream(policy, stream))
		return true;
	for (i = 0; i < state->nkeys; i++)
		if (state->keys[i].removed == KS_NEVER &&
		    ks_key_is_of(&state->keys[i], stream))
			return true;
	return false;
}

bool
lifecycle_wants(const struct lifecycle_policy *policy,
    enum dkimsig_algorithm algorithm)
{
	return algorithm == DKIMSIG_RSA_SHA256 || policy->wants_ed25519;
}
