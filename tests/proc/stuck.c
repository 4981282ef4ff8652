/* SPDX-License-Identifier: ISC */

/*
 * To be preloaded: no connection is accepted any more, as soon as the file that
 * STUCK_FILE names exists.
 *
 * Without <sys/socket.h>, whose parameters are unions of glibc.
 */

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORTED	__attribute__((visibility("default")))

EXPORTED int	accept(int fd, void *address, void *len);
EXPORTED int	accept4(int fd, void *address, void *len, int flags);

static void
get_stuck(void)
{
	const char *file = getenv("STUCK_FILE");

	while (file != NULL && access(file, F_OK) == 0)
		(void)usleep(10000);
}

/* dlsym(3) returns a pointer to an object, but POSIX wants both to be alike. */
static void
find_real(const char *name, void *function)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, sizeof(found));
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
