/* SPDX-License-Identifier: ISC */

/*
 * The front's answer to the watchdog of the master: a thread that has a session
 * with the front itself when it is asked to, and tells whether that worked.
 */

#ifndef PULSE_H
#define PULSE_H

#define PULSE_TIMEOUT_MS	15000	/* as long as the master waits */

struct pulse;

/*
 * Start the thread.  socket_name, borrowed: the socket for the MTA.  beats():
 * is called by the thread, after a session that worked.
 *
 * progress(): a count that grows with each session of the MTA.  If it has grown
 * since the question, a session that is late proves that there is much to do,
 * and not that nothing is done.
 *
 * Returns NULL with errno set on failure.
 */
struct pulse *pulse_new(const char *socket_name,
	    unsigned long (*progress)(void), void (*beats)(void *arg),
	    void *arg);

/* Have a session; during one, another one when it has ended. */
void	pulse_ask(struct pulse *pulse);

/* End the thread, without waiting for its session.  NULL is allowed. */
void	pulse_free(struct pulse *pulse);

#endif /* PULSE_H */
