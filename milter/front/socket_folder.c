/* SPDX-License-Identifier: ISC */

/*
 * The directory of the socket for the MTA: see socket_folder.h.
 *
 * The advice never changes the owner of a directory that other programs may
 * use, such as /run, but only of one whose name has "countersign" in it, and
 * not if it belongs to the user of the service: then the wrong user has started
 * us.
 */

#include "front/socket_folder.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/user_name.h"
#include "config/config.h"

#define OUR_NAME	"countersign"

/* Who owns a new directory: the user that we run as, and the socket's group. */
struct account {
	char	user[USER_NAME_SIZE];
	char	group[USER_NAME_SIZE];
	const char *mode;
};

/*
 * Without root, we cannot give the socket to a group of others: it inherits the
 * group of its directory.
 */
static void
find_account(struct account *us, const struct config *config)
{
	const struct passwd *pw;

	user_name(geteuid(), us->user);
	us->mode = "0755";
	if (config->socket_group != NULL && strlcpy(us->group,
	    config->socket_group, sizeof(us->group)) < sizeof(us->group)) {
		us->mode = (config->socket_mode & 0007) != 0 ? "2755" :
		    "2750";
		return;
	}
	pw = getpwuid(geteuid());
	user_name_group(pw != NULL ? pw->pw_gid : getgid(), us->group);
}

static const char *
last_part(const char *path)
{
	const char *slash;

	slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : path;
}

/* The first directory of the path that we may not enter; NULL if none. */
static const char *
closed_folder(char *folder)
{
	char *p, saved;

	for (p = folder + 1;; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		saved = *p;
		*p = '\0';
		if (faccessat(AT_FDCWD, folder, X_OK, AT_EACCESS) == -1 &&
		    errno == EACCES)
			return folder;
		*p = saved;
		if (saved == '\0')
			return NULL;
	}
}

static void
log_missing(const struct config *config, const char *folder)
{
	struct account us;

	find_account(&us, config);
	log_warnx(M_SOCKET_DIRECTORY_MISSING,
	    "socket %s: directory %s does not exist: create it with 'install "
	    "-d -o %s -g %s -m %s %s'", config->socket, folder, us.user,
	    us.group, us.mode, folder);
}

static void
log_not_writable(const struct config *config, const char *folder,
    const struct stat *st)
{
	const char *name = config->socket;
	struct account us;
	char owner[USER_NAME_SIZE];

	find_account(&us, config);
	user_name(st->st_uid, owner);
	if (strcmp(owner, config->user) == 0 && strcmp(owner, us.user) != 0)
		log_warnx(M_SOCKET_DIRECTORY_DENIED,
		    "socket %s: user %s cannot create files in %s, which "
		    "belongs to user %s of the configuration: start this as "
		    "root", name, us.user, folder, owner);
	else if (strstr(last_part(folder), OUR_NAME) != NULL)
		log_warnx(M_SOCKET_DIRECTORY_DENIED,
		    "socket %s: user %s cannot create files in %s (mode %04o, "
		    "owner %s): make that user the owner with 'chown %s %s'",
		    name, us.user, folder, (unsigned int)st->st_mode & 07777,
		    owner, us.user, folder);
	else
		log_warnx(M_SOCKET_DIRECTORY_DENIED,
		    "socket %s: user %s cannot create files in %s (mode %04o, "
		    "owner %s): create a directory for it with 'install -d -o "
		    "%s -g %s -m %s %s/" OUR_NAME "', and write socket = "
		    "\"unix:%s/" OUR_NAME "/%s\"", name, us.user, folder,
		    (unsigned int)st->st_mode & 07777, owner, us.user, us.group,
		    us.mode, folder, folder, last_part(name));
}

static void
log_closed(const struct config *config, const char *folder)
{
	struct account us;

	find_account(&us, config);
	log_warnx(M_SOCKET_DIRECTORY_DENIED,
	    "socket %s: user %s cannot enter directory %s: allow it with "
	    "'chmod o+x %s'", config->socket, us.user, folder, folder);
}

int
socket_folder_check(const struct config *config, const char *path)
{
	const char *name = config->socket;
	char folder[PATH_MAX];
	const char *closed;
	struct stat st;
	char *slash;

	if (strlcpy(folder, path, sizeof(folder)) >= sizeof(folder) ||
	    (slash = strrchr(folder, '/')) == NULL) {
		log_warnx(M_SOCKET_PATH_TOO_LONG, "socket %s: path too long",
		    name);
		return -1;
	}
	slash[slash == folder ? 1 : 0] = '\0';
	if (stat(folder, &st) == -1) {
		if (errno == ENOENT)
			log_missing(config, folder);
		else if (errno == EACCES &&
		    (closed = closed_folder(folder)) != NULL)
			log_closed(config, closed);
		else
			log_warn(M_SOCKET_DIRECTORY_UNUSABLE,
			    "socket %s: directory %s cannot be examined", name,
			    folder);
		return -1;
	}
	if (!S_ISDIR(st.st_mode)) {
		log_warnx(M_SOCKET_DIRECTORY_UNUSABLE,
		    "socket %s: %s is not a directory", name, folder);
		return -1;
	}
	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	if (errno == EACCES)
		log_not_writable(config, folder, &st);
	else if (errno == EROFS)
		log_warnx(M_SOCKET_DIRECTORY_UNUSABLE,
		    "socket %s: directory %s is on a read-only file system: "
		    "under systemd, add it to ReadWritePaths= in the unit",
		    name, folder);
	else
		log_warn(M_SOCKET_DIRECTORY_UNUSABLE,
		    "socket %s: directory %s cannot be used", name, folder);
	return -1;
}
