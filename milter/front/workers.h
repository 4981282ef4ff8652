/* SPDX-License-Identifier: ISC */

/*
 * The threads of libmilter that serve sessions: what happens when one cannot be
 * started.
 */

#ifndef WORKERS_H
#define WORKERS_H

#include <pthread.h>

#include <stddef.h>

/*
 * Keep up to max threads that cannot be started, and start the thread that
 * tries them again.  Before libmilter runs.  Returns 0, or -1 with errno set.
 */
int	workers_open(size_t max);

/* Start none of them any more: libmilter has ended. */
void	workers_close(void);

/*
 * What libmilter calls as pthread_create(3).  If the thread of a session cannot
 * be started, it is kept and started later, and 0 is returned.
 */
int	workers_create(pthread_t *thread, const pthread_attr_t *attr,
	    void *(*start)(void *), void *arg);

#endif /* WORKERS_H */
