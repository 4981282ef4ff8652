/* SPDX-License-Identifier: ISC */

/*
 * User and group names for messages: "keys" is more useful than "998".
 *
 * If an id has no entry in the database, or its name is too long, its number is
 * used, so there is always something to print.  user_find() returns false for
 * an unknown user.  Thread-safe.
 */

#include "base/user_name.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

/* Maximum size of a database entry, in octets. */
#define MAX_PASSWD	4096
#define MAX_GROUP	16384

void
user_name(uid_t uid, char name[USER_NAME_SIZE])
{
	char buf[MAX_PASSWD];
	struct passwd pwbuf, *pw;

	if (getpwuid_r(uid, &pwbuf, buf, sizeof(buf), &pw) != 0 ||
	    pw == NULL || strlcpy(name, pw->pw_name, USER_NAME_SIZE) >=
	    USER_NAME_SIZE)
		(void)snprintf(name, USER_NAME_SIZE, "%u",
		    (unsigned int)uid);
}

void
user_name_group(gid_t gid, char name[USER_NAME_SIZE])
{
	char buf[MAX_GROUP];
	struct group grbuf, *gr;

	if (getgrgid_r(gid, &grbuf, buf, sizeof(buf), &gr) != 0 ||
	    gr == NULL || strlcpy(name, gr->gr_name, USER_NAME_SIZE) >=
	    USER_NAME_SIZE)
		(void)snprintf(name, USER_NAME_SIZE, "%u",
		    (unsigned int)gid);
}

bool
user_find(const char *name, uid_t *uid)
{
	char buf[MAX_PASSWD];
	struct passwd pwbuf, *pw;

	if (getpwnam_r(name, &pwbuf, buf, sizeof(buf), &pw) != 0 ||
	    pw == NULL)
		return false;
	*uid = pw->pw_uid;
	return true;
}
