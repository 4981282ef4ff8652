/* SPDX-License-Identifier: ISC */

/*
 * The socket of countersign-fleet: see place.h.
 *
 * Its folder is closed to others (0700), and so is the socket (0600); who is at
 * the other end is asked of the kernel nevertheless (SO_PEERCRED), which also
 * names the user for the log.
 */

#include "talk/place.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/fleet_file.h"

#define SOCKET		"socket"
#define BACKLOG		16

int
talk_address(const char *keydir, struct sockaddr_un *un,
    struct ks_error *error)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if ((size_t)snprintf(un->sun_path, sizeof(un->sun_path), "%s/%s/%s",
	    keydir, KS_FLEET_FOLDER, SOCKET) < sizeof(un->sun_path))
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "%.500s/%s/%s: the "
	    "path is longer than %zu octets, the limit for a socket: choose a "
	    "shorter keydir", keydir, KS_FLEET_FOLDER, SOCKET,
	    sizeof(un->sun_path) - 1);
	return KS_E_ARG;
}

static int
bind_and_listen(int fd, const struct sockaddr_un *un)
{
	mode_t mask;
	int r;

	if (unlink(un->sun_path) == -1 && errno != ENOENT)
		return -1;
	mask = umask(0177);
	r = bind(fd, (const struct sockaddr *)un, sizeof(*un));
	(void)umask(mask);
	return r == 0 ? listen(fd, BACKLOG) : -1;
}

int
talk_listen(const char *keydir, int *fd, struct ks_error *error)
{
	struct sockaddr_un un;
	int r;

	*fd = -1;
	if ((r = talk_address(keydir, &un, error)) != 0)
		return r;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd != -1 && bind_and_listen(*fd, &un) == 0)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "%s: cannot listen: "
	    "%s", un.sun_path, strerror(errno));
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
	return KS_E_SYSTEM;
}

bool
talk_may_use(int fd, pid_t *pid, uid_t *uid)
{
	struct ucred peer = { .pid = 0, .uid = (uid_t)-1 };
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return false;
	*pid = peer.pid;
	*uid = peer.uid;
	return peer.uid == 0 || peer.uid == geteuid();
}
