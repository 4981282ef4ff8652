/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the name of a milter's socket, and what answers there.  The
 * first octet says how the connection is made, and how it ends; then there is
 * the name, up to a LF, and all that the other end sends.
 *
 * A milter is what answers with a whole packet of options, of a version that
 * there is; it is told that we leave, and nobody else is.  Any other end has a
 * reason, and the same name leads to the same socket.
 */

#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/milter_hello.h"
#include "machine/milter_socket.h"

#define MAX_LENGTH	8192	/* octets of input */
#define LONG_MS		60000	/* never reached */
#define SHORT_MS	1	/* always reached, if the other end waits */
#define HELLO_LEN	17	/* octets of a greeting, and of the least
				 * answer */
#define QUIT_LEN	5

#define IS_LEAVING	0x8	/* the other end closes after its answer */
#define IS_GONE		0x10	/* or before our greeting */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__real_getaddrinfo(const char *host, const char *port,
	    const struct addrinfo *hints, struct addrinfo **list);
int	__wrap_getaddrinfo(const char *host, const char *port,
	    const struct addrinfo *hints, struct addrinfo **list);
int	__wrap_socket(int family, int type, int protocol);
int	__wrap_connect(int fd, const struct sockaddr *address, socklen_t len);

static const int errors[] = {
	0, 0, EINPROGRESS, ENOENT, EACCES, ECONNREFUSED, EAGAIN, ENETUNREACH
};

static struct {
	const uint8_t	*answer;
	size_t		 len;
	unsigned int	 how;
	int		 other;		/* its end; -1: none, or closed */
} world;

/* Nobody is asked: no DNS. */
int
__wrap_getaddrinfo(const char *host, const char *port,
    const struct addrinfo *hints, struct addrinfo **list)
{
	struct addrinfo numeric = *hints;

	numeric.ai_flags |= AI_NUMERICHOST | AI_NUMERICSERV;
	return __real_getaddrinfo(host, port, &numeric, list);
}

int
__wrap_socket(int family, int type, int protocol)
{
	int fds[2];

	if ((family != AF_UNIX && family != AF_INET && family != AF_INET6) ||
	    protocol != 0)
		abort();
	if (socketpair(AF_UNIX, type, 0, fds) == -1)
		return -1;
	if (world.other != -1)
		(void)close(world.other);
	world.other = fds[1];
	return fds[0];
}

int
__wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	(void)fd;
	(void)address;
	(void)len;
	errno = errors[world.how % (sizeof(errors) / sizeof(errors[0]))];
	if (errno != 0 && errno != EINPROGRESS)
		return -1;
	if (send(world.other, world.answer, world.len, MSG_NOSIGNAL) !=
	    (ssize_t)world.len)
		abort();
	if ((world.how & IS_GONE) != 0) {
		(void)close(world.other);
		world.other = -1;
	} else if ((world.how & IS_LEAVING) != 0)
		(void)shutdown(world.other, SHUT_WR);
	return errno == 0 ? 0 : -1;
}

static bool
is_milter(const uint8_t *answer, size_t len)
{
	return len >= HELLO_LEN && answer[0] == 0 && answer[4] == 'O' &&
	    ((answer[1] == 0 && ((size_t)answer[2] << 8 | answer[3]) >=
	    HELLO_LEN - 4) || (answer[1] == 1 && answer[2] == 0 &&
	    answer[3] == 0)) && answer[5] == 0 && answer[6] == 0 &&
	    answer[7] == 0 && answer[8] >= 2 && answer[8] <= 6;
}

static void
check_end(const char *name, enum milter_hello end, const char *why)
{
	char advice[1024], said[2 * HELLO_LEN];
	ssize_t n = 0;

	if ((end == MILTER_HELLO_WELL) != (why[0] == '\0') ||
	    end > MILTER_HELLO_FAILED)
		abort();
	milter_hello_advice(end, name, NULL, advice, sizeof(advice));
	if (end == MILTER_HELLO_WELL && !is_milter(world.answer, world.len))
		abort();
	if (end == MILTER_HELLO_OTHER && is_milter(world.answer, world.len))
		abort();
	if (end == MILTER_HELLO_SILENT && world.other != -1 &&
	    (world.how & IS_LEAVING) != 0 && errors[world.how % 8] == 0)
		abort();
	if (world.other != -1)
		n = recv(world.other, said, sizeof(said), MSG_DONTWAIT);
	if (end == MILTER_HELLO_WELL ? n != HELLO_LEN + QUIT_LEN :
	    n > HELLO_LEN)
		abort();
}

static void
check_name(const char *name)
{
	struct milter_socket s, again;
	char why[512];

	if (!milter_socket_read(name, &s, why, sizeof(why)))
		return;
	if (s.is_unix ? s.path[0] == '\0' : s.host[0] == '\0' ||
	    s.port[0] == '\0')
		abort();
	if (!milter_socket_read(name, &again, why, sizeof(why)) ||
	    memcmp(&s, &again, sizeof(s)) != 0 ||
	    (s.is_unix && !milter_socket_is_same(&s, &again)))
		abort();
	(void)milter_socket_is_same(&s, &again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *lf;
	enum milter_hello end;
	char *name, why[512] = "";

	if (len < 2 || len > MAX_LENGTH ||
	    (lf = memchr(data + 1, '\n', len - 1)) == NULL)
		return 0;
	world.how = data[0];
	world.answer = lf + 1;
	world.len = len - (size_t)(lf + 1 - data);
	world.other = -1;
	name = strndup((const char *)data + 1, (size_t)(lf - data) - 1);
	if (name == NULL)
		abort();
	check_name(name);
	end = milter_hello(name, NULL, (world.how & (IS_LEAVING | IS_GONE)) !=
	    0 ? LONG_MS : SHORT_MS, why, sizeof(why));
	check_end(name, end, why);
	if (world.other != -1)
		(void)close(world.other);
	free(name);
	return 0;
}
