/* SPDX-License-Identifier: ISC */

/*
 * Other hosts that sign with the same keys: which keys wait for them, and which
 * records stay.
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

#define STANDBY	"g-20d p-20d s-20d v-19d right "
#define ACTIVE	"g-60d p-60d s-60d v-59d a-30d right "
#define OLD	"g-150d p-150d s-150d v-149d a-90d right "
/* Long retired: its record could be revoked 17 days after its end. */
#define ENDED	"g-150d p-150d s-150d v-149d a-110d t-20d u-20d right "

static const struct {
	const char	*name, *policy;
	const char	*keys[LIFECYCLECASE_KEYS];
	const char	*want;
} steps[] = {
	/* Keys that start. */
	{ "all hosts have it", "", { "rsa " OLD, "rsa " STANDBY },
	    "activate 1 +0s" },
	{ "one does not: the old one goes on", "",
	    { "rsa " OLD, "rsa " STANDBY "awaited" }, "nothing" },
	{ "the first key of all", "", { "rsa " STANDBY "awaited" },
	    "nothing" },
	{ "it is verified in the meantime", "",
	    { "rsa " ACTIVE, "rsa g-2d p-2d s-2h right awaited" },
	    "verify 1" },
	{ "another one that they have", "",
	    { "rsa " OLD, "rsa " STANDBY "awaited",
	    "rsa g-10d p-10d s-10d v-9d right" }, "activate 2 +0s" },
	{ "the old one will retire", "",
	    { "rsa " ACTIVE "t+1h", "rsa " STANDBY "awaited" }, "nothing" },

	/* What must not go on does not wait for a host. */
	{ "compromised", "", { "rsa " ACTIVE "bad",
	    "rsa " STANDBY "awaited" }, "activate 1 +0s" },
	{ "compromised: rather one that they have", "",
	    { "rsa " ACTIVE "bad", "rsa " STANDBY "awaited",
	    "rsa g-10d p-10d s-10d v-9d right" }, "activate 2 +0s" },
	{ "a lost file", "", { "rsa " ACTIVE "lost",
	    "rsa " STANDBY "awaited" }, "activate 1 +0s" },
	{ "every server has another record", "",
	    { "rsa g-60d p-60d s-60d v-59d a-30d foreign",
	    "rsa " STANDBY "awaited" }, "activate 1 +0s" },
	{ "a server has another record", "",
	    { "rsa g-60d p-60d s-60d v-59d a-30d wrong",
	    "rsa " STANDBY "awaited" }, "nothing" },

	/* Records that stay. */
	{ "its mail has arrived", "",
	    { "rsa " ACTIVE, "rsa " STANDBY, "rsa " ENDED }, "revoke 2" },
	{ "a host may still sign with it", "",
	    { "rsa " ACTIVE, "rsa " STANDBY, "rsa " ENDED "held" },
	    "nothing" },
	{ "and signed with it for longer", "",
	    { "rsa " ACTIVE, "rsa " STANDBY, "rsa " ENDED "h-11d" },
	    "nothing" },
	{ "long enough ago", "",
	    { "rsa " ACTIVE, "rsa " STANDBY, "rsa " ENDED "h-13d" },
	    "revoke 2" },
	{ "compromised: revoked at once", "",
	    { "rsa " ACTIVE, "rsa " STANDBY, "rsa " ENDED "bad held" },
	    "revoke 2" },
	{ "compromised, and used elsewhere: signers notice first", "",
	    { "rsa " ACTIVE, "rsa " STANDBY,
	    "rsa g-50d p-50d s-50d v-49d a-1h t-5s right bad h-1s" },
	    "nothing" },
	{ "by hand: it is not removed", "hand",
	    { "rsa " ACTIVE, "rsa " STANDBY,
	    "rsa g-150d p-150d s-150d v-149d a-110d t-20d absent held" },
	    "nothing" },
	{ "it never signed anywhere: held by nobody", "",
	    { "rsa " ACTIVE, "rsa " STANDBY,
	    "rsa g-50d p-50d s-50d v-49d t-20d right held" }, "revoke 2" },
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

/* Since when the second key waits for nothing but a host; NULL: it does not. */
static const struct {
	const char	*first, *second, *since;
} waits[] = {
	{ "rsa " OLD, "rsa " STANDBY "awaited", "-0s" },
	{ "rsa g-150d v-149d a-92d right", "rsa " STANDBY "awaited", "-2d" },
	{ "rsa " OLD, "rsa " STANDBY, NULL },
	{ "rsa " ACTIVE, "rsa " STANDBY "awaited", NULL },
	{ "rsa " OLD, "rsa g-2d p-2d s-2h right awaited", NULL },
	{ "rsa " ACTIVE "bad", "rsa " STANDBY "awaited", "-19d" },
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

		lifecyclecase_parse(&lifecase, "", keys);
		since = lifecycle_waits_host(&lifecase.state, lifecase.facts,
		    &lifecase.policy, 1, NOW);
		if (since != (waits[i].since == NULL ? KS_NEVER :
		    NOW + lifecyclecase_time(waits[i].since)))
			fail_msg("%s, %s: %lld", waits[i].first,
			    waits[i].second, (long long)(since - NOW));
	}
}

/* A domain that leaves: a key that a host may sign with does not end yet. */
static void
test_leaving(void **state)
{
	static const struct {
		const char	*key;
		bool		 at_once;
	} cases[] = {
		{ "rsa " STANDBY "t-1h", true },
		{ "rsa " STANDBY "a-1h t-1h", true },
		{ "rsa " STANDBY "a-1h t-1h held", false },
		{ "rsa " STANDBY "a-1h t-1h h-1h", false },
		{ "rsa " STANDBY "t-1h held", true },
	};
	struct lifecyclecase lifecase;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		const char *const keys[LIFECYCLECASE_KEYS] = { cases[i].key };

		lifecyclecase_parse(&lifecase, "", keys);
		lifecase.policy.is_leaving = true;
		if (lifecycle_ends_at_once(&lifecase.keys[0],
		    &lifecase.facts[0], &lifecase.policy) !=
		    cases[i].at_once)
			fail_msg("%s", cases[i].key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_leaving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
