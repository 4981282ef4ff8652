/* SPDX-License-Identifier: ISC */

/*
 * Users, for messages.
 */

#include "user_name.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#define MAX_PASSWD	4096	/* octets of an entry of the user database */

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
