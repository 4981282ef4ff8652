/* SPDX-License-Identifier: ISC */

/*
 * The host that receives: it reads requests, changes its store, and answers.
 *
 * It takes keys only from a store that its own is, or becomes, a copy of, and
 * only from a later push than the last one; see store/rotator.h and
 * store/generation.h.  While it receives, it holds the lock of a run over all
 * domains, so that pushes come one after the other.
 */

#ifndef SYNC_RECEIVE_H
#define SYNC_RECEIVE_H

#include <stdbool.h>
#include <stdio.h>

#include "sync/protocol.h"

struct sync_receiver;

/* What it works with; all is borrowed. */
struct sync_receiver_means {
	struct keystore		*ks;
	const struct ks_host	*host;		/* this one */
	int64_t			 (*clock)(void);
	unsigned int		 wait_s;	/* for locks */
	FILE			*out;		/* for the answers */
};

/* NULL: out of memory. */
struct sync_receiver *sync_receiver_new(
	    const struct sync_receiver_means *means);
void	sync_receiver_free(struct sync_receiver *receiver);

/*
 * Octets that the other host sent, cut anywhere.  Returns 0, or KS_E_*: the
 * connection must end, and no more octets are taken.
 */
int	sync_receiver_take(struct sync_receiver *receiver, const char *chunk,
	    size_t len, struct ks_error *error);

/* Whether the other host has said that nothing follows. */
bool	sync_receiver_has_ended(const struct sync_receiver *receiver);

/* How many domains were changed, and the name of the other host. */
size_t	sync_receiver_count(const struct sync_receiver *receiver);
const char *sync_receiver_peer(const struct sync_receiver *receiver);

#endif /* SYNC_RECEIVE_H */
