/* SPDX-License-Identifier: ISC */

/*
 * A preloaded library that ends a program, or fails it, at its n-th system
 * call that changes a file.
 *
 *	KILLAT_N	which call, from 1
 *	KILLAT_MODE	"kill": SIGKILL instead of the call; "half": a
 *			write of half the octets first, then SIGKILL;
 *			"full": the call fails with ENOSPC, and so do all
 *			later ones that need room
 *
 * Closing, unlinking and cutting do not fail on a full disk.
 *
 * With KILLAT_FSTYPE=NUMBER every file system is of that type.
 *
 * With KILLAT_TIME=SECONDS since 1970 the program's clock stands there.  With
 * KILLAT_HASTE set it does not pause, but says for how long it would have, a
 * number of seconds a line in the file that KILLAT_HASTE names.
 */

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int	renameat(int, const char *, int, const char *);

static long ncalls;

static bool
mode_is(const char *name)
{
	const char *mode;

	mode = getenv("KILLAT_MODE");
	return mode != NULL && strcmp(mode, name) == 0;
}

/* Count a call; true when it is to fail. */
static bool
strike(bool needs_room)
{
	const char *n;
	long at;

	if ((n = getenv("KILLAT_N")) == NULL)
		return false;
	at = strtol(n, NULL, 10);
	ncalls++;
	if (mode_is("full")) {
		errno = ENOSPC;
		return needs_room && ncalls >= at;
	}
	if (ncalls == at)
		(void)kill(getpid(), SIGKILL);
	return false;
}

int
gettimeofday(struct timeval *restrict when, void *restrict zone)
{
	const char *fixed;
	struct timespec now;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if ((fixed = getenv("KILLAT_TIME")) != NULL)
		now.tv_sec = strtol(fixed, NULL, 10);
	when->tv_sec = now.tv_sec;
	when->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *when)
{
	struct timeval now;

	(void)gettimeofday(&now, NULL);
	if (when != NULL)
		*when = now.tv_sec;
	return now.tv_sec;
}

int
nanosleep(const struct timespec *pause, struct timespec *left)
{
	const char *path;
	FILE *file;

	if ((path = getenv("KILLAT_HASTE")) == NULL)
		return (int)syscall(SYS_nanosleep, pause, left);
	if ((file = fopen(path, "a")) != NULL) {
		(void)fprintf(file, "%ld\n", (long)pause->tv_sec);
		(void)fclose(file);
	}
	return 0;
}

int
fstatfs(int fd, struct statfs *fs)
{
	const char *type;
	int r;

	r = (int)syscall(SYS_fstatfs, fd, fs);
	if (r == 0 && (type = getenv("KILLAT_FSTYPE")) != NULL)
		fs->f_type = (__typeof__(fs->f_type))strtoul(type, NULL, 0);
	return r;
}

static bool
is_output(int fd)
{
	return fd == STDOUT_FILENO || fd == STDERR_FILENO;
}

ssize_t
write(int fd, const void *buf, size_t len)
{
	const char *n;

	if (is_output(fd))
		return syscall(SYS_write, fd, buf, len);
	n = getenv("KILLAT_N");
	if (n != NULL && mode_is("half") &&
	    ncalls + 1 == strtol(n, NULL, 10))
		(void)syscall(SYS_write, fd, buf, len / 2);
	if (strike(true)) {
		/* A full disk takes what there is room for. */
		if (len > 1 && ncalls == strtol(n, NULL, 10))
			return syscall(SYS_write, fd, buf, len / 2);
		return -1;
	}
	return syscall(SYS_write, fd, buf, len);
}

ssize_t
pwrite(int fd, const void *buf, size_t len, off_t offset)
{
	if (strike(true))
		return -1;
	return syscall(SYS_pwrite64, fd, buf, len, offset);
}

int
fsync(int fd)
{
	if (strike(true))
		return -1;
	return (int)syscall(SYS_fsync, fd);
}

int
ftruncate(int fd, off_t len)
{
	(void)strike(false);
	return (int)syscall(SYS_ftruncate, fd, len);
}

int
fchown(int fd, uid_t uid, gid_t gid)
{
	if (strike(true))
		return -1;
	return (int)syscall(SYS_fchown, fd, uid, gid);
}

int
fchmod(int fd, mode_t mode)
{
	(void)strike(false);
	return (int)syscall(SYS_fchmod, fd, mode);
}

int
openat(int dirfd, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	mode = 0;
	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
		if (strike(true))
			return -1;
	}
	return (int)syscall(SYS_openat, dirfd, path, flags, mode);
}

int
mkdirat(int dirfd, const char *path, mode_t mode)
{
	if (strike(true))
		return -1;
	return (int)syscall(SYS_mkdirat, dirfd, path, mode);
}

int
renameat(int from, const char *old, int to, const char *new)
{
	if (strike(true))
		return -1;
	return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int
linkat(int from, const char *old, int to, const char *new, int flags)
{
	if (strike(true))
		return -1;
	return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

int
unlinkat(int dirfd, const char *path, int flags)
{
	(void)strike(false);
	return (int)syscall(SYS_unlinkat, dirfd, path, flags);
}
