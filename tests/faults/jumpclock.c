/* SPDX-License-Identifier: ISC */

/*
 * A wall clock that a test sets while a program runs: loaded by LD_PRELOAD, it
 * adds the seconds in the file JUMPCLOCK, an int64_t, to what time(2),
 * gettimeofday(2) and clock_gettime(2) say.
 *
 * The file is mapped before main(), so it works in a program that may not open
 * it later.  CLOCK_MONOTONIC is left alone, as by a real jump.
 */

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t none;
static const volatile int64_t *jump = &none;

static void __attribute__((constructor))
open_clock(void)
{
	const char *path;
	void *map;
	int fd;

	if ((path = getenv("JUMPCLOCK")) == NULL ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	map = mmap(NULL, sizeof(*jump), PROT_READ, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		jump = map;
	(void)close(fd);
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (syscall(SYS_clock_gettime, clock, ts) == -1)
		return -1;
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		ts->tv_sec += *jump;
	return 0;
}

time_t
time(time_t *now)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (now != NULL)
		*now = ts.tv_sec;
	return ts.tv_sec;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}
