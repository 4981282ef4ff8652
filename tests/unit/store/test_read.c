/* SPDX-License-Identifier: ISC */

/*
 * Reading a file of the store while system calls fail: what is wrong is told as
 * it is, and nothing is taken for an empty file.  The file is the state of a
 * domain.
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

#include <cmocka.h>

#include "base/read_all.h"
#include "keydir.h"

#define DOMAIN	"example.com"

static struct keydir store;
static int open_errno, read_errno;	/* 0: the call does not fail */
static int stale_errno;			/* left behind by one that does not */

int	__real_openat64(int dirfd, const char *path, int flags, ...);
int	__wrap_openat64(int dirfd, const char *path, int flags, ...);
ssize_t	__real_read_all(int fd, void *buf, size_t size);
ssize_t	__wrap_read_all(int fd, void *buf, size_t size);

int
__wrap_openat64(int dirfd, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;
	int fd;

	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (open_errno != 0 && strcmp(path, "state") == 0) {
		errno = open_errno;
		return -1;
	}
	fd = __real_openat64(dirfd, path, flags, mode);
	if (fd != -1)
		errno = stale_errno;
	return fd;
}

ssize_t
__wrap_read_all(int fd, void *buf, size_t size)
{
	if (read_errno == 0)
		return __real_read_all(fd, buf, size);
	errno = read_errno;
	return -1;
}

static const struct {
	const char	*name;
	int		 open_errno, read_errno, stale_errno;
	int		 want;
	const char	*text;
} cases[] = {
	{ "it may not be read", EACCES, 0, 0, KS_E_UNSAFE,
	    "cannot open, as user " },
	{ "it is a link", ELOOP, 0, 0, KS_E_UNSAFE,
	    "is a symbolic link: replace it" },
	{ "it is missing", ENOENT, 0, 0, KS_E_NODOMAIN,
	    "no such file, but key files (s1): restore it" },
	{ "too many files", EMFILE, 0, 0, KS_E_SYSTEM,
	    "cannot open: Too many open files" },
	{ "no memory", ENOMEM, 0, 0, KS_E_SYSTEM,
	    "cannot open: Cannot allocate memory" },
	{ "a bad disk", 0, EIO, 0, KS_E_DAMAGED,
	    "cannot read: Input/output error" },
	{ "a stale file of NFS", 0, ESTALE, 0, KS_E_SYSTEM,
	    "cannot read: Stale file handle" },
	{ "all is well, after something failed", 0, 0, EACCES, 0, "" },
	{ "all is well", 0, 0, 0, 0, "" },
};

static void
test_cases(void **state)
{
	struct ks_error error;
	struct ks_state read;
	size_t i;
	int r;

	(void)state;
	keydir_make(&store);
	(void)keydir_add(&store, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		open_errno = cases[i].open_errno;
		read_errno = cases[i].read_errno;
		stale_errno = cases[i].stale_errno;
		error.text[0] = '\0';
		r = ks_state_read(store.ks, DOMAIN, &read, &error);
		open_errno = read_errno = stale_errno = 0;
		if (r != cases[i].want ||
		    strstr(error.text, cases[i].text) == NULL)
			fail_msg("%s: %d: %s", cases[i].name, r, error.text);
		assert_int_equal(read.nkeys, r == 0);
		ks_state_finish(&read);
	}
	keydir_remove(&store);
	keydir_free_keys();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
