/* SPDX-License-Identifier: ISC */

/*
 * The socket at which libmilter listens for the MTA.  The front's user creates
 * it, and only the process that created it removes it.
 */

#ifndef LISTENER_H
#define LISTENER_H

#include <sys/types.h>

#include "config/config.h"

/*
 * Open the socket, hand it to libmilter, and drop root for config->user.  Call
 * smfi_register() first.
 *
 * Returns 0, or -1 with the reason and what to do logged.
 */
int	listener_open(const struct config *config);

/*
 * The name of the open socket, as in the configuration, but with a numeric
 * address: later, in its cell, the front may be unable to look up a name.
 */
const char *listener_name(void);

/*
 * Unlink a unix socket, if it is still ours, and release its lock, so that
 * another process may use the path.  After smfi_main().
 */
void	listener_close(void);

#endif /* LISTENER_H */
