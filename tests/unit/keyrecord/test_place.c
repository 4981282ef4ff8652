/* SPDX-License-Identifier: ISC */

/*
 * Where a key record is by mistake: each place, and which are asked for.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "keyrecord/place.h"

static const struct {
	const char	*name, *domain, *zone, *there;
	enum record_place want;
	const char	*asked;		/* all names, in their order */
} cases[] = {
	{ "nowhere", "a.example", NULL, "", RECORD_PLACE_NONE,
	    "s._domainkey.a.example.a.example s.a.example "
	    "s.domainkey.a.example a.example " },
	{ "zone added", "a.example", NULL, "s._domainkey.a.example.a.example",
	    RECORD_PLACE_DOUBLED, "s._domainkey.a.example.a.example " },
	{ "zone above added", "m.a.example", "a.example",
	    "s._domainkey.m.a.example.a.example", RECORD_PLACE_DOUBLED,
	    "s._domainkey.m.a.example.a.example " },
	{ "bare", "a.example", "a.example", "s.a.example", RECORD_PLACE_BARE,
	    "s._domainkey.a.example.a.example s.a.example " },
	{ "no underscore", "a.example", NULL, "s.domainkey.a.example",
	    RECORD_PLACE_NO_UNDERSCORE, NULL },
	{ "no subdomain", "m.a.example", "a.example",
	    "s._domainkey.a.example", RECORD_PLACE_ZONE,
	    "s._domainkey.m.a.example.a.example s.m.a.example "
	    "s.domainkey.m.a.example s._domainkey.a.example " },
	{ "at the domain", "a.example", NULL, "a.example",
	    RECORD_PLACE_DOMAIN, NULL },
	{ "a zone that is not above", "a.example", "b.example", "",
	    RECORD_PLACE_NONE, "s.a.example s.domainkey.a.example "
	    "s._domainkey.b.example a.example " },
};

struct world {
	const char	*there;
	char		 asked[2048];
};

static bool
has_key(void *context, const char *name)
{
	struct world *world = context;

	assert_true(strlcat(world->asked, name, sizeof(world->asked)) <
	    sizeof(world->asked));
	(void)strlcat(world->asked, " ", sizeof(world->asked));
	return strcmp(name, world->there) == 0;
}

static void
test_places(void **state)
{
	char name[DKIMSIG_DOMAIN_SIZE];
	struct record_search search = { .selector = "s", .has_key = has_key };
	struct world world;
	enum record_place got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		world = (struct world){ .there = cases[i].there };
		search.context = &world;
		search.domain = cases[i].domain;
		search.zone = cases[i].zone;
		got = record_place_search(&search, name);
		if (got != cases[i].want)
			fail_msg("%s: %d", cases[i].name, (int)got);
		if (got != RECORD_PLACE_NONE)
			assert_string_equal(name, cases[i].there);
		if (cases[i].asked != NULL)
			assert_string_equal(world.asked, cases[i].asked);
	}
}

/* Names that DNS cannot have are not asked for. */
static void
test_long(void **state)
{
	char domain[DKIMSIG_DOMAIN_SIZE], name[DKIMSIG_DOMAIN_SIZE];
	struct world world = { .there = "" };
	struct record_search search = {
		.selector = "s", .domain = domain, .has_key = has_key,
		.context = &world
	};
	size_t i;

	(void)state;
	for (i = 0; i < DKIMSIG_MAX_DOMAIN; i++)
		domain[i] = i % 2 == 0 ? 'a' : '.';
	domain[i] = '\0';
	assert_int_equal(record_place_search(&search, name),
	    RECORD_PLACE_NONE);
	assert_int_equal(strlen(world.asked), DKIMSIG_MAX_DOMAIN + 1);
}

static void
test_keys(void **state)
{
	static const char key[] = "v=DKIM1; k=ed25519; p="
	    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

	(void)state;
	assert_true(record_is_key(key, strlen(key)));
	assert_false(record_is_key("v=DKIM1; p=", 11));
	assert_false(record_is_key("v=spf1 -all", 11));
	assert_false(record_is_key("", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
