/* SPDX-License-Identifier: ISC */

/*
 * Whole files: a text replaces another, also where a symbolic link leads, and
 * what a killed run has left is removed.
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

static char folder[] = "/tmp/test_file.XXXXXX";

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

static const char *
path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
write_text(const char *name, const char *text, mode_t mode)
{
	const struct change_access access = { getuid(), getgid(), mode };
	char why[SETUP_WHY_SIZE];

	if (file_write(path_of(name), text, &access, why, sizeof(why)) != 0)
		fail_msg("%s", why);
}

static void
has_text(const char *name, const char *want, mode_t mode)
{
	struct change_access access;
	char why[SETUP_WHY_SIZE], *text;

	assert_int_equal(file_read(path_of(name), &text, &access, why,
	    sizeof(why)), 0);
	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
	assert_int_equal(access.mode, mode);
}

static bool
is_link(const char *name)
{
	struct stat st;

	return lstat(path_of(name), &st) == 0 && S_ISLNK(st.st_mode);
}

static bool
exists(const char *name)
{
	struct stat st;

	return lstat(path_of(name), &st) == 0;
}

static void
replaces(void **state)
{
	(void)state;
	write_text("plain", "one\n", 0640);
	has_text("plain", "one\n", 0640);
	write_text("plain", "two\n", 0600);
	has_text("plain", "two\n", 0600);
	assert_false(exists(".plain.setup"));
}

/* The link stays, and what it leads to gets the text. */
static void
follows_links(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("elsewhere"), 0700), 0);
	write_text("elsewhere/real", "one\n", 0644);
	assert_int_equal(symlink("elsewhere/real", path_of("link")), 0);
	assert_int_equal(symlink("link", path_of("second")), 0);
	write_text("second", "two\n", 0640);
	assert_true(is_link("second"));
	assert_true(is_link("link"));
	assert_false(is_link("elsewhere/real"));
	has_text("elsewhere/real", "two\n", 0640);
	assert_false(exists("elsewhere/.real.setup"));
}

/* What was left is beside what the link leads to, too. */
static void
removes_leftovers(void **state)
{
	(void)state;
	write_text("elsewhere/.real.setup", "half", 0600);
	file_remove_leftover(path_of("link"));
	assert_false(exists("elsewhere/.real.setup"));
	write_text(".plain.setup", "half", 0600);
	file_remove_leftover(path_of("plain"));
	assert_false(exists(".plain.setup"));
	assert_true(exists("plain"));
}

/* A link that leads nowhere is no file: it is replaced. */
static void
replaces_dangling_links(void **state)
{
	(void)state;
	assert_int_equal(symlink("nowhere", path_of("dangling")), 0);
	write_text("dangling", "one\n", 0644);
	assert_false(is_link("dangling"));
	has_text("dangling", "one\n", 0644);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces),
		cmocka_unit_test(follows_links),
		cmocka_unit_test(removes_leftovers),
		cmocka_unit_test(replaces_dangling_links),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
