/* SPDX-License-Identifier: ISC */

/*
 * Replacing a file as a whole: readers see the old contents or the new ones,
 * and nothing else is left behind.
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

#include "base/replace_file.h"
#include "scratch.h"

#define WHY_SIZE	1024

static char folder[SCRATCH_SIZE], path[96];

static int
make_folder(void **state)
{
	(void)state;
	if (scratch_make(folder, "replace") == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void
check_file(const char *want, mode_t mode)
{
	char got[4096];
	struct stat st;
	size_t n;
	FILE *fp;

	assert_non_null(fp = fopen(path, "r"));
	n = fread(got, 1, sizeof(got) - 1, fp);
	got[n] = '\0';
	(void)fclose(fp);
	assert_string_equal(got, want);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(scratch_count(folder), 1);
}

static void
write_file(const char *text, mode_t mode)
{
	struct replace_file file;
	char why[WHY_SIZE];

	assert_int_equal(replace_file_begin(&file, path, why,
	    sizeof(why)), 0);
	assert_true(fputs(text, file.fp) >= 0);
	assert_int_equal(replace_file_end(&file, mode, why, sizeof(why)), 0);
	assert_null(file.fp);
}

static void
test_replace(void **state)
{
	(void)state;
	write_file("one\n", 0644);
	check_file("one\n", 0644);
	write_file("two\n", 0640);
	check_file("two\n", 0640);
}

static void
test_abandon(void **state)
{
	struct replace_file file;
	char why[WHY_SIZE];

	(void)state;
	write_file("old\n", 0644);
	assert_int_equal(replace_file_begin(&file, path, why,
	    sizeof(why)), 0);
	assert_true(fputs("new\n", file.fp) >= 0);
	replace_file_abandon(&file);
	assert_null(file.fp);
	check_file("old\n", 0644);
}

/* A write that failed leaves the old file. */
static void
test_write_error(void **state)
{
	struct replace_file file;
	char why[WHY_SIZE] = "";
	char want[256];
	FILE *full;

	(void)state;
	write_file("old\n", 0644);
	assert_int_equal(replace_file_begin(&file, path, why,
	    sizeof(why)), 0);
	assert_int_equal(fclose(file.fp), 0);
	assert_non_null(full = fopen("/dev/full", "w"));
	file.fp = full;
	assert_true(fputs("new\n", file.fp) >= 0);
	assert_int_equal(replace_file_end(&file, 0644, why,
	    sizeof(why)), -1);
	(void)snprintf(want, sizeof(want), "%s: cannot write: No space left "
	    "on device", path);
	assert_string_equal(why, want);
	check_file("old\n", 0644);
}

static void
check_begin_fails(const char *name, const char *text)
{
	char want[PATH_MAX + 256], why[WHY_SIZE] = "";
	struct replace_file file;

	assert_int_equal(replace_file_begin(&file, name, why,
	    sizeof(why)), -1);
	assert_null(file.fp);
	(void)snprintf(want, sizeof(want), "%.900s: %s", name, text);
	assert_string_equal(why, want);
}

static void
test_refused(void **state)
{
	char link[128], missing[128], longest[PATH_MAX + 1];

	(void)state;
	write_file("old\n", 0644);
	(void)snprintf(link, sizeof(link), "%s/link", folder);
	assert_int_equal(symlink(path, link), 0);
	check_begin_fails(link, "is a symbolic link: name a regular file, "
	    "which will be replaced");
	assert_int_equal(unlink(link), 0);
	check_begin_fails(folder, "is a directory: name a regular file, "
	    "which will be replaced");
	check_begin_fails("/dev/null", "is not a regular file: name a "
	    "regular file, which will be replaced");
	(void)snprintf(missing, sizeof(missing), "%s/none/file", folder);
	check_begin_fails(missing,
	    "cannot write: No such file or directory");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	check_begin_fails(longest, "cannot write: File name too long");
	check_file("old\n", 0644);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_abandon),
		cmocka_unit_test(test_write_error),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
