/* SPDX-License-Identifier: ISC */

/*
 * The file of what other hosts have: written and read again, each field at its
 * place, and what is refused.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/hosts_file.h"
#include "storefile.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define FIRST		"countersign-hosts 1\n"
#define T1		"2026-11-23T09:00:01Z"
#define T2		"2026-11-23T09:00:02Z"
#define T3		"2026-11-23T09:00:03Z"
#define T4		"2026-11-23T09:00:04Z"
#define T5		"2026-11-23T09:00:05Z"
#define S1		1795424401	/* T1 */
#define HOST		"host b.example " T1 " - -\n"
#define KEY(domain, selector)	"key " domain " " selector " " T1 " " T2 " " \
				T3 " " T4 " " T5 "\n"

static struct storefile file = { .name = "hosts" };
static struct ks_error error;

/* What is written is read, and is written the same again. */
static void
test_round_trip(void **state)
{
	static const char text[] = FIRST
	    "host b.example " T1 " " T2 " ssh: no route  to host\n"
	    KEY("a.example", "s1")
	    "key a.example s2 " T1 " - - - never\n"
	    "key b.example s1 - - - - -\n"
	    "host c.example - - -\n";
	const struct ks_host_key *key;
	struct ks_host_record *record;
	struct ks_hosts hosts;
	char again[1024];

	(void)state;
	storefile_write(file.path, text, strlen(text));
	assert_int_equal(ks_hosts_read(file.ks, &hosts, &error), 0);
	assert_int_equal(hosts.n, 2);
	assert_non_null(record = ks_hosts_find(&hosts, "b.example"));
	assert_int_equal(record->reached, S1);
	assert_int_equal(record->failing, S1 + 1);
	assert_string_equal(record->fault, "ssh: no route  to host");
	assert_int_equal(record->nkeys, 3);
	key = &record->keys[0];
	assert_string_equal(key->name, "a.example s1");
	assert_int_equal(key->generated, S1);
	assert_int_equal(key->taken, S1 + 1);
	assert_int_equal(key->until, S1 + 2);
	assert_int_equal(key->since, S1 + 3);
	assert_int_equal(key->used, S1 + 4);
	assert_true(key->is_final);
	key = &record->keys[1];
	assert_int_equal(key->taken, KS_NEVER);
	assert_int_equal(key->until, KS_NEVER);
	assert_int_equal(key->since, KS_NEVER);
	assert_int_equal(key->used, KS_NEVER);
	assert_true(key->is_final);
	assert_false(record->keys[2].is_final);
	assert_non_null(record = ks_hosts_find(&hosts, "c.example"));
	assert_int_equal(record->reached, KS_NEVER);
	assert_string_equal(record->fault, "");
	assert_int_equal(record->nkeys, 0);
	assert_null(ks_hosts_find(&hosts, "d.example"));
	assert_int_equal(ks_hosts_write(file.ks, &hosts, 1, &error), 0);
	ks_hosts_finish(&hosts);
	storefile_read(file.path, again, sizeof(again));
	assert_string_equal(again, text);
}

static void
test_damage(void **state)
{
	static const struct {
		const char	*name, *text;
		unsigned int	 line;
	} cases[] = {
		{ "first line", "countersign-hosts 2\n", 1 },
		{ "another word", FIRST "hosts b.example - - -\n", 2 },
		{ "a key before a host", FIRST KEY("a.example", "s1"), 2 },
		{ "a host without a text", FIRST "host b.example - -\n", 2 },
		{ "not a name", FIRST "host b/c - - -\n", 2 },
		{ "a host again", FIRST HOST HOST, 3 },
		{ "time of success", FIRST "host b.example x - -\n", 2 },
		{ "time of failure", FIRST "host b.example - x -\n", 2 },
		{ "not a selector", FIRST HOST KEY("a.example", "s_"), 3 },
		{ "a key again", FIRST HOST KEY("a.example", "s1")
		    KEY("a.example", "s1"), 4 },
		{ "out of order", FIRST HOST KEY("a.example", "s2")
		    KEY("a.example", "s1"), 4 },
		{ "generated", FIRST HOST "key a.example s1 x - - - -\n", 3 },
		{ "taken", FIRST HOST "key a.example s1 - x - - -\n", 3 },
		{ "until", FIRST HOST "key a.example s1 - - x - -\n", 3 },
		{ "since", FIRST HOST "key a.example s1 - - - x -\n", 3 },
		{ "used", FIRST HOST "key a.example s1 - - - - x\n", 3 },
		{ "too few fields", FIRST HOST "key a.example s1 - - - -\n",
		    3 },
		{ "too many fields",
		    FIRST HOST "key a.example s1 - - - - - -\n", 3 },
	};
	struct ks_hosts hosts;
	char line[32];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		storefile_write(file.path, cases[i].text,
		    strlen(cases[i].text));
		(void)snprintf(line, sizeof(line), "line %u: ",
		    cases[i].line);
		r = ks_hosts_read(file.ks, &hosts, &error);
		if (r != KS_E_DAMAGED || strstr(error.text, line) == NULL)
			fail_msg("%s: %d: %s", cases[i].name, r, error.text);
		assert_int_equal(hosts.n, 0);
		assert_int_equal(strstr(cases[i].text, "hosts 2") != NULL,
		    strstr(error.text, "later version") != NULL);
	}
	storefile_write(file.path, "countersign-hosts 12\nx\n", 23);
	assert_int_equal(ks_hosts_read(file.ks, &hosts, &error),
	    KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "line 1: written by a later "
	    "version of countersign"));
}

static const struct {
	const char	*domain, *selector, *name;
} unsorted[] = {
	{ "c.example", "s1", "c.example s1" },
	{ "b.example", "s1", "b.example s1" },
	{ "a.example", "s2", "a.example s2" },
	{ "a.example", "s1", "a.example s1" },
};

/* Keys in any order are found afterwards, by name and time. */
static void
take_keys(struct ks_host_record *record, size_t n)
{
	const struct ks_host_key *found;
	struct ks_host_key *keys;
	struct ks_key key;
	size_t i;

	assert_non_null(keys = calloc(n, sizeof(*keys)));
	for (i = 0; i < n; i++) {
		assert_non_null(keys[i].name = strdup(unsorted[i].name));
		keys[i].generated = (int64_t)i;
	}
	ks_host_take_keys(record, keys, n);
	ks_key_init(&key);
	for (i = 0; i < n; i++) {
		(void)strlcpy(key.selector, unsorted[i].selector,
		    sizeof(key.selector));
		key.generated = (int64_t)i;
		assert_non_null(found = ks_host_key(record, unsorted[i].domain,
		    &key));
		assert_string_equal(found->name, unsorted[i].name);
		key.generated++;
		assert_null(ks_host_key(record, unsorted[i].domain, &key));
	}
}

static void
test_take_keys(void **state)
{
	struct ks_host_record *record;
	struct ks_hosts hosts;
	size_t n;

	(void)state;
	storefile_write(file.path, FIRST HOST, strlen(FIRST HOST));
	assert_int_equal(ks_hosts_read(file.ks, &hosts, &error), 0);
	assert_non_null(record = ks_hosts_find(&hosts, "b.example"));
	for (n = 1; n <= COUNT(unsorted); n++)
		take_keys(record, n);
	ks_hosts_finish(&hosts);
}

/* As many hosts as there may be, with many keys, and one more. */
static void
test_many(void **state)
{
	struct ks_hosts hosts;
	char *text;
	size_t i, j, len;
	FILE *fp;

	(void)state;
	assert_non_null(fp = open_memstream(&text, &len));
	(void)fprintf(fp, FIRST);
	for (i = 0; i < KS_MAX_HOSTS; i++) {
		(void)fprintf(fp, "host h%zu.example - - -\n", i);
		for (j = 0; j < 100; j++)
			(void)fprintf(fp, "key a.example s%03zu - - - - -\n",
			    j);
	}
	assert_int_equal(fflush(fp), 0);
	storefile_write(file.path, text, strlen(text));
	assert_int_equal(ks_hosts_read(file.ks, &hosts, &error), 0);
	assert_int_equal(hosts.n, KS_MAX_HOSTS);
	for (i = 0; i < hosts.n; i++) {
		assert_int_equal(hosts.list[i].nkeys, 100);
		assert_string_equal(hosts.list[i].keys[99].name,
		    "a.example s099");
	}
	ks_hosts_finish(&hosts);
	(void)fprintf(fp, "host z.example - - -\n");
	assert_int_equal(fclose(fp), 0);
	storefile_write(file.path, text, strlen(text));
	assert_int_equal(ks_hosts_read(file.ks, &hosts, &error),
	    KS_E_DAMAGED);
	free(text);
}

static void
test_missing(void **state)
{
	struct ks_hosts hosts;

	(void)state;
	assert_int_equal(ks_hosts_read(file.ks, &hosts, &error), 0);
	assert_int_equal(hosts.n, 0);
	ks_hosts_finish(&hosts);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		STOREFILE_TEST(test_round_trip, &file),
		STOREFILE_TEST(test_damage, &file),
		STOREFILE_TEST(test_many, &file),
		STOREFILE_TEST(test_take_keys, &file),
		STOREFILE_TEST(test_missing, &file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
