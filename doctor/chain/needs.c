/* SPDX-License-Identifier: ISC */

/*
 * What the sources need from the MTA, and which networks it must not trust,
 * whichever MTA it is.  Settings of the MTA are compared with this by the areas
 * of Postfix and Sendmail.
 */

#include <string.h>

#include "chain/private.h"
#include "config/platform_network.h"

void
chain_find_needs(const struct config *config, struct chain_needs *needs)
{
	const struct source *s;
	size_t i;

	memset(needs, 0, sizeof(*needs));
	for (i = config->nsources; i > 0; i--) {
		s = &config->sources[i - 1];
		if (s->cert_cn.n > 0 || s->cert_issuer.n > 0)
			needs->certificate = s;
		if (s->tls != TLS_NONE || s->cert_cn.n > 0 ||
		    s->cert_issuer.n > 0)
			needs->tls = s;
		if (s->login.n > 0 || s->any_login)
			needs->login = s;
	}
}

const struct source *
chain_source_in(const struct config *config, const struct network *network)
{
	const struct source *s;
	size_t i, j;

	for (i = 0; i < config->nsources; i++) {
		s = &config->sources[i];
		for (j = 0; j < s->nnetworks && !s->trust_network; j++)
			if (!s->networks[j].excluded &&
			    network_overlaps(&s->networks[j], network))
				return s;
	}
	return NULL;
}
