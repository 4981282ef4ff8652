/* SPDX-License-Identifier: ISC */

/*
 * Where the socket is, and who may use it.
 */

#ifndef TALK_PLACE_H
#define TALK_PLACE_H

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <stdbool.h>

#include "store/keystore.h"

/* Returns 0, or KS_E_ARG if the path is too long for a socket. */
int	talk_address(const char *keydir, struct sockaddr_un *un,
	    struct ks_error *error);

/*
 * Listen there, in place of a socket that a killed daemon left behind: the
 * caller is the only daemon of that directory.  *fd does not block.  Returns 0,
 * KS_E_ARG or KS_E_SYSTEM.
 */
int	talk_listen(const char *keydir, int *fd, struct ks_error *error);

/*
 * Whether the process at the other end runs as root, or as the user of this
 * one.  *pid and *uid are what the kernel says of it.
 */
bool	talk_may_use(int fd, pid_t *pid, uid_t *uid);

#endif /* TALK_PLACE_H */
