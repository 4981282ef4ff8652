/* SPDX-License-Identifier: ISC */

/*
 * Giving up root: see privileges.h.
 *
 * Groups before the user, for afterwards there is no right to.  A drop that
 * can be taken back is a failed one.
 */

#include "privileges.h"

#include <sys/types.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "log.h"

bool
privileges_are_root(void)
{
	return geteuid() == 0;
}

int
privileges_user_exists(const char *user)
{
	errno = 0;
	if (getpwnam(user) != NULL)
		return 1;
	switch (errno) {
	case 0:
	case ENOENT:
	case ESRCH:
		return 0;
	default:
		return -1;
	}
}

int
privileges_drop(const char *user)
{
	struct passwd *pw;

	if (!privileges_are_root())
		return 0;
	errno = 0;
	if ((pw = getpwnam(user)) == NULL) {
		if (errno != 0)
			log_warn("user %s: cannot be looked up", user);
		else
			log_warnx("user %s: no such user", user);
		return -1;
	}
	if (setgroups(1, &pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1) {
		log_warn("user %s: cannot become it", user);
		return -1;
	}
	if (pw->pw_uid != 0 && setuid(0) != -1) {
		log_warnx("user %s: root was not given up", user);
		return -1;
	}
	return 0;
}
