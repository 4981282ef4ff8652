/* SPDX-License-Identifier: ISC */

/*
 * Which lists are kept, for how long, and of how many domains.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "front/keylists.h"

static struct keylists *lists;
static int64_t asked_ms;

static int
start(void **state)
{
	(void)state;
	asked_ms = 1000;
	lists = keylists_new();
	return lists != NULL ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	keylists_free(lists);
	return 0;
}

static void
put_stream(const char *domain, const char *stream, const char *selector,
    size_t nkeys, int64_t until_ms)
{
	struct sign_key keys[SIGN_MAX_KEYS];
	size_t i;

	memset(keys, 0, sizeof(keys));
	for (i = 0; i < nkeys; i++) {
		keys[i].algorithm = DKIMSIG_ED25519_SHA256;
		keys[i].strict = true;
		(void)snprintf(keys[i].selector, sizeof(keys[i].selector),
		    "%s%zu", selector, i);
	}
	keylists_put(lists, domain, stream, keys, nkeys, asked_ms, until_ms);
}

static void
put(const char *domain, const char *selector, size_t nkeys, int64_t until_ms)
{
	put_stream(domain, "", selector, nkeys, until_ms);
}

/* The kept selectors as "a0 a1", "none" for no keys, or NULL. */
static const char *
get_stream(const char *domain, const char *stream, int64_t now_ms)
{
	static char text[512];
	struct sign_key keys[SIGN_MAX_KEYS];
	size_t i, nkeys = 99;

	if (!keylists_get(lists, domain, stream, now_ms, keys, &nkeys))
		return NULL;
	text[0] = '\0';
	for (i = 0; i < nkeys; i++) {
		assert_int_equal(keys[i].algorithm, DKIMSIG_ED25519_SHA256);
		assert_true(keys[i].strict);
		(void)strlcat(text, i > 0 ? " " : "", sizeof(text));
		(void)strlcat(text, keys[i].selector, sizeof(text));
	}
	return nkeys > 0 ? text : "none";
}

static const char *
get(const char *domain, int64_t now_ms)
{
	return get_stream(domain, "", now_ms);
}

static void
test_until(void **state)
{
	(void)state;
	assert_null(get("example.com", 1000));
	put("example.com", "a", 2, 3000);
	put("example.net", "b", 0, 2000);
	assert_string_equal(get("example.com", 1000), "a0 a1");
	assert_string_equal(get("example.com", 2999), "a0 a1");
	assert_null(get("example.com", 3000));
	assert_string_equal(get("example.net", 1999), "none");
	assert_null(get("example.net", 2000));
	assert_null(get("example.org", 1000));
}

/* A new answer replaces the old one, also if it is not to be kept. */
static void
test_replaced(void **state)
{
	(void)state;
	put("example.com", "a", 1, 3000);
	put("example.com", "b", 1, 2000);
	assert_string_equal(get("example.com", 1500), "b0");
	assert_null(get("example.com", 2500));
	put("example.com", "a", 1, 3000);
	put("example.com", "c", 1, 1000);
	assert_null(get("example.com", 1000));
	put("example.com", "a", KEYLISTS_KEYS, 3000);
	assert_string_equal(get("example.com", 1000), "a0 a1 a2 a3");
	put("example.com", "a", KEYLISTS_KEYS + 1, 3000);
	assert_null(get("example.com", 1000));
}

/* An answer that was asked for before the one that is kept comes too late. */
static void
test_older_answer(void **state)
{
	(void)state;
	asked_ms = 1500;
	put("example.com", "new", 1, 5000);
	asked_ms = 1400;
	put("example.com", "old", 1, 6000);
	assert_string_equal(get("example.com", 2000), "new0");
	put("example.com", "old", KEYLISTS_KEYS + 1, 6000);
	assert_string_equal(get("example.com", 2000), "new0");
	asked_ms = 1600;
	put("example.com", "newer", 1, 4000);
	assert_string_equal(get("example.com", 2000), "newer0");
}

static void
test_clear(void **state)
{
	(void)state;
	put("example.com", "a", 1, 3000);
	put("example.net", "a", 0, 3000);
	keylists_clear(lists);
	assert_null(get("example.com", 1000));
	assert_null(get("example.net", 1000));
	put("example.com", "b", 1, 3000);
	assert_string_equal(get("example.com", 1000), "b0");
}

/* Names without keys, however many, drop no list of a domain with keys. */
static void
test_names_without_keys(void **state)
{
	char domain[32];
	size_t i;

	(void)state;
	put("example.com", "a", 1, 2000);
	for (i = 0; i < 10 * (size_t)KEYLISTS_DOMAINS; i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		put(domain, "", 0, 9000);
	}
	assert_string_equal(get("example.com", 1000), "a0");
}

/* A stream has a list of its own, and no other's. */
static void
test_streams(void **state)
{
	char stream[SIGN_STREAM_SIZE + 1];

	(void)state;
	put("example.com", "a", 1, 3000);
	assert_null(get_stream("example.com", "desk", 1000));
	put_stream("example.com", "desk", "d", 2, 3000);
	put_stream("example.com", "shop", "", 0, 3000);
	put_stream("example.net", "desk", "n", 1, 3000);
	assert_string_equal(get("example.com", 1000), "a0");
	assert_string_equal(get_stream("example.com", "desk", 1000), "d0 d1");
	assert_string_equal(get_stream("example.com", "shop", 1000), "none");
	assert_string_equal(get_stream("example.net", "desk", 1000), "n0");
	assert_null(get("example.net", 1000));
	/* Where one text ends and the next begins makes a difference. */
	assert_null(get_stream("example.co", "mdesk", 1000));
	assert_null(get("example.comdesk", 1000));
	put_stream("example.com", "desk", "d", KEYLISTS_KEYS + 1, 3000);
	assert_null(get_stream("example.com", "desk", 1000));
	assert_string_equal(get("example.com", 1000), "a0");

	memset(stream, 'a', sizeof(stream));
	stream[SIGN_STREAM_SIZE] = '\0';
	put_stream("example.com", stream, "l", 1, 3000);
	assert_null(get_stream("example.com", stream, 1000));
	stream[SIGN_STREAM_SIZE - 1] = '\0';
	assert_null(get_stream("example.com", stream, 1000));
	put_stream("example.com", stream, "l", 1, 3000);
	assert_string_equal(get_stream("example.com", stream, 1000), "l0");
}

static void
test_long_name(void **state)
{
	char name[DKIMSIG_DOMAIN_SIZE + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[DKIMSIG_DOMAIN_SIZE] = '\0';
	put(name, "a", 1, 3000);
	assert_null(get(name, 1000));
	name[DKIMSIG_DOMAIN_SIZE - 1] = '\0';
	put(name, "a", 1, 3000);
	assert_string_equal(get(name, 1000), "a0");
}

/* Of many domains some are forgotten, and none is mistaken for another. */
static void
test_many(void **state)
{
	char domain[32], selector[16], expected[24];
	size_t i, nkept = 0;
	const char *got;

	(void)state;
	for (i = 0; i < 10 * (size_t)KEYLISTS_DOMAINS; i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		(void)snprintf(selector, sizeof(selector), "s%zu-", i);
		put(domain, selector, 1, 2000 + (int64_t)i);
	}
	for (i = 0; i < 10 * (size_t)KEYLISTS_DOMAINS; i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		(void)snprintf(expected, sizeof(expected), "s%zu-0", i);
		if ((got = get(domain, 1000)) == NULL)
			continue;
		assert_string_equal(got, expected);
		nkept++;
	}
	assert_int_equal(nkept, KEYLISTS_DOMAINS);
}

static void
free_nothing(void **state)
{
	(void)state;
	keylists_free(NULL);
}

#define LISTCASE(f)	cmocka_unit_test_setup_teardown(f, start, stop)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		LISTCASE(test_until),
		LISTCASE(test_replaced),
		LISTCASE(test_older_answer),
		LISTCASE(test_clear),
		LISTCASE(test_names_without_keys),
		LISTCASE(test_streams),
		LISTCASE(test_long_name),
		LISTCASE(test_many),
		cmocka_unit_test(free_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
