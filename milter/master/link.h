/* SPDX-License-Identifier: ISC */

/*
 * The way of a front's master to the signers, if another service runs them: a
 * connection to its socket.  Their master sends over it what it would send to a
 * front that is its child, IPC_CTL_PEER (ipc.h), and IPC_CTL_ENDED, which is
 * counted here.
 */

#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ipc.h"

struct link {
	const char	*path;		/* of the socket */
	unsigned int	 limit_ms;	/* to wait for the signers */
	struct ipc_channel channel;	/* fd -1: not connected */
	bool		 is_ready;	/* the signers are */
	bool		 was_lost;	/* and this was logged */
	int64_t		 due_ms;	/* connect; if connected, give it up */
	unsigned int	 delay_ms;	/* before the next attempt */
};

/* path: borrowed; NULL: there are no such signers, and nothing is ever due. */
void	link_init(struct link *link, const char *path, unsigned int limit_ms);
void	link_finish(struct link *link);

/* Connect, or give a connection up, if that is due. */
void	link_attend(struct link *link, int64_t now_ms);

/*
 * Receive one packet.  Returns 0 for a socket to a signer, which the caller
 * passes on and closes; else nothing has come that concerns the caller.
 */
int	link_receive(struct link *link, struct ipc_message *message,
	    int64_t now_ms);

/* The connection is of no use: close it, and connect again later. */
void	link_lose(struct link *link, const char *why, int64_t now_ms);

/* The front lost a socket to a signer: tell their master. */
void	link_want(struct link *link, const struct ipc_message *message);

/* Whether the signers have failed so often that a first start is given up. */
bool	link_has_failed(const struct link *link);

#endif /* LINK_H */
