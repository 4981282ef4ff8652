/* SPDX-License-Identifier: ISC */

/*
 * Which socket a thread gets, and in which order waiting threads get theirs.
 */

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "front/signer_sockets.h"

#define LONG_MS		60000
#define SHORT_MS	30
#define NTHREADS	5

static struct signer_sockets *sockets;
static int others[16];		/* the signers' ends */
static size_t nothers;
static atomic_uint nwanted;

static void
count_want(void *arg, unsigned int signer)
{
	(void)arg;
	(void)signer;
	nwanted++;
}

static int
start(void **state)
{
	(void)state;
	nwanted = 0;
	sockets = signer_sockets_new(count_want, NULL);
	return sockets != NULL ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	signer_sockets_free(sockets);
	while (nothers > 0)
		(void)close(others[--nothers]);
	return 0;
}

static void
add(unsigned int signer)
{
	int fds[2];

	assert_int_equal(ipc_pair(fds), 0);
	others[nothers++] = fds[1];
	assert_int_equal(signer_sockets_add(sockets, signer, fds[0]), 0);
}

static struct signer_socket *
take(unsigned int avoided, int64_t limit_ms)
{
	return signer_sockets_take(sockets, avoided, false,
	    monotonic_ms() + limit_ms);
}

/* Requests go to the signer that has the fewest. */
static void
test_least_busy(void **state)
{
	struct signer_socket *taken[6];
	unsigned int count[3] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 9; i++)
		add((unsigned int)i / 3);
	for (i = 0; i < 6; i++) {
		assert_non_null(taken[i] = take(SIGNER_SOCKETS_ANY, 0));
		count[taken[i]->signer]++;
		/* After each round all have the same number. */
		if (i % 3 == 2) {
			assert_int_equal(count[0], count[1]);
			assert_int_equal(count[1], count[2]);
		}
	}
	/* One signer becomes free: all of the next requests go there. */
	for (i = 0; i < 6; i++)
		if (taken[i]->signer == 1)
			signer_sockets_return(sockets, taken[i]);
	for (i = 0; i < 6; i++)
		if (taken[i]->signer == 1) {
			taken[i] = take(SIGNER_SOCKETS_ANY, 0);
			assert_non_null(taken[i]);
			assert_int_equal(taken[i]->signer, 1);
		}
	for (i = 0; i < 6; i++)
		signer_sockets_return(sockets, taken[i]);
}

/* Equally busy signers take turns, also when one request runs at a time. */
static void
test_turns(void **state)
{
	struct signer_socket *sock;
	unsigned int count[3] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		add((unsigned int)i);
	for (i = 0; i < 12; i++) {
		assert_non_null(sock = take(SIGNER_SOCKETS_ANY, 0));
		count[sock->signer]++;
		signer_sockets_return(sockets, sock);
	}
	for (i = 0; i < 3; i++)
		assert_int_equal(count[i], 4);
}

static void
test_avoided(void **state)
{
	struct signer_socket *first, *second;

	(void)state;
	add(0);
	add(0);
	add(1);
	assert_non_null(first = take(0, 0));
	assert_int_equal(first->signer, 1);
	/* Better the avoided one than none. */
	assert_non_null(second = take(1, 0));
	signer_sockets_return(sockets, second);
	assert_non_null(second = take(0, 0));
	assert_int_equal(second->signer, 0);
	signer_sockets_return(sockets, first);
	signer_sockets_return(sockets, second);
}

/* A thread that waits for a socket. */
struct waiting {
	pthread_t		 thread;
	unsigned int		 avoided;
	unsigned int		 place;		/* 1: served first */
	struct signer_socket	*sock;
};

static atomic_uint nserved;

/* As signpool.c does: who finds a socket closed comes back for another. */
static void *
wait_for_socket(void *arg)
{
	struct waiting *waiting = arg;
	bool is_first = false;

	for (;;) {
		waiting->sock = signer_sockets_take(sockets, waiting->avoided,
		    is_first, monotonic_ms() + LONG_MS);
		if (waiting->sock == NULL ||
		    ipc_send(&waiting->sock->channel, IPC_SIGN_REQ, 1, NULL, 0,
		    -1, IPC_NOWAIT) != IPC_E_CLOSED)
			break;
		signer_sockets_discard(sockets, waiting->sock);
		is_first = true;
	}
	waiting->place = ++nserved;
	return NULL;
}

/* Start a thread, and return when it is in the queue. */
static void
queue_up(struct waiting *waiting, unsigned int avoided)
{
	const size_t before = signer_sockets_waiting(sockets);

	waiting->avoided = avoided;
	waiting->place = 0;
	assert_int_equal(pthread_create(&waiting->thread, NULL,
	    wait_for_socket, waiting), 0);
	while (signer_sockets_waiting(sockets) == before)
		(void)sched_yield();
}

static void
served(struct waiting *waiting, unsigned int place, unsigned int signer)
{
	assert_int_equal(pthread_join(waiting->thread, NULL), 0);
	assert_int_equal(waiting->place, place);
	assert_non_null(waiting->sock);
	assert_int_equal(waiting->sock->signer, signer);
}

static void
test_order(void **state)
{
	struct waiting waiting[NTHREADS];
	struct signer_socket *sock;
	unsigned int i;

	(void)state;
	nserved = 0;
	add(0);
	assert_non_null(sock = take(SIGNER_SOCKETS_ANY, 0));
	for (i = 0; i < NTHREADS; i++)
		queue_up(&waiting[i], SIGNER_SOCKETS_ANY);
	for (i = 0; i < NTHREADS; i++) {
		signer_sockets_return(sockets, sock);
		served(&waiting[i], i + 1, 0);
		sock = waiting[i].sock;
		assert_int_equal(signer_sockets_waiting(sockets),
		    NTHREADS - 1 - i);
	}
	signer_sockets_return(sockets, sock);
}

/* Who avoids a signer lets others pass while another signer works. */
static void
test_avoided_in_queue(void **state)
{
	struct waiting first, second;
	struct signer_socket *zero, *one;

	(void)state;
	nserved = 0;
	add(0);
	assert_non_null(zero = take(SIGNER_SOCKETS_ANY, 0));
	add(1);
	assert_non_null(one = take(SIGNER_SOCKETS_ANY, 0));
	queue_up(&first, 0);
	queue_up(&second, SIGNER_SOCKETS_ANY);
	signer_sockets_return(sockets, zero);
	served(&second, 1, 0);
	signer_sockets_return(sockets, one);
	served(&first, 2, 1);
	/* Without another signer, it takes what it is given. */
	signer_sockets_discard(sockets, first.sock);
	queue_up(&first, 0);
	signer_sockets_return(sockets, second.sock);
	served(&first, 3, 0);
	signer_sockets_return(sockets, first.sock);
}

/* A socket whose signer died while it was handed over costs no place. */
static void
test_dead_when_handed(void **state)
{
	struct waiting first, second;
	struct signer_socket *sock;

	(void)state;
	nserved = 0;
	add(0);
	assert_non_null(sock = take(SIGNER_SOCKETS_ANY, 0));
	queue_up(&first, SIGNER_SOCKETS_ANY);
	queue_up(&second, SIGNER_SOCKETS_ANY);
	(void)close(others[--nothers]);
	signer_sockets_return(sockets, sock);
	while (nwanted == 0 || signer_sockets_waiting(sockets) != 2)
		(void)sched_yield();
	add(1);
	served(&first, 1, 1);
	signer_sockets_return(sockets, first.sock);
	served(&second, 2, 1);
	signer_sockets_return(sockets, second.sock);
	assert_int_equal(nwanted, 1);
}

static void
test_deadline(void **state)
{
	struct signer_socket *sock;

	(void)state;
	assert_null(take(SIGNER_SOCKETS_ANY, 0));
	add(0);
	assert_non_null(sock = take(SIGNER_SOCKETS_ANY, 0));
	assert_null(take(SIGNER_SOCKETS_ANY, SHORT_MS));
	assert_int_equal(signer_sockets_waiting(sockets), 0);
	signer_sockets_return(sockets, sock);
	assert_non_null(sock = take(SIGNER_SOCKETS_ANY, 0));
	signer_sockets_return(sockets, sock);
	signer_sockets_free(NULL);
}

#define SOCKETCASE(f)	cmocka_unit_test_setup_teardown(f, start, stop)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		SOCKETCASE(test_least_busy),
		SOCKETCASE(test_turns),
		SOCKETCASE(test_avoided),
		SOCKETCASE(test_order),
		SOCKETCASE(test_avoided_in_queue),
		SOCKETCASE(test_dead_when_handed),
		SOCKETCASE(test_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
