/* SPDX-License-Identifier: ISC */

/*
 * Waiting for one descriptor, with a deadline.
 */

#ifndef WAIT_FD_H
#define WAIT_FD_H

#include <stdint.h>

#define WAIT_FD_FOREVER	((int64_t)-1)

/*
 * Wait until the descriptor is ready for events (see poll(2)).
 *
 * deadline_ms   on the clock of monotonic_ms(), or WAIT_FD_FOREVER.  If it has
 *               passed, the descriptor is checked once, without waiting.
 *
 * Returns 1, 0 if the deadline has passed, or -1 with errno set.  Signals do
 * not end the wait.
 */
int	wait_fd(int fd, short events, int64_t deadline_ms);

#endif /* WAIT_FD_H */
