/* SPDX-License-Identifier: ISC */

/*
 * Dropping root privileges, for front and signer.
 */

#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

/* Whether the effective user is root. */
bool	privileges_are_root(void);

/* 1 if the user exists, 0 if not, -1 if the lookup failed (errno is set). */
int	privileges_user_exists(const char *user);

/*
 * Become user for good: its primary group, no supplementary groups, all three
 * user and group ids; then check that root cannot be regained.  Does nothing
 * and returns 0 if the process is not root.
 *
 * Returns 0, or -1 with the reason logged; in that case the caller must exit.
 * Clears PR_SET_PDEATHSIG and may change PR_SET_DUMPABLE: the caller sets both
 * afterwards, if it needs them.
 */
int	privileges_drop(const char *user);

/*
 * The same in two steps, so that the process can create files for another
 * group without being root.  After the first step the effective group is group,
 * unless it is (gid_t)-1 or the process was not root.  The second step drops
 * that group for good.
 */
int	privileges_drop_but_group(const char *user, gid_t group);
int	privileges_drop_group(void);

/*
 * Disable core dumps, capabilities, set-user-ID programs and tracing, so that
 * an attacker gains no privileges through the process, and none of its memory
 * is exposed.  Call it after the drop, which resets a part of this.
 *
 * Returns 0, or -1 with the reason logged.
 */
int	privileges_lock(void);

/* The same, but keep these of its capabilities: 1 << CAP_CHOWN, ... */
int	privileges_lock_but(uint64_t capabilities);

#endif /* PRIVILEGES_H */
