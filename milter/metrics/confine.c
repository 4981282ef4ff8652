/* SPDX-License-Identifier: ISC */

/*
 * The cell of countersign-metrics: see confine.h.
 *
 * It accepts connections on the socket that it has, and opens no file that
 * exists: the only way to open one is to create it (O_EXCL), which also keeps
 * it from opening again what another process has open, through /proc.  By
 * Landlock, files are created, replaced and removed in the folder of the
 * textfile alone, and the socket's name is removed from its own.
 *
 * The table of numbers is mapped for reading, and its descriptor is closed.
 */

#include "metrics/confine.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "metrics/server.h"

/* stdio, control socket, listener, epoll, log, and a file. */
#define MAX_FDS		(SERVER_CLIENTS + 16)
#define NEW_FILE	(O_CREAT | O_EXCL)

#define OPTION(level, option) \
	{ .name = "setsockopt", { CELL_IS(1, level), CELL_IS(2, option) } }

const struct cell_call metrics_calls[] = {
	/* Clients, and the master. */
	{ .name = "accept" },
	{ .name = "accept4" },
	{ .name = "epoll_ctl" },
	{ .name = "epoll_pwait" },
	{ .name = "epoll_pwait2" },
	{ .name = "epoll_wait" },
	{ .name = "fcntl", { CELL_IS(1, F_GETFD) } },
	{ .name = "fcntl", { CELL_IS(1, F_GETFL) } },
	{ .name = "fcntl", { CELL_IS(1, F_SETFD) } },
	{ .name = "fcntl", { CELL_IS(1, F_SETFL) } },
	{ .name = "getpeername" },
	{ .name = "getsockname" },
	{ .name = "getsockopt" },
	{ .name = "recvfrom" },
	{ .name = "recvmsg" },
	{ .name = "sendmsg", { CELL_LACKS(2, MSG_FASTOPEN) } },
	{ .name = "sendto", { CELL_LACKS(3, MSG_FASTOPEN) } },
	{ .name = "shutdown" },
	OPTION(IPPROTO_TCP, TCP_CORK),
	OPTION(IPPROTO_TCP, TCP_NODELAY),

	/* The log. */
	{ .name = "connect" },
	{ .name = "socket", { CELL_IS(0, AF_UNIX),
	    CELL_IS(1, SOCK_DGRAM | SOCK_CLOEXEC) } },

	/* The textfile. */
	{ .name = "fchmod" },
	{ .name = "fsync" },
	{ .name = "lstat" },
	{ .name = "openat", { CELL_HAS(2, NEW_FILE) } },
	{ .name = "rename" },
	{ .name = "renameat" },
	{ .name = "unlink" },
	{ .name = "unlinkat" },
	{ .name = NULL }
};

static const struct cell_limit limits[] = {
	{ RLIMIT_NOFILE, MAX_FDS },
	/* Memory that can be written: answers to all clients, and more. */
	{ RLIMIT_DATA, METRICS_MAX_DATA },
};

/* The folder of a path. */
static const char *
folder_of(const char *path, char folder[PATH_MAX])
{
	char *slash;

	if (path == NULL || strlcpy(folder, path, PATH_MAX) >= PATH_MAX ||
	    (slash = strrchr(folder, '/')) == NULL)
		return NULL;
	slash[slash == folder] = '\0';
	return folder;
}

int
metrics_confine(const struct metrics_places *places, bool is_debug)
{
	char textfile[PATH_MAX], listen[PATH_MAX];
	struct cell_path paths[3] = { { .path = NULL } };
	const struct cell cell = {
		.calls = metrics_calls,
		.paths = paths,
		.limits = limits,
		.nlimits = sizeof(limits) / sizeof(limits[0]),
		.logs_refusals = is_debug,
	};
	size_t n = 0;

	tzset();
	/* mkstemp(3) opens what it creates for reading, too. */
	if (folder_of(places->textfile, textfile) != NULL)
		paths[n++] = (struct cell_path){ textfile, CELL_READ |
		    CELL_WRITE | CELL_MAKE | CELL_REMOVE };
	if (places->listen != NULL &&
	    strncmp(places->listen, "unix:", 5) == 0 &&
	    folder_of(places->listen + 5, listen) != NULL)
		paths[n++] = (struct cell_path){ listen, CELL_REMOVE };
	return cell_enter(&cell);
}
