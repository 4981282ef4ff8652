/* SPDX-License-Identifier: ISC */

/*
 * A service and systemd: see notify.h, and "Standalone Implementations" in
 * sd_notify(3).
 *
 * The variables are removed from the environment, so that no child takes them
 * for its own.  What they hold is systemd's; a value that makes no sense is as
 * good as none.
 */

#include "base/notify.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_PASSED_FD	3
#define ALIVE_PARTS	4	/* signs of life in the time of the watchdog */

/* The variable as a number; -1 if it is not set or not one. */
static long long
number(const char *name)
{
	const char *text, *fault;
	long long value;

	if ((text = getenv(name)) == NULL)
		return -1;
	value = strtonum(text, 0, LLONG_MAX, &fault);
	return fault == NULL ? value : -1;
}

/* The only descriptor that was passed; name NULL: whatever its name is. */
static int
take_passed(const char *name)
{
	const char *names = getenv("LISTEN_FDNAMES");
	bool is_passed;

	is_passed = number("LISTEN_PID") == getpid() &&
	    number("LISTEN_FDS") == 1 && (name == NULL ||
	    (names != NULL && strcmp(names, name) == 0));
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return is_passed && fcntl(FIRST_PASSED_FD, F_SETFD, FD_CLOEXEC) != -1 ?
	    FIRST_PASSED_FD : -1;
}

int
notify_take_socket(void)
{
	const int fd = take_passed(NULL);

	return fd != -1 && fcntl(fd, F_SETFL, O_NONBLOCK) != -1 ? fd : -1;
}

int
notify_take_kept(const char *name)
{
	return take_passed(name);
}

static void
find_address(struct notify *notify)
{
	struct sockaddr_un *un = &notify->address;
	const char *path;

	if ((path = getenv("NOTIFY_SOCKET")) == NULL ||
	    (path[0] != '/' && path[0] != '@') ||
	    strlcpy(un->sun_path, path, sizeof(un->sun_path)) >=
	    sizeof(un->sun_path))
		return;
	un->sun_family = AF_UNIX;
	notify->addresslen = (socklen_t)(offsetof(struct sockaddr_un,
	    sun_path) + strlen(path));
	/* A name that is not in the file system begins with NUL. */
	if (path[0] == '@')
		un->sun_path[0] = '\0';
}

void
notify_init(struct notify *notify)
{
	long long usec, pid;

	memset(notify, 0, sizeof(*notify));
	notify->due_ms = INT64_MAX;
	find_address(notify);
	usec = number("WATCHDOG_USEC");
	pid = number("WATCHDOG_PID");
	if (notify->addresslen > 0 && usec > 0 &&
	    (pid == -1 || pid == getpid())) {
		notify->every_ms = usec / 1000 / ALIVE_PARTS;
		notify->due_ms = 0;
	}
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

void
notify_send(const struct notify *notify, const char *state)
{
	int fd;

	if (notify->addresslen == 0 ||
	    (fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)&notify->address, notify->addresslen);
	(void)close(fd);
}

void
notify_keep(const struct notify *notify, const char *name, int kept)
{
	struct sockaddr_un address = notify->address;
	union {
		struct cmsghdr	align;
		char		octets[CMSG_SPACE(sizeof(int))];
	} control = { .octets = "" };
	struct cmsghdr *cmsg;
	struct iovec iov;
	struct msghdr message = {
		.msg_name = &address, .msg_namelen = notify->addresslen,
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control)
	};
	char text[96];
	int fd;

	(void)snprintf(text, sizeof(text), "FDSTOREREMOVE=1\nFDNAME=%s",
	    name);
	notify_send(notify, text);
	(void)snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", name);
	iov.iov_base = text;
	iov.iov_len = strlen(text);
	cmsg = CMSG_FIRSTHDR(&message);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &kept, sizeof(kept));
	if (notify->addresslen == 0 ||
	    (fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	(void)sendmsg(fd, &message, MSG_NOSIGNAL);
	(void)close(fd);
}

void
notify_alive(struct notify *notify, int64_t now_ms)
{
	if (notify->due_ms > now_ms)
		return;
	notify_send(notify, "WATCHDOG=1");
	notify->due_ms = now_ms + notify->every_ms;
}
