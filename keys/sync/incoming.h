/* SPDX-License-Identifier: ISC */

/*
 * A domain that another host pushes: its lines and keys are collected until it
 * is complete.
 */

#ifndef SYNC_INCOMING_H
#define SYNC_INCOMING_H

#include <stddef.h>
#include <stdio.h>

#include "store/replica.h"
#include "sync/protocol.h"

/* Zeroed: no domain. */
struct sync_incoming {
	char			 domain[DKIMSIG_DOMAIN_SIZE];
	size_t			 nlines;	/* still to come */
	size_t			 nkeys;		/* still to come */
	FILE			*fp;		/* writes text */
	char			*text;
	size_t			 len;
	size_t			 size;		/* octets written so far */
	struct ks_replica_key	*keys;
	size_t			 nread;
};

/*
 * Take the lines "domain", "line" and "key" of the protocol.  Each returns 0,
 * or KS_E_ARG or KS_E_NOMEM, after which the connection must end.
 */
int	sync_incoming_begin(struct sync_incoming *incoming,
	    const struct sync_message *message, struct ks_error *error);
int	sync_incoming_line(struct sync_incoming *incoming,
	    const struct sync_message *message, struct ks_error *error);
int	sync_incoming_key(struct sync_incoming *incoming,
	    const struct sync_message *message, struct ks_error *error);

/* Whether "commit" comes at the right moment; returns as above. */
int	sync_incoming_complete(struct sync_incoming *incoming,
	    const struct sync_message *message, struct ks_error *error);

/*
 * After that, the state, which the caller finishes.  Returns 0, or KS_E_* if
 * it is not valid, or a key is not the one in it: only this domain has failed.
 */
int	sync_incoming_state(const struct sync_incoming *incoming,
	    struct ks_state *state, struct ks_error *error);

/* Wipe and free all; no domain is left. */
void	sync_incoming_forget(struct sync_incoming *incoming);

#endif /* SYNC_INCOMING_H */
