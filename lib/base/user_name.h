/* SPDX-License-Identifier: ISC */

/*
 * Users and groups, for messages: by name where there is one.
 */

#ifndef USER_NAME_H
#define USER_NAME_H

#include <sys/types.h>

#include <stdbool.h>

#define USER_NAME_SIZE	64	/* octets, NUL included */

/* The name of a user or group, or the number of one that has none. */
void	user_name(uid_t uid, char name[USER_NAME_SIZE]);
void	user_name_group(gid_t gid, char name[USER_NAME_SIZE]);

/* False if there is no such user, or that cannot be told. */
bool	user_find(const char *name, uid_t *uid);

#endif /* USER_NAME_H */
