/* SPDX-License-Identifier: ISC */

/*
 * Giving up root, for front and signer alike.
 */

#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <sys/types.h>

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

/*
 * The same in two steps: after the first one the files that the process makes
 * have that group, if it is not (gid_t)-1 and the process was root; the
 * second one gives the group up for good.  Nothing is made with root's rights
 * in between.
 */
int	privileges_drop_but_group(const char *user, gid_t group);
int	privileges_drop_group(void);

/*
 * Whoever takes the process over finds no set-uid program of use; and neither
 * a core file nor a debugger shows what it knows.  After the drop, which
 * resets a part of this.
 *
 * Returns 0, or -1 with the reason logged.
 */
int	privileges_lock(void);

#endif /* PRIVILEGES_H */
