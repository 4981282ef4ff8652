/* SPDX-License-Identifier: ISC */

/*
 * Answers to what policy_decide() asks for, by DNS.
 */

#ifndef ANSWERS_H
#define ANSWERS_H

#include "config/config.h"
#include "message/spf_cache.h"
#include "message/upstream.h"
#include "policy/facts.h"
#include "resolver/resolver.h"

struct answers_means {
	/* NULL: each answer is FACT_TEMPFAIL. */
	struct dns_resolver	*resolver;
	struct spfcache		*spfcache;	/* NULL: none */
};

/*
 * A resolver for what a configuration asks for, by the server named or, where
 * that is NULL, by those of the configuration; *resolver is NULL if no source
 * asks.  0, or -1 with a text in error.
 */
int	answers_resolver_new(const struct config *config, const char *server,
	    struct dns_resolver **resolver, char *error, size_t errorsize);

/*
 * Whether the SPF record of domain covers the client of facts, into facts.
 * May wait for DNS as long as RFC 7208 section 4.6.4 lets it, 20 seconds.
 * 0, or -1 when facts has no room for the answer.
 */
int	answers_spf(const struct answers_means *means, struct facts *facts,
	    const char *domain);

/*
 * The verdicts of upstream, which has the whole message, into facts; texts of
 * facts are borrowed from it.  0, or -1 when out of memory.
 */
int	answers_dkim(const struct answers_means *means, struct facts *facts,
	    struct upstream *upstream);

#endif /* ANSWERS_H */
