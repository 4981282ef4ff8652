/* SPDX-License-Identifier: ISC */

/*
 * Every key in a domain's state, in whatever status: this tells our signatures
 * from those of others.
 */

#ifndef OWNKEYS_H
#define OWNKEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ipc.h"
#include "store/keystore.h"

struct ownkey;

struct ownkeys {
	struct ownkey	*list;
	size_t		 n;
};

/* Take them from a state: 0, or KS_E_NOMEM. */
int	ownkeys_init(struct ownkeys *own, const struct ks_state *state);
/* A zeroed list is allowed. */
void	ownkeys_finish(struct ownkeys *own);

/* Whether one has that selector, ignoring case, or that public half. */
bool	ownkeys_has(const struct ownkeys *own, const char *selector,
	    const unsigned char digest[IPC_DIGEST_SIZE]);

#endif /* OWNKEYS_H */
