/* SPDX-License-Identifier: ISC */

/*
 * What holds of every configuration that was accepted: a source names its
 * domains, and has a proof of whose mail it signs (a login, service, secret or
 * signature, or a value in the message and a proof of its way) or trusts a
 * network.
 *
 * Written from countersign.conf(5), not from config/proof.c, so that a mistake
 * there is found.  Aborts, as a fuzzing engine expects.
 */

#include "proofs.h"

#include <stdlib.h>

static bool
has_hop(const struct source *source)
{
	size_t i;

	for (i = 0; i < source->nnetworks; i++)
		if (!source->networks[i].excluded)
			return true;
	return source->spf.n > 0 || source->ptr.n > 0 ||
	    source->cert_cn.n > 0;
}

static bool
has_written(const struct source *source)
{
	size_t i;

	for (i = 0; i < source->nheaders; i++)
		if (source->headers[i].proves_tenant &&
		    source->headers[i].values.n > 0 &&
		    !source->headers[i].optional)
			return true;
	return source->bounce == BOUNCE_REQUIRED;
}

static void
check_source(const struct source *source)
{
	size_t i;

	if (source->domains.n == 0)
		abort();
	for (i = 0; i < source->nsecrets; i++)
		if (source->secrets[i].values.n == 0)
			abort();
	for (i = 0; i < source->ndkims; i++)
		if (source->dkims[i].sdids.n == 0 ||
		    source->dkims[i].max_age <= 0 ||
		    source->dkims[i].max_uses == 0)
			abort();
	if (source->trust_network) {
		if (source->nnetworks == 0)
			abort();
		return;
	}
	if (source->login.n == 0 && source->daemon.n == 0 &&
	    source->ndkims == 0 && source->nsecrets == 0 &&
	    !(has_written(source) && has_hop(source)))
		abort();
}

void
check_proofs(const struct config *config)
{
	size_t i;

	for (i = 0; i < config->nsources; i++)
		check_source(&config->sources[i]);
}
