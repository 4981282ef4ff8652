/* SPDX-License-Identifier: ISC */

/*
 * Going to the background, as daemon(3) does, except that the foreground
 * process waits until the service is up: its exit status tells whether it
 * came up.
 */

#ifndef DAEMONIZE_H
#define DAEMONIZE_H

/*
 * Fork.  Returns in the child, in a session of its own, in the root folder,
 * with stdin and stdout on /dev/null, and with a descriptor for
 * background_up(); the parent exits with 0 when that is called, else with the
 * status that the child exits with.  Returns -1 with errno when it cannot
 * fork.
 */
int	background_start(void);

/* The service is up: leave the terminal, and let the parent go. */
void	background_up(int fd);

#endif /* DAEMONIZE_H */
