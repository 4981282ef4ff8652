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

int
become_user(const char *user, char *why, size_t size)
{
	const struct passwd *pw;

	if (user == NULL)
		return 0;
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
	if (initgroups(user, pw->pw_gid) == -1 ||
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
