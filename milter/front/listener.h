/* SPDX-License-Identifier: ISC */

/*
 * The socket at which libmilter listens for the MTA: made by the user of the
 * front, and removed by no other.
 */

#ifndef LISTENER_H
#define LISTENER_H

#include <sys/types.h>

#include "config/config.h"

/*
 * Open it, give root up for config->user, and leave what libmilter needs.
 * The smfi_register() call comes before.
 *
 * Returns 0, or -1 with the reason and what to do logged.
 */
int	listener_open(const struct config *config);

/*
 * Remove the name of a unix socket, if it is still that of ours, and let
 * another process have it.  After smfi_main().
 */
void	listener_close(void);

#endif /* LISTENER_H */
