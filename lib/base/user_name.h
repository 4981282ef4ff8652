/* SPDX-License-Identifier: ISC */

/*
 * User and group names, for messages.
 */

#ifndef USER_NAME_H
#define USER_NAME_H

#include <sys/types.h>

#include <stdbool.h>

#define USER_NAME_SIZE	64	/* octets, NUL included */

/* The name of a user or group, or its number if it has no name. */
void	user_name(uid_t uid, char name[USER_NAME_SIZE]);
void	user_name_group(gid_t gid, char name[USER_NAME_SIZE]);

/* False if there is no such user, or the lookup failed. */
bool	user_find(const char *name, uid_t *uid);

#endif /* USER_NAME_H */
