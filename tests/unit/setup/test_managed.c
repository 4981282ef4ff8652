/* SPDX-License-Identifier: ISC */

/*
 * Which files are left to a person, and why.
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

#include "setup/private.h"

static char folder[] = "/tmp/test_managed.XXXXXX";

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static const struct {
	const char	*name, *text;
	mode_t		 mode;
	const char	*beside;	/* a directory: its own, "../": above */
	bool		 is_link;
	const char	*why;		/* a part of it; NULL: it is edited */
} cases[] = {
	{ "plain",	"# by hand\nx = 1\n", 0644, NULL, false, NULL },
	{ "empty",	"", 0644, NULL, false, NULL },
	{ "a value",	"x = ansible\n", 0644, NULL, false, NULL },
	{ "Ansible",	"# Ansible managed\nx = 1\n", 0644, NULL, false,
	    "comment" },
	{ "Puppet",	"x = 1\n  # This file is managed by Puppet\n", 0644,
	    NULL, false, "comment" },
	{ "CFEngine",	"#CFEngine: will be overwritten\n", 0644, NULL, false,
	    "comment" },
	{ "read-only",	"x = 1\n", 0444, NULL, false, "read-only" },
	{ "a link",	"x = 1\n", 0644, NULL, true, "symbolic link" },
	{ "git",	"x = 1\n", 0644, ".git", false, "repository" },
	{ "etckeeper",	"x = 1\n", 0644, "../.git", false, "repository" },
	{ "Mercurial",	"x = 1\n", 0644, "../.hg", false, "repository" },
	{ "no repository", "x = 1\n", 0644, ".gitignore", false, NULL },
};

static void
write_text(const char *path, const char *text, mode_t mode)
{
	const struct change_access access = { getuid(), getgid(), mode };
	char why[SETUP_WHY_SIZE];

	assert_int_equal(file_write(path, text, &access, why, sizeof(why)), 0);
}

static void
run_case(size_t n)
{
	char above[64], own[96], path[128], real[128], beside[128];
	const char *why;

	(void)snprintf(above, sizeof(above), "%s/%zu", folder, n);
	(void)snprintf(own, sizeof(own), "%s/postfix", above);
	(void)snprintf(path, sizeof(path), "%s/main.cf", own);
	(void)snprintf(real, sizeof(real), "%s/real.cf", own);
	assert_int_equal(mkdir(above, 0755), 0);
	assert_int_equal(mkdir(own, 0755), 0);
	if (cases[n].beside != NULL) {
		(void)snprintf(beside, sizeof(beside), "%s/%s", own,
		    cases[n].beside);
		assert_int_equal(mkdir(beside, 0755), 0);
	}
	write_text(cases[n].is_link ? real : path, cases[n].text,
	    cases[n].mode);
	if (cases[n].is_link)
		assert_int_equal(symlink("real.cf", path), 0);
	why = managed_why(path);
	if (cases[n].why == NULL ? why != NULL :
	    why == NULL || strstr(why, cases[n].why) == NULL)
		fail_msg("%s: %s", cases[n].name, why != NULL ? why : "edited");
}

static void
test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(i);
}

static void
test_missing(void **state)
{
	(void)state;
	assert_string_equal(managed_why("/nowhere/main.cf"),
	    "it cannot be read");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
