/* SPDX-License-Identifier: ISC */

/*
 * The socket for the MTA: see listener.h.
 *
 * As root, nothing in the directory of a unix socket is touched: it belongs to
 * the front's user, so an attacker who controlled an earlier front could have
 * put a symbolic link there.  Root is dropped first, except for the socket's
 * group.  The socket is created under a temporary name, gets its mode and
 * group, and is then renamed.  On exit libmilter unlinks the temporary name,
 * which no longer exists, and so cannot remove the socket of another process.
 *
 * A port is opened before root is dropped, because it may need root.
 */

#include "front/listener.h"

#include <sys/stat.h>

#include <libmilter/mfapi.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/privileges.h"
#include "base/user_name.h"
#include "front/socket_claim.h"

#define QUEUE		1024	/* connections that are not accepted yet */
#define NEW_SUFFIX	".new"
#define UNIX_PREFIX	"unix:"

/* libmilter has only one listener in a process. */
static struct {
	const char *name;	/* "unix:PATH", borrowed, or numeric */
	char	numeric[SOCKET_ADDRESS_SIZE];	/* "inet:PORT@ADDRESS" */
	char	path[CONFIG_MAX_SOCKET_PATH + 1];	/* "": a port */
	int	lock;		/* held as long as we use the path; -1: none */
	int	node;		/* the socket, kept open so that its inode
				 * number is not reused; -1: none */
} listener = { .lock = -1, .node = -1 };

static int
open_socket(const char *name, const char *address)
{
	char text[sizeof(UNIX_PREFIX NEW_SUFFIX) + CONFIG_MAX_SOCKET_PATH];

	(void)strlcpy(text, address, sizeof(text));
	errno = 0;
	(void)smfi_setbacklog(QUEUE);
	if (smfi_setconn(text) == MI_SUCCESS &&
	    smfi_opensocket(false) == MI_SUCCESS)
		return 0;
	if (errno != 0)
		log_warn(M_SOCKET_NOT_OPENED, "socket %s: cannot be opened",
		    name);
	else
		log_warnx(M_SOCKET_NOT_OPENED, "socket %s: cannot be opened",
		    name);
	return -1;
}

/*
 * Whether this user namespace knows a group; systemd's PrivateUsers= makes one
 * in which all but root and the service's own are the overflow group.
 */
static bool
is_mapped(gid_t group)
{
	unsigned long inside, outside, count;
	bool is_found = false;
	FILE *fp;

	if ((fp = fopen("/proc/self/gid_map", "re")) == NULL)
		return true;
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's numbers fit */
	while (!is_found && fscanf(fp, "%lu %lu %lu", &inside, &outside,
	    &count) == 3)
		is_found = group >= inside && group - inside < count;
	(void)fclose(fp);
	return is_found;
}

/* The folder of a path. */
static void
folder_of(const char *path, char *folder, size_t size)
{
	char *slash;

	(void)strlcpy(folder, path, size);
	if ((slash = strrchr(folder, '/')) != NULL)
		slash[slash == folder ? 1 : 0] = '\0';
}

/*
 * Whether a file whose group is shown as the overflow group is of the right
 * one, as far as that can be told: it got it from its folder, which gives its
 * group to all files, and which is not of a group that we would see.
 */
static bool
inherits_group(const char *path, gid_t shown, gid_t wanted)
{
	char folder[CONFIG_MAX_SOCKET_PATH + sizeof(NEW_SUFFIX)];
	struct stat st;

	folder_of(path, folder, sizeof(folder));
	return !is_mapped(shown) && !is_mapped(wanted) &&
	    stat(folder, &st) == 0 && (st.st_mode & S_ISGID) != 0 &&
	    st.st_gid == shown;
}

static void
log_group_refused(const char *name, const char *path, gid_t group)
{
	char folder[CONFIG_MAX_SOCKET_PATH + sizeof(NEW_SUFFIX)];
	char group_name[USER_NAME_SIZE];
	const char *why = strerror(errno);

	folder_of(path, folder, sizeof(folder));
	user_name_group(group, group_name);
	log_warnx(M_SOCKET_GROUP_REFUSED,
	    "socket %s: cannot give it to group %s (socket_group): %s: run "
	    "'chgrp %s %s && chmod g+s %s', so that it inherits that group, or "
	    "start this as root", name, group_name, why, group_name, folder,
	    folder);
}

/*
 * Called without root.  The set-group-id bit or a default ACL of the directory
 * may have given the socket another group or mode.
 */
static int
set_group_and_mode(const char *name, const char *path, gid_t group,
    mode_t mode)
{
	struct stat st;

	if (lstat(path, &st) == -1) {
		log_warn(M_SOCKET_NOT_OPENED, "socket %s: cannot be examined",
		    name);
		return -1;
	}
	if (group != (gid_t)-1 && st.st_gid != group &&
	    !inherits_group(path, st.st_gid, group) &&
	    lchown(path, (uid_t)-1, group) == -1) {
		log_group_refused(name, path, group);
		return -1;
	}
	if ((st.st_mode & 07777) != mode && chmod(path, mode) == -1) {
		log_warn(M_SOCKET_NOT_OPENED, "socket %s: cannot set mode %04o",
		    name, (unsigned int)mode);
		return -1;
	}
	return 0;
}

/* Create the socket under a temporary name, then rename it. */
static int
make_unix(const struct config *config, gid_t group)
{
	char address[sizeof(UNIX_PREFIX NEW_SUFFIX) + CONFIG_MAX_SOCKET_PATH];
	const char *path = address + strlen(UNIX_PREFIX);
	mode_t mask;
	int r;

	(void)snprintf(address, sizeof(address), UNIX_PREFIX "%s" NEW_SUFFIX,
	    listener.path);
	/* A front that was killed here may have left it; we have the lock. */
	(void)unlink(path);
	mask = umask(0777 & ~(mode_t)config->socket_mode);
	r = open_socket(config->socket, address);
	(void)umask(mask);
	if (r == -1)
		return -1;
	if (set_group_and_mode(config->socket, path, group,
	    (mode_t)config->socket_mode) == 0) {
		if (rename(path, listener.path) == 0)
			return 0;
		log_warn(M_SOCKET_NOT_OPENED,
		    "socket %s: cannot be renamed into place", config->socket);
	}
	(void)unlink(path);
	return -1;
}

static int
find_group(const struct config *config, gid_t *group)
{
	const struct group *gr;

	*group = (gid_t)-1;
	if (config->socket_group == NULL)
		return 0;
	if ((gr = getgrnam(config->socket_group)) == NULL) {
		log_warnx(M_SOCKET_GROUP_UNKNOWN,
		    "socket_group: group \"%s\" does not exist: name a group "
		    "that the MTA is a member of, or install the MTA first",
		    config->socket_group);
		return -1;
	}
	*group = gr->gr_gid;
	return 0;
}

static int
open_unix(const struct config *config)
{
	const char *path = config->socket + strlen(UNIX_PREFIX);
	gid_t group;

	if (strlcpy(listener.path, path, sizeof(listener.path)) >=
	    sizeof(listener.path)) {
		log_warnx(M_SOCKET_PATH_TOO_LONG, "socket %s: path too long",
		    config->socket);
		return -1;
	}
	if (find_group(config, &group) == -1 ||
	    privileges_drop_but_group(config->user, group) == -1 ||
	    socket_claim_unix(config, path, &listener.lock) == -1 ||
	    make_unix(config, group) == -1)
		return -1;
	listener.node = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return privileges_drop_group();
}

int
listener_open(const struct config *config)
{
	if (strncmp(config->socket, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0) {
		listener.name = config->socket;
		return open_unix(config);
	}
	listener.name = listener.numeric;
	if (socket_claim_inet(config->socket, listener.numeric) == -1 ||
	    open_socket(config->socket, listener.numeric) == -1)
		return -1;
	return privileges_drop(config->user);
}

const char *
listener_name(void)
{
	return listener.name;
}

/* Whether the path still names the socket that we created. */
static bool
is_ours(void)
{
	struct stat made, named;

	return listener.node != -1 && fstat(listener.node, &made) == 0 &&
	    lstat(listener.path, &named) == 0 && S_ISSOCK(named.st_mode) &&
	    made.st_dev == named.st_dev && made.st_ino == named.st_ino;
}

void
listener_close(void)
{
	if (is_ours() && unlink(listener.path) == -1)
		log_warn(M_SOCKET_NOT_REMOVED, "socket %s: cannot be removed",
		    listener.path);
	if (listener.node != -1)
		(void)close(listener.node);
	if (listener.lock != -1)
		(void)close(listener.lock);
	listener.node = -1;
	listener.lock = -1;
}
