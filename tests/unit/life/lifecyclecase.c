/* SPDX-License-Identifier: ISC */

/*
 * Keys, what is known of them and policies, as short texts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lifecyclecase.h"
#include "store/last_use.h"

#define NOW	LIFECYCLECASE_NOW

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

int64_t
lifecyclecase_time(const char *text)
{
	long long n;
	char *unit;

	n = strtoll(text, &unit, 10);
	if (unit == text || unit[0] == '\0' || unit[1] != '\0' ||
	    strchr("dhs", unit[0]) == NULL)
		fail_msg("no time: %s", text);
	return n * (unit[0] == 'd' ? 86400 : unit[0] == 'h' ? 3600 : 1);
}

const char *
lifecyclecase_stream(const char *name)
{
	static const char *const names[] = { "desk", "shop" };
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], name) == 0)
			return names[i];
	fail_msg("no stream of the tests: %s", name);
	return NULL;
}

static const char *const views[] = {
	[LIFECYCLE_UNASKED] = "", [LIFECYCLE_UNKNOWN] = "unknown",
	[LIFECYCLE_ABSENT] = "absent", [LIFECYCLE_RIGHT] = "right",
	[LIFECYCLE_REVOKED] = "revoked", [LIFECYCLE_DIFFERENT] = "different",
	[LIFECYCLE_WRONG] = "wrong", [LIFECYCLE_FOREIGN] = "foreign"
};

/* A word for a view after a prefix; false if it is none. */
static bool
parse_view(const char *word, const char *prefix, enum lifecycle_view *view)
{
	const size_t len = strlen(prefix);
	size_t i;

	if (strncmp(word, prefix, len) != 0)
		return false;
	for (i = 1; i < COUNT(views); i++)
		if (strcmp(word + len, views[i]) == 0) {
			*view = (enum lifecycle_view)i;
			return true;
		}
	return false;
}

static void
parse_key_word(struct lifecyclecase *lifecase, size_t i, const char *word)
{
	static const char *const outsides[] = {
		[LIFECYCLE_OUTSIDE_UNASKED] = "",
		[LIFECYCLE_OUTSIDE_UNWANTED] = "out-unwanted",
		[LIFECYCLE_OUTSIDE_UNSEEABLE] = "out-hidden",
		[LIFECYCLE_OUTSIDE_UNKNOWN] = "out-silent",
		[LIFECYCLE_OUTSIDE_RIGHT] = "out-right",
		[LIFECYCLE_OUTSIDE_CONTRADICTS] = "out-other"
	};
	struct lifecycle_fact *fact = &lifecase->facts[i];
	struct ks_key *key = &lifecase->keys[i];
	const struct {
		char	 letter;
		int64_t	*when;
	} times[] = {
		{ 'g', &key->generated }, { 'p', &key->published },
		{ 's', &key->seen }, { 'v', &key->verified },
		{ 'a', &key->active_from }, { 't', &key->retire_at },
		{ 'k', &key->revoked }, { 'x', &key->removed },
		{ 'u', &fact->last_use }, { 'n', &key->absent },
		{ 'h', &fact->host_use },
	};
	size_t j;

	for (j = 0; j < COUNT(times); j++)
		if (word[0] == times[j].letter &&
		    (word[1] == '-' || word[1] == '+')) {
			*times[j].when = NOW + lifecyclecase_time(word + 1);
			return;
		}
	if (parse_view(word, "", &fact->view) ||
	    parse_view(word, "cname-", &fact->alias) ||
	    parse_view(word, "own-", &fact->record))
		return;
	for (j = 1; j < COUNT(outsides); j++)
		if (strcmp(word, outsides[j]) == 0) {
			fact->outside = (enum lifecycle_outside)j;
			return;
		}
	if (word[0] == '@')
		key->stream = lifecyclecase_stream(word + 1);
	else if (strcmp(word, "ending") == 0)
		key->ending = true;
	else if (strcmp(word, "rsa") == 0)
		key->algorithm = DKIMSIG_RSA_SHA256;
	else if (strcmp(word, "ed") == 0)
		key->algorithm = DKIMSIG_ED25519_SHA256;
	else if (strcmp(word, "bad") == 0)
		key->compromised = true;
	else if (strcmp(word, "unconfirmed") == 0)
		key->unconfirmed = true;
	else if (strcmp(word, "tried") == 0)
		fact->was_tried = true;
	else if (strcmp(word, "use-unknown") == 0)
		fact->last_use = KS_USE_UNKNOWN;
	else if (strcmp(word, "lost") == 0)
		fact->has_file = false;
	else if (strcmp(word, "damaged") == 0)
		fact->is_unusable = true;
	else if (strcmp(word, "unused") == 0)
		fact->is_unused = true;
	else if (strcmp(word, "other") == 0)
		fact->has_other = true;
	else if (strcmp(word, "awaited") == 0)
		fact->is_awaited = true;
	else if (strcmp(word, "held") == 0)
		fact->is_held = true;
	else if (strcmp(word, "shown") == 0)
		fact->is_shown = true;
	else if (strncmp(word, "silent", 6) == 0) {
		fact->has_silent = true;
		fact->silent_since = NOW + lifecyclecase_time(word + 6);
	} else if (strncmp(word, "expire", 6) == 0)
		fact->expire = lifecyclecase_time(word + 6);
	else if (strcmp(word, "contested") == 0)
		key->contested = true;
	else if (strcmp(word, "fresh") == 0)
		key->fresh = true;
	else if (strcmp(word, "slot") == 0)
		(void)strlcpy(key->record, "s._domainkey.example.com.zone",
		    sizeof(key->record));
	else if (strncmp(word, "neg", 3) == 0)
		fact->negative_wait = lifecyclecase_time(word + 3);
	else if (strncmp(word, "for", 3) == 0)
		key->absent_for = lifecyclecase_time(word + 3);
	else if (strncmp(word, "wait", 4) == 0)
		fact->cache_wait = lifecyclecase_time(word + 4);
	else
		fail_msg("no word of a key: %s", word);
}

static void
parse_key(struct lifecyclecase *lifecase, size_t i, const char *text)
{
	struct ks_key *key = &lifecase->keys[i];
	char buf[256], *rest, *word;

	ks_key_init(key);
	(void)snprintf(key->selector, sizeof(key->selector), "s%zu", i);
	lifecase->facts[i].last_use = KS_NEVER;
	lifecase->facts[i].host_use = KS_NEVER;
	lifecase->facts[i].has_file = true;
	lifecase->facts[i].cache_wait = 3600;
	lifecase->facts[i].negative_wait = 60;
	assert_true(strlen(text) < sizeof(buf));
	(void)strlcpy(buf, text, sizeof(buf));
	for (rest = buf; (word = strsep(&rest, " ")) != NULL;)
		if (word[0] != '\0')
			parse_key_word(lifecase, i, word);
}

static void
parse_policy_word(struct lifecycle_policy *policy, const char *word)
{
	const struct {
		char	 letter;
		int64_t	*seconds;
	} times[] = {
		{ 'e', &policy->every }, { 'l', &policy->publish_lead },
		{ 'r', &policy->retain }, { 'k', &policy->revoke_for },
		{ 'y', &policy->ttl }, { 'i', &policy->signature_lifetime },
		{ 'q', &policy->queue_lifetime },
	};
	size_t i;

	if (strcmp(word, "hand") == 0)
		policy->by_hand = true;
	else if (strcmp(word, "ed") == 0)
		policy->wants_ed25519 = true;
	else if (strcmp(word, "leaving") == 0)
		policy->is_leaving = true;
	else if (strcmp(word, "outside") == 0)
		policy->asks_outside = true;
	else if (strcmp(word, "broken") == 0)
		policy->store_fault = true;
	else if (strcmp(word, "norsa") == 0)
		lifecycle_mark_unmakable(policy, &(struct lifecycle_line){
		    NULL, DKIMSIG_RSA_SHA256 });
	else if (strcmp(word, "noed") == 0)
		lifecycle_mark_unmakable(policy, &(struct lifecycle_line){
		    NULL, DKIMSIG_ED25519_SHA256 });
	else if (strncmp(word, "norsa@", 6) == 0)
		lifecycle_mark_unmakable(policy, &(struct lifecycle_line){
		    lifecyclecase_stream(word + 6), DKIMSIG_RSA_SHA256 });
	else if (word[0] == '@')
		policy->streams[policy->nstreams++] =
		    lifecyclecase_stream(word + 1);
	else {
		for (i = 0; i < COUNT(times); i++)
			if (word[0] == times[i].letter)
				break;
		if (i == COUNT(times))
			fail_msg("no word of a policy: %s", word);
		*times[i].seconds = lifecyclecase_time(word + 1);
	}
}

void
lifecyclecase_parse(struct lifecyclecase *lifecase, const char *policy,
    const char *const keys[LIFECYCLECASE_KEYS])
{
	char buf[128], *rest, *word;
	size_t i;

	memset(lifecase, 0, sizeof(*lifecase));
	lifecase->state.keys = lifecase->keys;
	for (i = 0; i < LIFECYCLECASE_KEYS && keys[i] != NULL; i++)
		parse_key(lifecase, i, keys[i]);
	lifecase->state.nkeys = i;
	(void)strlcpy(buf, "e90d l0s r8d k30d y1h i7d q5d ", sizeof(buf));
	assert_true(strlcat(buf, policy, sizeof(buf)) < sizeof(buf));
	for (rest = buf; (word = strsep(&rest, " ")) != NULL;)
		if (word[0] != '\0')
			parse_policy_word(&lifecase->policy, word);
}

/* The next step as a text; static. */
static const char *
describe_next(const struct lifecyclecase *lifecase)
{
	static char text[64];
	struct lifecycle_action action;
	const char *name;

	memset(&action, 0xff, sizeof(action));
	lifecycle_next(&lifecase->state, lifecase->facts, &lifecase->policy,
	    NOW, &action);
	name = lifecycle_step_name(action.step);
	switch (action.step) {
	case LIFECYCLE_NOTHING:
		return name;
	case LIFECYCLE_GENERATE:
		(void)snprintf(text, sizeof(text), "%s %s%s%s", name,
		    action.algorithm == DKIMSIG_RSA_SHA256 ? "rsa" : "ed",
		    action.stream == NULL ? "" : " @",
		    action.stream == NULL ? "" : action.stream);
		break;
	case LIFECYCLE_ACTIVATE:
	case LIFECYCLE_RETIRE:
		(void)snprintf(text, sizeof(text), "%s %zu %+llds", name,
		    action.key, (long long)(action.at - NOW));
		break;
	default:
		(void)snprintf(text, sizeof(text), "%s %zu", name,
		    action.key);
	}
	if (action.step != LIFECYCLE_GENERATE) {
		assert_int_equal(action.algorithm,
		    lifecase->keys[action.key].algorithm);
		assert_true(ks_key_is_of(&lifecase->keys[action.key],
		    action.stream));
	}
	assert_non_null(action.why);
	return text;
}

static void
check_next(const struct lifecyclecase *lifecase, const char *name,
    const char *want)
{
	const char *got = describe_next(lifecase);

	if (strcmp(got, want) != 0)
		fail_msg("%s: %s, want %s", name, got, want);
}

void
lifecyclecase_check(struct lifecyclecase *lifecase, const char *name,
    const char *want)
{
	check_next(lifecase, name, want);
	if (strcmp(want, "nothing") == 0 ||
	    lifecase->state.nkeys == LIFECYCLECASE_KEYS)
		return;
	/* It never signed, and so changes nothing for other keys. */
	parse_key(lifecase, lifecase->state.nkeys++, "rsa g-900d p-900d "
	    "s-900d v-899d k-690d x-600d");
	check_next(lifecase, name, want);
}
