/* SPDX-License-Identifier: ISC */

/*
 * Advice on other records that receivers look up: SPF, RFC 7208, and MX.
 *
 * SPF is not evaluated: mail from a platform mostly has the envelope address of
 * that platform, so its SPF result is not aligned with the From address, and
 * DMARC depends on DKIM.
 */

#include <string.h>
#include <strings.h>

#include "advice/private.h"
#include "record/txt.h"

#define SPF	"spf"
#define MX	"mx"

/* RFC 7208 section 4.5: "v=spf1", followed by a space or the end. */
static bool
is_spf(const char *text)
{
	return strncasecmp(text, "v=spf1", 6) == 0 &&
	    (text[6] == ' ' || text[6] == '\0');
}

static bool
has_term(const char *text, const char *term)
{
	size_t n;

	for (; *text != '\0'; text += n) {
		text += strspn(text, " ");
		n = strcspn(text, " ");
		if (n == strlen(term) && strncasecmp(text, term, n) == 0)
			return true;
	}
	return false;
}

static void
note_one_spf(struct adviser *adviser, const char *text)
{
	const char *domain = adviser->facts->domain;

	if (has_term(text, "+all") || has_term(text, "all"))
		adviser_note(adviser, ADVICE_WARNING, SPF, domain,
		    "the SPF record ends in +all, so everybody's mail passes: "
		    "change it to -all or ~all");
	else if (has_term(text, "?all"))
		adviser_note(adviser, ADVICE_NOTE, SPF, domain,
		    "the SPF record ends in ?all, which says nothing about "
		    "forged mail: change it to -all or ~all");
	else
		adviser_note(adviser, ADVICE_FINE, SPF, domain,
		    "one SPF record");
}

void
advise_on_spf(struct adviser *adviser)
{
	const char *domain = adviser->facts->domain;
	char text[ADVISER_TXT_SIZE], spf[ADVISER_TXT_SIZE] = "";
	enum adviser_finding finding;
	ldns_rr_list *records;
	size_t i, n = 0, nmeant = 0;

	finding = adviser_ask(adviser, domain, LDNS_RR_TYPE_TXT, false,
	    &records, NULL);
	for (i = 0; i < ldns_rr_list_rr_count(records); i++) {
		(void)txt_printable(ldns_rr_list_rr(records, i), text,
		    sizeof(text));
		if (is_spf(text)) {
			(void)strlcpy(spf, text, sizeof(spf));
			n++;
		} else if (strncasecmp(text, "v=spf1", 6) == 0)
			nmeant++;
	}
	ldns_rr_list_deep_free(records);
	adviser_note_failure(adviser, SPF, domain, LDNS_RR_TYPE_TXT, finding);
	if (finding == FINDING_SILENCE || finding == FINDING_FAILURE)
		return;
	if (n == 1)
		note_one_spf(adviser, spf);
	else if (n > 1)
		adviser_note(adviser, ADVICE_WARNING, SPF, domain,
		    "%zu SPF records, which receivers treat as an error: merge "
		    "them into one", n);
	else if (nmeant > 0)
		adviser_note(adviser, ADVICE_WARNING, SPF, domain,
		    "not an SPF record: a space must follow 'v=spf1'");
	else
		adviser_note(adviser, ADVICE_NOTE, SPF, domain,
		    "no SPF record: large receivers require one besides DKIM: "
		    "'v=spf1 -all' if no mail has envelope addresses of this "
		    "domain");
}

/* "MX 0 .", RFC 7505. */
static bool
is_null_mx(const ldns_rr *rr)
{
	char name[DKIMSIG_DOMAIN_SIZE];

	return ldns_rr_rd_count(rr) == 2 &&
	    adviser_name(ldns_rr_rdf(rr, 1), name) && strcmp(name, ".") == 0;
}

void
advise_on_mx(struct adviser *adviser)
{
	const char *domain = adviser->facts->domain;
	enum adviser_finding finding;
	ldns_rr_list *records;

	finding = adviser_ask(adviser, domain, LDNS_RR_TYPE_MX, false,
	    &records, NULL);
	adviser_note_failure(adviser, MX, domain, LDNS_RR_TYPE_MX, finding);
	if (finding == FINDING_DATA &&
	    is_null_mx(ldns_rr_list_rr(records, 0)))
		adviser_note(adviser, ADVICE_NOTE, MX, domain,
		    "a null MX: the domain accepts no mail, so nobody can "
		    "reply, and some receivers refuse mail from it");
	else if (finding == FINDING_DATA)
		adviser_note(adviser, ADVICE_FINE, MX, domain,
		    "has an MX record, so it can receive mail");
	else if (finding == FINDING_NO_DATA || finding == FINDING_NO_NAME)
		adviser_note(adviser, ADVICE_NOTE, MX, domain,
		    "no MX record: replies go to its address record, if it has "
		    "one; add an MX if it should receive mail");
	ldns_rr_list_deep_free(records);
}
