/* SPDX-License-Identifier: ISC */

/*
 * Look up in DNS what policy_decide() asks for.
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
	struct spf_cache		*spf_cache;	/* NULL: none */
};

/* Whether a source needs DNS. */
bool	answers_need_dns(const struct config *config);

/*
 * Make a resolver that asks the given servers or, if there are none, those of
 * the configuration.  *resolver is NULL if no source needs DNS.  Returns 0, or
 * -1 with a text in error.
 */
int	answers_resolver_new(const struct config *config,
	    const char *const *servers, size_t nservers,
	    struct dns_resolver **resolver, char *error, size_t errorsize);

/*
 * Add to facts whether the SPF record of domain covers their client.  May
 * wait for DNS for up to 20 seconds (RFC 7208 section 4.6.4).
 * Returns 0, or -1 if facts has no room for the answer.
 */
int	answers_spf(const struct answers_means *means, struct facts *facts,
	    const char *domain);

/*
 * Verify the signatures of upstream, which must have read the whole message,
 * and add the verdicts to facts.  Their texts are borrowed from upstream.
 * Returns 0, DKIMSIG_E_NOMEM or DKIMSIG_E_CRYPTO.
 */
int	answers_dkim(const struct answers_means *means, struct facts *facts,
	    struct upstream *upstream);

#endif /* ANSWERS_H */
