/* SPDX-License-Identifier: ISC */

/*
 * Who may use the socket for the MTA: see socket_claim.h.
 *
 * That a socket exists does not mean that a program listens on it.  So a lock
 * file keeps a second front away, even before the first one listens, and
 * connect(2) finds any other program.  Something that is not a socket is never
 * removed.
 */

#include "front/socket_claim.h"

#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "front/socket_folder.h"

#define LOCK_SUFFIX	".lock"
/* How long to wait for a front that is exiting. */
#define LOCK_TRIES	100
#define LOCK_PAUSE_MS	50

/* -- Who listens ---------------------------------------------------------- */

enum listener_state {
	NOBODY,			/* no socket, or nobody listens */
	SOMEBODY,
	UNKNOWN			/* errno says why */
};

/* Try to connect to the socket; *pid is 0 if it is unknown. */
static enum listener_state
ask_listener(const char *path, pid_t *pid)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	int error, fd, r;

	*pid = 0;
	if (strlcpy(un.sun_path, path, sizeof(un.sun_path)) >=
	    sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		return UNKNOWN;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return UNKNOWN;
	r = connect(fd, (const struct sockaddr *)&un, sizeof(un));
	error = errno;
	if (r == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) ==
	    0)
		*pid = peer.pid;
	(void)close(fd);
	/* EAGAIN: a program listens, but its queue is full. */
	if (r == 0 || error == EAGAIN || error == EPROTOTYPE)
		return SOMEBODY;
	errno = error;
	return error == ECONNREFUSED || error == ENOENT ? NOBODY : UNKNOWN;
}

/* " (process N)", or nothing. */
static const char *
process_text(char *buf, size_t size, pid_t pid)
{
	buf[0] = '\0';
	if (pid > 0)
		(void)snprintf(buf, size, " (process %ld)", (long)pid);
	return buf;
}

/* Check what exists at the path; 0 if it may be replaced. */
static int
check_name(const char *name, const char *path)
{
	struct stat st;
	char who[48];
	pid_t pid;

	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return 0;
		log_warn(M_SOCKET_NOT_OPENED, "socket %s: cannot examine %s",
		    name, path);
		return -1;
	}
	if (!S_ISSOCK(st.st_mode)) {
		log_warnx(M_SOCKET_PATH_TAKEN,
		    "socket %s: %s exists and is not a socket: remove it, or "
		    "choose another name", name, path);
		return -1;
	}
	switch (ask_listener(path, &pid)) {
	case NOBODY:
		return 0;
	case SOMEBODY:
		log_warnx(M_SOCKET_IN_USE,
		    "socket %s: another program%s listens on it: stop that one "
		    "first, or choose another name", name, process_text(who,
		    sizeof(who), pid));
		return -1;
	default:
		/* Our own socket, with a mode that forbids connect(2); nobody
		 * listens on it, as we have the lock. */
		if (errno == EACCES && st.st_uid == geteuid())
			return 0;
		log_warnx(M_SOCKET_PATH_TAKEN,
		    "socket %s: cannot tell whether a program listens on %s: "
		    "%s: if none does, remove it with 'rm %s'", name, path,
		    strerror(errno), path);
		return -1;
	}
}

/* -- The lock ------------------------------------------------------------- */

/* The process id that the holder of the lock wrote: its master's. */
static pid_t
read_holder(int fd)
{
	const char *fault;
	char text[24];
	long long pid;
	ssize_t n;

	if ((n = pread(fd, text, sizeof(text) - 1, 0)) <= 0)
		return 0;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	pid = strtonum(text, 1, INT32_MAX, &fault);
	return fault == NULL ? (pid_t)pid : 0;
}

static void
write_holder(int fd)
{
	char text[24];
	int len;

	len = snprintf(text, sizeof(text), "%ld\n", (long)getppid());
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)len, 0);
}

static int
open_lock(const char *name, const char *file)
{
	struct stat st;
	int fd;

	fd = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC, 0600);
	if (fd == -1) {
		if (errno == EACCES)
			log_warnx(M_SOCKET_LOCK_UNUSABLE,
			    "socket %s: lock file %s belongs to another user: "
			    "remove it with 'rm %s'", name, file, file);
		else if (errno == ELOOP || errno == EISDIR)
			log_warnx(M_SOCKET_LOCK_UNUSABLE,
			    "socket %s: lock file %s is not a regular file: "
			    "remove it with '%s %s'", name, file,
			    errno == EISDIR ? "rm -r" : "rm", file);
		else
			log_warn(M_SOCKET_LOCK_UNUSABLE,
			    "socket %s: lock file %s cannot be opened", name,
			    file);
		return -1;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		log_warnx(M_SOCKET_LOCK_UNUSABLE,
		    "socket %s: lock file %s is not a regular file: remove it "
		    "with 'rm %s'", name, file, file);
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Whether the descriptor is that of the file that has this name now. */
static bool
is_named(int fd, const char *file)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && lstat(file, &named) == 0 &&
	    held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* A front whose master is gone will exit soon. */
static bool
is_gone(pid_t master)
{
	return master > 0 && kill(master, 0) == -1 && errno == ESRCH;
}

/*
 * Lock the file: 0, or -1 if another process has it.  Wait for a holder that is
 * exiting or does not listen yet.
 */
static int
lock_file(const char *name, const char *path, int fd)
{
	pid_t holder, listener;
	char who[48];
	int tries;

	for (tries = 0; flock(fd, LOCK_EX | LOCK_NB) == -1; tries++) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			log_warn(M_SOCKET_LOCK_UNUSABLE,
			    "socket %s: cannot lock its lock file", name);
			return -1;
		}
		holder = read_holder(fd);
		if (tries >= LOCK_TRIES || (!is_gone(holder) &&
		    ask_listener(path, &listener) == SOMEBODY)) {
			log_warnx(M_SOCKET_IN_USE,
			    "socket %s: in use by another "
			    "countersign-milter%s: stop that one first, or "
			    "choose another name", name, process_text(who,
			    sizeof(who), holder));
			return -1;
		}
		sleep_ms(LOCK_PAUSE_MS);
	}
	return 0;
}

static int
take_lock(const char *name, const char *path, int *lock)
{
	char file[sizeof(((struct sockaddr_un *)0)->sun_path) +
	    sizeof(LOCK_SUFFIX)];
	int fd;

	if (snprintf(file, sizeof(file), "%s" LOCK_SUFFIX, path) >=
	    (int)sizeof(file)) {
		log_warnx(M_SOCKET_PATH_TOO_LONG, "socket %s: path too long",
		    name);
		return -1;
	}
	for (;;) {
		if ((fd = open_lock(name, file)) == -1)
			return -1;
		if (lock_file(name, path, fd) == -1) {
			(void)close(fd);
			return -1;
		}
		if (is_named(fd, file))
			break;
		/* Removed or replaced since: the lock protects nothing. */
		(void)close(fd);
	}
	write_holder(fd);
	*lock = fd;
	return 0;
}

int
socket_claim_unix(const struct config *config, const char *path, int *lock)
{
	*lock = -1;
	if (socket_folder_check(config, path) == -1 ||
	    take_lock(config->socket, path, lock) == -1)
		return -1;
	if (check_name(config->socket, path) == 0)
		return 0;
	(void)close(*lock);
	*lock = -1;
	return -1;
}

/* -- Ports ---------------------------------------------------------------- */

static void
log_port(const char *name, const char *port, int error)
{
	errno = error;
	if (error == EADDRINUSE)
		log_warnx(M_SOCKET_IN_USE,
		    "socket %s: another program listens on port %s: find it "
		    "with 'ss -ltnp sport = :%s' and stop it, or choose "
		    "another port", name, port, port);
	else if (error == EACCES)
		log_warnx(M_SOCKET_ADDRESS_UNUSABLE,
		    "socket %s: only root may listen on port %s: start this as "
		    "root, or choose a port above 1023", name, port);
	else if (error == EADDRNOTAVAIL)
		log_warnx(M_SOCKET_ADDRESS_UNUSABLE,
		    "socket %s: this host does not have that address", name);
	else
		log_warn(M_SOCKET_NOT_OPENED, "socket %s: cannot listen", name);
}

/* Bind as libmilter does, because libmilter does not say why it failed. */
static int
try_address(const char *name, const char *port, const struct addrinfo *info)
{
	const int yes = 1;
	int fd, r;

	if ((fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) ==
	    -1) {
		log_warn(M_SOCKET_NOT_OPENED, "socket %s: cannot be created",
		    name);
		return -1;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if ((r = bind(fd, info->ai_addr, info->ai_addrlen)) == -1)
		log_port(name, port, errno);
	(void)close(fd);
	return r;
}

/* The name with the address as a number: "inet:8891@127.0.0.1". */
static int
write_address(const char *name, const char *port, const struct addrinfo *info,
    char numeric[SOCKET_ADDRESS_SIZE])
{
	char address[INET6_ADDRSTRLEN];
	int r;

	if ((r = getnameinfo(info->ai_addr, info->ai_addrlen, address,
	    sizeof(address), NULL, 0, NI_NUMERICHOST)) != 0) {
		log_warnx(M_SOCKET_ADDRESS_UNUSABLE,
		    "socket %s: cannot use the address: %s", name,
		    gai_strerror(r));
		return -1;
	}
	(void)snprintf(numeric, SOCKET_ADDRESS_SIZE, "%.*s:%s@%s",
	    (int)strcspn(name, ":"), name, port, address);
	return 0;
}

int
socket_claim_inet(const char *name, char numeric[SOCKET_ADDRESS_SIZE])
{
	const struct addrinfo hints = {
		.ai_family = strncmp(name, "inet6:", 6) == 0 ? AF_INET6 :
		    AF_INET,
		.ai_flags = AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *info;
	char *port, *address;
	int r;

	if ((port = strdup(strchr(name, ':') + 1)) == NULL) {
		log_warn(M_SOCKET_NOT_OPENED, "socket %s: cannot be examined",
		    name);
		return -1;
	}
	if ((address = strchr(port, '@')) != NULL)
		*address++ = '\0';
	if ((r = getaddrinfo(address, port, &hints, &info)) != 0) {
		log_warnx(M_SOCKET_ADDRESS_UNUSABLE,
		    "socket %s: cannot use the address: %s", name,
		    gai_strerror(r));
		free(port);
		return -1;
	}
	if ((r = try_address(name, port, info)) == 0)
		r = write_address(name, port, info, numeric);
	freeaddrinfo(info);
	free(port);
	return r;
}
