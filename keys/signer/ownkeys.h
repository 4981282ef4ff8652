/* SPDX-License-Identifier: ISC */

/*
 * All keys in a domain's state, in any phase: they tell our signatures from
 * those of other signers.
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

/*
 * Fill the list from a state.  Returns 0, KS_E_NOMEM, or KS_E_CRYPTO if a
 * public half cannot be used; the list is empty then.
 */
int	ownkeys_init(struct ownkeys *own, const struct ks_state *state);

/* Free the list, which may be zeroed. */
void	ownkeys_finish(struct ownkeys *own);

/* Whether one has that selector, ignoring case, or that public half. */
bool	ownkeys_has(const struct ownkeys *own, const char *selector,
	    const unsigned char digest[IPC_DIGEST_SIZE]);

#endif /* OWNKEYS_H */
