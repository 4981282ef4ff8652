/* SPDX-License-Identifier: ISC */

/*
 * The limit on open file descriptors: see descriptors.h.
 *
 * A limit that cannot be raised is no error here: the front can do with less,
 * and knows what it then does not do; others may never need what they want.
 */

#include "base/descriptors.h"

#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define AGAIN_MS	60000	/* from one line to the next */

static unsigned long
number(rlim_t limit)
{
	return limit > ULONG_MAX ? ULONG_MAX : (unsigned long)limit;
}

unsigned long
descriptors_raise(unsigned long needed)
{
	struct rlimit limit, old;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return needed;
	if (limit.rlim_cur >= needed)
		return number(limit.rlim_cur);
	old = limit;
	limit.rlim_cur = needed;
	if (limit.rlim_max < needed)
		limit.rlim_max = needed;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return needed;
	limit.rlim_cur = old.rlim_max < needed ? old.rlim_max : needed;
	limit.rlim_max = old.rlim_max;
	return number(setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur :
	    old.rlim_cur);
}

void
descriptors_want(unsigned long needed)
{
	const unsigned long limit = descriptors_raise(needed);

	if (limit < needed)
		log_warnx(M_DESCRIPTORS_EXHAUSTED, "the limit on open files is "
		    "%lu, not %lu: this process may fail to start, or end: "
		    "raise LimitNOFILE of the unit, or 'ulimit -n', to %lu",
		    limit, needed, needed);
}

/* Whether a minute has passed since the last line. */
static bool
is_time(void)
{
	static _Atomic int64_t last_ms = INT64_MIN / 2;
	const int64_t now_ms = monotonic_ms();
	int64_t before_ms = atomic_load(&last_ms);

	return now_ms - before_ms >= AGAIN_MS &&
	    atomic_compare_exchange_strong(&last_ms, &before_ms, now_ms);
}

void
descriptors_note(int error)
{
	struct rlimit limit = { 0 };

	if ((error != EMFILE && error != ENFILE) || !is_time())
		return;
	if (error == ENFILE) {
		log_warnx(M_DESCRIPTORS_EXHAUSTED, "the host has no file "
		    "descriptor left: mail is deferred: raise fs.file-max of "
		    "sysctl(8), or find the process that has most of them");
		return;
	}
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	log_warnx(M_DESCRIPTORS_EXHAUSTED, "no file descriptor left: the "
	    "limit of this process is %lu: mail is deferred: raise LimitNOFILE "
	    "of the unit, or 'ulimit -n'", number(limit.rlim_cur));
}

void
descriptors_check(void)
{
	int fd, saved_errno = errno;

	/* A call that every process of ours may make. */
	if ((fd = open("/", O_PATH | O_CLOEXEC)) == -1)
		descriptors_note(errno);
	else
		(void)close(fd);
	errno = saved_errno;
}

void
descriptors_open_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}
