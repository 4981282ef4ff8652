/* SPDX-License-Identifier: ISC */

/*
 * The numbers of pushes: each is later than all before it, a damaged file is
 * reported and replaced by no push, and a lost one begins a new term.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keydir.h"
#include "store/generation.h"

#define NOW	1700000000
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static struct keydir store;
static struct ks_error error;
static char path[128];

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	(void)snprintf(path, sizeof(path), "%s/generation", store.path);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	keydir_remove(&store);
	return 0;
}

static void
write_text(const char *text)
{
	FILE *fp;

	assert_non_null(fp = fopen(path, "w"));
	(void)fputs(text, fp);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(path, 0640), 0);
}

static void
assert_text(const char *want)
{
	char text[64];
	FILE *fp;
	size_t n;

	assert_non_null(fp = fopen(path, "r"));
	n = fread(text, 1, sizeof(text) - 1, fp);
	text[n] = '\0';
	assert_int_equal(fclose(fp), 0);
	assert_string_equal(text, want);
}

/* The next push, from what was in the file; NULL: there was none. */
static const struct {
	const char	*name, *before;
	int64_t		 now;
	const char	*after;
} pushes[] = {
	{ "the first one", NULL, NOW, "1700000000 1\n" },
	{ "by a clock without a battery", NULL, 0, "1 1\n" },
	{ "by a clock before 1970", NULL, -5, "1 1\n" },
	{ "at the second 1", NULL, 1, "1 1\n" },
	{ "another one", "1600000000 1\n", NOW, "1600000000 2\n" },
	{ "a clock that went back", "1700000005 9\n", NOW,
	    "1700000005 10\n" },
	{ "after a take-over", "1600000000 0\n", NOW, "1600000000 1\n" },
	{ "the last of a term", "1600000000 999999998\n", NOW,
	    "1600000000 999999999\n" },
	{ "a term that is full", "1600000000 999999999\n", NOW,
	    "1600000001 1\n" },
	{ "zeros", "0 0\n", NOW, "1700000000 1\n" },
};

static void
test_next(void **state)
{
	struct ks_generation next, read;
	struct stat st;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(pushes); i++) {
		print_message("# %s\n", pushes[i].name);
		(void)unlink(path);
		if (pushes[i].before != NULL)
			write_text(pushes[i].before);
		assert_int_equal(ks_generation_next(store.ks, pushes[i].now,
		    0, &next, &error), 0);
		assert_text(pushes[i].after);
		assert_int_equal(ks_generation_read(store.ks, &read, &error),
		    0);
		assert_int_equal(next.term, read.term);
		assert_int_equal(next.push, read.push);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
	}
}

static const char *const damaged[] = {
	"", "\n", "1700000000\n", "1700000000 1", "1700000000 1 \n",
	"1700000000 1\n1\n", "1700000000 -1\n", "-1 1\n",
	"1700000000 1000000000\n", "999999999999 1\n", "x 1\n",
	"1700000000 x\n", "1700000000 \n"
};

static void
test_damaged(void **state)
{
	const struct ks_generation later = { NOW + 5, 1 };
	struct ks_generation read;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(damaged); i++) {
		print_message("# damaged: %zu\n", i);
		write_text(damaged[i]);
		read.term = read.push = 1;
		assert_int_equal(ks_generation_read(store.ks, &read, &error),
		    KS_E_DAMAGED);
		assert_non_null(strstr(error.text, path));
		assert_int_equal(read.term, 0);
		assert_int_equal(read.push, 0);
		assert_int_equal(ks_generation_next(store.ks, NOW, 0, &read,
		    &error), KS_E_DAMAGED);
		assert_int_equal(ks_generation_accept(store.ks, &later, 0,
		    &error), KS_E_DAMAGED);
		assert_text(damaged[i]);
	}
}

static void
test_lost(void **state)
{
	const struct ks_generation any = { 3, 7 };
	struct ks_generation read = { 1, 1 };

	(void)state;
	assert_int_equal(ks_generation_read(store.ks, &read, &error), 0);
	assert_int_equal(read.term, 0);
	assert_int_equal(read.push, 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(ks_generation_accept(store.ks, &any, 0, &error), 0);
	assert_text("3 7\n");
	/* What is refused changes nothing, and is named. */
	assert_int_equal(ks_generation_accept(store.ks, &any, 0, &error),
	    KS_E_EXISTS);
	assert_non_null(strstr(error.text, "push 7 of term 3 is not later "
	    "than push 7 of term 3,"));
	assert_text("3 7\n");
}

/* A file that others may write is not believed. */
static void
test_loose(void **state)
{
	struct ks_generation read;

	(void)state;
	write_text("1600000000 1\n");
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(ks_generation_read(store.ks, &read, &error),
	    KS_E_UNSAFE);
	assert_int_equal(ks_generation_next(store.ks, NOW, 0, &read, &error),
	    KS_E_UNSAFE);
	assert_text("1600000000 1\n");
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_next),
		TEST(test_damaged),
		TEST(test_lost),
		TEST(test_loose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
