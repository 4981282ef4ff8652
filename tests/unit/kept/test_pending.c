/* SPDX-License-Identifier: ISC */

/*
 * Keys that are pending: sorted, each once, kept on disk; and what becomes of
 * the keys of a state.
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

#include "kept/pending.h"
#include "store/fleet_file.h"
#include "store/state.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define DOMAIN	"example.com"

static struct fleet_pending pending;
static struct keystore *ks;
static char dir[64];
static struct ks_error error;

static int
setup(void **state)
{
	(void)state;
	memset(&pending, 0, sizeof(pending));
	(void)strlcpy(dir, "/tmp/countersign-pend.XXXXXX", sizeof(dir));
	assert_non_null(mkdtemp(dir));
	assert_int_equal(ks_open(&ks, dir, NULL, &error), 0);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	fleet_pending_finish(&pending);
	ks_close(ks);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void
add(const char *domain, const char *selector, int64_t at, bool is_mark)
{
	assert_int_equal(fleet_pending_add(&pending, domain, selector, at,
	    is_mark, &error), 0);
}

static void
sorted_and_once(void **state)
{
	(void)state;
	assert_false(fleet_pending_has_marks(&pending));
	add("b.example", "s", 5, false);
	add("a.example", "t", 6, false);
	add("a.example", "s", 7, false);
	assert_false(fleet_pending_has_marks(&pending));
	/* The earliest time stays, and what each was. */
	add("a.example", "s", 8, true);
	add("a.example", "s", 9, false);
	add("a.example", "t", 4, false);
	assert_int_equal(pending.n, 3);
	assert_string_equal(pending.list[0].domain, "a.example");
	assert_string_equal(pending.list[0].selector, "s");
	assert_int_equal(pending.list[0].at, 7);
	assert_true(pending.list[0].is_mark);
	assert_string_equal(pending.list[1].selector, "t");
	assert_int_equal(pending.list[1].at, 4);
	assert_string_equal(pending.list[2].domain, "b.example");
	fleet_pending_remove(&pending, 0);
	assert_int_equal(pending.n, 2);
	assert_string_equal(pending.list[0].selector, "t");
	assert_false(fleet_pending_has_marks(&pending));
}

static void
on_disk(void **state)
{
	struct fleet_pending again;
	size_t len;
	char *text;

	(void)state;
	assert_int_equal(fleet_pending_read(ks, &again, &error), 0);
	assert_int_equal(again.n, 0);
	add("b.example", "s", 5, false);
	add("a.example", "t", 6, true);
	assert_int_equal(fleet_pending_write(ks, &pending, &error), 0);
	assert_int_equal(ks_fleet_read(ks, "pending", &text, &len, &error), 0);
	assert_string_equal(text, "countersign-fleet-pending 1\n"
	    "mark a.example t 6\nhere b.example s 5\n");
	ks_fleet_free(text, len);
	assert_int_equal(fleet_pending_read(ks, &again, &error), 0);
	assert_int_equal(again.n, 2);
	assert_true(again.list[0].is_mark);
	assert_int_equal(again.list[1].at, 5);
	fleet_pending_finish(&again);
}

/* One who reads it sees what others write, and reads it no more often. */
static void
renewed(void **state)
{
	struct fleet_pending_file file = { .was_read = false };

	(void)state;
	assert_int_equal(fleet_pending_renew(ks, &file, &error), 0);
	assert_int_equal(file.pending.n, 0);
	add("a.example", "s", 5, false);
	assert_int_equal(fleet_pending_write(ks, &pending, &error), 0);
	assert_int_equal(fleet_pending_renew(ks, &file, &error), 0);
	assert_int_equal(file.pending.n, 1);
	/* What is here was not read now. */
	file.pending.list[0].at = 6;
	assert_int_equal(fleet_pending_renew(ks, &file, &error), 0);
	assert_int_equal(file.pending.list[0].at, 6);
	assert_int_equal(fleet_pending_write(ks, &pending, &error), 0);
	assert_int_equal(fleet_pending_renew(ks, &file, &error), 0);
	assert_int_equal(file.pending.n, 1);
	assert_int_equal(file.pending.list[0].at, 5);
	add("b.example", "s", 5, true);
	assert_int_equal(fleet_pending_write(ks, &pending, &error), 0);
	assert_int_equal(fleet_pending_renew(ks, &file, &error), 0);
	assert_int_equal(file.pending.n, 2);
	fleet_pending_close(&file);
	fleet_pending_close(&file);
}

/* A file that is damaged is no older one. */
static void
renewed_damaged(void **state)
{
	struct fleet_pending_file file = { .was_read = false };
	const char text[] = "countersign-fleet-pending 2\n";

	(void)state;
	add("a.example", "s", 5, false);
	assert_int_equal(fleet_pending_write(ks, &pending, &error), 0);
	assert_int_equal(fleet_pending_renew(ks, &file, &error), 0);
	assert_int_equal(ks_fleet_write(ks, "pending", false, text,
	    strlen(text), &error), 0);
	assert_int_equal(fleet_pending_renew(ks, &file, &error),
	    KS_E_DAMAGED);
	assert_int_equal(file.pending.n, 0);
	assert_int_equal(fleet_pending_write(ks, &pending, &error), 0);
	assert_int_equal(fleet_pending_renew(ks, &file, &error), 0);
	assert_int_equal(file.pending.n, 1);
	fleet_pending_close(&file);
}

/* Add keys with that first letter until there is no room; how many were. */
static size_t
fill(char letter, size_t labels, bool is_mark)
{
	char domain[DKIMSIG_DOMAIN_SIZE] = "";
	size_t i, n;
	int r = 0;

	for (i = 0; i < labels; i++)
		(void)strlcat(domain, ".xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxx", sizeof(domain));
	for (n = 0; r == 0; n++) {
		char name[DKIMSIG_DOMAIN_SIZE * 2];

		(void)snprintf(name, sizeof(name), "%c%06zu%s.example", letter,
		    n, domain);
		r = fleet_pending_add(&pending, name, "s", 1, is_mark,
		    &error);
	}
	assert_int_equal(r, KS_E_ARG);
	return n - 1;
}

/* What DNS shows takes no room from marks. */
static void
bounded(void **state)
{
	(void)state;
	assert_int_equal(fill('a', 0, false), FLEET_MAX_PENDING);
	assert_string_equal(error.text, ".fleet/pending is full: it already "
	    "has 100000 keys that DNS shows as revoked");
	/* One that is there is no further one, and leaves room as a mark. */
	add("a000000.example", "s", 1, false);
	add("a000000.example", "s", 1, true);
	add("a100000.example", "s", 1, false);
	assert_int_equal(fill('b', 0, true), FLEET_MAX_PENDING - 1);
	assert_string_equal(error.text, ".fleet/pending is full: it already "
	    "has 100000 marks of compromised keys");
	assert_int_equal(pending.n, 2 * FLEET_MAX_PENDING);
	fleet_pending_remove(&pending, 0);
	add("c.example", "s", 1, true);
}

/* Whatever fits can be read again. */
static void
bounded_octets(void **state)
{
	struct fleet_pending again;
	size_t n;

	(void)state;
	n = fill('a', 5, false);
	assert_in_range(n, 1000, FLEET_MAX_PENDING - 1);
	assert_int_equal(fill('b', 5, true), n);
	assert_int_equal(fleet_pending_write(ks, &pending, &error), 0);
	assert_int_equal(fleet_pending_read(ks, &again, &error), 0);
	assert_int_equal(again.n, 2 * n);
	assert_int_equal(again.nmarks, n);
	assert_int_equal(again.len, pending.len);
	fleet_pending_finish(&again);
}

static const char *const broken[] = {
	"", "countersign-fleet-pending 2\n",
	"countersign-fleet-pending 1\nmark a.example t",
	"countersign-fleet-pending 1\nmark a.example t 6 7\n",
	"countersign-fleet-pending 1\nmark a.example 6\n",
	"countersign-fleet-pending 1\nmark A.example t 6\n",
	"countersign-fleet-pending 1\nmark a.example T 6\n",
	"countersign-fleet-pending 1\nmark a.example t -1\n",
	"countersign-fleet-pending 1\nhere a..example t 6\n",
	"countersign-fleet-pending 1\nkey a.example t 6\n",
};

static void
damaged(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(broken); i++) {
		assert_int_equal(ks_fleet_write(ks, "pending", false,
		    broken[i], strlen(broken[i]), &error), 0);
		if (fleet_pending_read(ks, &pending, &error) != KS_E_DAMAGED ||
		    pending.n != 0)
			fail_msg("%zu was read", i);
	}
}

/* Times of two keys "a" and "b", and what becomes of them; 0: none. */
static const struct {
	const char	*name;
	bool		 is_pending, is_mark;	/* "a", at 500 */
	bool		 is_compromised;	/* "a", in the row */
	int64_t		 from, end;		/* of "a" */
	bool		 is_ready;		/* "b", in reserve */
	int64_t		 successor;		/* "b" signs from */
	const char	*stream;		/* of "b" */
	bool		 wants_compromised;
	int64_t		 wants_end, wants_from;	/* of "a"; of "b" */
	bool		 is_change;	/* of "a", by what is pending */
} cases[] = {
	{ "nothing is pending", false, false, false, 100, 0, true, 0, NULL,
	    false, 0, 0, false },
	{ "a mark, with a reserve", true, true, false, 100, 0, true, 0, NULL,
	    true, 500, 500, true },
	{ "a mark, without", true, true, false, 100, 0, false, 0, NULL,
	    true, 0, 0, true },
	{ "a mark, reserve of a stream", true, true, false, 100, 0, true, 0,
	    "x", true, 0, 0, true },
	{ "a mark, ended before", true, true, false, 100, 300, false, 400,
	    NULL, true, 300, 400, true },
	{ "a mark, to end later", true, true, false, 100, 900, true, 0, NULL,
	    true, 500, 500, true },
	{ "a mark, has not begun", true, true, false, 700, 0, true, 0, NULL,
	    true, 700, 700, true },
	{ "a mark, never signed", true, true, false, 0, 0, true, 0, NULL,
	    true, 0, 0, true },
	{ "DNS, with a reserve", true, false, false, 100, 0, true, 0, NULL,
	    true, 500, 500, true },
	{ "DNS, without", true, false, false, 100, 0, false, 0, NULL,
	    true, 500, 0, true },
	{ "a row with a mark and an end", false, false, true, 100, 300, true,
	    0, NULL, true, 300, 300, false },
	{ "a row with a mark alone", false, false, true, 100, 0, true, 0,
	    NULL, true, 0, 0, false },
	{ "a row, and who took over", false, false, true, 100, 300, true, 300,
	    NULL, true, 300, 300, false },
	{ "a mark, in the row as well", true, true, true, 100, 0, true, 0,
	    NULL, true, 500, 500, true },
	{ "the same, without a reserve", true, true, true, 100, 0, false, 0,
	    NULL, true, 0, 0, false },
	{ "the same, ended before", true, true, true, 100, 300, false, 300,
	    NULL, true, 300, 300, false },
	{ "the same, ended before it began", true, true, true, 700, 700, true,
	    0, NULL, true, 700, 700, false },
	{ "DNS, and the row ends it later", true, false, true, 100, 900, true,
	    0, NULL, true, 500, 500, true },
};

static int64_t
time_of(int64_t at)
{
	return at == 0 ? KS_NEVER : at;
}

static void
add_keys(struct ks_state *state, size_t i)
{
	struct ks_key a, b;

	ks_key_init(&a);
	ks_key_init(&b);
	(void)strlcpy(a.selector, "a", sizeof(a.selector));
	(void)strlcpy(b.selector, "b", sizeof(b.selector));
	a.algorithm = b.algorithm = DKIMSIG_ED25519_SHA256;
	a.generated = b.generated = 1;
	a.active_from = time_of(cases[i].from);
	a.retire_at = time_of(cases[i].end);
	a.compromised = cases[i].is_compromised;
	if (cases[i].is_ready)
		b.published = b.seen = b.verified = 1;
	b.active_from = time_of(cases[i].successor);
	b.stream = cases[i].stream;
	assert_int_equal(ks_state_append(state, &a), 0);
	assert_int_equal(ks_state_append(state, &b), 0);
}

/* A key can be marked and be revoked in DNS; the one goes without the other. */
static void
both_kinds(void **state)
{
	struct fleet_pending again;
	size_t len, i;
	char *text;

	(void)state;
	add("a.example", "s", 7, true);
	add("a.example", "s", 5, false);
	add("a.example", "t", 6, false);
	assert_int_equal(pending.n, 2);
	assert_int_equal(fleet_pending_write(ks, &pending, &error), 0);
	assert_int_equal(ks_fleet_read(ks, "pending", &text, &len, &error), 0);
	assert_string_equal(text, "countersign-fleet-pending 1\n"
	    "mark a.example s 5\nhere a.example s 5\nhere a.example t 6\n");
	ks_fleet_free(text, len);
	assert_int_equal(fleet_pending_read(ks, &again, &error), 0);
	assert_int_equal(again.n, pending.n);
	assert_int_equal(again.nmarks, 1);
	assert_int_equal(again.len, pending.len);
	assert_int_equal(again.markslen, pending.markslen);
	for (i = 0; i < again.n; i++) {
		assert_int_equal(again.list[i].is_mark, i == 0);
		assert_true(again.list[i].is_here);
	}
	assert_true(fleet_pending_show(&again, "a.example", "s"));
	assert_false(fleet_pending_show(&again, "a.example", "s"));
	assert_true(again.list[0].is_mark && !again.list[0].is_here);
	assert_true(fleet_pending_show(&again, "a.example", "t"));
	assert_false(fleet_pending_show(&again, "a.example", "t"));
	assert_int_equal(again.n, 1);
	assert_int_equal(again.len, again.markslen);
	assert_int_equal(fleet_pending_copy(&pending, &again.list[0],
	    &error), 0);
	assert_true(pending.list[0].is_mark && pending.list[0].is_here);
	fleet_pending_finish(&again);
}

static void
is_state(int64_t end, int64_t from, int64_t next_end, bool next_compromised)
{
	struct ks_state keys;
	int i;

	memset(&keys, 0, sizeof(keys));
	(void)strlcpy(keys.domain, DOMAIN, sizeof(keys.domain));
	add_keys(&keys, 1);
	/* Again, it changes nothing. */
	for (i = 0; i < 2; i++) {
		fleet_pending_apply(&pending, &keys);
		assert_int_equal(keys.keys[0].retire_at, time_of(end));
		assert_int_equal(keys.keys[1].active_from, time_of(from));
		assert_int_equal(keys.keys[1].retire_at, time_of(next_end));
		assert_int_equal(keys.keys[1].compromised, next_compromised);
	}
	ks_state_finish(&keys);
}

/* What comes later does not let a key sign again that has ended. */
static void
ends_stay(void **state)
{
	(void)state;
	add(DOMAIN, "a", 500, true);
	is_state(500, 500, 0, false);
	add(DOMAIN, "b", 600, true);
	is_state(500, 500, 0, true);
	add(DOMAIN, "b", 600, false);
	is_state(500, 500, 600, true);
	assert_true(fleet_pending_show(&pending, DOMAIN, "b"));
	is_state(500, 500, 0, true);
	fleet_pending_finish(&pending);
	/* What DNS had ended stays so when it is marked. */
	add(DOMAIN, "a", 500, false);
	add(DOMAIN, "b", 500, false);
	is_state(500, 0, 0, true);
	add(DOMAIN, "a", 700, true);
	add(DOMAIN, "b", 700, true);
	is_state(500, 0, 0, true);
}

/* The row has the end of a key; the one that took over is marked. */
static void
marked_after_a_row(void **state)
{
	struct ks_state keys;

	(void)state;
	memset(&keys, 0, sizeof(keys));
	(void)strlcpy(keys.domain, DOMAIN, sizeof(keys.domain));
	add_keys(&keys, 10);
	add(DOMAIN, "b", 400, true);
	fleet_pending_apply(&pending, &keys);
	assert_int_equal(keys.keys[0].retire_at, 300);
	assert_int_equal(keys.keys[1].active_from, 300);
	assert_string_equal(keys.keys[1].took_over_from, "a");
	assert_int_equal(keys.keys[1].retire_at, KS_NEVER);
	assert_true(keys.keys[1].compromised);
	ks_state_finish(&keys);
}

/* Both are pending: none takes over from the other. */
static void
no_reserve_of_another(void **state)
{
	struct ks_state keys;

	(void)state;
	memset(&keys, 0, sizeof(keys));
	(void)strlcpy(keys.domain, DOMAIN, sizeof(keys.domain));
	add_keys(&keys, 1);
	add(DOMAIN, "a", 500, true);
	add(DOMAIN, "b", 400, false);
	fleet_pending_apply(&pending, &keys);
	assert_true(keys.keys[0].compromised);
	assert_int_equal(keys.keys[0].retire_at, KS_NEVER);
	assert_true(keys.keys[1].compromised);
	assert_int_equal(keys.keys[1].active_from, KS_NEVER);
	ks_state_finish(&keys);
}

static void
in_a_state(void **state)
{
	struct ks_state keys;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		memset(&keys, 0, sizeof(keys));
		(void)strlcpy(keys.domain, DOMAIN, sizeof(keys.domain));
		add_keys(&keys, i);
		/* Those of other domains are left out. */
		add("a.example", "a", 400, true);
		add("z.example", "a", 400, true);
		if (cases[i].is_pending)
			add(DOMAIN, "a", 500, cases[i].is_mark);
		assert_int_equal(cases[i].is_pending && fleet_pending_changes(
		    &pending.list[1], &keys), cases[i].is_change);
		fleet_pending_apply(&pending, &keys);
		if (keys.keys[0].compromised != cases[i].wants_compromised ||
		    keys.keys[0].retire_at != time_of(cases[i].wants_end) ||
		    keys.keys[1].active_from !=
		    time_of(cases[i].wants_from) || keys.keys[1].compromised)
			fail_msg("%s: %lld %lld", cases[i].name,
			    (long long)keys.keys[0].retire_at,
			    (long long)keys.keys[1].active_from);
		/* Again, it changes nothing. */
		fleet_pending_apply(&pending, &keys);
		assert_int_equal(keys.keys[1].active_from,
		    time_of(cases[i].wants_from));
		ks_state_finish(&keys);
		fleet_pending_finish(&pending);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sorted_and_once, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(on_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(renewed, setup, teardown),
		cmocka_unit_test_setup_teardown(renewed_damaged, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(bounded_octets, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(in_a_state, setup, teardown),
		cmocka_unit_test_setup_teardown(both_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(marked_after_a_row, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(no_reserve_of_another, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
