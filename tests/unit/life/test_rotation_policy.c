/* SPDX-License-Identifier: ISC */

/*
 * The policy of a domain's keys, by what the configuration says.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"
#include "life/lifecycle.h"
#include "life/rotation_policy.h"

#define DAY	INT64_C(86400)
#define QUEUE	(3 * DAY)	/* of the MTA */

/* What comes of these texts for a.example. */
static const struct {
	const char	*text;
	bool		 needs_queue_lifetime;
	struct lifecycle_policy want;
} cases[] = {
	{ "", true, {
		.wants_ed25519 = true, .by_hand = true,
		.every = 90 * DAY - 79353,
		.publish_lead = 0, .retain = 8 * DAY, .revoke_for = 30 * DAY,
		.ttl = 3600, .signature_lifetime = 7 * DAY,
		.queue_lifetime = QUEUE,
	} },
	{ "signature { expire = 0 } rotation { algorithm = rsa4096\n"
	    "publish = update tsig_key = /t publish_lead = 2h retain = 1d\n"
	    "every = 1d revoke_for = 5s ttl = 1m queue_lifetime = 0s }",
	    false, {
		.every = DAY - 3753, .publish_lead = 7200, .retain = DAY,
		.revoke_for = 5, .ttl = 60, .signature_lifetime = 7 * DAY,
		.queue_lifetime = 0,
	} },
	{ "signature { expire = 1h } rotation { queue_lifetime = 1d\n"
	    "domain a.example { publish = hook hook = /h every = 1h\n"
	    "publish_lead = 1s queue_lifetime = auto } }",
	    true, {
		.wants_ed25519 = true, .every = 3600 - 153, .publish_lead = 1,
		.retain = 8 * DAY, .revoke_for = 30 * DAY, .ttl = 3600,
		.signature_lifetime = 3600, .queue_lifetime = QUEUE,
	} },
	/* The longest expiry of any source, also one of other domains. */
	{ "signature { expire = 1h } source a { login = a expire = 20d\n"
	    "domains = b.example } source b { login = b expire = 0\n"
	    "domains = a.example }", true, {
		.wants_ed25519 = true, .by_hand = true,
		.every = 90 * DAY - 79353,
		.publish_lead = 0, .retain = 8 * DAY, .revoke_for = 30 * DAY,
		.ttl = 3600, .signature_lifetime = 20 * DAY,
		.queue_lifetime = QUEUE,
	} },
	{ "rotation { domain b.example { every = 1s publish = hook\n"
	    "hook = /h queue_lifetime = 1d } }", true, {
		.wants_ed25519 = true, .by_hand = true,
		.every = 90 * DAY - 79353,
		.publish_lead = 0, .retain = 8 * DAY, .revoke_for = 30 * DAY,
		.ttl = 3600, .signature_lifetime = 7 * DAY,
		.queue_lifetime = QUEUE,
	} },
};

static void
policies(void **state)
{
	const struct lifecycle_policy *want;
	struct lifecycle_policy policy;
	struct config *config;
	size_t nfaults, i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config = config_load_text("f", cases[i].text,
		    strlen(cases[i].text), stderr, &nfaults);
		assert_non_null(config);
		assert_int_equal(rotation_needs_queue_lifetime(config),
		    cases[i].needs_queue_lifetime);
		memset(&policy, 0xff, sizeof(policy));
		rotation_policy(config, "a.example", QUEUE, &policy);
		want = &cases[i].want;
		assert_int_equal(policy.wants_ed25519, want->wants_ed25519);
		assert_int_equal(policy.by_hand, want->by_hand);
		assert_int_equal(policy.nunmakable, 0);
		assert_int_equal(policy.nstreams, 0);
		assert_int_equal(policy.every, want->every);
		assert_int_equal(policy.publish_lead, want->publish_lead);
		assert_int_equal(policy.retain, want->retain);
		assert_int_equal(policy.revoke_for, want->revoke_for);
		assert_int_equal(policy.ttl, want->ttl);
		assert_int_equal(policy.signature_lifetime,
		    want->signature_lifetime);
		assert_int_equal(policy.queue_lifetime, want->queue_lifetime);
		config_unref(config);
	}
}

/* The streams that sources name for the domain, and no other. */
static void
streams(void **state)
{
	static const char text[] =
	    "source \"a\" { networks = { \"192.0.2.1\" } "
	    "trust_network = true domains = { \"a.example\" } "
	    "keys = \"shop\" }\n"
	    "source \"b\" { networks = { \"192.0.2.2\" } "
	    "trust_network = true domains = { \"a.example\" } "
	    "keys = \"desk\" }\n"
	    "source \"c\" { networks = { \"192.0.2.3\" } "
	    "trust_network = true domains = { \"b.example\" } "
	    "keys = \"other\" }\n";
	struct lifecycle_policy policy;
	struct config *config;
	size_t nfaults;

	(void)state;
	config = config_load_text("f", text, strlen(text), stderr, &nfaults);
	assert_non_null(config);
	rotation_policy(config, "a.example", QUEUE, &policy);
	assert_int_equal(policy.nstreams, 2);
	assert_string_equal(policy.streams[0], "desk");
	assert_string_equal(policy.streams[1], "shop");
	assert_true(lifecycle_names_stream(&policy, "desk"));
	assert_false(lifecycle_names_stream(&policy, "other"));
	rotation_policy(config, "c.example", QUEUE, &policy);
	assert_int_equal(policy.nstreams, 0);
	config_unref(config);
}

/* Of many domains, each has its own time of the day, always the same. */
static void
spreading(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 every, longest;
	} kinds[] = {
		{ "", 90 * DAY, DAY },
		{ "rotation { every = 16d }", 16 * DAY, DAY },
		{ "rotation { every = 8d }", 8 * DAY, DAY / 2 },
		{ "rotation { every = 1h }", 3600, 225 },
		{ "rotation { every = 15s }", 15, 0 }
	};
	struct lifecycle_policy policy;
	struct config *config;
	unsigned int i, j;
	size_t nfaults, hours[24], n;
	char domain[32];
	int64_t early;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		config = config_load_text("f", kinds[i].text,
		    strlen(kinds[i].text), stderr, &nfaults);
		assert_non_null(config);
		memset(hours, 0, sizeof(hours));
		for (j = 0; j < 10000; j++) {
			(void)snprintf(domain, sizeof(domain), "d%u.example",
			    j);
			rotation_policy(config, domain, QUEUE, &policy);
			early = kinds[i].every - policy.every;
			assert_in_range(early, 0, kinds[i].longest == 0 ? 0 :
			    kinds[i].longest - 1);
			if (kinds[i].longest > 0)
				hours[early * 24 / kinds[i].longest]++;
		}
		/* No part of the time has a third more than its share. */
		for (n = 0; n < 24 && kinds[i].longest > 0; n++)
			assert_in_range(hours[n], 1, 10000 / 24 * 4 / 3);
		config_unref(config);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies),
		cmocka_unit_test(streams),
		cmocka_unit_test(spreading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
