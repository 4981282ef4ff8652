/* SPDX-License-Identifier: ISC */

/*
 * Files that one user needs and others must not read: the key for updates of
 * DNS, a configuration with secrets; and programs that such a user runs.
 *
 * One rule for all of them.  They belong to root or to that user; others may
 * do nothing with them, the group may read them if it is the group of that
 * user; and that user can indeed read them, or run them, the folders above
 * included.  Root can read whatever there is, so root tries it as that user.
 */

#ifndef USER_FILE_H
#define USER_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/user_name.h"

#define USER_FILE_MAX_GROUPS	64

/* Who needs a file. */
struct file_user {
	uid_t	uid;
	gid_t	gid;
	char	name[USER_NAME_SIZE];
	char	group[USER_NAME_SIZE];
	gid_t	groups[USER_FILE_MAX_GROUPS];	/* all, gid first */
	size_t	ngroups;
};

/*
 * Find a user with the groups that it has, and the group of another one
 * (NULL: none) besides, as countersign-rotate.service gives it.  If there is
 * no such user it is the one that this process runs as.
 */
void	user_file_find_user(struct file_user *user, const char *name,
	    const char *other);

/*
 * Whether a file of a secret is as the rule says.  fd is the file, opened.
 * Else text has what is wrong, and the commands that put it right.
 */
bool	user_file_keeps_secret(const char *path, int fd,
	    const struct file_user *user, char *text, size_t textsize);

/*
 * Open a file of a secret for reading.  Returns its descriptor, or -1 with
 * text as above and errno set: ENOENT, EACCES when this process cannot read
 * it, EPERM when it is not safe, and others.
 */
int	user_file_open_secret(const char *path,
	    const struct file_user *user, char *text, size_t textsize);

/*
 * Whether a file is a program that the user can run, and that nobody but root
 * and the user can change.  Else text has what is wrong, as above.
 */
bool	user_file_is_program(const char *path, const struct file_user *user,
	    char *text, size_t textsize);

/*
 * Whether the user can do that (R_OK or X_OK) with a file.  Else text says
 * what stands in the way, "" where that is the file itself.  Only root can
 * tell of other users: in all other cases it is true.
 */
bool	user_file_is_usable(const char *path, int what,
	    const struct file_user *user, char *text, size_t textsize);

/* "chown root:GROUP PATH; chmod 0640 PATH", for that user. */
void	user_file_print_fix(const char *path,
	    const struct file_user *user, char *text, size_t textsize);

#endif /* USER_FILE_H */
