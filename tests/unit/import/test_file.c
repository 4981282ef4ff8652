/* SPDX-License-Identifier: ISC */

/*
 * The search for key files, in a directory made for it; and a key file that
 * cannot be read to its end, of which nothing is left in memory.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/read_all.h"
#include "import/file.h"

static const char *const files[] = {
	"b.key", "a.key", ".key", ".c.key", "x-d.key", "x-[e].key", "f.txt",
	"sub/mail", "other/none"
};
#define NFILES	(sizeof(files) / sizeof(files[0]))

static char folder[] = "/tmp/import-file.XXXXXX";

static bool read_fails;		/* after READ_LEN octets */
static size_t wiped;

#define READ_LEN	5

ssize_t	__real_read_all(int fd, void *buf, size_t size);
ssize_t	__wrap_read_all(int fd, void *buf, size_t size);
void	__real_freezero(void *p, size_t size);
void	__wrap_freezero(void *p, size_t size);

ssize_t
__wrap_read_all(int fd, void *buf, size_t size)
{
	if (!read_fails)
		return __real_read_all(fd, buf, size);
	assert_int_equal(__real_read_all(fd, buf, READ_LEN), READ_LEN);
	errno = EIO;
	return -1;
}

void
__wrap_freezero(void *p, size_t size)
{
	wiped = size;
	__real_freezero(p, size);
}

static int
setup(void **state)
{
	size_t i;
	int fd;

	(void)state;
	if (mkdtemp(folder) == NULL || chdir(folder) == -1 ||
	    mkdir("sub", 0700) == -1 || mkdir("other", 0700) == -1)
		return -1;
	for (i = 0; i < NFILES; i++) {
		if ((fd = open(files[i], O_WRONLY | O_CREAT, 0600)) == -1)
			return -1;
		(void)close(fd);
	}
	return 0;
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NFILES; i++)
		(void)unlink(files[i]);
	(void)rmdir("sub");
	(void)rmdir("other");
	return rmdir(folder);
}

/* Collect the paths, without the folder. */
static void
found(void *arg, const char *path)
{
	FILE *fp = arg;

	assert_memory_equal(path, folder, strlen(folder));
	(void)fprintf(fp, "%s ", path + strlen(folder));
}

static const struct {
	const char	*before, *after, *want;
} cases[] = {
	{ "/", ".key", "/a.key /b.key /x-[e].key /x-d.key " },
	{ "/x-", ".key", "/x-[e].key /x-d.key " },
	{ "/x-[", "].key", "/x-[e].key " },
	{ "/.", ".key", "/.c.key " },
	{ "/", "", "/a.key /b.key /f.txt /other /sub /x-[e].key /x-d.key " },
	{ "/b", ".key", "/b.key " },
	{ "/b.", ".key", "" },
	{ "/?", ".key", "" },
	{ "/", "/mail", "/sub/mail " },
	{ "/s", "b/mail", "/sub/mail " },
	{ "/sub/", "", "/sub/mail " }
};

static void
check_search(void **state)
{
	struct import_search search = { .each = found };
	char before[256], *got;
	size_t i, len;
	FILE *fp;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_non_null(fp = open_memstream(&got, &len));
		(void)snprintf(before, sizeof(before), "%s%s", folder,
		    cases[i].before);
		search.before = before;
		search.after = cases[i].after;
		search.arg = fp;
		assert_true(import_file_search(&search));
		assert_int_equal(fclose(fp), 0);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s*%s: %s", cases[i].before,
			    cases[i].after, got);
		free(got);
	}
}

/* The reason names the directory. */
static void
check_failure(void **state)
{
	static const struct {
		const char	*folder, *reason;
	} failures[] = {
		{ "/nowhere/", "No such file or directory" },
		{ "/a.key/", "Not a directory" }
	};
	struct import_search search = { .after = ".key", .each = found };
	char before[256], want[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		(void)snprintf(before, sizeof(before), "%s%smail-", folder,
		    failures[i].folder);
		search.before = before;
		assert_false(import_file_search(&search));
		(void)snprintf(want, sizeof(want), "%s%s: %s", folder,
		    failures[i].folder, failures[i].reason);
		assert_string_equal(search.why, want);
	}
}

static void
check_wiping(void **state)
{
	struct import_file file;
	char why[256];
	int fd;

	(void)state;
	assert_int_not_equal(fd = open("a.key", O_WRONLY), -1);
	assert_int_equal(write(fd, "a secret", 8), 8);
	assert_int_equal(close(fd), 0);
	read_fails = true;
	assert_false(import_file_read("a.key", IMPORT_MAX_KEY, &file, why,
	    sizeof(why)));
	read_fails = false;
	assert_string_equal(why, "a.key: Input/output error");
	assert_null(file.text);
	assert_true(wiped >= READ_LEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_search),
		cmocka_unit_test(check_failure),
		cmocka_unit_test(check_wiping)
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
