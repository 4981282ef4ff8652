/* SPDX-License-Identifier: ISC */

/*
 * What resolvers outside show, and what follows from it: which key is verified
 * and starts to sign, what is asked when, and what is an alarm.
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
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Keys at some point of their lives; the servers show the record of each. */
#define SEEN	"g-2d p-2d s-2h right "
#define STANDBY	"g-20d p-20d s-20d v-19d right "
#define ACTIVE	"g-60d p-60d s-60d v-59d a-30d right "
#define OLD	"g-150d p-150d s-150d v-149d a-90d right "

#define SIGNS	"rsa " ACTIVE "out-right"

static const struct {
	const char	*name, *policy;
	const char	*keys[LIFECYCLECASE_KEYS];
	const char	*want;
} steps[] = {
	/* Verification. */
	{ "asked when all servers have it and caches are done", "outside",
	    { SIGNS, "rsa " SEEN }, "look-outside 1" },
	{ "not before caches are done", "outside",
	    { SIGNS, "rsa g-2d p-2d s-59s right neg60s n-2d for60s" },
	    "nothing" },
	{ "not while a server lacks it", "outside",
	    { SIGNS, "rsa g-2d p-2d s-2h different" }, "unseen 1" },
	{ "not while a server is silent", "outside",
	    { SIGNS, "rsa g-2d p-2d s-2h unknown" }, "nothing" },
	{ "right", "outside", { SIGNS, "rsa " SEEN "out-right" },
	    "verify 1" },
	{ "none answers: wait", "outside",
	    { SIGNS, "rsa " SEEN "out-silent" }, "nothing" },
	{ "one contradicts: wait", "outside",
	    { SIGNS, "rsa " SEEN "out-other" }, "nothing" },
	{ "nobody is asked: the servers are enough", "",
	    { SIGNS, "rsa " SEEN }, "verify 1" },
	{ "and it is known that they are", "",
	    { SIGNS, "rsa " SEEN "out-unwanted" }, "verify 1" },
	{ "private servers, and nobody to ask", "",
	    { SIGNS, "rsa " SEEN "out-hidden" }, "nothing" },
	{ "it was tried: not again", "outside",
	    { SIGNS, "rsa " SEEN "tried" }, "nothing" },

	/* Activation. */
	{ "asked again before it signs", "outside",
	    { "rsa " OLD "out-right", "rsa " STANDBY }, "look-outside 1" },
	{ "not before it is due", "outside", { SIGNS, "rsa " STANDBY },
	    "nothing" },
	{ "activated", "outside",
	    { "rsa " OLD "out-right", "rsa " STANDBY "out-right" },
	    "activate 1 +0s" },
	{ "silence: the old one goes on", "outside",
	    { "rsa " OLD "out-right", "rsa " STANDBY "out-silent" },
	    "nothing" },
	{ "contradiction: the old one goes on", "outside",
	    { "rsa " OLD "out-right", "rsa " STANDBY "out-other" },
	    "nothing" },
	{ "private servers: the old one goes on", "",
	    { "rsa " OLD "out-hidden", "rsa " STANDBY "out-hidden" },
	    "nothing" },
	{ "the first one of all, seen by nobody outside", "outside",
	    { "rsa " STANDBY "out-silent" }, "nothing" },
	{ "another one that is seen", "outside",
	    { "rsa " OLD "out-right", "rsa " STANDBY "out-other",
	    "rsa g-10d p-10d s-10d v-9d right out-right" },
	    "activate 2 +0s" },

	/* In need, a key that was once verified is better than none. */
	{ "compromised: asked", "outside",
	    { "rsa " ACTIVE "bad", "rsa " STANDBY }, "look-outside 1" },
	{ "compromised, and silence", "outside",
	    { "rsa " ACTIVE "bad", "rsa " STANDBY "out-silent" },
	    "activate 1 +0s" },
	{ "compromised, and private servers", "",
	    { "rsa " ACTIVE "bad out-hidden", "rsa " STANDBY "out-hidden" },
	    "activate 1 +0s" },
	{ "compromised, and no server shows the record: nobody is asked",
	    "outside norsa", { "rsa " ACTIVE "bad",
	    "rsa g-20d p-20d s-20d v-19d unknown" }, "nothing" },
	{ "compromised, and some servers show it", "outside",
	    { "rsa " ACTIVE "bad",
	    "rsa g-20d p-20d s-20d v-19d unknown shown" }, "look-outside 1" },
	{ "and so do resolvers", "outside", { "rsa " ACTIVE "bad",
	    "rsa g-20d p-20d s-20d v-19d unknown shown out-right" },
	    "activate 1 +0s" },
	{ "compromised, and contradiction: its mail would fail",
	    "outside norsa",
	    { "rsa " ACTIVE "bad out-right", "rsa " STANDBY "out-other" },
	    "nothing" },
	{ "a lost file, and silence", "outside",
	    { "rsa " ACTIVE "lost out-right", "rsa " STANDBY "out-silent" },
	    "activate 1 +0s" },

	/* A key that signs goes on. */
	{ "asked about the one that signs", "outside",
	    { "rsa " ACTIVE, "rsa " STANDBY "out-right" },
	    "look-outside 0" },
	{ "and about one with a time to begin", "outside",
	    { SIGNS, "rsa g-20d p-20d s-20d v-19d a+1d right",
	    "rsa " STANDBY }, "look-outside 1" },
	{ "contradiction about the one that signs", "outside",
	    { "rsa " ACTIVE "out-other", "rsa " STANDBY }, "nothing" },
	{ "the same, with private servers", "",
	    { "rsa " ACTIVE "out-hidden", "rsa " STANDBY "out-hidden" },
	    "nothing" },
	{ "two sign: the old one stays if the new one is not seen",
	    "outside", { SIGNS, "rsa " STANDBY "a-1d out-other",
	    "rsa " STANDBY }, "nothing" },
	{ "and retires if it is", "outside",
	    { SIGNS, "rsa " STANDBY "a-1d out-right", "rsa " STANDBY },
	    "retire 0 +0s" },
	{ "nobody asks about one that is retired", "outside",
	    { SIGNS, "rsa " ACTIVE "t-1d", "rsa " STANDBY }, "nothing" },
};

static void
test_steps(void **state)
{
	struct lifecyclecase lifecase;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(steps); i++) {
		lifecyclecase_parse(&lifecase, steps[i].policy,
		    steps[i].keys);
		lifecyclecase_check(&lifecase, steps[i].name, steps[i].want);
	}
}

static const struct {
	const char		*key;
	enum lifecycle_alarm	 alarm;
} alarms[] = {
	{ "rsa " ACTIVE "out-right",	LIFECYCLE_FINE },
	{ "rsa " ACTIVE "out-silent",	LIFECYCLE_FINE },
	{ "rsa " ACTIVE "out-hidden",	LIFECYCLE_FINE },
	{ "rsa " ACTIVE "out-other",	LIFECYCLE_INVISIBLE },
	{ "rsa " STANDBY "a+1d out-other", LIFECYCLE_INVISIBLE },
	{ "rsa " STANDBY "out-other",	LIFECYCLE_FINE },
	{ "rsa " ACTIVE "t-1d out-other", LIFECYCLE_FINE },
	{ "rsa " ACTIVE "bad out-other", LIFECYCLE_EXPOSED },
};

static void
test_alarms(void **state)
{
	struct lifecyclecase lifecase;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(alarms); i++) {
		const char *const keys[LIFECYCLECASE_KEYS] = {
			alarms[i].key
		};

		lifecyclecase_parse(&lifecase, "outside", keys);
		if (lifecycle_key_alarm(&lifecase.keys[0], &lifecase.facts[0],
		    &lifecase.policy, NOW) != alarms[i].alarm)
			fail_msg("%s", alarms[i].key);
	}
}

/* Since when the second key waits for nothing but resolvers; NULL: it does
 * not. */
static const struct {
	const char	*first, *second, *since;
} waits[] = {
	/*
	 * To be verified: since caches are done, an hour and two
	 * seconds after it was seen.
	 */
	{ SIGNS, "rsa " SEEN "out-silent", "-3598s" },
	{ SIGNS, "rsa " SEEN "out-other", "-3598s" },
	{ SIGNS, "rsa " SEEN "out-hidden", "-3598s" },
	{ SIGNS, "rsa " SEEN "out-right", NULL },
	{ SIGNS, "rsa " SEEN "out-unwanted", NULL },
	{ SIGNS, "rsa " SEEN, NULL },
	{ SIGNS, "rsa g-2d p-2d s-59s right out-other", NULL },
	{ SIGNS, "rsa g-2d p-2d s-2h different out-other", NULL },
	{ SIGNS, "rsa g-2d p-2d right out-other", NULL },
	/* To sign: since the other one was due. */
	{ SIGNS, "rsa " STANDBY "out-other", NULL },
	{ "rsa g-150d v-149d a-92d right", "rsa " STANDBY "out-other",
	    "-2d" },
	{ "rsa " ACTIVE "t-1h", "rsa " STANDBY "out-silent", "-19d" },
	{ "rsa " ACTIVE "bad", "rsa " STANDBY "out-other", "-19d" },
	{ "rsa g-150d v-149d a-120d right", "rsa " STANDBY "out-silent",
	    "-19d" },
	/* It signs, or does not any more. */
	{ SIGNS, "rsa " ACTIVE "out-other", NULL },
	{ SIGNS, "rsa " STANDBY "t-1h out-other", NULL },
};

static void
test_waits(void **state)
{
	struct lifecyclecase lifecase;
	int64_t since;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(waits); i++) {
		const char *const keys[LIFECYCLECASE_KEYS] = {
			waits[i].first, waits[i].second
		};

		lifecyclecase_parse(&lifecase, "outside", keys);
		since = lifecycle_waits_outside(&lifecase.state,
		    lifecase.facts, &lifecase.policy, 1, NOW);
		if (since != (waits[i].since == NULL ? KS_NEVER :
		    NOW + lifecyclecase_time(waits[i].since)))
			fail_msg("%s, %s: %lld", waits[i].first,
			    waits[i].second, (long long)(since - NOW));
	}
}

/* When mail will be signed: a key that nobody outside sees does not count. */
static void
test_start(void **state)
{
	static const struct {
		const char		*key;
		enum lifecycle_start	 start;
	} cases[] = {
		{ "rsa " SEEN "out-right", LIFECYCLE_SIGNS_AT },
		{ "rsa " SEEN "out-silent", LIFECYCLE_SIGNS_AT },
		{ "rsa " SEEN "out-other", LIFECYCLE_SIGNS_NOT },
		{ "rsa " SEEN "out-hidden", LIFECYCLE_SIGNS_NOT },
		{ "rsa g-1h absent out-hidden", LIFECYCLE_SIGNS_NOT },
		{ "rsa g-1h absent", LIFECYCLE_SIGNS_IF },
		{ "rsa " ACTIVE "out-other", LIFECYCLE_SIGNS },
	};
	struct lifecyclecase lifecase;
	int64_t when;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		const char *const keys[LIFECYCLECASE_KEYS] = { cases[i].key };

		lifecyclecase_parse(&lifecase, "outside", keys);
		if (lifecycle_start(&lifecase.state, lifecase.facts,
		    &lifecase.policy, NOW, &when) != cases[i].start)
			fail_msg("%s", cases[i].key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_alarms),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_start),
	};

	return cmocka_run_group_tests_name("lifecycle_outside", tests, NULL,
	    NULL);
}
