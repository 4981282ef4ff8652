/* SPDX-License-Identifier: ISC */

/*
 * The sockets to the signers: see signer_sockets.h.
 *
 * A socket is either idle, in the list of its signer, or taken by exactly one
 * thread, so no lock is held during a request.  A thread that finds no idle
 * socket queues up and sleeps on a condition variable (CLOCK_MONOTONIC) of its
 * own.  A socket that is returned or added goes to the first in the queue, and
 * only that thread is woken; so sockets are idle only when nobody waits.
 *
 * Whether a socket's signer has died is found by whoever sends a request, who
 * then comes back for another socket, at the head of the queue.
 *
 * Fails when out of memory, or if no socket is free in time.
 */

#include "front/signer_sockets.h"

#include <sys/queue.h>

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/meters.h"

struct entry {
	struct signer_socket	socket;		/* first: see entry_of() */
	TAILQ_ENTRY(entry)	next;
};

TAILQ_HEAD(entries, entry);

/* A thread that has found no idle socket. */
struct waiter {
	TAILQ_ENTRY(waiter)	 next;
	pthread_cond_t		 handed;
	unsigned int		 avoided;
	struct entry		*entry;		/* NULL: still queued */
};

/* The sockets to one signer. */
struct signer {
	struct entries		idle;		/* longest idle first */
	size_t			nidle;
	size_t			ntaken;
};

struct signer_sockets {
	void			(*want)(void *arg, unsigned int signer);
	void			 *want_arg;

	pthread_mutex_t		  lock;		/* protects all below */
	pthread_condattr_t	  monotonic;
	TAILQ_HEAD(, waiter)	  waiters;	/* longest waiting first */
	struct signer		  signers[IPC_MAX_SIGNERS];
	unsigned int		  turn;		/* to look at first */
};

static struct entry *
entry_of(struct signer_socket *sock)
{
	return (struct entry *)(void *)sock;
}

static void
entry_free(struct entry *entry)
{
	ipc_channel_finish(&entry->socket.channel);
	free(entry);
}

static void
free_all(struct entries *entries)
{
	struct entry *entry;

	while ((entry = TAILQ_FIRST(entries)) != NULL) {
		TAILQ_REMOVE(entries, entry, next);
		entry_free(entry);
	}
}

struct signer_sockets *
signer_sockets_new(void (*want)(void *arg, unsigned int signer), void *arg)
{
	struct signer_sockets *sockets;
	size_t i;

	if ((sockets = calloc(1, sizeof(*sockets))) == NULL)
		return NULL;
	sockets->want = want;
	sockets->want_arg = arg;
	TAILQ_INIT(&sockets->waiters);
	for (i = 0; i < IPC_MAX_SIGNERS; i++)
		TAILQ_INIT(&sockets->signers[i].idle);
	if (pthread_condattr_init(&sockets->monotonic) != 0) {
		free(sockets);
		return NULL;
	}
	if (pthread_condattr_setclock(&sockets->monotonic,
	    CLOCK_MONOTONIC) != 0 ||
	    pthread_mutex_init(&sockets->lock, NULL) != 0) {
		(void)pthread_condattr_destroy(&sockets->monotonic);
		free(sockets);
		return NULL;
	}
	return sockets;
}

void
signer_sockets_free(struct signer_sockets *sockets)
{
	size_t i;

	if (sockets == NULL)
		return;
	for (i = 0; i < IPC_MAX_SIGNERS; i++)
		free_all(&sockets->signers[i].idle);
	(void)pthread_mutex_destroy(&sockets->lock);
	(void)pthread_condattr_destroy(&sockets->monotonic);
	free(sockets);
}

/*
 * Whether an idle socket has something to read.  No answer is expected on it,
 * so the signer has exited, or sent something that it should not.
 */
static bool
is_lost(const struct entry *entry)
{
	struct pollfd pfd;

	pfd.fd = entry->socket.channel.fd;
	pfd.events = POLLIN;
	return poll(&pfd, 1, 0) != 0;
}

/* Whether a socket to any other signer will be returned. */
static bool
another_works(const struct signer_sockets *sockets, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < IPC_MAX_SIGNERS; i++)
		if (i != number && sockets->signers[i].ntaken > 0)
			return true;
	return false;
}

/*
 * The waiter whose turn it is.  One that avoids this signer lets others pass
 * only while another signer works, or it would wait for nothing.
 */
static struct waiter *
next_waiter(const struct signer_sockets *sockets, unsigned int number)
{
	struct waiter *waiter;

	waiter = TAILQ_FIRST(&sockets->waiters);
	if (waiter == NULL || waiter->avoided != number ||
	    !another_works(sockets, number))
		return waiter;
	TAILQ_FOREACH(waiter, &sockets->waiters, next)
		if (waiter->avoided != number)
			return waiter;
	return TAILQ_FIRST(&sockets->waiters);
}

/*
 * Hand a socket to a waiter, or put it on the list.  Called with the lock
 * held.
 */
static void
hand_out(struct signer_sockets *sockets, struct entry *entry)
{
	struct signer *signer = &sockets->signers[entry->socket.signer];
	struct waiter *waiter;

	waiter = next_waiter(sockets, entry->socket.signer);
	if (waiter == NULL) {
		TAILQ_INSERT_TAIL(&signer->idle, entry, next);
		signer->nidle++;
		return;
	}
	TAILQ_REMOVE(&sockets->waiters, waiter, next);
	waiter->entry = entry;
	signer->ntaken++;
	(void)pthread_cond_signal(&waiter->handed);
}

/* Move the idle sockets of a signer whose other end is closed. */
static void
take_lost(struct signer *signer, struct entries *lost)
{
	struct entry *entry, *after;

	TAILQ_FOREACH_SAFE(entry, &signer->idle, next, after) {
		if (!is_lost(entry))
			continue;
		TAILQ_REMOVE(&signer->idle, entry, next);
		TAILQ_INSERT_TAIL(lost, entry, next);
		signer->nidle--;
	}
}

int
signer_sockets_add(struct signer_sockets *sockets, unsigned int number, int fd)
{
	struct signer *signer;
	struct entries lost;
	struct entry *entry;

	if (number >= IPC_MAX_SIGNERS) {
		(void)close(fd);
		return 0;
	}
	if ((entry = calloc(1, sizeof(*entry))) == NULL) {
		(void)close(fd);
		return -1;
	}
	ipc_channel_init(&entry->socket.channel, fd, false);
	entry->socket.signer = number;
	TAILQ_INIT(&lost);
	signer = &sockets->signers[number];

	/*
	 * A new socket to a signer often means that the old signer is gone, so
	 * drop its sockets without reporting them.  Keep no more than
	 * IPC_PEERS: a report that the master reads after it has restarted the
	 * signer would otherwise add one each time.
	 */
	(void)pthread_mutex_lock(&sockets->lock);
	take_lost(signer, &lost);
	if (signer->nidle + signer->ntaken < IPC_PEERS)
		hand_out(sockets, entry);
	else
		TAILQ_INSERT_TAIL(&lost, entry, next);
	(void)pthread_mutex_unlock(&sockets->lock);
	free_all(&lost);
	return 0;
}

/*
 * The signer that has an idle socket and the fewest requests under way; the
 * one that is avoided only if there is no other.  Those with equally many take
 * turns.  Called with the lock held; NULL if no socket is idle.
 */
static struct signer *
least_busy(struct signer_sockets *sockets, unsigned int avoided)
{
	struct signer *best = NULL, *signer;
	unsigned int i, number, best_number = SIGNER_SOCKETS_ANY;

	for (i = 0; i < IPC_MAX_SIGNERS; i++) {
		number = (sockets->turn + i) % IPC_MAX_SIGNERS;
		signer = &sockets->signers[number];
		if (signer->nidle == 0)
			continue;
		if (best == NULL || best_number == avoided ||
		    (number != avoided && signer->ntaken < best->ntaken)) {
			best = signer;
			best_number = number;
		}
	}
	if (best != NULL)
		sockets->turn = (best_number + 1) % IPC_MAX_SIGNERS;
	return best;
}

/* Take an idle socket; NULL if there is none.  Called with the lock held. */
static struct entry *
take_idle(struct signer_sockets *sockets, unsigned int avoided)
{
	struct signer *signer;
	struct entry *entry;

	if ((signer = least_busy(sockets, avoided)) == NULL)
		return NULL;
	entry = TAILQ_FIRST(&signer->idle);
	TAILQ_REMOVE(&signer->idle, entry, next);
	signer->nidle--;
	signer->ntaken++;
	return entry;
}

/*
 * Queue up until a socket is handed over, or the deadline has passed.  Called
 * with the lock held, which is released while waiting.
 */
static struct entry *
wait_turn(struct signer_sockets *sockets, unsigned int avoided, bool is_first,
    int64_t deadline_ms)
{
	const struct timespec until = {
		.tv_sec = (time_t)(deadline_ms / 1000),
		.tv_nsec = (long)(deadline_ms % 1000) * 1000000,
	};
	struct waiter waiter = { .avoided = avoided };
	int r = 0;

	if (pthread_cond_init(&waiter.handed, &sockets->monotonic) != 0)
		return NULL;
	if (is_first)
		TAILQ_INSERT_HEAD(&sockets->waiters, &waiter, next);
	else
		TAILQ_INSERT_TAIL(&sockets->waiters, &waiter, next);
	while (waiter.entry == NULL && r == 0)
		r = pthread_cond_timedwait(&waiter.handed, &sockets->lock,
		    &until);
	if (waiter.entry == NULL)
		TAILQ_REMOVE(&sockets->waiters, &waiter, next);
	(void)pthread_cond_destroy(&waiter.handed);
	return waiter.entry;
}

static struct entry *
wait_counted(struct signer_sockets *sockets, unsigned int avoided,
    bool is_first, int64_t deadline_ms)
{
	struct entry *entry;

	meters_move(METERS_WAITING, 1);
	entry = wait_turn(sockets, avoided, is_first, deadline_ms);
	meters_move(METERS_WAITING, -1);
	return entry;
}

struct signer_socket *
signer_sockets_take(struct signer_sockets *sockets, unsigned int avoided,
    bool is_first, int64_t deadline_ms)
{
	struct entry *entry;

	(void)pthread_mutex_lock(&sockets->lock);
	if ((entry = take_idle(sockets, avoided)) == NULL)
		entry = wait_counted(sockets, avoided, is_first, deadline_ms);
	if (entry != NULL)
		meters_move(METERS_SIGNING, 1);
	(void)pthread_mutex_unlock(&sockets->lock);
	return entry == NULL ? NULL : &entry->socket;
}

void
signer_sockets_return(struct signer_sockets *sockets,
    struct signer_socket *sock)
{
	meters_move(METERS_SIGNING, -1);
	(void)pthread_mutex_lock(&sockets->lock);
	sockets->signers[sock->signer].ntaken--;
	hand_out(sockets, entry_of(sock));
	(void)pthread_mutex_unlock(&sockets->lock);
}

void
signer_sockets_discard(struct signer_sockets *sockets,
    struct signer_socket *sock)
{
	const unsigned int signer = sock->signer;

	meters_move(METERS_SIGNING, -1);
	entry_free(entry_of(sock));
	(void)pthread_mutex_lock(&sockets->lock);
	sockets->signers[signer].ntaken--;
	(void)pthread_mutex_unlock(&sockets->lock);
	if (sockets->want != NULL)
		sockets->want(sockets->want_arg, signer);
}

size_t
signer_sockets_waiting(struct signer_sockets *sockets)
{
	const struct waiter *waiter;
	size_t n = 0;

	(void)pthread_mutex_lock(&sockets->lock);
	TAILQ_FOREACH(waiter, &sockets->waiters, next)
		n++;
	(void)pthread_mutex_unlock(&sockets->lock);
	return n;
}

bool
signer_sockets_has_others(struct signer_sockets *sockets, unsigned int number)
{
	const struct signer *signer;
	bool found = false;
	size_t i;

	(void)pthread_mutex_lock(&sockets->lock);
	for (i = 0; i < IPC_MAX_SIGNERS && !found; i++) {
		signer = &sockets->signers[i];
		found = i != number && signer->nidle + signer->ntaken > 0;
	}
	(void)pthread_mutex_unlock(&sockets->lock);
	return found;
}
