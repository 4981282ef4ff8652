/* SPDX-License-Identifier: ISC */

/*
 * pthread_create(3) as libmilter finds it: see workers.c.
 *
 * Not in builds with a sanitizer, which has such a function itself, to know all
 * threads.  There a session without a worker waits until the MTA gives up.
 */

#include "front/workers.h"

/* The symbol that libmilter is linked with. */
__attribute__((visibility("default"))) int
create_for_libmilter(pthread_t *thread, const pthread_attr_t *attr,
    void *(*start)(void *), void *arg) __asm__("pthread_create");

int
create_for_libmilter(pthread_t *thread, const pthread_attr_t *attr,
    void *(*start)(void *), void *arg)
{
	return workers_create(thread, attr, start, arg);
}
