/* SPDX-License-Identifier: ISC */

/*
 * Becoming another user, as a mail server does for its services.
 */

#ifndef BECOME_H
#define BECOME_H

#include <stddef.h>

/*
 * Become user for good, with all groups of which the user is a member: Postfix
 * and systemd do the same, so access that a group gives counts.  "USER:GROUP"
 * adds a group that exists, as SupplementaryGroups= of systemd does.  A process
 * that already is that user, or a user of NULL, changes nothing.
 *
 * Returns 0, or -1 with the reason in why.  After -1 the process must exit if
 * it was root.
 */
int	become_user(const char *user, char *why, size_t size);

#endif /* BECOME_H */
