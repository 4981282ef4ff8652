/* SPDX-License-Identifier: ISC */

/*
 * Files that one user needs and others must not read: the key for DNS updates,
 * or a configuration with secrets; and programs that such a user runs.
 *
 * One rule applies to all of them.  They must belong to root or to that user;
 * others must have no access; the group may read them if it is the group of
 * that user; and that user must be able to read or run them, which includes
 * entering the directories above.  Root can read any file, so root tries this
 * as that user.
 */

#ifndef USER_FILE_H
#define USER_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/user_name.h"

#define USER_FILE_MAX_GROUPS	64

/* The user who needs a file. */
struct file_user {
	uid_t	uid;
	gid_t	gid;
	char	name[USER_NAME_SIZE];
	char	group[USER_NAME_SIZE];
	gid_t	groups[USER_FILE_MAX_GROUPS];	/* all, gid first */
	size_t	ngroups;
};

/*
 * Find a user and its groups, and add the primary group of another user (NULL:
 * none), as countersign-rotate.service does.  If there is no such user, take
 * the one that this process runs as.
 */
void	user_file_find_user(struct file_user *user, const char *name,
	    const char *other);

/*
 * Whether a file with a secret follows the rule.  fd is the open file.  If not,
 * text says what is wrong, with the commands that fix it.
 */
bool	user_file_keeps_secret(const char *path, int fd,
	    const struct file_user *user, char *text, size_t textsize);

/*
 * Open a file with a secret for reading.  Returns its descriptor, or -1 with
 * text as above and errno set: ENOENT, EACCES if this process cannot read it,
 * EPERM if it does not follow the rule, and others.
 */
int	user_file_open_secret(const char *path,
	    const struct file_user *user, char *text, size_t textsize);

/*
 * Whether a file is a program that the user can run, and that only root and the
 * user can change.  If not, text says what is wrong, as above.
 */
bool	user_file_is_program(const char *path, const struct file_user *user,
	    char *text, size_t textsize);

/*
 * Whether the user can read (R_OK) or run (X_OK) a file.  If not, text says
 * which directory prevents it; "" if it is the file itself.  Only root and the
 * user can find out; otherwise true.
 */
bool	user_file_is_usable(const char *path, int what,
	    const struct file_user *user, char *text, size_t textsize);

/* Write "chown root:GROUP PATH; chmod 0640 PATH" for that user. */
void	user_file_print_fix(const char *path,
	    const struct file_user *user, char *text, size_t textsize);

#endif /* USER_FILE_H */
