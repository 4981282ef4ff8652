/* SPDX-License-Identifier: ISC */

/*
 * Run in the background, as daemon(3) does, except that the foreground process
 * waits until the service is up.  Its exit status tells whether it came up.
 */

#ifndef DAEMONIZE_H
#define DAEMONIZE_H

/*
 * Fork, and return in the child: with its own session, in the root directory,
 * with stdin and stdout on /dev/null, and with a descriptor for
 * daemonize_up().  The parent exits with 0 when the child calls that, else
 * with the status of the child.  Returns -1 with errno set if it cannot fork.
 */
int	daemonize_start(void);

/* The service is up: leave the terminal, and let the parent exit. */
void	daemonize_up(int fd);

#endif /* DAEMONIZE_H */
