/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what answers the front's session with itself.
 *
 * The first octet says how the connection is made, the second what becomes of
 * it; then there are the pieces in which the answer arrives, each after an
 * octet with its length.  After the last one, the other end closes, says no
 * more, or the front is told to stop.
 *
 * Only a whole packet of options, from this process, is an answer; no end but
 * that one is told that we leave, and then it says no more and closes.  Any
 * other result has a reason.  The session keeps to its time, and leaves no
 * descriptor behind.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "front/self_session.h"
#include "lowest_free.h"

#define MAX_LENGTH	4096	/* octets of input */
#define TIMEOUT_MS	5000
#define STOP_FD		999	/* only poll(2) gets it */
#define HELLO_LEN	17	/* octets of our options, and of the least
				 * answer */
#define QUIT_LEN	5

/* Of the first octet, above the result of connect(2) */
#define IS_BUSY		0x10	/* the queue stays full, if it is */
#define IS_STRANGER	0x20	/* another process listens */
#define IS_LATE_ERROR	0x40	/* what was in progress fails */
#define HAS_NO_SOCKET	0x80

/* Of the second octet, besides the name */
#define IS_CLOSED	0x4	/* at the end */
#define IS_STOPPED	0x8	/* at the end, if not closed */
#define IS_GONE		0x10	/* closed before anything is said */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__wrap_socket(int family, int type, int protocol);
int	__wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
int	__wrap_getsockopt(int fd, int level, int name, void *value,
	    socklen_t *len);
int	__wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms);
int64_t	__wrap_monotonic_ms(void);
void	__wrap_syslog(int priority, const char *format, ...);

static const int errors[] = {
	0, 0, EINPROGRESS, ENOENT, EACCES, ECONNREFUSED, EAGAIN, EPERM
};

static const char *const names[] = {
	"unix:/run/countersign/milter.sock", "unix:/", "inet:8891@127.0.0.1",
	"inet:8891@::1"
};

static struct {
	unsigned int	 how, what;
	const uint8_t	*pieces;
	size_t		 len;
	int		 other;		/* its end; -1: none, or closed */
	int		 nbusy;		/* more times that the queue is full */
	size_t		 nheard;	/* octets that we have said */
	bool		 is_stopped;	/* it was told so: it waits no more */
	int64_t		 now_ms;
} world;

void
__wrap_syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

int64_t
__wrap_monotonic_ms(void)
{
	return world.now_ms;
}

int
__wrap_socket(int family, int type, int protocol)
{
	int fds[2];

	if ((family != AF_UNIX && family != AF_INET && family != AF_INET6) ||
	    protocol != 0 || world.other != -1)
		abort();
	if ((world.how & HAS_NO_SOCKET) != 0) {
		errno = EMFILE;
		return -1;
	}
	if (socketpair(AF_UNIX, type, 0, fds) == -1)
		abort();
	world.other = fds[1];
	return fds[0];
}

static int
connect_error(void)
{
	return errors[world.how % (sizeof(errors) / sizeof(errors[0]))];
}

int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	(void)fd;
	(void)len;
	errno = connect_error();
	if (errno == EAGAIN && address->sa_family == AF_UNIX &&
	    (world.how & IS_BUSY) == 0 && --world.nbusy < 0)
		errno = 0;
	if (errno != 0 && errno != EINPROGRESS)
		return -1;
	if ((world.what & IS_GONE) != 0) {
		(void)close(world.other);
		world.other = -1;
	}
	return errno == 0 ? 0 : -1;
}

int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	struct ucred peer = { .pid = getpid() };
	int error = (world.how & IS_LATE_ERROR) != 0 ? ECONNREFUSED : 0;

	(void)fd;
	if (level != SOL_SOCKET)
		abort();
	if ((world.how & IS_STRANGER) != 0)
		peer.pid++;
	if (name == SO_PEERCRED && *len == sizeof(peer))
		memcpy(value, &peer, sizeof(peer));
	else if (name == SO_ERROR && *len == sizeof(error))
		memcpy(value, &error, sizeof(error));
	else
		abort();
	return 0;
}

/* Send the next piece; false: there is none. */
static bool
send_piece(void)
{
	size_t n;

	if (world.len < 2)
		return false;
	n = world.pieces[0];
	if (n > world.len - 1)
		n = world.len - 1;
	if (n > 0 && send(world.other, world.pieces + 1, n, MSG_NOSIGNAL) !=
	    (ssize_t)n)
		abort();
	world.pieces += 1 + n;
	world.len -= 1 + n;
	return true;
}

/* Read what we have said. */
static void
hear(void)
{
	uint8_t said[2 * (HELLO_LEN + QUIT_LEN)];
	ssize_t n;

	if ((n = recv(world.other, said, sizeof(said), MSG_DONTWAIT)) > 0)
		world.nheard += (size_t)n;
}

static bool
has_data(int fd)
{
	uint8_t octet;

	return recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) != -1;
}

/* How the other end goes on; returns what happens to our socket. */
static short
go_on(int fd)
{
	while (world.other != -1 && !has_data(fd) && send_piece())
		continue;
	if (world.other == -1 || has_data(fd))
		return POLLIN;
	if ((world.what & IS_CLOSED) == 0)
		return 0;
	hear();
	(void)close(world.other);
	world.other = -1;
	return POLLIN;
}

/* Always ready to be written to; time passes only if nothing else happens. */
int
__wrap_poll(struct pollfd *fds, nfds_t nfds, int timeout_ms)
{
	nfds_t i;
	int n = 0;

	if (fds[0].fd != STOP_FD || nfds < 1 || nfds > 2 || timeout_ms <= 0 ||
	    world.is_stopped)
		abort();
	for (i = 0; i < nfds; i++)
		fds[i].revents = 0;
	if (nfds == 2) {
		fds[1].revents = fds[1].events == POLLIN ?
		    go_on(fds[1].fd) : fds[1].events;
		n = fds[1].revents != 0;
	}
	if (n == 0 && (world.what & IS_STOPPED) != 0) {
		world.is_stopped = true;
		fds[0].revents = POLLIN;
		n = 1;
	}
	if (n == 0)
		world.now_ms += timeout_ms;
	return n;
}

/* What the connection comes to; SELF_ANSWERED: it is made. */
static enum self_session
connection(void)
{
	const bool is_unix = strncmp(names[world.what % 4], "unix", 4) == 0;
	const int error = connect_error();

	if ((world.how & HAS_NO_SOCKET) != 0)
		return SELF_LATE;
	if (error == EACCES || error == EPERM)
		return SELF_FORBIDDEN;
	if (is_unix && error == EAGAIN)
		return (world.how & IS_BUSY) != 0 || world.is_stopped ?
		    SELF_LATE :
		    (world.how & IS_STRANGER) != 0 ? SELF_FAILED :
		    SELF_ANSWERED;
	if (!is_unix && error == EINPROGRESS)
		return (world.how & IS_LATE_ERROR) != 0 ? SELF_FAILED :
		    SELF_ANSWERED;
	if (error != 0 || (is_unix && (world.how & IS_STRANGER) != 0))
		return SELF_FAILED;
	return SELF_ANSWERED;
}

/* The octets of the packet that it begins with; 0 if it is no answer. */
static size_t
answer_len(const uint8_t *answer, size_t len)
{
	size_t n;

	if (len < HELLO_LEN || answer[0] != 0 || answer[1] != 0 ||
	    answer[4] != 'O')
		return 0;
	n = 4 + ((size_t)answer[2] << 8 | answer[3]);
	return n < HELLO_LEN || n > len ? 0 : n;
}

/* All pieces in a row. */
static size_t
join(const uint8_t *data, size_t len, uint8_t answer[MAX_LENGTH])
{
	size_t n, joined = 0;

	while (len >= 2) {
		n = data[0] < len - 1 ? data[0] : len - 1;
		memcpy(answer + joined, data + 1, n);
		joined += n;
		data += 1 + n;
		len -= 1 + n;
	}
	return joined;
}

static void
check(const uint8_t *data, size_t len, enum self_session result)
{
	static uint8_t answer[MAX_LENGTH];
	const enum self_session made = connection();
	const size_t nsaid = join(data, len, answer);
	size_t n = answer_len(answer, nsaid);

	if (made != SELF_ANSWERED && result != made)
		abort();
	if ((world.what & IS_GONE) != 0)
		n = 0;
	if (made == SELF_ANSWERED && (result == SELF_ANSWERED) != (n > 0 &&
	    nsaid == n && (world.what & IS_CLOSED) != 0 &&
	    (world.what & IS_STOPPED) == 0))
		abort();
	if (world.other != -1)
		hear();
	if (result == SELF_ANSWERED ? world.nheard != HELLO_LEN + QUIT_LEN :
	    n == 0 && world.nheard > HELLO_LEN)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static bool has_log;
	enum self_session result;
	char why[128] = "";
	int before;

	if (len < 2 || len > MAX_LENGTH)
		return 0;
	if (!has_log)
		log_init("fuzz_self_session", false);
	has_log = true;
	before = lowest_free();
	memset(&world, 0, sizeof(world));
	world.how = data[0];
	world.what = data[1];
	world.pieces = data + 2;
	world.len = len - 2;
	world.other = -1;
	world.nbusy = data[0] >> 4;
	result = self_session(names[data[1] % 4], TIMEOUT_MS, STOP_FD, why,
	    sizeof(why));
	if (result > SELF_FAILED || (result == SELF_ANSWERED) !=
	    (why[0] == '\0') || world.now_ms > TIMEOUT_MS)
		abort();
	check(data + 2, len - 2, result);
	if (world.other != -1)
		(void)close(world.other);
	if (lowest_free() != before)
		abort();
	return 0;
}
