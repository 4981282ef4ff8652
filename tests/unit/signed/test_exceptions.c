/* SPDX-License-Identifier: ISC */

/*
 * Exceptions: sorted, each once, only with names that keys can have, and not
 * lost.
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

#include "signed/exceptions.h"
#include "store/fleet_file.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static struct fleet_exceptions exceptions;
static struct keystore *ks;
static char dir[64];
static struct ks_error error;

static int
setup(void **state)
{
	(void)state;
	memset(&exceptions, 0, sizeof(exceptions));
	(void)strlcpy(dir, "/tmp/countersign-except.XXXXXX", sizeof(dir));
	assert_non_null(mkdtemp(dir));
	assert_int_equal(ks_open(&ks, dir, NULL, &error), 0);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	fleet_exceptions_finish(&exceptions);
	ks_close(ks);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void
except(const char *domain, const char *selector, int64_t change,
    const char *why)
{
	assert_int_equal(fleet_exceptions_add(&exceptions, domain, selector,
	    change, why), 0);
}

static void
assert_text(const char *want)
{
	size_t len;
	char *text;

	assert_int_equal(fleet_exceptions_print(&exceptions, &text, &len,
	    &error), 0);
	assert_string_equal(text, want);
	assert_int_equal(len, strlen(want));
	free(text);
}

static void
test_exceptions(void **state)
{
	(void)state;
	assert_text("");
	except("b.example", "s2", 7, "no key");
	except("b.example", "s1", 6, "no key");
	except("a.example", "-", -1, "unread\nable\x80");
	except("b.example", "s1", 8, "disk full");
	/* Names that an administrator made up. */
	except("B.example", "s1", 8, "x");
	except("b.example\nc.example", "s1", 8, "x");
	except("b.example", "s 1", 8, "x");
	except("b.example", "", 8, "x");
	assert_text("a.example - 0 unread?able?\nb.example s1 8 disk full\n"
	    "b.example s2 7 no key\n");
	assert_non_null(fleet_exceptions_find(&exceptions, "a.example", "any"));
	assert_non_null(fleet_exceptions_find(&exceptions, "b.example", "s1"));
	assert_null(fleet_exceptions_find(&exceptions, "b.example", "s3"));
	assert_null(fleet_exceptions_find(&exceptions, "c.example", "s1"));
	assert_string_equal(fleet_exceptions_after(&exceptions, "")->domain,
	    "a.example");
	assert_string_equal(fleet_exceptions_after(&exceptions,
	    "a.example")->selector, "s1");
	assert_null(fleet_exceptions_after(&exceptions, "b.example"));
	assert_true(fleet_exceptions_forget(&exceptions, "b.example"));
	assert_false(fleet_exceptions_forget(&exceptions, "b.example"));
	assert_text("a.example - 0 unread?able?\n");
}

#define MANY	3000	/* domains d0.example, d1.example, ... */

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Added in no order, some twice, and some forgotten. */
static void
test_many(void **state)
{
	static char lines[MANY * 2][64], want[MANY * 2 * 64];
	char domain[48];
	size_t i, n, nlines = 0;

	(void)state;
	for (n = 0; n < 2 * MANY; n++) {
		i = n * 1237 % MANY;
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		except(domain, n % 2 == 0 ? "a" : "b", (int64_t)i, "why");
		except(domain, n % 2 == 0 ? "b" : "a", 1, "other");
	}
	for (i = 0; i < MANY; i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		if (i % 3 == 0) {
			assert_true(fleet_exceptions_forget(&exceptions,
			    domain));
			assert_null(fleet_exceptions_find(&exceptions, domain,
			    "a"));
			continue;
		}
		assert_non_null(fleet_exceptions_find(&exceptions, domain,
		    "b"));
		except(domain, "a", 5, "x");
		except(domain, "b", 6, "y");
		(void)snprintf(lines[nlines++], 64, "%s a 5 x\n", domain);
		(void)snprintf(lines[nlines++], 64, "%s b 6 y\n", domain);
	}
	qsort(lines, nlines, sizeof(lines[0]), by_text);
	for (i = 0; i < nlines; i++)
		(void)strlcat(want, lines[i], sizeof(want));
	assert_int_equal(exceptions.n, nlines);
	assert_text(want);
}

static void
test_exceptions_refused(void **state)
{
	static const char *const texts[] = {
		"a.example s1 1 why",			/* no end */
		"a.example s1 1 \n", "a.example s1 1\n", "a.example s1\n",
		"\n", "a.example  1 why\n", " s1 1 why\n",
		"A.example s1 1 why\n", "a.example S1 1 why\n",
		"a.example s1 01 why\n", "a.example s1 -1 why\n",
		"a.example s1 9223372036854775807 why\n",
		"a.example s1 1 wh\ty\n",
		"b.example s1 1 why\na.example s1 1 why\n",
		"a.example s1 1 why\na.example s1 1 why\n",
		"a.example s2 1 why\na.example s1 1 why\n",
	};
	struct fleet_exceptions parsed;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(texts); i++) {
		if (fleet_exceptions_parse(&parsed, texts[i],
		    strlen(texts[i]), &error) != KS_E_DAMAGED)
			fail_msg("%s", texts[i]);
		assert_int_equal(parsed.n, 0);
	}
	assert_int_equal(fleet_exceptions_parse(&parsed,
	    "a.example s1 1 w\0y\n", 19, &error), KS_E_DAMAGED);
}

static void
test_exceptions_file(void **state)
{
	struct fleet_exceptions read;
	char path[128], other[128];

	(void)state;
	assert_int_equal(fleet_exceptions_read(ks, &read, &error), 0);
	assert_int_equal(read.n, 0);
	except("b.example", "s1", 8, "disk full");
	except("b.example", "s2", 9, "disk full, too");
	assert_int_equal(fleet_exceptions_write(ks, &exceptions, &error), 0);
	assert_int_equal(fleet_exceptions_read(ks, &read, &error), 0);
	assert_int_equal(read.n, 2);
	assert_string_equal(fleet_exceptions_find(&read, "b.example",
	    "s2")->why, "disk full, too");
	fleet_exceptions_finish(&read);
	/* The same again is not written. */
	(void)snprintf(path, sizeof(path), "%s/.fleet/exceptions", dir);
	(void)snprintf(other, sizeof(other), "%s/.fleet/other", dir);
	assert_int_equal(rename(path, other), 0);
	assert_true(fleet_exceptions_forget(&exceptions, "b.example"));
	except("b.example", "s1", 8, "disk full");
	except("b.example", "s2", 9, "disk full, too");
	assert_int_equal(fleet_exceptions_write(ks, &exceptions, &error), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_true(fleet_exceptions_forget(&exceptions, "b.example"));
	assert_int_equal(fleet_exceptions_write(ks, &exceptions, &error), 0);
	assert_int_equal(fleet_exceptions_read(ks, &read, &error), 0);
	assert_int_equal(read.n, 0);
	assert_int_equal(ks_fleet_write(ks, "exceptions", false, "x\n", 2,
	    &error), 0);
	assert_int_equal(fleet_exceptions_read(ks, &read, &error),
	    KS_E_DAMAGED);
}

/* So many that nothing can be confirmed; none is lost silently. */
static void
test_too_many(void **state)
{
	char selector[16];
	size_t i, len;
	char *text;

	(void)state;
	for (i = 0; i <= FLEET_MAX_EXCEPTIONS; i++) {
		(void)snprintf(selector, sizeof(selector), "s%06zu", i);
		except("a.example", selector, 1, "x");
	}
	assert_int_equal(exceptions.n, FLEET_MAX_EXCEPTIONS);
	assert_int_equal(fleet_exceptions_print(&exceptions, &text, &len,
	    &error), KS_E_ARG);
	assert_null(text);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_exceptions),
		TEST(test_many),
		TEST(test_exceptions_refused),
		TEST(test_exceptions_file),
		TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
