/* SPDX-License-Identifier: ISC */

/*
 * To be preloaded: no connection is accepted any more, as soon as the file that
 * STUCK_FILE names exists.  While the file that ASLEEP_FILE names exists, an
 * octet in a pipe wakes nobody, and each such write says so; with ASLEEP_ONCE,
 * only the first one of a process.
 *
 * Without <sys/socket.h>, whose parameters are unions of glibc.
 */

#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORTED	__attribute__((visibility("default")))

EXPORTED int	accept(int fd, void *address, void *len);
EXPORTED int	accept4(int fd, void *address, void *len, int flags);
EXPORTED ssize_t write(int fd, const void *buf, size_t len);

/* Whether the file exists that an environment variable names. */
static bool
has_file(const char *variable)
{
	const char *file = getenv(variable);

	return file != NULL && access(file, F_OK) == 0;
}

static void
get_stuck(void)
{
	while (has_file("STUCK_FILE"))
		(void)usleep(10000);
}

/* dlsym(3) returns a pointer to an object, but POSIX wants both to be alike. */
static void
find_real(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, sizeof(found));
}

/* Whether the octet of this write is to get lost. */
static bool
is_asleep(void)
{
	static atomic_flag was_asleep = ATOMIC_FLAG_INIT;

	if (!has_file("ASLEEP_FILE"))
		return false;
	return getenv("ASLEEP_ONCE") == NULL ||
	    !atomic_flag_test_and_set(&was_asleep);
}

int
accept(int fd, void *address, void *len)
{
	int (*real)(int, void *, void *);

	get_stuck();
	find_real("accept", &real);
	return real(fd, address, len);
}

int
accept4(int fd, void *address, void *len, int flags)
{
	int (*real)(int, void *, void *, int);

	get_stuck();
	find_real("accept4", &real);
	return real(fd, address, len, flags);
}

ssize_t
write(int fd, const void *buf, size_t len)
{
	static const char said[] = "nobody is woken\n";
	ssize_t (*real)(int, const void *, size_t);
	struct stat st;

	find_real("write", &real);
	if (len != 1 || fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode) ||
	    !is_asleep())
		return real(fd, buf, len);
	(void)real(STDERR_FILENO, said, sizeof(said) - 1);
	errno = ENOMEM;
	return -1;
}
