/* SPDX-License-Identifier: ISC */

/*
 * The gate: see gate.h.
 *
 * libmilter accepts every connection, and when there is no descriptor left, it
 * tries again at once, for ever, without a word; nothing is then left for DNS,
 * for a reload or for the front's session with itself, either.  It has no hook
 * for this, so this program has a function of its own under the name of
 * accept(2): the dynamic linker finds the program's before that of libc.
 *
 * A connection above the limit is closed at once.  So the MTA need not wait
 * for its own timeout before it defers the mail, and the front's session with
 * itself never stands in a queue behind connections that have no chance.
 *
 * libmilter does not tell when a connection ends, so sockets are recognised by
 * their inode numbers: those that are gone are found when the limit is reached.
 * All that is known here belongs to the one thread that accepts.
 */

#include "front/gate.h"

#include <sys/stat.h>

#include <netinet/in.h>

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"

#define SWEEP_EVERY_MS	100	/* if the last one found none */
#define FAILED_PAUSE_MS	100	/* before libmilter tries again */
#define LOG_EVERY_MS	60000

static struct {
	unsigned int	 max, n;
	ino_t		*inodes;	/* of sockets by descriptor; 0: none */
	unsigned long	 nfds;
	int64_t		 swept_ms;	/* a sweep found none */
	int64_t		 logged_ms;
	unsigned long	 nrefused;	/* since then */
} gate = { .swept_ms = INT64_MIN / 2, .logged_ms = INT64_MIN / 2 };

/* The front's session with itself. */
static struct {
	pthread_mutex_t	 lock;
	bool		 is_expected;
	in_port_t	 port;		/* that it comes from; 0: none */
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

int
gate_open(unsigned int max_connections, unsigned long nfds)
{
	ino_t *inodes;

	if ((inodes = calloc(nfds, sizeof(*inodes))) == NULL)
		return -1;
	free(gate.inodes);
	gate.inodes = inodes;
	gate.nfds = nfds;
	gate.max = max_connections;
	gate.n = 0;
	return 0;
}

void
gate_expect_self(bool is_expected)
{
	(void)pthread_mutex_lock(&self.lock);
	self.is_expected = is_expected;
	self.port = 0;
	(void)pthread_mutex_unlock(&self.lock);
}

/* The port of an address of IPv4 or IPv6; 0 if it has none. */
static in_port_t
port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ((const struct sockaddr_in *)address)->sin_port;
	if (address->ss_family == AF_INET6)
		return ((const struct sockaddr_in6 *)address)->sin6_port;
	return 0;
}

int
gate_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	struct sockaddr_storage ours = { 0 };
	socklen_t ourslen = sizeof(ours);
	int error, r;

	/* The gate must not see the connection before its port is known. */
	(void)pthread_mutex_lock(&self.lock);
	r = connect(fd, address, len);
	error = errno;
	if (getsockname(fd, (struct sockaddr *)&ours, &ourslen) == 0)
		self.port = port_of(&ours);
	(void)pthread_mutex_unlock(&self.lock);
	errno = error;
	return r;
}

/* -- Counting ------------------------------------------------------------- */

static ino_t
inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* Note a new connection. */
static void
enter(int fd)
{
	if ((unsigned long)fd >= gate.nfds)
		return;
	/* If another one had this descriptor, that one has ended. */
	if (gate.inodes[fd] == 0)
		gate.n++;
	gate.inodes[fd] = inode_of(fd);
}

/* Forget the connections that have ended. */
static void
sweep(int64_t now_ms)
{
	const unsigned int before = gate.n;
	unsigned long i;

	for (i = 0; i < gate.nfds; i++)
		if (gate.inodes[i] != 0 &&
		    inode_of((int)i) != gate.inodes[i]) {
			gate.inodes[i] = 0;
			gate.n--;
		}
	if (gate.n == before)
		gate.swept_ms = now_ms;
}

static bool
is_full(unsigned int max)
{
	const int64_t now_ms = monotonic_ms();

	if (gate.n < max)
		return false;
	if (now_ms - gate.swept_ms >= SWEEP_EVERY_MS)
		sweep(now_ms);
	return gate.n >= max;
}

/* -- Refusing ------------------------------------------------------------- */

/* Whether both ends have the same address, of IPv4 or IPv6. */
static bool
is_same_host(const struct sockaddr_storage *a,
    const struct sockaddr_storage *b)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		    ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return a->ss_family == AF_INET6 &&
	    memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
	    &((const struct sockaddr_in6 *)b)->sin6_addr,
	    sizeof(struct in6_addr)) == 0;
}

/* Whether the connection comes from the port that the front connects from.  An
 * MTA on this host comes from others. */
static bool
is_from_port(int fd, in_port_t port)
{
	struct sockaddr_storage ours = { 0 }, theirs = { 0 };
	socklen_t len = sizeof(ours), peerlen = sizeof(theirs);

	return port != 0 &&
	    getsockname(fd, (struct sockaddr *)&ours, &len) == 0 &&
	    getpeername(fd, (struct sockaddr *)&theirs, &peerlen) == 0 &&
	    is_same_host(&ours, &theirs) && port_of(&theirs) == port;
}

/* Whether the front has made that connection. */
static bool
is_self(int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	bool is_expected;
	in_port_t port;

	(void)pthread_mutex_lock(&self.lock);
	is_expected = self.is_expected;
	port = self.port;
	(void)pthread_mutex_unlock(&self.lock);
	if (!is_expected)
		return false;
	return (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.pid == getpid()) || is_from_port(fd, port);
}

static void
log_refused(void)
{
	const int64_t now_ms = monotonic_ms();

	gate.nrefused++;
	if (now_ms - gate.logged_ms < LOG_EVERY_MS)
		return;
	log_warnx(M_CONNECTIONS_REFUSED, "%u connections of the MTA, and no "
	    "more are allowed: %lu refused since the last such line; their "
	    "mail is deferred: raise 'connections' in section limits",
	    gate.max, gate.nrefused);
	gate.logged_ms = now_ms;
	gate.nrefused = 0;
}

/*
 * There is no way to wait for a descriptor, so pause a while; the connections
 * stay in the queue.
 */
static int
fail(int error)
{
	if (error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == ENOBUFS) {
		descriptors_note(error);
		sleep_ms(FAILED_PAUSE_MS);
	}
	errno = error;
	return -1;
}

int
gate_accept(int fd, struct sockaddr *address, socklen_t *len)
{
	int new;

	if ((new = accept4(fd, address, len, SOCK_CLOEXEC)) == -1)
		return fail(errno);
	if (gate.max > 0 && is_full(gate.max) &&
	    (!is_self(new) || is_full(gate.max + GATE_SPARE))) {
		(void)close(new);
		log_refused();
		errno = ECONNABORTED;
		return -1;
	}
	enter(new);
	return new;
}

/* The symbol that libmilter is linked with. */
__attribute__((visibility("default"))) int
accept_for_libmilter(int fd, struct sockaddr *address, socklen_t *len)
    __asm__("accept");

int
accept_for_libmilter(int fd, struct sockaddr *address, socklen_t *len)
{
	return gate_accept(fd, address, len);
}
