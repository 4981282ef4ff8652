/* SPDX-License-Identifier: ISC */

/*
 * Waiting for one descriptor, with a deadline.
 */

#ifndef WAIT_FD_H
#define WAIT_FD_H

#include <stdint.h>

#define WAIT_FD_FOREVER	((int64_t)-1)

/*
 * Wait until the descriptor can do what events say, as of poll(2), until
 * deadline_ms on the clock of monotonic_ms(), or WAIT_FD_FOREVER.  With a
 * deadline that is over it is looked at once.  Returns 1, 0 when it is over,
 * or -1 and errno.  Signals do not end it.
 */
int	wait_fd(int fd, short events, int64_t deadline_ms);

#endif /* WAIT_FD_H */
