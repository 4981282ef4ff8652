/* SPDX-License-Identifier: ISC */

/*
 * Whether a user reaches a file, step by step along its path.
 */

#include <sys/stat.h>

#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/reach.h"

static char folder[64], inner[96], file[128];

static int
make(void **state)
{
	FILE *fp;

	(void)state;
	(void)strlcpy(folder, "/tmp/countersign-reach.XXXXXX",
	    sizeof(folder));
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(inner, sizeof(inner), "%s/inner", folder);
	(void)snprintf(file, sizeof(file), "%s/file", inner);
	if (mkdir(inner, 0700) == -1 || (fp = fopen(file, "w")) == NULL)
		return -1;
	return fclose(fp);
}

static int
clean_up(void **state)
{
	(void)state;
	return unlink(file) == -1 || rmdir(inner) == -1 ||
	    rmdir(folder) == -1 ? -1 : 0;
}

static void
walks(void **state)
{
	static const struct {
		mode_t		 folder, inner, file;
		gid_t		 group;	/* of inner and file */
		enum reach	 want;
		const char	*denied;
	} cases[] = {
		{ 0755, 0750, 0660, 1, REACH_WELL, "" },
		{ 0755, 0755, 0666, 0, REACH_WELL, "" },
		{ 0700, 0750, 0660, 1, REACH_FOLDER, folder },
		{ 0755, 0750, 0660, 0, REACH_FOLDER, inner },
		{ 0755, 0700, 0660, 1, REACH_FOLDER, inner },
		{ 0755, 0755, 0660, 0, REACH_FILE, file },
		{ 0755, 0750, 0640, 1, REACH_FILE, file },
	};
	char denied[256];
	size_t i;

	(void)state;
	if (geteuid() != 0) {
		assert_int_equal(reach_walk("daemon", file, denied,
		    sizeof(denied)), REACH_UNKNOWN);
		assert_non_null(strstr(denied, "only root can do this"));
		return;
	}
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(chmod(folder, cases[i].folder), 0);
		assert_int_equal(chown(inner, 0, cases[i].group), 0);
		assert_int_equal(chown(file, 0, cases[i].group), 0);
		assert_int_equal(chmod(inner, cases[i].inner), 0);
		assert_int_equal(chmod(file, cases[i].file), 0);
		assert_int_equal(reach_walk("daemon", file, denied,
		    sizeof(denied)), cases[i].want);
		assert_string_equal(denied, cases[i].denied);
	}
}

static void
missing(void **state)
{
	char denied[256];

	(void)state;
	assert_int_equal(reach_walk(NULL, "/nowhere/a/b", denied,
	    sizeof(denied)), REACH_MISSING);
	assert_string_equal(denied, "/nowhere");
	assert_int_equal(reach_walk(NULL, "/dev/null/a", denied,
	    sizeof(denied)), REACH_FOLDER);
	assert_int_equal(reach_walk("no-such-user", "/tmp", denied,
	    sizeof(denied)), REACH_UNKNOWN);
	assert_string_equal(denied, "user no-such-user: no such user");
}

static void
members(void **state)
{
	const struct group *gr;

	(void)state;
	assert_true(reach_is_member("root", 0));
	assert_false(reach_is_member("daemon", 0));
	assert_false(reach_is_member("no-such-user", 0));
	assert_non_null(gr = getgrnam("daemon"));
	assert_true(reach_is_member("daemon", gr->gr_gid));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks),
		cmocka_unit_test(missing),
		cmocka_unit_test(members),
	};

	return cmocka_run_group_tests(tests, make, clean_up);
}
