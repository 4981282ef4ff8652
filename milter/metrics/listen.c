/* SPDX-License-Identifier: ISC */

/*
 * The socket for HTTP: see listen.h.
 *
 * What is at the path of a Unix socket is removed only if it is a socket, and
 * nobody answers there.  The directory belongs to the user of this process or
 * to root, so nobody else can put something there meanwhile.
 */

#include "metrics/listen.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "config/loopback.h"

#define BACKLOG	32

static const char *
path_of(const char *where)
{
	return strncmp(where, "unix:", 5) == 0 ? where + 5 : NULL;
}

/* Whether there is a socket that nobody listens on. */
static int
is_stale(int fd, const char *path, const struct sockaddr *address,
    socklen_t len)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, address, len) == -1 && errno == ECONNREFUSED;
}

static int
bind_path(int fd, const char *path, const struct sockaddr *address,
    socklen_t len)
{
	const mode_t mask = umask(0117);
	int r, error;

	if (is_stale(fd, path, address, len))
		(void)unlink(path);
	r = bind(fd, address, len);
	error = errno;
	(void)umask(mask);
	errno = error;
	return r;
}

static int
bind_port(int fd, const struct sockaddr *address, socklen_t len)
{
	const int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == -1 ? -1 : bind(fd, address, len);
}

static void
say_unusable(const char *where)
{
	const int error = errno;
	struct stat st;

	if (error == EADDRINUSE && path_of(where) != NULL &&
	    lstat(path_of(where), &st) == 0 && !S_ISSOCK(st.st_mode))
		log_warnx(M_METRICS_SOCKET_UNUSABLE, "cannot listen on %s: "
		    "what is there is not a socket: remove it, or name "
		    "another path", where);
	else if (error == EADDRINUSE)
		log_warnx(M_METRICS_SOCKET_UNUSABLE, "cannot listen on %s: it "
		    "is in use: each milter of a host needs its own "
		    "metrics { listen }", where);
	else
		log_warnx(M_METRICS_SOCKET_UNUSABLE, "cannot listen on %s: %s",
		    where, strerror(error));
}

int
listen_open(const char *where)
{
	struct sockaddr_storage storage;
	const struct sockaddr *address = (const struct sockaddr *)&storage;
	const char *path = path_of(where);
	socklen_t len;
	int fd, r;

	if (!loopback_parse(where, &storage, &len)) {
		log_warnx(M_METRICS_SOCKET_UNUSABLE, "cannot listen on %s: "
		    "not an address of this host", where);
		return -1;
	}
	fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	r = fd;
	if (fd != -1)
		r = path != NULL ? bind_path(fd, path, address, len) :
		    bind_port(fd, address, len);
	if (r != -1 && listen(fd, BACKLOG) == 0)
		return fd;
	say_unusable(where);
	/* Its name is there, but nobody will listen. */
	if (r != -1 && path != NULL)
		(void)unlink(path);
	if (fd != -1)
		(void)close(fd);
	return -1;
}

void
listen_remove(const char *where)
{
	if (path_of(where) != NULL)
		(void)unlink(path_of(where));
}
