/* SPDX-License-Identifier: ISC */

/*
 * The kinds of trouble: their words, their severity, and those that follow
 * from the times in a state alone.
 *
 * Pure functions of their arguments; nothing can fail.
 */

#include "life/trouble.h"

#include <string.h>

#include "life/key_phase.h"
#include "life/private.h"

static const struct {
	const char		*word;
	enum trouble_severity	 severity;
	bool			 is_local;
} troubles[] = {
	[TROUBLE_NONE]		= { "none", TROUBLE_WARNING, true },
	[TROUBLE_KEY_FILE]	= { "key-file", TROUBLE_CRITICAL, true },
	[TROUBLE_SPARE_FILE]	= { "spare-key-file", TROUBLE_WARNING, true },
	[TROUBLE_KEY_STORE]	= { "key-store", TROUBLE_CRITICAL, true },
	[TROUBLE_RECORD]	= { "record", TROUBLE_CRITICAL, false },
	[TROUBLE_VANISHED]	= { "record-vanished", TROUBLE_WARNING, false },
	[TROUBLE_INVISIBLE]	= { "not-seen-outside", TROUBLE_CRITICAL,
				    false },
	[TROUBLE_NEW_RECORD]	= { "new-record", TROUBLE_WARNING, false },
	[TROUBLE_OLD_RECORD]	= { "old-record", TROUBLE_WARNING, false },
	[TROUBLE_DELEGATION]	= { "delegation", TROUBLE_CRITICAL, false },
	[TROUBLE_CNAME]		= { "cname", TROUBLE_WARNING, false },
	[TROUBLE_OUTSIDE]	= { "outside", TROUBLE_WARNING, false },
	[TROUBLE_PRIVATE_SERVERS] = { "private-servers", TROUBLE_WARNING,
				    false },
	[TROUBLE_PUBLICATION]	= { "publication", TROUBLE_WARNING, false },
	[TROUBLE_LOOKUP]	= { "lookup", TROUBLE_WARNING, false },
	[TROUBLE_EXPOSED]	= { "exposed", TROUBLE_CRITICAL, false },
	[TROUBLE_OVERDUE]	= { "overdue", TROUBLE_WARNING, true },
	[TROUBLE_CLOCK]		= { "clock", TROUBLE_WARNING, true },
	[TROUBLE_GENERATION]	= { "generation", TROUBLE_WARNING, false },
	[TROUBLE_NOT_SIGNED]	= { "not-signed", TROUBLE_CRITICAL, true },
	[TROUBLE_NO_RESERVE]	= { "no-reserve", TROUBLE_WARNING, true },
	[TROUBLE_STRAY_FILE]	= { "stray-key-file", TROUBLE_WARNING, true },
	[TROUBLE_NO_KEYS]	= { "no-keys", TROUBLE_CRITICAL, true },
	[TROUBLE_SERVER]	= { "name-server", TROUBLE_WARNING, false },
	[TROUBLE_ROTATION]	= { "rotation", TROUBLE_WARNING, false },
	[TROUBLE_HOST]		= { "host", TROUBLE_WARNING, true },
	[TROUBLE_OTHER_HOST]	= { "other-host", TROUBLE_CRITICAL, true },
	[TROUBLE_NOTIFICATION]	= { "notification", TROUBLE_WARNING, true },
	[TROUBLE_STREAM]	= { "stream", TROUBLE_WARNING, true },
	[TROUBLE_CEILING]	= { "ceiling", TROUBLE_CRITICAL, true },
	[TROUBLE_FLEET]		= { "fleet", TROUBLE_WARNING, true }
};

#define NTROUBLES	(sizeof(troubles) / sizeof(troubles[0]))

const char *
trouble_word(enum trouble trouble)
{
	return troubles[trouble].word;
}

enum trouble
trouble_find(const char *word)
{
	size_t i;

	for (i = 1; i < NTROUBLES; i++)
		if (strcmp(troubles[i].word, word) == 0)
			return (enum trouble)i;
	return TROUBLE_NONE;
}

bool
trouble_is_local(enum trouble trouble)
{
	return troubles[trouble].is_local;
}

bool
trouble_is_event(enum trouble trouble)
{
	return trouble == TROUBLE_CEILING;
}

bool
trouble_has_fix(enum trouble trouble)
{
	return trouble == TROUBLE_KEY_FILE || trouble == TROUBLE_SPARE_FILE ||
	    trouble == TROUBLE_KEY_STORE || trouble == TROUBLE_GENERATION ||
	    trouble == TROUBLE_ROTATION;
}

enum trouble_severity
trouble_severity(enum trouble trouble)
{
	return troubles[trouble].severity;
}

/* A successor has been chosen, or could be. */
static bool
has_successor(const struct ks_state *state,
    const struct lifecycle_line *line, int64_t now)
{
	enum key_phase phase;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		phase = key_phase(&state->keys[i], now);
		if (lifecycle_line_has(line, &state->keys[i]) &&
		    key_stays_in_use(&state->keys[i], now) &&
		    (phase == KEY_STANDBY || phase == KEY_SCHEDULED))
			return true;
	}
	return false;
}

/* Signs, and nobody has to come after it. */
static bool
is_going_on(const struct ks_key *key, const struct lifecycle_policy *policy,
    int64_t now)
{
	return ks_key_is_active(key, now) &&
	    lifecycle_end_time(key, policy) - now >= TROUBLE_NEAR_END;
}

/* Whether the last key of a line that signs ends soon. */
static bool
line_is_near_end(const struct ks_state *state,
    const struct lifecycle_policy *policy, const struct lifecycle_line *line,
    int64_t now)
{
	bool signs = false, goes_on = false;
	size_t i;

	if (!lifecycle_wants(policy, line->algorithm) ||
	    !lifecycle_wants_stream(state, policy, line->stream) ||
	    has_successor(state, line, now))
		return false;
	for (i = 0; i < state->nkeys; i++) {
		if (!lifecycle_line_has(line, &state->keys[i]))
			continue;
		signs |= ks_key_is_active(&state->keys[i], now);
		goes_on |= is_going_on(&state->keys[i], policy, now);
	}
	return signs && !goes_on;
}

bool
trouble_is_near_end(const struct ks_state *state,
    const struct lifecycle_policy *policy, int64_t now)
{
	struct lifecycle_line line = { .stream = NULL };
	size_t i;

	do {
		for (i = 0; i < LIFECYCLE_NALGORITHMS; i++) {
			line.algorithm = lifecycle_algorithms[i];
			if (line_is_near_end(state, policy, &line, now))
				return true;
		}
	} while (lifecycle_next_stream(state, policy, &line.stream));
	return false;
}

/* The newest time at which keys of a line changed. */
struct progress {
	bool	has_signed;	/* some key has signed before */
	/* Key generated, caches expired after it was seen, or it started. */
	int64_t	last;
};

/* How long a key that was seen waits for caches, as far as the state knows. */
static int64_t
cache_wait(const struct ks_key *key, const struct lifecycle_policy *policy)
{
	return lifecycle_later(lifecycle_later(policy->ttl, key->absent_for),
	    policy->publish_lead);
}

static struct progress
progress_of(const struct ks_state *state,
    const struct lifecycle_policy *policy, const struct lifecycle_line *line,
    int64_t now)
{
	struct progress progress = { false, KS_NEVER };
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (!lifecycle_line_has(line, key))
			continue;
		if (lifecycle_is_past(key->active_from, now)) {
			progress.has_signed = true;
			progress.last = lifecycle_later(progress.last,
			    key->active_from);
		}
		if (!lifecycle_is_candidate(key, now))
			continue;
		if (lifecycle_is_past(key->generated, now))
			progress.last = lifecycle_later(progress.last,
			    key->generated);
		/* It waits for caches, until a known time. */
		if (lifecycle_is_past(key->seen, now))
			progress.last = lifecycle_later(progress.last,
			    key->seen + cache_wait(key, policy));
	}
	return progress;
}

enum trouble
trouble_of_line(const struct ks_state *state,
    const struct lifecycle_policy *policy, const struct lifecycle_line *line,
    int64_t now)
{
	struct lifecycle_count count;
	struct progress progress;
	bool is_fresh;

	if (policy->is_leaving || !lifecycle_wants(policy, line->algorithm) ||
	    (!lifecycle_wants_stream(state, policy, line->stream) &&
	    !lifecycle_names_stream(policy, line->stream)))
		return TROUBLE_NONE;
	count = lifecycle_count(state, line, now);
	progress = progress_of(state, policy, line, now);
	is_fresh = progress.last != KS_NEVER &&
	    now - progress.last < TROUBLE_GRACE;
	if (count.nactive == 0) {
		/* An Ed25519 key only adds a second signature. */
		if (line->algorithm != lifecycle_algorithms[0])
			return is_fresh ? TROUBLE_NONE : TROUBLE_NO_RESERVE;
		return is_fresh && !progress.has_signed ? TROUBLE_NONE :
		    TROUBLE_NOT_SIGNED;
	}
	if (has_successor(state, line, now) || is_fresh)
		return TROUBLE_NONE;
	return TROUBLE_NO_RESERVE;
}

/* The key of a line that starts to sign next, or NULL. */
static const struct ks_key *
next_key(const struct ks_state *state, const struct lifecycle_line *line,
    int64_t now)
{
	const struct ks_key *key, *next = NULL;
	enum key_phase phase;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		phase = key_phase(key, now);
		if (lifecycle_line_has(line, key) && phase < KEY_ACTIVE &&
		    key_stays_in_use(key, now) && (next == NULL ||
		    phase > key_phase(next, now) ||
		    (phase == key_phase(next, now) &&
		    key->generated < next->generated)))
			next = key;
	}
	return next;
}

/* Whether the next key of a line is to sign soon. */
static bool
is_next_due(const struct ks_state *state,
    const struct lifecycle_policy *policy, const struct lifecycle_line *line,
    int64_t now)
{
	bool goes_on = false, signs = false;
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (!lifecycle_line_has(line, key))
			continue;
		signs |= ks_key_is_active(key, now);
		goes_on |= is_going_on(key, policy, now) &&
		    !key->compromised;
	}
	return signs ? !goes_on : trouble_of_line(state, policy, line,
	    now) == TROUBLE_NOT_SIGNED;
}

enum trouble_severity
trouble_severity_of_cname(const struct ks_state *state,
    const struct lifecycle_policy *policy, const char *selector, int64_t now)
{
	const struct ks_key *key = ks_state_find(state, selector);
	struct lifecycle_line line;
	bool is_critical = false;

	if (key != NULL && ks_key_is_active(key, now))
		is_critical = true;
	else if (key != NULL && !policy->is_leaving) {
		line = lifecycle_line_of(key);
		is_critical = key == next_key(state, &line, now) &&
		    is_next_due(state, policy, &line, now);
	}
	return is_critical ? TROUBLE_CRITICAL :
	    trouble_severity(TROUBLE_CNAME);
}
