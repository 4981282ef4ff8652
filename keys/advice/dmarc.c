/* SPDX-License-Identifier: ISC */

/*
 * Advice on the DMARC record that applies to a domain: its own, or that of a
 * parent, found by the tree walk of RFC 9989, which also finds the
 * organizational domain; and on which addresses a signature with this d= is
 * aligned with.
 *
 * RFC 7489 took the organizational domain from a list of public suffixes.  The
 * results differ only if an organization has records at several levels.
 */

#include <stdio.h>
#include <string.h>

#include "advice/dmarc_record.h"
#include "advice/private.h"
#include "record/txt.h"

#define TOPIC	"dmarc"

/* A domain of the walk. */
struct stop {
	const char		*domain;
	bool			 has_record;
	struct dmarc_record	 record;
};

struct walk {
	struct stop	stops[DMARC_MAX_WALK];
	size_t		nstops;
	bool		is_known;	/* every query was answered */
};

/* Whether a TXT record is meant for DMARC, although it begins wrongly. */
static bool
looks_meant(const char *txt)
{
	return strcasestr(txt, "dmarc1") != NULL || strncmp(txt, "p=", 2) == 0;
}

/* Take the record of a name; if there are several, none counts. */
static void
take_record(struct adviser *adviser, const char *name,
    const ldns_rr_list *records, struct stop *stop)
{
	struct dmarc_record record;
	char text[ADVISER_TXT_SIZE];
	size_t i, n = 0;
	bool is_meant = false;

	for (i = 0; i < ldns_rr_list_rr_count(records); i++) {
		(void)txt_printable(ldns_rr_list_rr(records, i), text,
		    sizeof(text));
		if (dmarc_parse(text, &record)) {
			stop->record = record;
			n++;
		} else if (looks_meant(text))
			is_meant = true;
	}
	stop->has_record = n == 1;
	if (n > 1)
		adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
		    "%zu DMARC records, so receivers ignore all of them: keep "
		    "one", n);
	else if (n == 0 && is_meant)
		adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
		    "not a DMARC record: it must begin with 'v=DMARC1;'");
}

static bool
is_last_stop(const struct stop *stop)
{
	return stop->has_record && stop->record.psd != DMARC_PSD_UNKNOWN;
}

static void
walk_tree(struct adviser *adviser, const char *domain, struct walk *walk)
{
	char name[DKIMSIG_DOMAIN_SIZE];
	enum adviser_finding finding;
	ldns_rr_list *records;
	struct stop *stop;

	memset(walk, 0, sizeof(*walk));
	walk->is_known = true;
	while (domain != NULL && walk->nstops < DMARC_MAX_WALK) {
		stop = &walk->stops[walk->nstops++];
		stop->domain = domain;
		domain = dmarc_walk_next(domain, walk->nstops == 1);
		if (!adviser_below("_dmarc", stop->domain, name))
			continue;
		finding = adviser_ask(adviser, name, LDNS_RR_TYPE_TXT, false,
		    &records, NULL);
		if (finding == FINDING_SILENCE ||
		    finding == FINDING_FAILURE)
			walk->is_known = false;
		adviser_note_failure(adviser, TOPIC, name, LDNS_RR_TYPE_TXT,
		    finding);
		take_record(adviser, name, records, stop);
		ldns_rr_list_deep_free(records);
		if (is_last_stop(stop))
			break;
	}
}

/* The organizational domain, as an index into the walk. */
static size_t
organization(const struct walk *walk)
{
	const struct stop *stop;
	size_t i, org = 0;

	for (i = 0; i < walk->nstops; i++) {
		stop = &walk->stops[i];
		if (!stop->has_record)
			continue;
		if (stop->record.psd == DMARC_PSD_YES && i > 0)
			return i - 1;
		org = i;
	}
	return org;
}

/*
 * The stop whose record applies to the domain: its own, otherwise that of the
 * organizational domain, otherwise that of the public suffix above it; NULL if
 * there is none.
 */
static const struct stop *
find_policy(const struct walk *walk)
{
	size_t org = organization(walk);

	if (walk->stops[0].has_record)
		return &walk->stops[0];
	if (walk->stops[org].has_record)
		return &walk->stops[org];
	if (org + 1 < walk->nstops && walk->stops[org + 1].has_record)
		return &walk->stops[org + 1];
	return NULL;
}

static void
note_policy(struct adviser *adviser, const char *name,
    const struct dmarc_record *record, bool is_own)
{
	enum dmarc_policy policy = record->policy;

	if (!is_own && record->subdomains != DMARC_NO_POLICY)
		policy = record->subdomains;
	if (policy == DMARC_NO_POLICY)
		adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
		    "no valid p= tag, so receivers treat it as p=none%s: add "
		    "p=none, p=quarantine or p=reject",
		    record->has_reports ? "" : " or as no record");
	else if (policy == DMARC_NONE)
		adviser_note(adviser, ADVICE_NOTE, TOPIC, name,
		    "policy none: receivers do nothing about forged mail%s: "
		    "move on to quarantine or reject when the reports show "
		    "that your own mail passes",
		    record->has_reports ? "" : ", and no reports are sent "
		    "(rua= is missing)");
	else if (record->testing)
		adviser_note(adviser, ADVICE_NOTE, TOPIC, name,
		    "policy %s, but in test mode (t=y), one step milder: "
		    "remove t=y when the reports are good",
		    dmarc_policy_name(policy));
	else if (record->percent < 100)
		adviser_note(adviser, ADVICE_NOTE, TOPIC, name,
		    "policy %s for %u%% of the mail (pct=), a tag that RFC "
		    "9989 dropped: remove it", dmarc_policy_name(policy),
		    record->percent);
	else
		adviser_note(adviser, ADVICE_FINE, TOPIC, name, "policy %s",
		    dmarc_policy_name(policy));
}

/*
 * Say which From addresses a signature of this domain is aligned with: only
 * those of the domain itself, or all in the organizational domain.
 */
static void
note_alignment(struct adviser *adviser, const char *name,
    const struct dmarc_record *record, const char *org)
{
	const char *domain = adviser->facts->domain;

	if (record->strict_dkim)
		adviser_note(adviser, ADVICE_NOTE, TOPIC, name,
		    "adkim=s: d=%s is aligned only with addresses of %s "
		    "itself: mail from its subdomains needs keys of their own",
		    domain, domain);
	else
		adviser_note(adviser, ADVICE_FINE, TOPIC, name,
		    "d=%s is aligned with addresses of %s and all below it "
		    "(adkim=r)", domain, org);
}

void
advise_on_dmarc(struct adviser *adviser)
{
	const char *domain = adviser->facts->domain;
	char name[DKIMSIG_DOMAIN_SIZE];
	const struct stop *policy;
	struct walk walk;

	walk_tree(adviser, domain, &walk);
	policy = find_policy(&walk);
	if (!adviser_below("_dmarc", policy == NULL ? domain :
	    policy->domain, name))
		return;
	if (policy == NULL) {
		if (walk.is_known)
			adviser_note(adviser, ADVICE_WARNING, TOPIC, name,
			    "no DMARC record here or above: large receivers "
			    "require one: start with 'v=DMARC1; p=none; "
			    "rua=mailto:...'");
		return;
	}
	note_policy(adviser, name, &policy->record,
	    policy == &walk.stops[0]);
	note_alignment(adviser, name, &policy->record,
	    walk.stops[organization(&walk)].domain);
}
