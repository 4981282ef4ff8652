/* SPDX-License-Identifier: ISC */

/*
 * The list of keys: each member comes back, one that is missing or of another
 * type is none, and only a text that is not a list fails.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keylist/keylist.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define NOON	INT64_C(1764244800)	/* 2025-11-27T12:00:00Z */

static void
test_members(void **state)
{
	static const char json[] = "[{\"domain\": \"a.example\", "
	    "\"selector\": \"s1\", \"algorithm\": \"rsa-2048\", "
	    "\"status\": \"active\", \"alarm\": \"late\", "
	    "\"compromised\": true, \"seconds_left\": -5, "
	    "\"generated\": \"2025-11-27T12:00:00Z\", "
	    "\"published\": \"2025-11-27T12:00:01Z\", "
	    "\"active_from\": \"2025-11-27T12:00:02Z\", "
	    "\"retire_at\": \"2025-11-27T12:00:03Z\", "
	    "\"revoked\": \"2025-11-27T12:00:04Z\", "
	    "\"removed\": \"2025-11-27T12:00:05Z\", "
	    "\"last_use\": \"2025-11-27T12:00:06Z\"}]";
	const struct keylist_key *key;
	struct keylist list;

	(void)state;
	assert_true(keylist_read(&list, json, sizeof(json) - 1));
	assert_int_equal(list.n, 1);
	key = &list.keys[0];
	assert_string_equal(key->domain, "a.example");
	assert_string_equal(key->selector, "s1");
	assert_string_equal(key->algorithm, "rsa-2048");
	assert_string_equal(key->status, "active");
	assert_string_equal(key->alarm, "late");
	assert_true(key->is_compromised);
	assert_int_equal(key->seconds_left, -5);
	assert_int_equal(key->generated, NOON);
	assert_int_equal(key->published, NOON + 1);
	assert_int_equal(key->active_from, NOON + 2);
	assert_int_equal(key->retire_at, NOON + 3);
	assert_int_equal(key->revoked, NOON + 4);
	assert_int_equal(key->removed, NOON + 5);
	assert_int_equal(key->last_use, NOON + 6);
	keylist_finish(&list);
	assert_int_equal(list.n, 0);
}

/* Keys of which nothing can be taken. */
static void
test_strange(void **state)
{
	static const char *const keys[] = {
		"{}", "7", "null", "[]",
		"{\"domain\": 1, \"selector\": [], \"algorithm\": {}, "
		"\"status\": null, \"alarm\": true, \"compromised\": \"true\", "
		"\"seconds_left\": 1.5, \"generated\": 5, \"published\": \"\", "
		"\"active_from\": \"yesterday\", \"retire_at\": [], "
		"\"revoked\": \"2025-13-27T12:00:00Z\", \"removed\": null, "
		"\"last_use\": {}}",
	};
	const struct keylist_key none = { .seconds_left = KEYLIST_NONE,
	    .generated = KEYLIST_NONE, .published = KEYLIST_NONE,
	    .active_from = KEYLIST_NONE, .retire_at = KEYLIST_NONE,
	    .revoked = KEYLIST_NONE, .removed = KEYLIST_NONE,
	    .last_use = KEYLIST_NONE };
	struct keylist list;
	char json[512];
	size_t i;

	(void)state;
	for (i = 0; i < N(keys); i++) {
		(void)snprintf(json, sizeof(json), "[%s]", keys[i]);
		assert_true(keylist_read(&list, json, strlen(json)));
		assert_int_equal(list.n, 1);
		assert_memory_equal(&list.keys[0], &none, sizeof(none));
		keylist_finish(&list);
	}
}

static void
test_long(void **state)
{
	struct keylist list;
	char json[1024];

	(void)state;
	(void)snprintf(json, sizeof(json), "[{\"domain\": \"%0300d\", "
	    "\"status\": \"%0100d\"}]", 0, 0);
	assert_true(keylist_read(&list, json, strlen(json)));
	assert_int_equal(strlen(list.keys[0].domain), 255);
	assert_int_equal(strlen(list.keys[0].status), 31);
	keylist_finish(&list);
}

static void
test_not_a_list(void **state)
{
	static const char *const texts[] = {
		"", "[", "{}", "7", "null", "[] []", "[{\"domain\": \"\xff\"}]",
	};
	struct keylist list;
	size_t i;

	(void)state;
	for (i = 0; i < N(texts); i++) {
		assert_false(keylist_read(&list, texts[i], strlen(texts[i])));
		assert_int_equal(list.n, 0);
	}
	assert_true(keylist_read(&list, "[]", 2));
	assert_int_equal(list.n, 0);
	keylist_finish(&list);
}

static int
by_domain(const void *a, const void *b)
{
	const struct keylist_key *x = a, *y = b;

	return strcmp(x->domain, y->domain);
}

static void
test_first(void **state)
{
	static const char json[] = "[{\"domain\": \"c\"}, {\"domain\": \"a\"}, "
	    "{\"domain\": \"b\"}]";
	struct keylist_key first[4];
	struct keylist list;

	(void)state;
	assert_true(keylist_read(&list, json, sizeof(json) - 1));
	assert_int_equal(keylist_first(&list, by_domain, first, 2), 2);
	assert_string_equal(first[0].domain, "a");
	assert_string_equal(first[1].domain, "b");
	assert_int_equal(keylist_first(&list, by_domain, first, N(first)), 3);
	assert_string_equal(first[2].domain, "c");
	keylist_finish(&list);
	assert_int_equal(keylist_first(&list, by_domain, first, N(first)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_strange),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_not_a_list),
		cmocka_unit_test(test_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
