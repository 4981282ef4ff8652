/* SPDX-License-Identifier: ISC */

/*
 * Locking a domain while system calls fail: a folder that cannot be made
 * leaves nothing behind, and a lock file never has a part of a number.  And two
 * who lock it for the first time do not disturb each other, no other file is
 * taken for that of a lock, and no other program gets a lock.
 */

#include <sys/file.h>
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

#include "keydir.h"

#define DOMAIN	"example.com"

static struct keydir store;
static struct ks_error error;
static bool mode_fails, rename_fails, write_is_short, is_outrun;
static struct ks_lock *rival;

int	__real_fchmod(int fd, mode_t mode);
int	__wrap_fchmod(int fd, mode_t mode);
int	__real_flock(int fd, int operation);
int	__wrap_flock(int fd, int operation);
int	__real_renameat(int olddir, const char *old, int newdir,
	    const char *new);
int	__wrap_renameat(int olddir, const char *old, int newdir,
	    const char *new);
ssize_t	__real_pwrite64(int fd, const void *data, size_t len, off_t at);
ssize_t	__wrap_pwrite64(int fd, const void *data, size_t len, off_t at);

static void
write_temp(const char *text)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/.new", store.path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0400);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

/* Another writer locks the domain first, and begins to write. */
int
__wrap_flock(int fd, int operation)
{
	struct ks_error none;

	if (is_outrun) {
		is_outrun = false;
		assert_int_equal(ks_lock(store.ks, DOMAIN, true, &rival,
		    &none), 0);
		write_temp("the new state");
	}
	return __real_flock(fd, operation);
}

int
__wrap_fchmod(int fd, mode_t mode)
{
	if (!mode_fails)
		return __real_fchmod(fd, mode);
	errno = EPERM;
	return -1;
}

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
	mode_fails = rename_fails = write_is_short = is_outrun = false;
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
check_no_folder(int code)
{
	struct ks_lock *lock;

	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error),
	    code);
	assert_non_null(strstr(error.text, "cannot create directory"));
	assert_false(exists(DOMAIN));
	assert_false(exists(".new"));
}

static void
test_no_folder(void **state)
{
	struct ks_lock *lock;

	(void)state;
	mode_fails = true;
	check_no_folder(KS_E_UNSAFE);
	mode_fails = false;
	rename_fails = true;
	check_no_folder(KS_E_SYSTEM);
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

/* The lock file appears after it was looked for: it and ".new" stay. */
static void
test_outrun(void **state)
{
	struct ks_lock *lock;
	struct stat st;
	char path[256];

	(void)state;
	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error), 0);
	ks_unlock(lock);
	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/.lock", store.path);
	assert_int_equal(unlink(path), 0);
	is_outrun = true;
	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error),
	    KS_E_LOCKED);
	assert_non_null(rival);
	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/.new", store.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, strlen("the new state"));
	ks_unlock(rival);
}

/* The same with the folder of the domain. */
static void
test_outrun_folder(void **state)
{
	struct ks_lock *lock;

	(void)state;
	rival = NULL;
	is_outrun = true;
	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error),
	    KS_E_LOCKED);
	assert_non_null(rival);
	ks_unlock(rival);
	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error), 0);
	ks_unlock(lock);
}

/* What is not a file is not opened, and what a link names is not changed. */
static void
check_places(const char *name, int (*lock)(void))
{
	static const char *const kinds[] = { "link", "pipe", "folder" };
	char path[256], other[256], text[16] = "";
	size_t i;
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/%s", store.path, name);
	(void)snprintf(other, sizeof(other), "%s/other", store.path);
	assert_non_null(fp = fopen(other, "w"));
	(void)fputs("0123456", fp);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(other, 0600), 0);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		(void)remove(path);
		if (kinds[i][0] == 'l')
			assert_int_equal(symlink(other, path), 0);
		else if (kinds[i][0] == 'p')
			assert_int_equal(mkfifo(path, 0600), 0);
		else
			assert_int_equal(mkdir(path, 0700), 0);
		if (lock() != KS_E_UNSAFE || strstr(error.text,
		    "not a regular file: remove it") == NULL)
			fail_msg("%s is a %s: %s", name, kinds[i],
			    error.text);
	}
	assert_int_equal(rmdir(path), 0);
	assert_non_null(fp = fopen(other, "r"));
	assert_non_null(fgets(text, sizeof(text), fp));
	(void)fclose(fp);
	assert_string_equal(text, "0123456");
	assert_int_equal(unlink(other), 0);
}

static int
lock_domain(void)
{
	struct ks_lock *lock;
	int r = ks_lock(store.ks, DOMAIN, true, &lock, &error);

	ks_unlock(lock);
	return r;
}

static int
lock_run(void)
{
	int fd, r = ks_run_lock(store.ks, &fd, &error);

	assert_int_equal(fd != -1, r == 0);
	if (r == 0)
		(void)close(fd);
	return r;
}

static void
test_places(void **state)
{
	(void)state;
	assert_int_equal(lock_domain(), 0);
	check_places(DOMAIN "/.lock", lock_domain);
	assert_int_equal(lock_domain(), 0);
	check_places(".run", lock_run);
	assert_int_equal(lock_run(), 0);
}

/* A hook or an MTA that is started while there is a lock does not keep it. */
static void
test_exec(void **state)
{
	bool was_open[256];
	struct ks_lock *lock;
	int fd, run, n = 0;

	(void)state;
	for (fd = 0; fd < 256; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) != -1;
	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error), 0);
	assert_int_equal(ks_run_lock(store.ks, &run, &error), 0);
	for (fd = 0; fd < 256; fd++) {
		if (was_open[fd] || fcntl(fd, F_GETFD) == -1)
			continue;
		n++;
		if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
			fail_msg("descriptor %d stays open", fd);
	}
	/* The folder, its lock file, and that of runs. */
	assert_int_equal(n, 3);
	(void)close(run);
	ks_unlock(lock);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_folder, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_number, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outrun, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outrun_folder, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exec, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
