/* SPDX-License-Identifier: ISC */

/*
 * Look up in DNS what policy_decide() asks for: SPF records (RFC 7208), and
 * the keys of the DKIM signatures that the message arrived with (RFC 6376).
 *
 * Only an SPF "pass" is a yes.  Answers are cached within their TTL
 * (spf_cache.h).  A signature counts only if it covers the whole body and its
 * key is not marked as a test key.  If DNS does not answer, the fact is
 * FACT_TEMPFAIL; only a lack of memory or room, or a crypto library that fails,
 * is an error.
 */

#include "message/answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "spf/spf.h"

bool
answers_need_dns(const struct config *config)
{
	return config->asks_spf || config->asks_dkim;
}

int
answers_resolver_new(const struct config *config,
    const char *const *servers, size_t nservers,
    struct dns_resolver **resolver, char *error, size_t errorsize)
{
	const struct dns_options options = {
		.servers = nservers > 0 ? servers : config->dns.servers.texts,
		.nservers = nservers > 0 ? nservers : config->dns.servers.n,
		.trust_anchor = config->dns.trust_anchor,
		.timeout_ms = config->dns.timeout_ms,
	};

	*resolver = NULL;
	if (!answers_need_dns(config))
		return 0;
	*resolver = dns_resolver_new(&options, error, errorsize);
	return *resolver != NULL ? 0 : -1;
}

/* Only a pass is a yes; neutral and softfail do not prove the client. */
static enum fact_answer
answer_of(enum spf_result result)
{
	switch (result) {
	case SPF_PASS:
		return FACT_YES;
	case SPF_TEMPERROR:
		return FACT_TEMPFAIL;
	default:
		return FACT_NO;
	}
}

int
answers_spf(const struct answers_means *means, struct facts *facts,
    const char *domain)
{
	struct fact_spf known;
	struct spf_query query = {
		.family = facts->client_family,
		.address = facts->client_address,
		.domain = domain,
		.helo = facts->helo,
		.lookup = dns_lookup,
		.arg = means->resolver,
	};
	struct spf_answer answer;

	if (means->resolver == NULL)
		return facts_set_spf(facts, domain, FACT_TEMPFAIL,
		    "no resolver") ? 0 : -1;
	if (means->spf_cache != NULL && spf_cache_get(means->spf_cache, facts,
	    domain, monotonic_ms() / 1000, &known))
		return facts_set_spf(facts, domain, known.covers,
		    known.text) ? 0 : -1;
	spf_check_host(&query, &answer);
	known.domain = domain;
	known.covers = answer_of(answer.result);
	strlcpy(known.text, answer.reason, sizeof(known.text));
	if (means->spf_cache != NULL && !answer.uses_helo)
		spf_cache_put(means->spf_cache, facts, &known, answer.ttl,
		    monotonic_ms() / 1000);
	return facts_set_spf(facts, domain, known.covers, known.text) ? 0 :
	    -1;
}

/*
 * A signature proves its domain only if it covers the whole body and its key
 * is not marked as a test key (RFC 6376 section 3.6.1, t=y).
 */
static enum fact_answer
validity(const struct dkimsig_verdict *verdict)
{
	if (verdict->result == DKIMSIG_RESULT_TEMPERROR)
		return FACT_TEMPFAIL;
	return verdict->result == DKIMSIG_RESULT_PASS &&
	    verdict->body_length == -1 && !verdict->key_testing ? FACT_YES :
	    FACT_NO;
}

int
answers_dkim(const struct answers_means *means, struct facts *facts,
    struct upstream *upstream)
{
	const struct upstream_signature *from;
	struct fact_signature *to;
	size_t n, i;
	int r;

	if (upstream == NULL)
		return DKIMSIG_E_NOMEM;
	if ((r = upstream_judge(upstream, means->resolver != NULL ?
	    dns_lookup_all : dns_lookup_all_none, means->resolver)) != 0)
		return r;
	n = upstream_count(upstream);
	if ((facts->signatures = calloc(n + 1, sizeof(*to))) == NULL)
		return DKIMSIG_E_NOMEM;
	for (i = 0; i < n; i++) {
		from = upstream_get(upstream, i);
		to = &facts->signatures[i];
		to->sdid = from->verdict.sdid;
		to->selector = from->verdict.selector;
		to->valid = validity(&from->verdict);
		to->text = dkimsig_reason_text(from->verdict.reason);
		to->dns_error = from->dns_error;
		to->timestamp = from->verdict.timestamp;
		to->fields = from->fields;
		to->nfields = from->nfields;
		to->left_out = from->left_out;
		to->nleft_out = from->nleft_out;
		memcpy(to->digest, from->digest, sizeof(to->digest));
		memcpy(to->key_digest, from->key_digest,
		    sizeof(to->key_digest));
	}
	facts->nsignatures = n;
	facts->nskipped = upstream_skipped(upstream);
	facts->dkim_known = true;
	return 0;
}
