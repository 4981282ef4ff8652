/* SPDX-License-Identifier: ISC */

/*
 * Whether a user can reach a file.
 */

#ifndef REACH_H
#define REACH_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

enum reach {
	REACH_WELL,
	REACH_MISSING,		/* denied: what does not exist */
	REACH_FOLDER,		/* denied: a folder the user cannot enter */
	REACH_FILE,		/* denied: the file cannot be written to */
	REACH_UNKNOWN		/* denied: why this cannot be found out */
};

/*
 * Walk along a path as user, with all groups of that user, for which this
 * process must be root or be that user.
 */
enum reach reach_walk(const char *user, const char *path, char *denied,
	    size_t size);

/* Whether the user is in the group, by its primary group or as a member. */
bool	reach_is_member(const char *user, gid_t group);

#endif /* REACH_H */
