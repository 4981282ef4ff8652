/* SPDX-License-Identifier: ISC */

/*
 * Giving up root, for front and signer alike.
 */

#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>

/* Whether this process has root's rights. */
bool	privileges_are_root(void);

/* 1: there is such a user; 0: there is none; -1: cannot be told (errno). */
int	privileges_user_exists(const char *user);

/*
 * Become user for good: its primary group, no further groups, all three user
 * and group ids; then make sure that there is no way back.  Does nothing,
 * and returns 0, where the process has no root's rights to give up.
 *
 * Returns 0, or -1 when it failed, with the reason logged: the caller must
 * end then.  Clears PR_SET_PDEATHSIG and may set PR_SET_DUMPABLE: the caller
 * sets both afterwards, if it wants them.
 */
int	privileges_drop(const char *user);

#endif /* PRIVILEGES_H */
