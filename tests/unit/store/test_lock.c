/* SPDX-License-Identifier: ISC */

/*
 * Locking a domain while system calls fail: a folder that cannot be made
 * leaves nothing behind, and a lock file never has a part of a number.
 */

#include <sys/stat.h>

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

#include "keydir.h"

#define DOMAIN	"example.com"

static struct keydir store;
static struct ks_error error;
static bool rename_fails, write_is_short;

int	__real_renameat(int olddir, const char *old, int newdir,
	    const char *new);
int	__wrap_renameat(int olddir, const char *old, int newdir,
	    const char *new);
ssize_t	__real_pwrite64(int fd, const void *data, size_t len, off_t at);
ssize_t	__wrap_pwrite64(int fd, const void *data, size_t len, off_t at);

int
__wrap_renameat(int olddir, const char *old, int newdir, const char *new)
{
	if (!rename_fails)
		return __real_renameat(olddir, old, newdir, new);
	errno = EIO;
	return -1;
}

/* The disk is full after the first octet. */
ssize_t
__wrap_pwrite64(int fd, const void *data, size_t len, off_t at)
{
	return __real_pwrite64(fd, data, write_is_short ? 1 : len, at);
}

static int
setup(void **state)
{
	(void)state;
	rename_fails = write_is_short = false;
	keydir_make(&store);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	return 0;
}

static bool
exists(const char *name)
{
	struct stat st;
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", store.path, name);
	return lstat(path, &st) == 0;
}

static void
test_no_folder(void **state)
{
	struct ks_lock *lock;

	(void)state;
	rename_fails = true;
	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error),
	    KS_E_SYSTEM);
	assert_non_null(strstr(error.text, "cannot create directory"));
	assert_false(exists(DOMAIN));
	assert_false(exists(".new"));
	rename_fails = false;
	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error), 0);
	assert_true(exists(DOMAIN));
	assert_false(exists(".new"));
	ks_unlock(lock);
}

static void
check_locked(const char *by)
{
	struct ks_lock *second;

	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &second, &error),
	    KS_E_LOCKED);
	if (strstr(error.text, by) == NULL)
		fail_msg("%s: without %s", error.text, by);
}

static void
test_number(void **state)
{
	struct ks_lock *lock;
	char by[64];

	(void)state;
	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error), 0);
	(void)snprintf(by, sizeof(by), "locked by process %ld:",
	    (long)getpid());
	check_locked(by);
	ks_unlock(lock);
	write_is_short = true;
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	check_locked("locked by another process");
	ks_unlock(lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_folder, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_number, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
