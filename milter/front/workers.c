/* SPDX-License-Identifier: ISC */

/*
 * Threads of libmilter that cannot be started yet: see workers.h.
 *
 * If libmilter's pool cannot start a worker for a session, it logs that, and
 * forgets the session: nobody reads from it, nothing ends it, and when the MTA
 * has given up, its descriptor is still open.  The pool has no hook for this,
 * so workers_symbol.c gives the front a function of its own under the name of
 * pthread_create(3), as gate.c does with accept(2).  libmilter is told that
 * the worker runs; it begins as soon as there are memory and threads for it,
 * and the session waits until then.
 *
 * That is possible because libmilter neither uses the ID of such a thread nor
 * waits for its end.  It is recognised by its function, which is in the same
 * library as smfi_main(), and its argument, the session.  The pool's own
 * threads have no argument, and fail as always; so do threads of others, and
 * all if libmilter is linked statically.
 */

#include "front/workers.h"

#include <libmilter/mfapi.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define RETRY_MS	100
#define LOG_EVERY_MS	60000

typedef int create_function(pthread_t *, const pthread_attr_t *,
	    void *(*)(void *), void *);

struct worker {
	void	*(*start)(void *);
	void	*arg;
};

static struct {
	pthread_mutex_t	 lock;
	pthread_cond_t	 some;		/* n is above 0 */
	struct worker	*kept;		/* a ring */
	size_t		 max, first, n;
	int64_t		 logged_ms;
	bool		 is_open;
} workers = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER,
	.logged_ms = INT64_MIN / 2
};

/* Where the object is loaded that has the code at an address; NULL: unknown. */
static const void *
object_of(const void *address)
{
	Dl_info info;

	return dladdr(address, &info) != 0 ? info.dli_fbase : NULL;
}

/* Whether a function is libmilter's, and libmilter is not part of us. */
static bool
is_of_libmilter(void *(*start)(void *))
{
	int (*ours)(size_t) = workers_open;
	int (*theirs)(void) = smfi_main;
	const void *address, *object, *self;

	memcpy(&address, &start, sizeof(address));
	object = object_of(address);
	memcpy(&address, &theirs, sizeof(address));
	if (object == NULL || object_of(address) != object)
		return false;
	memcpy(&address, &ours, sizeof(address));
	self = object_of(address);
	return self != NULL && self != object;
}

/* pthread_create(3) of the C library. */
static int
create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*start)(void *), void *arg)
{
	create_function *function;
	void *address;

	if ((address = dlsym(RTLD_NEXT, "pthread_create")) == NULL)
		return EAGAIN;
	memcpy(&function, &address, sizeof(function));
	return function(thread, attr, start, arg);
}

static void
log_kept(int error)
{
	const int64_t now_ms = monotonic_ms();

	if (now_ms - workers.logged_ms < LOG_EVERY_MS)
		return;
	workers.logged_ms = now_ms;
	errno = error;
	log_warn(M_THREADS_EXHAUSTED, "cannot start a thread for a connection "
	    "of the MTA, which waits: free memory, or raise TasksMax of the "
	    "unit");
}

/* Keep one for later; false if that is impossible. */
static bool
keep(void *(*start)(void *), void *arg, int error)
{
	struct worker *worker;
	bool is_kept;

	(void)pthread_mutex_lock(&workers.lock);
	is_kept = workers.is_open && workers.n < workers.max;
	if (is_kept) {
		worker = &workers.kept[(workers.first + workers.n++) %
		    workers.max];
		worker->start = start;
		worker->arg = arg;
		log_kept(error);
		(void)pthread_cond_signal(&workers.some);
	}
	(void)pthread_mutex_unlock(&workers.lock);
	return is_kept;
}

/* Start the oldest one; false if that still fails. */
static bool
start_first(void)
{
	const struct worker *first = &workers.kept[workers.first];
	pthread_t thread;

	/* It detaches itself. */
	if (create(&thread, NULL, first->start, first->arg) != 0)
		return false;
	workers.first = (workers.first + 1) % workers.max;
	workers.n--;
	return true;
}

static void *
start_kept(void *unused)
{
	(void)unused;
	(void)pthread_mutex_lock(&workers.lock);
	for (;;) {
		while (!workers.is_open || workers.n == 0)
			(void)pthread_cond_wait(&workers.some, &workers.lock);
		if (start_first())
			continue;
		(void)pthread_mutex_unlock(&workers.lock);
		sleep_ms(RETRY_MS);
		(void)pthread_mutex_lock(&workers.lock);
	}
	return NULL;
}

int
workers_open(size_t max)
{
	pthread_t thread;
	int r;

	if ((workers.kept = calloc(max, sizeof(*workers.kept))) == NULL)
		return -1;
	workers.max = max;
	if ((r = pthread_create(&thread, NULL, start_kept, NULL)) != 0) {
		errno = r;
		return -1;
	}
	(void)pthread_detach(thread);
	(void)pthread_mutex_lock(&workers.lock);
	workers.is_open = true;
	(void)pthread_mutex_unlock(&workers.lock);
	return 0;
}

void
workers_close(void)
{
	(void)pthread_mutex_lock(&workers.lock);
	workers.is_open = false;
	(void)pthread_mutex_unlock(&workers.lock);
}

int
workers_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*start)(void *), void *arg)
{
	int r;

	if ((r = create(thread, attr, start, arg)) != EAGAIN || arg == NULL ||
	    !is_of_libmilter(start) || !keep(start, arg, r))
		return r;
	return 0;
}
