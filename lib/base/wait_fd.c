/* SPDX-License-Identifier: ISC */

/*
 * Waiting for one descriptor, with a deadline.
 *
 * A signal interrupts poll(2), so the time left is computed before each call,
 * on the monotonic clock.  Returns -1 with errno only if poll(2) fails for
 * another reason than a signal.
 */

#include "base/wait_fd.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"

int
wait_fd(int fd, short events, int64_t deadline_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int64_t left_ms;
	int n;

	for (;;) {
		left_ms = -1;
		if (deadline_ms != WAIT_FD_FOREVER) {
			left_ms = deadline_ms - monotonic_ms();
			if (left_ms < 0)
				left_ms = 0;
			if (left_ms > INT32_MAX)
				left_ms = INT32_MAX;
		}
		n = poll(&pollfd, 1, (int)left_ms);
		if (n > 0 || (n == 0 && left_ms == 0))
			return n;
		if (n == -1 && errno != EINTR)
			return -1;
	}
}
