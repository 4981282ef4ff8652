/* SPDX-License-Identifier: ISC */

/*
 * Key files that the state does not know: which files are some, and how they
 * are printed.
 */

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keydir.h"
#include "store/strays.h"

#define DOMAIN	"example.com"
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
/* A label of 63 octets. */
#define LONGEST	"a234567890123456789012345678901" \
    "23456789012345678901234567890123"

static struct keydir store;
static struct ks_error error;
static int readdir_errno;	/* 0: it does not fail */

struct dirent	*__real_readdir64(DIR *dir);
struct dirent	*__wrap_readdir64(DIR *dir);

struct dirent *
__wrap_readdir64(DIR *dir)
{
	if (readdir_errno == 0)
		return __real_readdir64(dir);
	errno = readdir_errno;
	return NULL;
}

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	(void)keydir_add(&store, DOMAIN, "known", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	return 0;
}

static void
make_file(const char *name)
{
	char path[256];
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/%s", store.path,
	    name);
	assert_non_null(fp = fopen(path, "w"));
	assert_int_equal(fclose(fp), 0);
}

/* What is found for a state, printed. */
static const char *
find(const char *domain, const struct ks_state *keys)
{
	static char text[KS_STRAYS_SIZE];
	struct ks_strays strays;

	memset(&strays, 1, sizeof(strays));
	assert_int_equal(ks_strays_find(store.ks, domain, keys, &strays,
	    &error), 0);
	ks_strays_print(&strays, text);
	ks_strays_finish(&strays);
	assert_null(strays.selectors);
	assert_int_equal(strays.n, 0);
	return text;
}

static void
test_found(void **state)
{
	static const char *const names[] = {
		"s2.pem", "s1.pem", "s3.pem", ".pem", "pem", "s4.pem.used",
		"s5.used", "S6.pem", "a_b.pem", "s7.PEM", "xpem"
	};
	struct ks_state keys;
	size_t i;

	(void)state;
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	assert_string_equal(find(DOMAIN, &keys), "");
	for (i = 0; i < SIZE(names); i++)
		make_file(names[i]);
	assert_string_equal(find(DOMAIN, &keys), "s1, s2, s3");
	ks_state_finish(&keys);
}

/* A key that another process has entered meanwhile is not one. */
static void
test_entered_meanwhile(void **state)
{
	struct ks_state keys;

	(void)state;
	memset(&keys, 0, sizeof(keys));
	(void)strlcpy(keys.domain, DOMAIN, sizeof(keys.domain));
	assert_string_equal(find(DOMAIN, &keys), "");
	make_file("s1.pem");
	assert_string_equal(find(DOMAIN, &keys), "s1");
}

static void
test_no_folder(void **state)
{
	struct ks_state keys;

	(void)state;
	memset(&keys, 0, sizeof(keys));
	assert_string_equal(find("example.org", &keys), "");
}

/* A folder that cannot be listed is not one without such files. */
static void
test_not_listed(void **state)
{
	struct ks_strays strays;
	struct ks_state keys;

	(void)state;
	memset(&keys, 0, sizeof(keys));
	readdir_errno = EIO;
	assert_int_equal(ks_strays_find(store.ks, DOMAIN, &keys, &strays,
	    &error), KS_E_SYSTEM);
	readdir_errno = 0;
	assert_non_null(strstr(error.text, "/" DOMAIN ": cannot read: "));
	ks_strays_finish(&strays);
}

/* Longer lists end with a number, and never in the middle of a selector. */
static void
test_printed(void **state)
{
	char (*selectors)[KS_SELECTOR_SIZE], text[KS_STRAYS_SIZE];
	struct ks_strays strays;
	const char *more;
	size_t i, n;

	(void)state;
	assert_non_null(selectors = calloc(9, sizeof(*selectors)));
	for (i = 0; i < 9; i++)
		(void)strlcpy(selectors[i], LONGEST, sizeof(*selectors));
	strays.selectors = selectors;
	for (strays.n = 1; strays.n <= 9; strays.n++) {
		ks_strays_print(&strays, text);
		n = 1;
		for (i = 0; text[i] != '\0'; i++)
			n += text[i] == ',';
		assert_int_equal(strncmp(text, LONGEST, strlen(LONGEST)), 0);
		more = strstr(text, " and ");
		if (more != NULL)
			n += strtoul(more + 5, NULL, 10);
		else
			assert_string_equal(text + strlen(text) -
			    strlen(LONGEST), LONGEST);
		assert_int_equal(n, strays.n);
	}
	strays.n = 9;
	ks_strays_print(&strays, text);
	assert_non_null(more = strstr(text, " and "));
	assert_string_equal(more + 6, " more");
	assert_memory_equal(more - strlen(LONGEST), LONGEST, strlen(LONGEST));
	free(selectors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_entered_meanwhile, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_folder, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_not_listed, setup,
		    teardown),
		cmocka_unit_test(test_printed),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
