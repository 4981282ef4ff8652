/* SPDX-License-Identifier: ISC */

/*
 * The areas of the chain, in their order.
 *
 * An area that cannot do its work adds a finding that says why; none stops the
 * others.
 */

#include "chain/chain.h"

#include "chain/private.h"
#include "machine/postfix.h"
#include "machine/sendmail.h"

static void (*const areas[])(struct chain *, struct findings *) = {
	chain_config,
	chain_keydir,
	chain_keyless,
	chain_keys,
	chain_dns,
	chain_postfix,
	chain_sendmail,
	chain_loop,
	chain_spf,
	chain_services,
	chain_units,
	chain_programs,
	chain_storage,
	chain_clock,
	chain_refusals,
};

void
chain_run(struct chain *chain, struct findings *findings)
{
	size_t i;

	for (i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
		areas[i](chain, findings);
}

bool
chain_needs_milter(const struct chain *chain)
{
	return chain->config == NULL || chain->config->nsources > 0 ||
	    chain->mta_has_milter;
}

void
chain_finish(struct chain *chain)
{
	config_unref(chain->config);
	chain->config = NULL;
	postfix_free(chain->postfix);
	chain->postfix = NULL;
	sendmail_free(chain->sendmail);
	chain->sendmail = NULL;
}
