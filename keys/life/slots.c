/* SPDX-License-Identifier: ISC */

/*
 * The selectors that must have CNAMEs: see slots.h.
 *
 * Pure functions of their arguments.  A slot whose CNAME would have too long a
 * name is left out; no key can be made for it either.
 */

#include "life/slots.h"

#include <string.h>

#include "life/key_phase.h"

/* The key whose record is behind the CNAME of a selector, if it has one. */
static const struct ks_key *
key_of(const struct ks_state *state, const char *selector, int64_t now)
{
	const struct ks_key *key = ks_state_find(state, selector);

	return key == NULL || key->record[0] == '\0' ||
	    key_phase(key, now) == KEY_REMOVED ? NULL : key;
}

static size_t
list_line(const struct ks_state *state, const struct lifecycle_line *line,
    const char *cname_zone, int64_t now, struct slot *slots)
{
	const struct keygen_kind *kind = keygen_find(
	    line->algorithm == DKIMSIG_ED25519_SHA256 ? "ed25519" : "rsa2048");
	unsigned int number;
	struct slot *slot;
	size_t n = 0;

	for (number = 1; number <= NEWKEY_SLOTS; number++) {
		slot = &slots[n];
		newkey_slot(kind, line->stream, number, slot->selector);
		slot->algorithm = line->algorithm;
		slot->key = key_of(state, slot->selector, now);
		if (slot->key != NULL)
			(void)strlcpy(slot->target, slot->key->record,
			    sizeof(slot->target));
		else if (newkey_alias(state->domain, slot->selector,
		    cname_zone, slot->target) != 0)
			continue;
		n++;
	}
	return n;
}

/* The slots of a stream for all algorithms that the policy wants. */
static size_t
list_stream(const struct ks_state *state,
    const struct lifecycle_policy *policy, const char *stream,
    const char *cname_zone, int64_t now, struct slot *slots)
{
	struct lifecycle_line line = { .stream = stream };
	size_t i, n = 0;

	if (!lifecycle_wants_stream(state, policy, stream))
		return 0;
	for (i = 0; i < LIFECYCLE_NALGORITHMS; i++) {
		line.algorithm = lifecycle_algorithms[i];
		if (lifecycle_wants(policy, line.algorithm))
			n += list_line(state, &line, cname_zone, now,
			    slots + n);
	}
	return n;
}

/* Whether verifiers still need the record of a key behind a CNAME. */
static bool
is_needed(const struct ks_key *key, int64_t now)
{
	const enum key_phase phase = key_phase(key, now);

	return key->record[0] != '\0' && !key->compromised &&
	    phase < KEY_REVOKED &&
	    (phase < KEY_RETIRED || key->active_from != KS_NEVER);
}

static bool
is_listed(const struct slot *slots, size_t nslots, const char *selector)
{
	size_t i;

	for (i = 0; i < nslots; i++)
		if (strcmp(slots[i].selector, selector) == 0)
			return true;
	return false;
}

size_t
slots_max(const struct ks_state *state,
    const struct lifecycle_policy *policy)
{
	const char *stream = NULL;
	size_t n = state->nkeys;

	do {
		n += LIFECYCLE_NALGORITHMS * NEWKEY_SLOTS;
	} while (lifecycle_next_stream(state, policy, &stream));
	return n;
}

size_t
slots_list(const struct ks_state *state,
    const struct lifecycle_policy *policy, const char *cname_zone,
    int64_t now, struct slot *slots)
{
	const char *stream = NULL;
	const struct ks_key *key;
	size_t i, n = 0;

	if (cname_zone != NULL && !policy->is_leaving)
		do {
			n += list_stream(state, policy, stream, cname_zone,
			    now, slots + n);
		} while (lifecycle_next_stream(state, policy, &stream));
	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (!is_needed(key, now) ||
		    is_listed(slots, n, key->selector))
			continue;
		(void)strlcpy(slots[n].selector, key->selector,
		    sizeof(slots[n].selector));
		(void)strlcpy(slots[n].target, key->record,
		    sizeof(slots[n].target));
		slots[n].algorithm = key->algorithm;
		slots[n++].key = key;
	}
	return n;
}
