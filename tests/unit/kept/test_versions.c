/* SPDX-License-Identifier: ISC */

/*
 * All versions of the member list, from the first one on.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleethosts.h"
#include "kept/versions.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define VERSIONS	3

static struct testhost a, b;
static struct fleet_members lists[VERSIONS];
static char *text;
static size_t textlen;
static struct ks_error error;

/* Add the version that begins (NULL), admits b, or expels it. */
static void
add(struct fleet_members *list, const struct fleet_members *before,
    int64_t change)
{
	unsigned char signature[FLEET_SIGNATURE];
	char *octets;
	size_t len, i;

	if (before == NULL)
		assert_int_equal(fleet_members_begin(&a.host, &octets, &len,
		    &error), 0);
	else {
		*list = *before;
		list->hosts = reallocarray(NULL, before->nhosts,
		    sizeof(*list->hosts));
		assert_non_null(list->hosts);
		for (i = 0; i < before->nhosts; i++)
			list->hosts[i] = before->hosts[i];
		assert_int_equal(fleet_members_follow(before, &b.host, change,
		    "a.example", &octets, &len, &error), 0);
	}
	fleethosts_sign(&a, octets, len, signature);
	assert_int_equal(fleet_members_take(list, octets, len, signature,
	    &error), 0);
	assert_int_equal(fleet_members_add(&text, &textlen, octets, len,
	    signature), 0);
	free(octets);
}

static int
setup(void **state)
{
	(void)state;
	fleethosts_make(&a, "a.example", 1);
	fleethosts_make(&b, "b.example", 2);
	b.host.to = 15;
	memset(lists, 0, sizeof(lists));
	text = NULL;
	add(&lists[0], NULL, 1);
	add(&lists[1], &lists[0], 10);
	add(&lists[2], &lists[1], 20);
	return 0;
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < VERSIONS; i++)
		fleet_members_finish(&lists[i]);
	free(text);
	fleethosts_free(&a);
	fleethosts_free(&b);
	return 0;
}

static int
load(const char *octets, size_t len, const char *anchor)
{
	struct fleet_members members;
	int r;

	error.text[0] = '\0';
	r = fleet_members_load(&members, octets, len, anchor, &error);
	if (r == 0) {
		assert_int_equal(members.version, VERSIONS);
		assert_string_equal(members.digest,
		    lists[VERSIONS - 1].digest);
		assert_false(fleet_members_admits(&members, "b.example"));
	} else
		assert_int_equal(members.version, 0);
	fleet_members_finish(&members);
	return r;
}

static void
test_load(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(load(text, textlen, NULL), 0);
	for (i = 0; i < VERSIONS; i++)
		assert_int_equal(load(text, textlen, lists[i].digest), 0);
	assert_int_equal(load(text, textlen, a.host.wrap), KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "no version has the digest"));
}

/* A file that ends early, anywhere but after a version, is damaged. */
static void
test_cut(void **state)
{
	struct fleet_members members;
	size_t len, nwhole = 0;

	(void)state;
	for (len = 0; len < textlen; len++) {
		if (fleet_members_load(&members, text, len, NULL, &error) ==
		    0) {
			nwhole++;
			assert_string_equal(members.digest,
			    lists[members.version - 1].digest);
		}
		fleet_members_finish(&members);
	}
	assert_int_equal(nwhole, VERSIONS - 1);
}

/* Each octet counts, those of signatures, too. */
static void
test_changed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < textlen; i++) {
		text[i] ^= 1;
		if (load(text, textlen, NULL) != KS_E_DAMAGED)
			fail_msg("octet %zu", i);
		text[i] ^= 1;
	}
	assert_int_equal(load(text, textlen, NULL), 0);
}

/* A version that was left out: the expulsion does not follow the first one. */
static void
test_left_out(void **state)
{
	char *second, *third, *without;
	size_t len;

	(void)state;
	second = strstr(text, "version 2\n");
	third = strstr(text, "version 3\n");
	assert_non_null(second);
	assert_non_null(third);
	/* Both lines begin as far behind the beginning of their version. */
	len = textlen - (size_t)(third - second);
	without = malloc(len);
	assert_non_null(without);
	memcpy(without, text, (size_t)(second - text));
	memcpy(without + (second - text), third,
	    textlen - (size_t)(third - text));
	assert_int_equal(load(without, len, NULL), KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "after version 1: it is not the "
	    "next version"));
	free(without);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_load, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_out, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
