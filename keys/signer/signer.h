/* SPDX-License-Identifier: ISC */

/*
 * Room keys/signer: the process that holds private keys, and reads no mail.
 *
 * The signer's loop: serves the front over the sockets that the master
 * introduces.
 */

#ifndef SIGNER_H
#define SIGNER_H

#include <stdint.h>

#include "signer/keycache.h"

#define SIGNER_MAX_PEERS	64	/* sockets served at a time */

struct signer_opts {
	struct keystore	*ks;		/* borrowed */
	int64_t		 ceiling;	/* of x=, seconds after t=; 0: none */
	int		 control;	/* socket to the master; taken over */
	void		(*now)(struct moment *now);
};

/*
 * Serve until the master says to stop, or is gone.  Single-threaded; sleeps
 * while there is nothing to do.  Returns the exit status of the process: 0, or
 * 1 after a failure, which is logged.
 */
int	signer_serve(const struct signer_opts *opts);

#endif /* SIGNER_H */
