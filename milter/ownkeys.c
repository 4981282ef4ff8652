/* SPDX-License-Identifier: ISC */

/*
 * Keys that are or ever were ours: see ownkeys.h.
 *
 * A selector alone decides: it is never given to another signer's key while
 * its line stands in the state.
 */

#include "ownkeys.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct ownkey {
	char	selector[KS_SELECTOR_SIZE];
};

int
ownkeys_init(struct ownkeys *own, const struct ks_state *state)
{
	size_t i;

	memset(own, 0, sizeof(*own));
	if (state->nkeys == 0)
		return KS_OK;
	if ((own->list = calloc(state->nkeys, sizeof(*own->list))) == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < state->nkeys; i++)
		memcpy(own->list[i].selector, state->keys[i].selector,
		    sizeof(own->list[i].selector));
	own->n = state->nkeys;
	return KS_OK;
}

void
ownkeys_finish(struct ownkeys *own)
{
	free(own->list);
	memset(own, 0, sizeof(*own));
}

bool
ownkeys_has(const struct ownkeys *own, const char *selector,
    const unsigned char digest[IPC_DIGEST_SIZE])
{
	size_t i;

	(void)digest;
	for (i = 0; i < own->n; i++)
		if (strcasecmp(own->list[i].selector, selector) == 0)
			return true;
	return false;
}
