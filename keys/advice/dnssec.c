/* SPDX-License-Identifier: ISC */

/*
 * Advice on DNSSEC: whether the zone of a domain is signed, and validates.
 *
 * This program does not validate: it reports the AD bit of the resolver.  If
 * the resolver answers SERVFAIL, but gives an answer when checking is disabled
 * (CD), the record is bogus (RFC 4035).  DKIM does not need DNSSEC, so an
 * unsigned zone is fine; with a bogus one, signatures fail at every receiver
 * that validates.
 */

#include <inttypes.h>

#include "advice/private.h"

#define TOPIC	"dnssec"
#define SOON	(6 * 3600)	/* seconds; re-signed zones have more */

/* The name to query: that of a key's record, if there is one. */
static const char *
probe_name(const struct advice_facts *facts)
{
	return facts->nrecords > 0 ? facts->records[0].name : facts->domain;
}

/* When the first signature in the answer expires; false if it has none. */
static bool
earliest_end(const ldns_pkt *packet, int64_t now, int64_t *end)
{
	const ldns_rr_list *answer = ldns_pkt_answer(packet);
	const ldns_rr *rr;
	ldns_rdf *rdf;
	int64_t expiration;
	size_t i;
	bool found = false;

	for (i = 0; i < ldns_rr_list_rr_count(answer); i++) {
		rr = ldns_rr_list_rr(answer, i);
		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_RRSIG ||
		    (rdf = ldns_rr_rrsig_expiration(rr)) == NULL ||
		    ldns_rdf_size(rdf) != sizeof(uint32_t))
			continue;
		/* Serial number arithmetic, RFC 4034 section 3.1.5. */
		expiration = now + (int32_t)(ldns_rdf2native_int32(rdf) -
		    (uint32_t)now);
		if (!found || expiration < *end)
			*end = expiration;
		found = true;
	}
	return found;
}

static void
note_bogus(struct adviser *adviser, const char *name,
    const ldns_pkt *unchecked)
{
	const int64_t now = adviser->facts->now;
	char age[ADVISER_DURATION_SIZE];
	int64_t end;

	if (unchecked != NULL && earliest_end(unchecked, now, &end) &&
	    end < now) {
		adviser_duration((uint32_t)(now - end), age);
		adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
		    "bogus: the signature (RRSIG) expired %s ago, so receivers "
		    "that validate cannot see the key: have the zone signed "
		    "again", age);
		return;
	}
	adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
	    "bogus: the resolver answers SERVFAIL, but gives the answer with "
	    "checking disabled, so receivers that validate cannot see the key: "
	    "compare the DS at the parent with the zone's DNSKEY, or remove "
	    "the DS");
}

/* After SERVFAIL: bogus if there is an answer with checking disabled. */
static void
look_unchecked(struct adviser *adviser, const char *name)
{
	ldns_rr_list *records;
	ldns_pkt *unchecked;
	enum adviser_finding finding;

	finding = adviser_ask(adviser, name, LDNS_RR_TYPE_TXT, true,
	    &records, &unchecked);
	if (finding == FINDING_FAILURE) {
		if (!advise_on_dead(adviser))
			adviser_note_failure(adviser, TOPIC, name,
			    LDNS_RR_TYPE_TXT, finding);
	} else if (finding != FINDING_SILENCE)
		note_bogus(adviser, name, unchecked);
	ldns_rr_list_deep_free(records);
	ldns_pkt_free(unchecked);
}

/* Without the AD bit: find out whether the zone is signed, and has a DS. */
static void
look_for_keys(struct adviser *adviser, const char *zone)
{
	ldns_rr_list *keys, *delegations;
	enum adviser_finding key, ds;

	key = adviser_ask(adviser, zone, LDNS_RR_TYPE_DNSKEY, true, &keys,
	    NULL);
	ds = adviser_ask(adviser, zone, LDNS_RR_TYPE_DS, true, &delegations,
	    NULL);
	ldns_rr_list_deep_free(keys);
	ldns_rr_list_deep_free(delegations);
	if (key == FINDING_SILENCE || ds == FINDING_SILENCE)
		return;
	if (key == FINDING_FAILURE || ds == FINDING_FAILURE)
		adviser_note_failure(adviser, TOPIC, zone,
		    key == FINDING_FAILURE ? LDNS_RR_TYPE_DNSKEY :
		    LDNS_RR_TYPE_DS, FINDING_FAILURE);
	else if (key == FINDING_DATA && ds == FINDING_DATA)
		adviser_note(adviser, ADVICE_NOTE, TOPIC, zone,
		    "signed, with DS at the parent, but the resolver did not "
		    "say that it is valid: use one that validates, with 'dns { "
		    "servers }'");
	else if (key == FINDING_DATA)
		adviser_note(adviser, ADVICE_NOTE, TOPIC, zone,
		    "signed, but without DS at the parent nobody validates it: "
		    "give the DS to the registrar, or leave it as it is");
	else if (ds == FINDING_DATA)
		adviser_note(adviser, ADVICE_WARNING, TOPIC, zone,
		    "the parent has a DS, but the zone is not signed, so "
		    "receivers that validate cannot see the key: sign the "
		    "zone, or remove the DS");
	else
		adviser_note(adviser, ADVICE_FINE, TOPIC, zone,
		    "not signed: fine, DKIM does not need it");
}

static void
note_valid(struct adviser *adviser, const char *name, const ldns_pkt *packet)
{
	const int64_t now = adviser->facts->now;
	char left[ADVISER_DURATION_SIZE];
	int64_t end;

	if (earliest_end(packet, now, &end) && end >= now &&
	    end - now < SOON) {
		adviser_duration((uint32_t)(end - now), left);
		adviser_note(adviser, ADVICE_NOTE, TOPIC, name,
		    "signed and valid, but its signature (RRSIG) expires in "
		    "%s: make sure that the zone is signed again before "
		    "that", left);
	} else
		adviser_note(adviser, ADVICE_FINE, TOPIC, name,
		    "signed and valid");
}

void
advise_on_dnssec(struct adviser *adviser)
{
	const struct advice_facts *facts = adviser->facts;
	const char *name = probe_name(facts);
	ldns_rr_list *records;
	ldns_pkt *packet;
	enum adviser_finding finding;

	finding = adviser_ask(adviser, name, LDNS_RR_TYPE_TXT, false,
	    &records, &packet);
	if (finding == FINDING_FAILURE)
		look_unchecked(adviser, name);
	else if (finding != FINDING_SILENCE && ldns_pkt_ad(packet))
		note_valid(adviser, name, packet);
	else if (finding != FINDING_SILENCE && (finding != FINDING_NO_NAME ||
	    !advise_on_missing(adviser)))
		look_for_keys(adviser, facts->zone == NULL ? facts->domain :
		    facts->zone);
	ldns_rr_list_deep_free(records);
	ldns_pkt_free(packet);
}
