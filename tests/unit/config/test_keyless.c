/* SPDX-License-Identifier: ISC */

/*
 * Domains of sources that have no keys: none is named because the key directory
 * cannot be listed.
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
#include <unistd.h>

#include <cmocka.h>

#include "config/means.h"
#include "config/private.h"

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
count(const struct source *source, const char *domain, void *arg)
{
	size_t *n = arg;

	(void)source;
	assert_string_equal(domain, "*.example.com");
	++*n;
	return 0;
}

static void
test_not_listed(void **state)
{
	static const char text[] =
	    "source a { login = a domains = \"*.example.com\" }\n";
	char keydir[] = "/tmp/keyless.XXXXXX";
	struct config *config;
	size_t n, nfaults;

	(void)state;
	assert_non_null(mkdtemp(keydir));
	config = config_load_text("c", text, sizeof(text) - 1, stderr,
	    &nfaults);
	assert_non_null(config);
	n = 0;
	assert_int_equal(config_each_keyless(config, keydir, count, &n), 0);
	assert_int_equal(n, 1);
	n = 0;
	readdir_errno = EIO;
	assert_int_equal(config_each_keyless(config, keydir, count, &n), 0);
	readdir_errno = 0;
	assert_int_equal(n, 0);
	config_unref(config);
	assert_int_equal(rmdir(keydir), 0);
}

/* Without the option, a program would read that file anyhow. */
static void
test_option(void **state)
{
	(void)state;
	assert_string_equal(config_option(CONFIG_DEFAULT_FILE), "");
	assert_string_equal(config_option_file(CONFIG_DEFAULT_FILE), "");
	assert_string_equal(config_option("./my.conf"), " -c ");
	assert_string_equal(config_option_file("./my.conf"), "./my.conf");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_listed),
		cmocka_unit_test(test_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
