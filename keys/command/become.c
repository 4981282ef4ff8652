/* SPDX-License-Identifier: ISC */

/*
 * Giving up root: see become.h.
 *
 * The groups are those that countersign-rotate.service has: all of that user,
 * and the primary one of the front's user, whose files the configuration may
 * name.  The logs of domains go on naming whoever started the command.
 */

#include "command/become.h"

#include <sys/prctl.h>

#include <err.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/user_name.h"
#include "config/config.h"
#include "config/user_file.h"

/* The user who owns the keys, or would; NULL: root, or nobody. */
static const struct passwd *
find_owner(const struct tool *tool, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw;

	if (tool->ks != NULL && ks_owner(tool->ks, uid, gid))
		return getpwuid(*uid);
	pw = tool->config == NULL ? NULL :
	    getpwnam(tool->config->keys_user);
	*uid = pw == NULL ? 0 : pw->pw_uid;
	*gid = pw == NULL ? 0 : pw->pw_gid;
	return pw;
}

/* Groups first: afterwards, this is not allowed. */
static bool
change(uid_t uid, gid_t gid, const gid_t *groups, size_t ngroups)
{
	if (setgroups(ngroups, groups) == -1 ||
	    setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1) {
		warn("cannot become user %u, to whom the keys belong",
		    (unsigned int)uid);
		return false;
	}
	if (setuid(0) != -1) {
		warnx("cannot give up root: it can be regained");
		return false;
	}
	/* The change of user may have reset it. */
	if (prctl(PR_SET_DUMPABLE, 0) == -1) {
		warn("cannot disable tracing");
		return false;
	}
	return true;
}

bool
become_owner(struct tool *tool)
{
	const char *other = tool->config == NULL ? NULL : tool->config->user;
	char name[USER_NAME_SIZE];
	const struct passwd *pw;
	struct file_user user;
	uid_t uid;
	gid_t gid;

	if (geteuid() != 0)
		return true;
	pw = find_owner(tool, &uid, &gid);
	if (uid == 0)
		return true;
	if (tool->ks != NULL)
		ks_keep_actor(tool->ks);
	if (pw == NULL || strlcpy(name, pw->pw_name, sizeof(name)) >=
	    sizeof(name))
		return change(uid, gid, &gid, 1);
	user_file_find_user(&user, name, other);
	return change(user.uid, user.gid, user.groups, user.ngroups);
}
