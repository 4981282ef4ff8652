/* SPDX-License-Identifier: ISC */

/*
 * The kinds of trouble, and those that the state alone tells.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "life/trouble.h"
#include "lifecyclecase.h"

#define NOW	LIFECYCLECASE_NOW

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void
words(void **arg)
{
	enum trouble trouble;

	(void)arg;
	for (trouble = TROUBLE_KEY_FILE; trouble <= TROUBLE_CEILING;
	    trouble++) {
		assert_non_null(trouble_word(trouble));
		assert_int_equal(trouble_find(trouble_word(trouble)), trouble);
	}
	assert_int_equal(trouble_find("none"), TROUBLE_NONE);
	assert_int_equal(trouble_find(""), TROUBLE_NONE);
	assert_int_equal(trouble_find("key-files"), TROUBLE_NONE);
}

static void
kinds(void **arg)
{
	enum trouble trouble;

	(void)arg;
	for (trouble = TROUBLE_NONE; trouble <= TROUBLE_FLEET; trouble++) {
		print_message("# %s\n", trouble_word(trouble));
		assert_int_equal(trouble_is_event(trouble),
		    trouble == TROUBLE_CEILING);
		switch (trouble) {
		case TROUBLE_KEY_FILE:
		case TROUBLE_SPARE_FILE:
		case TROUBLE_KEY_STORE:
		case TROUBLE_GENERATION:
		case TROUBLE_ROTATION:
			assert_true(trouble_has_fix(trouble));
			break;
		default:
			assert_false(trouble_has_fix(trouble));
		}
	}
}

/* In all cases the policy wants both algorithms and "every" is 90 days. */
static void
lacking(void **arg)
{
	static const struct {
		const char	*name;
		const char	*keys[LIFECYCLECASE_KEYS];
		enum trouble	 rsa, ed25519;
		bool		 near_end;
	} cases[] = {
		{ "no keys", { NULL }, TROUBLE_NOT_SIGNED,
		    TROUBLE_NO_RESERVE, false },
		{ "new keys", { "rsa g-1h", "ed g-1h" }, TROUBLE_NONE,
		    TROUBLE_NONE, false },
		{ "new keys, for a day",
		    { "rsa g-1d p-1d", "ed g-1d p-1d" },
		    TROUBLE_NOT_SIGNED, TROUBLE_NO_RESERVE, false },
		{ "a clock that was ahead", { "rsa g+1h", "ed g+1h" },
		    TROUBLE_NOT_SIGNED, TROUBLE_NO_RESERVE, false },
		{ "just activated", { "rsa g-9d v-9d a-1h", "ed g-1h" },
		    TROUBLE_NONE, TROUBLE_NONE, false },
		{ "no reserve for a day",
		    { "rsa g-9d v-9d a-1d", "ed g-9d v-9d a-1d" },
		    TROUBLE_NO_RESERVE, TROUBLE_NO_RESERVE, false },
		{ "reserves", { "rsa g-9d v-9d a-5d", "rsa g-5d v-4d",
		    "ed g-9d v-9d a-5d", "ed g-5d v-4d" },
		    TROUBLE_NONE, TROUBLE_NONE, false },
		{ "a reserve that is stuck",
		    { "rsa g-9d v-9d a-5d", "rsa g-2d p-2d",
		    "ed g-9d v-9d a-5d", "ed g-5d v-4d" },
		    TROUBLE_NO_RESERVE, TROUBLE_NONE, false },
		{ "a reserve that is new",
		    { "rsa g-9d v-9d a-5d", "rsa g-2h p-2h",
		    "ed g-9d v-9d a-5d", "ed g-5d v-4d" },
		    TROUBLE_NONE, TROUBLE_NONE, false },
		{ "a reserve that was late, and is seen",
		    { "rsa g-9d v-9d a-5d", "rsa g-4d p-4d s-2h",
		    "ed g-9d v-9d a-5d", "ed g-5d v-4d" },
		    TROUBLE_NONE, TROUBLE_NONE, false },
		{ "a reserve that is seen for a day and its TTL",
		    { "rsa g-9d v-9d a-5d", "rsa g-4d p-4d s-25h",
		    "ed g-9d v-9d a-5d", "ed g-5d v-4d" },
		    TROUBLE_NO_RESERVE, TROUBLE_NONE, false },
		{ "stopped signing", { "rsa g-9d v-9d a-5d t-1h",
		    "rsa g-1h", "ed g-9d v-9d a-5d", "ed g-5d v-4d" },
		    TROUBLE_NOT_SIGNED, TROUBLE_NONE, false },
		{ "a compromised reserve is none",
		    { "rsa g-9d v-9d a-5d", "rsa g-5d v-4d bad",
		    "ed g-9d v-9d a-5d", "ed g-5d v-4d" },
		    TROUBLE_NO_RESERVE, TROUBLE_NONE, false },
		{ "83 days without a reserve",
		    { "rsa g-90d v-90d a-83d", "ed g-9d v-9d a-5d",
		    "ed g-5d v-4d" },
		    TROUBLE_NO_RESERVE, TROUBLE_NONE, false },
		{ "84 days without a reserve",
		    { "rsa g-90d v-90d a-84d", "ed g-9d v-9d a-5d",
		    "ed g-5d v-4d" },
		    TROUBLE_NO_RESERVE, TROUBLE_NONE, true },
		{ "an end that was set",
		    { "rsa g-9d v-9d a-5d t+6d", "ed g-9d v-9d a-5d",
		    "ed g-5d v-4d" },
		    TROUBLE_NO_RESERVE, TROUBLE_NONE, true },
		{ "84 days with a reserve",
		    { "rsa g-90d v-90d a-84d", "rsa g-5d v-4d",
		    "ed g-9d v-9d a-5d", "ed g-5d v-4d" },
		    TROUBLE_NONE, TROUBLE_NONE, false },
		{ "a second key that goes on",
		    { "rsa g-90d v-90d a-84d", "rsa g-9d v-9d a-5d",
		    "ed g-9d v-9d a-5d", "ed g-5d v-4d" },
		    TROUBLE_NO_RESERVE, TROUBLE_NONE, false },
	};
	struct lifecyclecase lifecase;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		print_message("# %s\n", cases[i].name);
		lifecyclecase_parse(&lifecase, "", cases[i].keys);
		lifecase.policy.wants_ed25519 = true;
		lifecase.policy.every = 90 * INT64_C(86400);
		assert_int_equal(trouble_of_line(&lifecase.state,
		    &lifecase.policy, &(struct lifecycle_line){ NULL,
		    DKIMSIG_RSA_SHA256 }, NOW), cases[i].rsa);
		assert_int_equal(trouble_of_line(&lifecase.state,
		    &lifecase.policy, &(struct lifecycle_line){ NULL,
		    DKIMSIG_ED25519_SHA256 }, NOW),
		    cases[i].ed25519);
		assert_int_equal(trouble_is_near_end(&lifecase.state,
		    &lifecase.policy, NOW), cases[i].near_end);
		lifecase.policy.wants_ed25519 = false;
		assert_int_equal(trouble_of_line(&lifecase.state,
		    &lifecase.policy, &(struct lifecycle_line){ NULL,
		    DKIMSIG_ED25519_SHA256 }, NOW),
		    TROUBLE_NONE);
	}
}

/* The key in question is the first one; "every" is 90 days. */
static void
of_cname(void **arg)
{
	static const struct {
		const char	*name;
		const char	*keys[LIFECYCLECASE_KEYS];
		const char	*selector;
		bool		 is_critical;
	} cases[] = {
		{ "a slot without a key", { "rsa g-9d v-9d a-5d" }, "s7",
		    false },
		{ "a key that signs", { "rsa g-9d v-9d a-5d" }, "s0", true },
		{ "that is compromised", { "rsa g-9d v-9d a-5d bad" }, "s0",
		    true },
		{ "a reserve", { "rsa g-5d v-4d", "rsa g-9d v-9d a-5d" },
		    "s0", false },
		{ "that does not sign yet by far",
		    { "rsa g-5d v-4d", "rsa g-90d v-90d a-82d" }, "s0",
		    false },
		{ "that signs in 7 days",
		    { "rsa g-5d v-4d", "rsa g-90d v-90d a-84d" }, "s0",
		    true },
		{ "that was never seen", { "rsa g-5d",
		    "rsa g-90d v-90d a-84d" }, "s0", true },
		{ "the second in reserve",
		    { "rsa g-5d v-4d", "rsa g-6d v-5d",
		    "rsa g-90d v-90d a-84d" }, "s0", false },
		{ "behind one that is verified",
		    { "rsa g-6d", "rsa g-5d v-4d",
		    "rsa g-90d v-90d a-84d" }, "s0", false },
		{ "one of the other algorithm is due",
		    { "ed g-5d v-4d", "rsa g-90d v-90d a-84d",
		    "ed g-9d v-9d a-5d" }, "s0", false },
		{ "behind a key of the other algorithm",
		    { "ed g-9d v-9d a-5d", "rsa g-5d v-4d",
		    "rsa g-90d v-90d a-84d" }, "s1", true },
		{ "the successor of a compromised key",
		    { "rsa g-5d v-4d", "rsa g-9d v-9d a-5d bad" }, "s0",
		    true },
		{ "one that is scheduled",
		    { "rsa g-5d v-4d a+1d", "rsa g-9d v-9d a-5d t+1d" },
		    "s0", true },
		{ "a new domain", { "rsa g-1h" }, "s0", false },
		{ "that does not sign after a day", { "rsa g-1d" }, "s0",
		    true },
		{ "its reserve", { "rsa g-23h", "rsa g-1d" }, "s0", false },
		{ "a key that has stopped signing",
		    { "rsa g-9d v-9d a-5d t-1h", "rsa g-9d v-9d a-1h" },
		    "s0", false },
	};
	struct lifecyclecase lifecase;
	enum trouble_severity got;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		lifecyclecase_parse(&lifecase, "ed", cases[i].keys);
		got = trouble_severity_of_cname(&lifecase.state,
		    &lifecase.policy, cases[i].selector, NOW);
		if ((got == TROUBLE_CRITICAL) != cases[i].is_critical)
			fail_msg("%s: severity %d", cases[i].name, (int)got);
	}
}

/* A key that waits for caches is no trouble until the wait is over. */
static void
waiting(void **arg)
{
	static const struct {
		const char	*policy, *key;
		enum trouble	 want;
	} cases[] = {
		{ "", "rsa g-9d s-24h", TROUBLE_NONE },
		{ "", "rsa g-9d s-25h", TROUBLE_NO_RESERVE },
		{ "y1d", "rsa g-9d s-47h", TROUBLE_NONE },
		{ "y1d", "rsa g-9d s-48h", TROUBLE_NO_RESERVE },
		{ "l3d", "rsa g-9d s-95h", TROUBLE_NONE },
		{ "l3d", "rsa g-9d s-96h", TROUBLE_NO_RESERVE },
		{ "", "rsa g-9d n-9d for86400s s-47h", TROUBLE_NONE },
		{ "", "rsa g-9d n-9d for86400s s-48h", TROUBLE_NO_RESERVE }
	};
	const char *keys[LIFECYCLECASE_KEYS] = { "rsa g-20d v-20d a-15d" };
	struct lifecyclecase lifecase;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		keys[1] = cases[i].key;
		lifecyclecase_parse(&lifecase, cases[i].policy, keys);
		assert_int_equal(trouble_of_line(&lifecase.state,
		    &lifecase.policy, &(struct lifecycle_line){ NULL,
		    DKIMSIG_RSA_SHA256 }, NOW),
		    cases[i].want);
	}
}

/* What a stream lacks is told of that stream alone. */
static void
of_stream(void **arg)
{
	static const struct {
		const char	*name, *policy;
		const char	*keys[LIFECYCLECASE_KEYS];
		enum trouble	 ours, desk;
		bool		 near_end;
	} cases[] = {
		{ "named, without keys", "@desk", { "rsa g-9d v-9d a-5d",
		    "rsa g-5d v-4d" }, TROUBLE_NONE, TROUBLE_NOT_SIGNED,
		    false },
		{ "named, with new keys", "@desk", { "rsa g-9d v-9d a-5d",
		    "rsa g-5d v-4d", "rsa g-1h @desk" }, TROUBLE_NONE,
		    TROUBLE_NONE, false },
		{ "not named", "", { "rsa g-9d v-9d a-5d", "rsa g-5d v-4d" },
		    TROUBLE_NONE, TROUBLE_NONE, false },
		{ "a reserve of the other does not count", "@desk",
		    { "rsa g-9d v-9d a-5d", "rsa g-9d v-9d a-5d @desk",
		    "rsa g-5d v-4d @desk" }, TROUBLE_NO_RESERVE, TROUBLE_NONE,
		    false },
		{ "nor the other way round", "@desk", { "rsa g-9d v-9d a-5d",
		    "rsa g-5d v-4d", "rsa g-9d v-9d a-5d @desk" },
		    TROUBLE_NONE, TROUBLE_NO_RESERVE, false },
		{ "a stream near its end", "@desk", { "rsa g-9d v-9d a-5d",
		    "rsa g-5d v-4d", "rsa g-90d v-90d a-84d @desk" },
		    TROUBLE_NONE, TROUBLE_NO_RESERVE, true },
		{ "kept, and no longer named", "", { "rsa g-9d v-9d a-5d",
		    "rsa g-5d v-4d", "rsa g-9d v-9d a-5d @desk" },
		    TROUBLE_NONE, TROUBLE_NO_RESERVE, false },
		{ "to be removed", "", { "rsa g-9d v-9d a-5d",
		    "rsa g-5d v-4d", "rsa g-9d v-9d a-5d t-1d @desk ending" },
		    TROUBLE_NONE, TROUBLE_NONE, false },
		{ "to be removed, and named", "@desk", { "rsa g-9d v-9d a-5d",
		    "rsa g-5d v-4d", "rsa g-9d v-9d a-5d t-1d @desk ending" },
		    TROUBLE_NONE, TROUBLE_NOT_SIGNED, false },
		{ "only a stream signs", "@desk", { "rsa g-9d v-9d a-5d @desk",
		    "rsa g-5d v-4d @desk" }, TROUBLE_NOT_SIGNED, TROUBLE_NONE,
		    false },
	};
	const struct lifecycle_line ours = { NULL, DKIMSIG_RSA_SHA256 };
	const struct lifecycle_line desk = { "desk", DKIMSIG_RSA_SHA256 };
	struct lifecyclecase lifecase;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		print_message("# %s\n", cases[i].name);
		lifecyclecase_parse(&lifecase, cases[i].policy,
		    cases[i].keys);
		assert_int_equal(trouble_of_line(&lifecase.state,
		    &lifecase.policy, &ours, NOW), cases[i].ours);
		assert_int_equal(trouble_of_line(&lifecase.state,
		    &lifecase.policy, &desk, NOW), cases[i].desk);
		assert_int_equal(trouble_is_near_end(&lifecase.state,
		    &lifecase.policy, NOW), cases[i].near_end);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(kinds),
		cmocka_unit_test(lacking),
		cmocka_unit_test(waiting),
		cmocka_unit_test(of_cname),
		cmocka_unit_test(of_stream)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
