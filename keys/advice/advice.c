/* SPDX-License-Identifier: ISC */

/*
 * Gather advice on a domain, subject by subject.
 *
 * Nothing fails: if a query gets no answer, a note says so, and after
 * ADVISER_MAX_SILENCES of them, no further queries are sent.
 */

#include "advice/private.h"

const char *
advice_severity_name(enum advice_severity severity)
{
	switch (severity) {
	case ADVICE_FINE:
		return "fine";
	case ADVICE_NOTE:
		return "note";
	case ADVICE_WARNING:
	default:
		return "warning";
	}
}

void
advice_gather(const struct advice_facts *facts,
    const struct advice_resolver *resolver, struct advice *advice)
{
	struct adviser adviser = {
		.facts = facts, .resolver = resolver, .advice = advice
	};

	advise_on_dnssec(&adviser);
	advise_on_aliases(&adviser);
	advise_on_wildcard(&adviser);
	advise_on_places(&adviser);
	advise_on_zone(&adviser);
	advise_on_dmarc(&adviser);
	advise_on_spf(&adviser);
	advise_on_mx(&adviser);
	if (adviser.nsilences > 0)
		adviser_note(&adviser, ADVICE_WARNING, "resolver",
		    facts->domain, "the resolver did not answer%s: anything "
		    "not mentioned here was not checked: see 'dns { servers }' "
		    "or /etc/resolv.conf",
		    adviser.nsilences < ADVISER_MAX_SILENCES ?
		    " one query" : "");
}
