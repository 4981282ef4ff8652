/* SPDX-License-Identifier: ISC */

/*
 * Files of the key store are read and written while some n-th allocation fails,
 * alone and with all that follow.  Reading then either succeeds, and has each
 * line, or says that memory is short, and never that the file is damaged, as
 * rotation writes a damaged one again.  Writing replaces the whole file
 * or leaves it as it is.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing.h"
#include "keydir.h"
#include "store/hosts_file.h"
#include "store/notified.h"
#include "store/silence_file.h"
#include "store/trouble_file.h"

#define DOMAIN	"example.com"
#define NOW	1790000000
#define SIZE	32768		/* octets, more than any of the files has */
#define NSILENCES 300		/* for a text that is put together in parts */
#define MOST	1000		/* allocations */

static struct keydir store;
static struct ks_lock *lock;
static struct ks_state domain;
static struct ks_error error;

/* Each reads a file, and gives the number of its lines. */

static int
read_state(size_t *nlines)
{
	struct ks_state state;
	int r = ks_state_read(store.ks, DOMAIN, &state, &error);

	*nlines = state.nkeys;
	ks_state_finish(&state);
	return r;
}

static int
read_troubles(size_t *nlines)
{
	struct ks_troubles troubles;
	int r = ks_troubles_read(store.ks, DOMAIN, &troubles, &error);

	*nlines = troubles.n;
	ks_troubles_finish(&troubles);
	return r;
}

static int
read_hosts(size_t *nlines)
{
	struct ks_hosts hosts;
	int r = ks_hosts_read(store.ks, &hosts, &error);
	size_t i;

	*nlines = hosts.n;
	for (i = 0; i < hosts.n; i++)
		*nlines += hosts.list[i].nkeys;
	ks_hosts_finish(&hosts);
	return r;
}

static int
count_silence(void *context, const struct ks_silence *silence)
{
	size_t *nlines = context;

	(void)silence;
	(*nlines)++;
	return 0;
}

static int
read_silences(size_t *nlines)
{
	*nlines = 0;
	return ks_silences_read(store.ks, count_silence, nlines, &error);
}

static int
read_notified(size_t *nlines)
{
	struct ks_notified notified;
	int r = ks_notified_read(store.ks, &notified, &error);

	*nlines = notified.ncontacts + notified.ntold +
	    (notified.begun != KS_NEVER);
	ks_notified_finish(&notified);
	return r;
}

/* Each writes a file with a time in it, and allocates nothing else. */

static int
write_state(int64_t when)
{
	domain.keys[0].active_from = when;
	return ks_state_write(lock, &domain, &error);
}

static int
write_troubles(int64_t when)
{
	char text[] = "its record is gone", other[] = "it is overdue";
	struct ks_trouble list[] = {
		{ when, false, "record", "s1", text },
		{ when, true, "overdue", "s2", other }
	};
	const struct ks_troubles troubles = { list, 2 };

	return ks_troubles_write(lock, &troubles, &error);
}

static int
write_hosts(int64_t when)
{
	char first[] = "example.com s1", second[] = "example.com s2";
	struct ks_host_key keys[] = {
		{ first, when, when, KS_NEVER, KS_NEVER, KS_NEVER, false },
		{ second, when, when, KS_NEVER, KS_NEVER, KS_NEVER, false }
	};
	struct ks_host_record list[] = {
		{ .host = "mx1.example.com", .reached = when,
		  .failing = KS_NEVER, .keys = keys, .nkeys = 2 },
		{ .host = "mx2.example.com", .reached = KS_NEVER,
		  .failing = when, .fault = "no route" }
	};
	const struct ks_hosts hosts = { list, 2 };

	return ks_hosts_write(store.ks, &hosts, 0, &error);
}

static int
write_silences(int64_t when)
{
	static char names[NSILENCES][40];
	static struct ks_silence silences[NSILENCES];
	size_t i;

	for (i = 0; i < NSILENCES; i++) {
		(void)snprintf(names[i], sizeof(names[i]),
		    "example.com ns%zu.example.com", i);
		silences[i] = (struct ks_silence){ when, when, 1, names[i] };
	}
	return ks_silences_write(store.ks, silences, NSILENCES, &error);
}

static int
write_notified(int64_t when)
{
	struct ks_contact contacts[] = {
		{ .contact = "a@example.com", .last = when, .since = KS_NEVER,
		  .tried = KS_NEVER },
		{ .contact = "b@example.com", .last = KS_NEVER, .since = when,
		  .tried = when, .failure = "exit status 1" }
	};
	struct ks_told told[] = {
		{ .first = when, .last = when, .word = "record",
		  .domain = DOMAIN, .selector = "s1" }
	};
	struct ks_notified notified;

	ks_notified_init(&notified);
	notified.begun = when;
	notified.contacts = contacts;
	notified.ncontacts = 2;
	notified.told = told;
	notified.ntold = 1;
	return ks_notified_write(store.ks, &notified, &error);
}

static const struct file {
	const char	*name;		/* below the key directory */
	int		(*read)(size_t *nlines);
	int		(*write)(int64_t when);
	size_t		 nlines;
} files[] = {
	{ DOMAIN "/state",	read_state,	write_state,	1 },
	{ DOMAIN "/troubles",	read_troubles,	write_troubles,	2 },
	{ "hosts",		read_hosts,	write_hosts,	4 },
	{ "servers",		read_silences,	write_silences,	NSILENCES },
	{ "notified",		read_notified,	write_notified,	4 },
};
#define NFILES	(sizeof(files) / sizeof(files[0]))

static int
setup(void **unused)
{
	size_t i;

	(void)unused;
	keydir_make(&store);
	(void)keydir_add(&store, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &domain, &error), 0);
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	for (i = 0; i < NFILES; i++)
		if (files[i].write(NOW) != 0)
			fail_msg("%s: %s", files[i].name, error.text);
	return 0;
}

static int
teardown(void **unused)
{
	(void)unused;
	ks_unlock(lock);
	ks_state_finish(&domain);
	keydir_free_keys();
	keydir_remove(&store);
	return 0;
}

static void
get_content(const struct file *file, char text[SIZE])
{
	char path[256];
	size_t len;
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/%s", store.path, file->name);
	assert_non_null(fp = fopen(path, "r"));
	len = fread(text, 1, SIZE - 1, fp);
	text[len] = '\0';
	(void)fclose(fp);
}

/* Each returns false when no allocation failed. */
typedef bool	try_fn(const struct file *file, size_t n, bool all_later);

static bool
try_read(const struct file *file, size_t n, bool all_later)
{
	bool has_failed;
	size_t nlines;
	int r;

	error.text[0] = '\0';
	failing_arm(n, all_later);
	r = file->read(&nlines);
	has_failed = failing_disarm();
	if (r == 0 ? nlines != file->nlines : !has_failed ||
	    (r != KS_E_NOMEM && r != KS_E_SYSTEM))
		fail_msg("%s, allocation %zu: %d, %zu lines: %s", file->name,
		    n, r, nlines, error.text);
	return has_failed;
}

static bool
try_write(const struct file *file, size_t n, bool all_later)
{
	char before[SIZE], after[SIZE], wanted[SIZE];
	bool has_failed;
	int r;

	assert_int_equal(file->write(NOW + 1), 0);
	get_content(file, wanted);
	assert_int_equal(file->write(NOW), 0);
	get_content(file, before);
	assert_string_not_equal(before, wanted);
	error.text[0] = '\0';
	failing_arm(n, all_later);
	r = file->write(NOW + 1);
	has_failed = failing_disarm();
	get_content(file, after);
	if ((r != 0 && (!has_failed || r != KS_E_NOMEM)) ||
	    strcmp(after, r == 0 ? wanted : before) != 0)
		fail_msg("%s, allocation %zu: %d: %s: %s", file->name, n, r,
		    error.text, after);
	return has_failed;
}

static void
try_all(try_fn *try)
{
	size_t i, n, live;
	int all_later;

	for (i = 0; i < NFILES; i++)
		for (all_later = 0; all_later <= 1; all_later++) {
			live = failing_live();
			for (n = 1; try(&files[i], n, all_later == 1); n++)
				assert_true(n < MOST);
			assert_true(n > 1);
			assert_int_equal(failing_live(), live);
		}
}

static void
reading(void **unused)
{
	(void)unused;
	try_all(try_read);
}

static void
writing(void **unused)
{
	(void)unused;
	try_all(try_write);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reading, setup, teardown),
		cmocka_unit_test_setup_teardown(writing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
