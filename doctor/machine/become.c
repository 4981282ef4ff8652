/* SPDX-License-Identifier: ISC */

/*
 * Becoming another user: see become.h.
 *
 * Groups are changed before the user, because afterwards the process is not
 * allowed to.  A switch that can be undone counts as failed.
 */

#include "machine/become.h"

#include <sys/types.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_GROUPS	256
#define NAME_SIZE	256	/* octets, with a group */

/* The groups of a user, and one more unless it is NULL or does not exist. */
static int
take_groups(const char *user, gid_t primary, const char *more)
{
	const struct group *group = NULL;
	gid_t groups[MAX_GROUPS];
	int n = MAX_GROUPS - 1;

	if (more != NULL)
		group = getgrnam(more);
	if (getgrouplist(user, primary, groups, &n) == -1)
		n = MAX_GROUPS - 1;
	if (group != NULL)
		groups[n++] = group->gr_gid;
	return setgroups((size_t)n, groups);
}

int
become_user(const char *who, char *why, size_t size)
{
	const struct passwd *pw;
	char user[NAME_SIZE], *more;

	if (who == NULL)
		return 0;
	if (strlcpy(user, who, sizeof(user)) >= sizeof(user)) {
		(void)snprintf(why, size, "user %s: name too long", who);
		return -1;
	}
	if ((more = strchr(user, ':')) != NULL)
		*more++ = '\0';
	errno = 0;
	if ((pw = getpwnam(user)) == NULL) {
		(void)snprintf(why, size, "user %s: %s", user,
		    errno != 0 && errno != ENOENT && errno != ESRCH ?
		    strerror(errno) : "no such user");
		return -1;
	}
	if (geteuid() == pw->pw_uid && getuid() == pw->pw_uid)
		return 0;
	if (geteuid() != 0) {
		(void)snprintf(why, size, "user %s: only root can do this; "
		    "run the command as root", user);
		return -1;
	}
	if (take_groups(user, pw->pw_gid, more) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1) {
		(void)snprintf(why, size, "cannot switch to user %s: %s", user,
		    strerror(errno));
		return -1;
	}
	if (pw->pw_uid != 0 && setuid(0) != -1) {
		(void)snprintf(why, size, "cannot drop root privileges for "
		    "user %s: they can be regained", user);
		return -1;
	}
	return 0;
}
