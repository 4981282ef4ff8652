/* SPDX-License-Identifier: ISC */

/*
 * Making the key directory, however its path is written.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/keystore.h"

#define PATH_SIZE	128

/* Below a scratch directory: what is made, and the folder above it. */
static const struct {
	const char	*keydir, *made, *above;
} cases[] = {
	{ "keys",		"keys",		NULL },
	{ "keys/",		"keys",		NULL },
	{ "keys//",		"keys",		NULL },
	{ "lib/keys",		"lib/keys",	"lib" },
	{ "lib//keys/",		"lib/keys",	"lib" },
};

static void
check_mode(const char *path, unsigned int mode)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777u, mode);
	assert_int_equal(st.st_uid, geteuid());
}

static void
made(void **state)
{
	char dir[] = "/tmp/countersign-make.XXXXXX";
	char keydir[PATH_SIZE], path[PATH_SIZE], above[PATH_SIZE];
	struct keystore *ks;
	struct ks_error error;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("# %s\n", cases[i].keydir);
		(void)snprintf(keydir, sizeof(keydir), "%s/%s", dir,
		    cases[i].keydir);
		(void)snprintf(path, sizeof(path), "%s/%s", dir,
		    cases[i].made);
		assert_int_equal(ks_make(keydir, geteuid(), getegid(),
		    &error), 0);
		check_mode(path, 0700);
		assert_int_equal(ks_open(&ks, keydir, NULL, &error), 0);
		ks_close(ks);
		assert_int_equal(rmdir(path), 0);
		if (cases[i].above == NULL)
			continue;
		(void)snprintf(above, sizeof(above), "%s/%s", dir,
		    cases[i].above);
		check_mode(above, 0755);
		assert_int_equal(rmdir(above), 0);
	}
	assert_int_equal(rmdir(dir), 0);
}

/* What is there is left as it is. */
static void
kept(void **state)
{
	char dir[] = "/tmp/countersign-make.XXXXXX";
	struct ks_error error;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0750), 0);
	assert_int_equal(ks_make(dir, geteuid(), getegid(), &error), 0);
	check_mode(dir, 0750);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made),
		cmocka_unit_test(kept)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
