/* SPDX-License-Identifier: ISC */

/*
 * What is said of one key: what it waits for, when its record may be revoked,
 * what is wrong with it, and how many there are.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lifecyclecase.h"

#define NOW	LIFECYCLECASE_NOW

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void
parse_one(struct lifecyclecase *lifecase, const char *policy, const char *key)
{
	const char *const keys[LIFECYCLECASE_KEYS] = { key };

	lifecyclecase_parse(lifecase, policy, keys);
}

static void
waits_for(void **arg)
{
	static const struct {
		const char		*name, *policy, *key;
		enum lifecycle_step	 want;
		const char		*when;	/* NULL: never */
	} cases[] = {
		{ "a new key", "", "rsa g-1h", LIFECYCLE_NOTHING, NULL },
		{ "published", "", "rsa g-1h p-1h", LIFECYCLE_NOTHING, NULL },
		{ "seen", "", "rsa g-1h p-1h s-60s", LIFECYCLE_VERIFY,
		    "3542s" },
		{ "seen, and nothing was there before", "",
		    "rsa g-1h n-1h p-1h s-5s", LIFECYCLE_VERIFY, "57s" },
		{ "seen, and something else is there, too", "",
		    "rsa g-1h n-1h p-1h s-5s other", LIFECYCLE_VERIFY,
		    "3597s" },
		{ "seen, with a longer lead", "l2h", "rsa g-1h p-1h s-1h",
		    LIFECYCLE_VERIFY, "1h" },
		{ "verified by a clock that was ahead", "",
		    "rsa g-1h p-1h s-60s v+1s", LIFECYCLE_VERIFY, "3542s" },
		{ "in reserve", "", "rsa g-9d p-9d s-9d v+0s",
		    LIFECYCLE_NOTHING, NULL },
		{ "with a time to begin", "", "rsa g-9d v-8d a+1s",
		    LIFECYCLE_ACTIVATE, "1s" },
		{ "with a time to end", "", "rsa g-9d v-8d t+1d",
		    LIFECYCLE_RETIRE, "1d" },
		{ "active", "", "rsa g-9d v-8d a-5d", LIFECYCLE_RETIRE,
		    "85d" },
		{ "active with an end", "", "rsa g-9d v-8d a-5d t+1d",
		    LIFECYCLE_RETIRE, "1d" },
		{ "retired", "", "rsa g-9d p-9d v-8d a-5d t-0s",
		    LIFECYCLE_REVOKE, "1037100s" },
		{ "retired, never published", "", "rsa g-9d t-5s",
		    LIFECYCLE_REMOVE, "-5s" },
		{ "by hand nobody knows that", "hand", "rsa g-9d t-5s",
		    LIFECYCLE_REVOKE, "-5s" },
		{ "revoked", "", "rsa g-9d p-9d a-5d t-2d k-1d",
		    LIFECYCLE_REMOVE, "29d" },
		{ "removed", "", "rsa g-9d k-1d x-0s", LIFECYCLE_DESTROY,
		    "1h" },
		{ "a silent server may come back with its record", "",
		    "rsa g-9d k-1d x-1d silent-5d expire7d",
		    LIFECYCLE_DESTROY, "522000s" },
		{ "so, too, if it answered when that was removed", "",
		    "rsa g-9d k-9d x-5d silent-1d expire7d",
		    LIFECYCLE_DESTROY, "522000s" },
		{ "if all answer, the zone does not matter", "",
		    "rsa g-9d k-1d x-0s expire7d", LIFECYCLE_DESTROY, "1h" },
		{ "destroyed", "", "rsa g-9d k-1d x-0s lost",
		    LIFECYCLE_NOTHING, NULL },
	};
	struct lifecyclecase lifecase;
	enum lifecycle_step got;
	int64_t want, when;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		parse_one(&lifecase, cases[i].policy, cases[i].key);
		got = lifecycle_waits_for(&lifecase.keys[0],
		    &lifecase.facts[0], &lifecase.policy, NOW, &when);
		want = cases[i].when == NULL ? KS_NEVER :
		    NOW + lifecyclecase_time(cases[i].when);
		if (got != cases[i].want || when != want)
			fail_msg("%s: %s in %lld s", cases[i].name,
			    lifecycle_step_name(got), (long long)(when - NOW));
	}
}

static void
revoke_time(void **arg)
{
	static const struct {
		const char	*name, *policy, *key, *want;
	} cases[] = {
		{ "its use is not known", "", "rsa a-5d t-1d", "950700s" },
		{ "nor how long it is retained", "r0s", "rsa a-5d t-1d",
		    "950700s" },
		{ "retained for longer", "r20d", "rsa a-5d t-1d", "19d" },
		{ "its use is known", "", "rsa a-5d t-1d u-4d", "691260s" },
		{ "retained for longer than that", "r10d",
		    "rsa a-5d t-1d u-4d", "9d" },
		{ "used before its time: a wrong clock", "",
		    "rsa a-5d t-1d u-6d", "950700s" },
		{ "used at the last moment", "", "rsa a-5d t-1d u-86100s",
		    "950760s" },
		{ "used after that: a wrong clock", "",
		    "rsa a-5d t-1d u-86099s", "950700s" },
		{ "used long after", "", "rsa a-5d t-1d u+900d",
		    "950700s" },
		{ "used when it began", "r0s", "rsa a-5d t-1d u-5d",
		    "604860s" },
		{ "never began", "", "rsa t-1d", "-1d" },
		{ "was to begin later", "", "rsa a-1d t-1d", "-1d" },
		{ "a second earlier", "", "rsa a-86401s t-1d", "950700s" },
		{ "never began, but was used", "", "rsa t-1d u-1d",
		    "950460s" },
		{ "never began, but there is no file", "",
		    "rsa t-1d use-unknown", "950700s" },
		{ "began, and there is no file", "",
		    "rsa a-5d t-1d use-unknown", "950700s" },
		{ "compromised", "", "rsa a-5d t-1d u-1d bad", "-86389s" },
		{ "and never used", "", "rsa a-5d t-1d bad", "-1d" },
		{ "compromised, and there is no file", "",
		    "rsa a-5d t-1d use-unknown bad", "-86389s" },
	};
	struct lifecyclecase lifecase;
	int64_t got;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		parse_one(&lifecase, cases[i].policy, cases[i].key);
		got = lifecycle_revoke_time(&lifecase.keys[0],
		    &lifecase.facts[0], &lifecase.policy);
		if (got != NOW + lifecyclecase_time(cases[i].want))
			fail_msg("%s: %lld s", cases[i].name,
			    (long long)(got - NOW));
	}
}

static void
alarms(void **arg)
{
	static const struct {
		const char		*name, *key;
		enum lifecycle_alarm	 want;
	} cases[] = {
		{ "new", "rsa g-1d absent", LIFECYCLE_FINE },
		{ "active", "rsa g-9d a-5d right", LIFECYCLE_FINE },
		{ "DNS does not answer", "rsa g-9d a-5d unknown",
		    LIFECYCLE_FINE },
		{ "nobody asked", "rsa g-9d a-5d", LIFECYCLE_FINE },
		{ "its record is gone", "rsa g-9d a-5d absent",
		    LIFECYCLE_BROKEN },
		{ "revoked by somebody", "rsa g-9d a-5d revoked",
		    LIFECYCLE_BROKEN },
		{ "at some servers", "rsa g-9d a-5d different",
		    LIFECYCLE_BROKEN },
		{ "another", "rsa g-9d a-5d wrong", LIFECYCLE_BROKEN },
		{ "wrong, and to begin", "rsa g-9d a+5d wrong",
		    LIFECYCLE_BROKEN },
		{ "to begin", "rsa g-9d a+5d right", LIFECYCLE_FINE },
		{ "wrong, and over", "rsa g-9d a-5d t-1d wrong",
		    LIFECYCLE_FINE },
		{ "for a quarter too long", "rsa g-9d a-9720000s right",
		    LIFECYCLE_FINE },
		{ "and a second", "rsa g-9d a-9720001s right",
		    LIFECYCLE_OVERDUE },
		{ "generated later", "rsa g+1s", LIFECYCLE_FUTURE },
		{ "published later", "rsa p+1s", LIFECYCLE_FUTURE },
		{ "seen later", "rsa s+1s", LIFECYCLE_FUTURE },
		{ "verified later", "rsa v+1s", LIFECYCLE_FUTURE },
		{ "revoked later", "rsa k+1s", LIFECYCLE_FUTURE },
		{ "all of it now", "rsa g+0s p+0s s+0s v+0s k+0s",
		    LIFECYCLE_FINE },
		{ "begins later: as it should", "rsa a+1s right",
		    LIFECYCLE_FINE },
		{ "removed", "rsa g+1s bad x+1s", LIFECYCLE_FINE },
		{ "compromised", "rsa a-5d bad right", LIFECYCLE_EXPOSED },
		{ "compromised, revoked, and still there",
		    "rsa a-5d t-1d k-1d bad wrong", LIFECYCLE_EXPOSED },
		{ "compromised and retired", "rsa a-5d t-1d bad",
		    LIFECYCLE_EXPOSED },
		{ "its CNAME is gone", "rsa g-9d a-5d absent cname-absent "
		    "own-right", LIFECYCLE_UNLINKED },
		{ "at one server", "rsa g-9d a-5d different cname-different "
		    "own-right", LIFECYCLE_UNLINKED },
		{ "or leads elsewhere", "rsa g-9d a+5d wrong cname-wrong "
		    "own-unknown", LIFECYCLE_UNLINKED },
		{ "and so is its record", "rsa g-9d a-5d absent cname-absent "
		    "own-absent", LIFECYCLE_BROKEN },
		{ "behind its CNAME, its record is gone",
		    "rsa g-9d a-5d absent cname-right own-absent",
		    LIFECYCLE_BROKEN },
		{ "compromised and revoked behind a wrong CNAME",
		    "rsa a-5d t-1d k-1d bad wrong cname-wrong own-revoked",
		    LIFECYCLE_FINE },
		{ "compromised and revoked", "rsa a-5d t-1d k-1s bad",
		    LIFECYCLE_FINE },
	};
	struct lifecyclecase lifecase;
	enum lifecycle_alarm got;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		parse_one(&lifecase, "", cases[i].key);
		got = lifecycle_key_alarm(&lifecase.keys[0],
		    &lifecase.facts[0], &lifecase.policy, NOW);
		if (got != cases[i].want)
			fail_msg("%s: %d", cases[i].name, (int)got);
	}
}

/* When mail of a domain is signed for the first time. */
static void
starts(void **arg)
{
	static const struct {
		const char		*name, *policy;
		const char		*keys[LIFECYCLECASE_KEYS];
		enum lifecycle_start	 want;
		const char		*when;	/* NULL: never */
	} cases[] = {
		{ "it is", "", { "rsa g-9d v-8d a-5d", "rsa g-1h" },
		    LIFECYCLE_SIGNS, NULL },
		{ "no key", "", { NULL }, LIFECYCLE_SIGNS_NOT, NULL },
		{ "Ed25519 alone", "", { "ed g-1h v-1h right" },
		    LIFECYCLE_SIGNS_NOT, NULL },
		{ "not published", "", { "rsa g-1h absent" },
		    LIFECYCLE_SIGNS_IF, "3602s" },
		{ "nobody has looked", "y2h", { "rsa g-1h" },
		    LIFECYCLE_SIGNS_IF, "7202s" },
		{ "nothing was there before", "",
		    { "rsa g-1h n-1h for90s absent" }, LIFECYCLE_SIGNS_IF,
		    "92s" },
		{ "published, and seen", "",
		    { "rsa g-1h n-1h p-1h s-20s right" }, LIFECYCLE_SIGNS_AT,
		    "42s" },
		{ "seen, but not any more", "",
		    { "rsa g-1h n-1h p-1h s-20s different" },
		    LIFECYCLE_SIGNS_IF, "62s" },
		{ "it could be verified", "", { "rsa g-9h p-9h s-8h right" },
		    LIFECYCLE_SIGNS_AT, "0s" },
		{ "verified", "", { "rsa g-9d v-8d" }, LIFECYCLE_SIGNS_AT,
		    "0s" },
		{ "scheduled", "", { "rsa g-9d v-8d a+1d" },
		    LIFECYCLE_SIGNS_AT, "1d" },
		{ "the first of two", "",
		    { "rsa g-1h p-1h s-60s right",
		    "rsa g-1h p-1h s-61s right" },
		    LIFECYCLE_SIGNS_AT, "3541s" },
		{ "what is seen comes before what is not", "",
		    { "rsa g-1h n-1h absent", "rsa g-1h p-1h s-60s right" },
		    LIFECYCLE_SIGNS_AT, "3542s" },
		{ "lost", "", { "rsa g-9d v-8d lost" }, LIFECYCLE_SIGNS_NOT,
		    NULL },
		{ "compromised", "", { "rsa g-9d v-8d bad" },
		    LIFECYCLE_SIGNS_NOT, NULL },
		{ "retired", "", { "rsa g-9d v-8d a-8d t-1d" },
		    LIFECYCLE_SIGNS_NOT, NULL },
		{ "leaving", "leaving", { "rsa g-9d v-8d" },
		    LIFECYCLE_SIGNS_NOT, NULL },
		{ "leaving, but scheduled", "leaving", { "rsa g-9d v-8d a+1d" },
		    LIFECYCLE_SIGNS_AT, "86400s" },
	};
	struct lifecyclecase lifecase;
	enum lifecycle_start got;
	int64_t want, when;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		lifecyclecase_parse(&lifecase, cases[i].policy,
		    cases[i].keys);
		got = lifecycle_start(&lifecase.state, lifecase.facts,
		    &lifecase.policy, NOW, &when);
		want = cases[i].when == NULL ? KS_NEVER :
		    NOW + lifecyclecase_time(cases[i].when);
		if (got != cases[i].want || when != want)
			fail_msg("%s: %d in %lld s", cases[i].name, (int)got,
			    (long long)(when - NOW));
	}
}

static void
counts(void **arg)
{
	static const char *const keys[LIFECYCLECASE_KEYS] = {
		"rsa g-9d v-8d a-5d", "rsa g-9d v-0s", "rsa g-9d v+1s",
		"ed g-9d v-8d a-5d", "rsa g-9d v-8d bad"
	};
	struct lifecyclecase lifecase;
	struct lifecycle_count count;

	(void)arg;
	lifecyclecase_parse(&lifecase, "", keys);
	count = lifecycle_count(&lifecase.state, &(struct lifecycle_line){
	    NULL, DKIMSIG_RSA_SHA256 }, NOW);
	assert_int_equal(count.nactive, 1);
	assert_int_equal(count.nstandby, 1);
	count = lifecycle_count(&lifecase.state, &(struct lifecycle_line){
	    NULL, DKIMSIG_ED25519_SHA256 }, NOW);
	assert_int_equal(count.nactive, 1);
	assert_int_equal(count.nstandby, 0);
}

/* A key was given up only if it never came to be retired. */
static void
taken(void **arg)
{
	static const struct {
		const char	*key;
		bool		 want;
	} cases[] = {
		{ "rsa g-4d contested x-2d", true },
		{ "rsa g-4d contested x-3d", false },
		{ "rsa g-4d x-2d", false },
		{ "rsa g-4d contested", false },
		{ "rsa g-4d p-4d contested x-2d", false },
		{ "rsa g-4d contested t-2d x-2d", false }
	};
	const char *keys[LIFECYCLECASE_KEYS] = { NULL };
	struct lifecyclecase lifecase;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		keys[0] = cases[i].key;
		lifecyclecase_parse(&lifecase, "", keys);
		assert_int_equal(lifecycle_was_taken(&lifecase.keys[0], NOW),
		    cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for),
		cmocka_unit_test(revoke_time),
		cmocka_unit_test(alarms),
		cmocka_unit_test(starts),
		cmocka_unit_test(counts),
		cmocka_unit_test(taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
