/* SPDX-License-Identifier: ISC */

/*
 * Where a key stands, and the word for it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "life/key_phase.h"
#include "lifecyclecase.h"

#define NOW	LIFECYCLECASE_NOW

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct ks_key *
parse_one(struct lifecyclecase *lifecase, const char *key)
{
	const char *const keys[LIFECYCLECASE_KEYS] = { key };

	lifecyclecase_parse(lifecase, "", keys);
	return &lifecase->state.keys[0];
}

static void
phases(void **arg)
{
	static const struct {
		const char	*name, *key;
		enum key_phase	 want;
		const char	*status;
		bool		 stays_in_use;
	} cases[] = {
		{ "new", "rsa g-1h", KEY_GENERATED, "generated", true },
		{ "published", "rsa g-1h p-0s", KEY_PUBLISHED, "published",
		    true },
		{ "published by a clock ahead", "rsa g-1h p+1s",
		    KEY_GENERATED, "generated", true },
		{ "seen", "rsa g-1h p-1h s-1s", KEY_SEEN, "seen", true },
		{ "seen, published by hand", "rsa g-1h s-1s", KEY_SEEN, "seen",
		    true },
		{ "verified", "rsa g-1h s-1h v-0s", KEY_STANDBY, "standby",
		    true },
		{ "verified by a clock ahead", "rsa g-1h p-1h s-1h v+1s",
		    KEY_SEEN, "seen", true },
		{ "in reserve, with an end", "rsa g-1h v-1h t+1s",
		    KEY_STANDBY, "standby", false },
		{ "to begin", "rsa v-1h a+1s", KEY_SCHEDULED, "scheduled",
		    true },
		{ "begins now", "rsa v-1h a-0s", KEY_ACTIVE, "active", true },
		{ "active without a record", "rsa a-1h", KEY_ACTIVE, "active",
		    true },
		{ "active, with an end", "rsa v-9d a-5d t+1s", KEY_ACTIVE,
		    "active", false },
		{ "ends now", "rsa v-9d a-5d t-0s", KEY_RETIRED, "retired",
		    false },
		{ "retired before it began", "rsa v-9d t-1d", KEY_RETIRED,
		    "retired", false },
		{ "revoked", "rsa a-5d t-1d k-1h", KEY_REVOKED, "revoked",
		    false },
		{ "revoked by a clock ahead", "rsa a-5d k+1h", KEY_REVOKED,
		    "revoked", false },
		{ "removed", "rsa a-5d t-2d k-1d x-1h", KEY_REMOVED,
		    "removed", false },
		{ "removed, never revoked", "rsa g-5d x-1h", KEY_REMOVED,
		    "removed", false },
		{ "removed by a clock ahead", "rsa g-5d x+1h", KEY_REMOVED,
		    "removed", false },
		{ "compromised, in reserve", "rsa v-1h bad", KEY_STANDBY,
		    "compromised", false },
		{ "compromised, and signs", "rsa a-1h bad", KEY_ACTIVE,
		    "compromised", false },
		{ "compromised, and retired", "rsa a-2h t-1h bad",
		    KEY_RETIRED, "compromised", false },
		{ "compromised, and revoked", "rsa a-2h t-1h k-1s bad",
		    KEY_REVOKED, "revoked", false },
		{ "compromised, and removed", "rsa a-2h t-1h x-1s bad",
		    KEY_REMOVED, "removed", false }
	};
	struct lifecyclecase lifecase;
	const struct ks_key *key;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		key = parse_one(&lifecase, cases[i].key);
		if (key_phase(key, NOW) != cases[i].want ||
		    strcmp(key_status(key, NOW), cases[i].status) != 0 ||
		    key_stays_in_use(key, NOW) != cases[i].stays_in_use)
			fail_msg("%s: %s", cases[i].name,
			    key_status(key, NOW));
	}
}

/* Signers and lifecycle agree, whatever is in the state. */
static void
active(void **arg)
{
	static const int64_t times[] = { KS_NEVER, NOW - 1, NOW, NOW + 1 };
	struct ks_key key;
	size_t i, j;

	(void)arg;
	ks_key_init(&key);
	for (i = 0; i < 4 * 4 * 4 * 4 * 4; i++) {
		j = i;
		key.verified = times[j % 4];
		key.active_from = times[(j /= 4) % 4];
		key.retire_at = times[(j /= 4) % 4];
		key.revoked = times[(j /= 4) % 4];
		key.removed = times[(j / 4) % 4];
		assert_int_equal(key_phase(&key, NOW) == KEY_ACTIVE,
		    ks_key_is_active(&key, NOW));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phases),
		cmocka_unit_test(active)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
