/* SPDX-License-Identifier: ISC */

/*
 * Judging what one server shows for a record, and what all servers show
 * together.
 *
 * A record is right if it means exactly the same to a verifier as the wanted
 * one: the same key under the same conditions, however it is written.  A record
 * that verifies but differs (for example with t=s, or without it) is wrong
 * here, because nobody intended it.
 */

#include "probe/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/txt.h"

/* The TXT records of one answer, each with its strings joined. */
struct texts {
	struct record_text	*texts;
	size_t			 ntexts;
};

static void
finish_texts(struct texts *texts)
{
	size_t i;

	for (i = 0; i < texts->ntexts; i++)
		free((void *)(uintptr_t)texts->texts[i].text);
	free(texts->texts);
}

/* Copy the TXT records of a name from an answer; *ttl becomes the longest. */
static int
take_texts(const ldns_pkt *answer, const char *name, struct texts *texts,
    uint32_t *ttl)
{
	const ldns_rr_list *list = ldns_pkt_answer(answer);
	const ldns_rr *rr;
	size_t i = 0, len;
	char *text;

	texts->texts = calloc(ldns_rr_list_rr_count(list) + 1,
	    sizeof(*texts->texts));
	if (texts->texts == NULL)
		return KS_E_NOMEM;
	while ((rr = dns_next_rr(list, name, LDNS_RR_TYPE_TXT, &i)) != NULL) {
		len = txt_join(rr, NULL, 0);
		if ((text = malloc(len + 1)) == NULL)
			return KS_E_NOMEM;
		(void)txt_join(rr, text, len + 1);
		texts->texts[texts->ntexts].text = text;
		texts->texts[texts->ntexts++].len = len;
		if (ldns_rr_ttl(rr) > *ttl)
			*ttl = ldns_rr_ttl(rr);
	}
	return 0;
}

void
dns_look_escape(const char *octets, size_t len, char *text, size_t textsize)
{
	static const char dots[] = "...";
	const size_t room = textsize - sizeof(dots);
	unsigned char octet;
	size_t i, n = 0;

	for (i = 0; i < len && n + 4 <= room; i++) {
		octet = (unsigned char)octets[i];
		if (octet >= ' ' && octet <= '~')
			text[n++] = (char)octet;
		else
			n += (size_t)snprintf(text + n, textsize - n,
			    "\\%03u", octet);
	}
	text[n] = '\0';
	if (i < len)
		(void)strlcat(text, dots, textsize);
}

static bool
is_revoked(const char *wanted)
{
	struct dkimsig_keyrecord record;

	return dkimsig_keyrecord_parse(wanted, strlen(wanted), &record,
	    NULL) == 0 && record.keylen == 0;
}

static enum dns_verdict
judge_texts(const struct texts *texts, const char *wanted,
    enum record_fault *fault)
{
	*fault = record_fault_find(texts->texts, texts->ntexts, wanted);
	switch (*fault) {
	case RECORD_FAULT_ABSENT:
		return DNS_ABSENT;
	case RECORD_FAULT_REVOKED:
		return DNS_REVOKED;
	default:
		break;
	}
	if (texts->ntexts > 1 ||
	    !record_fault_is_same(&texts->texts[0], wanted))
		return DNS_WRONG;
	return is_revoked(wanted) ? DNS_REVOKED : DNS_RIGHT;
}

int
dns_look_read_texts(const ldns_pkt *answer, const char *name,
    const char *wanted, struct dns_look *look, struct dns_seen *seen)
{
	struct texts texts = { 0 };
	int r;

	if ((r = take_texts(answer, name, &texts, &look->ttl)) != 0)
		goto out;
	look->nrecords = texts.ntexts;
	look->verdict = judge_texts(&texts, wanted, &look->fault);
	if (texts.ntexts > 0)
		dns_look_escape(texts.texts[0].text, texts.texts[0].len,
		    look->text, sizeof(look->text));
	if (look->verdict <= DNS_REVOKED && texts.ntexts == 1 &&
	    record_fault_is_same(&texts.texts[0], wanted) &&
	    (seen->published = strdup(texts.texts[0].text)) == NULL)
		r = KS_E_NOMEM;
out:
	finish_texts(&texts);
	return r;
}

/* How long a negative answer may be kept, RFC 2308 section 5; 0: unknown. */
static uint32_t
read_negative_ttl(const ldns_pkt *answer)
{
	const ldns_rr_list *authority = ldns_pkt_authority(answer);
	const ldns_rr *rr;
	uint32_t minimum;
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(authority); i++) {
		rr = ldns_rr_list_rr(authority, i);
		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA ||
		    ldns_rr_rd_count(rr) != 7)
			continue;
		minimum = ldns_rdf2native_int32(ldns_rr_rdf(rr, 6));
		return ldns_rr_ttl(rr) < minimum ? ldns_rr_ttl(rr) : minimum;
	}
	return 0;
}

/* Whether there is a CNAME at the name; if so, read its target. */
static bool
read_alias(const ldns_pkt *answer, const char *name, struct dns_look *look,
    struct dns_seen *seen)
{
	const ldns_rr *rr;
	char text[DKIMSIG_DOMAIN_SIZE + sizeof("CNAME ")];
	size_t i = 0;

	rr = dns_next_rr(ldns_pkt_answer(answer), name, LDNS_RR_TYPE_CNAME,
	    &i);
	if (rr == NULL || ldns_rr_rd_count(rr) != 1 ||
	    !dns_name_text(ldns_rr_rdf(rr, 0), seen->target))
		return false;
	look->is_alias = true;
	look->ttl = ldns_rr_ttl(rr);
	look->nrecords = 1;
	look->verdict = DNS_WRONG;
	(void)snprintf(text, sizeof(text), "CNAME %s", seen->target);
	dns_look_escape(text, strlen(text), look->text, sizeof(look->text));
	return true;
}

int
dns_look_read(const ldns_pkt *answer, const char *name, const char *wanted,
    struct dns_look *look, struct dns_seen *seen)
{
	seen->target[0] = '\0';
	seen->published = NULL;
	look->rcode = (int)ldns_pkt_get_rcode(answer);
	switch (look->rcode) {
	case LDNS_RCODE_NOERROR:
	case LDNS_RCODE_NXDOMAIN:
		break;
	case LDNS_RCODE_REFUSED:
	case LDNS_RCODE_NOTAUTH:
		look->verdict = DNS_LAME;
		return 0;
	default:
		look->verdict = DNS_SERVFAIL;
		return 0;
	}
	if (!ldns_pkt_aa(answer)) {
		look->verdict = DNS_LAME;
		return 0;
	}
	if (read_alias(answer, name, look, seen))
		return 0;
	look->negative_ttl = read_negative_ttl(answer);
	return dns_look_read_texts(answer, name, wanted, look, seen);
}

bool
dns_look_has_key(const struct dns_look *look)
{
	return !look->is_alias && (look->verdict == DNS_RIGHT ||
	    (look->verdict == DNS_WRONG &&
	    record_fault_has_key(look->fault)));
}

/* Whether a look shows the record of another key. */
static bool
is_foreign(const struct dns_look *look)
{
	return look->verdict == DNS_WRONG && !look->is_alias &&
	    (look->fault == RECORD_FAULT_OTHER_KEY ||
	    look->fault == RECORD_FAULT_OTHER_TYPE ||
	    look->fault == RECORD_FAULT_CASE ||
	    look->fault == RECORD_FAULT_NO_PUBLIC_KEY ||
	    look->fault == RECORD_FAULT_SMALL);
}

enum lifecycle_view
dns_look_judge(const struct dns_look *looks, size_t nlooks, size_t nfollowed)
{
	size_t counts[DNS_UNASKED + 1] = { 0 };
	size_t i, kinds, nmute, nforeign = 0;

	for (i = 0; i < nlooks; i++) {
		if (looks[i].is_excepted)
			continue;
		if (i >= nfollowed || looks[i].verdict != DNS_RIGHT)
			counts[looks[i].verdict]++;
		if (is_foreign(&looks[i]))
			nforeign++;
	}
	kinds = (counts[DNS_RIGHT] > 0) + (counts[DNS_ABSENT] > 0) +
	    (counts[DNS_REVOKED] > 0);
	nmute = counts[DNS_LAME] + counts[DNS_SERVFAIL] + counts[DNS_SILENT];
	if (counts[DNS_WRONG] > 0)
		return nforeign == counts[DNS_WRONG] && nmute == 0 &&
		    counts[DNS_RIGHT] == 0 && counts[DNS_ABSENT] == 0 ?
		    LIFECYCLE_FOREIGN : LIFECYCLE_WRONG;
	if (kinds > 1 || (kinds > 0 && nmute > 0 && counts[DNS_RIGHT] == 0))
		return LIFECYCLE_DIFFERENT;
	if (kinds == 0 || nmute > 0)
		return LIFECYCLE_UNKNOWN;
	if (counts[DNS_RIGHT] > 0)
		return LIFECYCLE_RIGHT;
	return counts[DNS_ABSENT] > 0 ? LIFECYCLE_ABSENT : LIFECYCLE_REVOKED;
}

const char *
dns_verdict_name(enum dns_verdict verdict)
{
	switch (verdict) {
	case DNS_RIGHT:
		return "right";
	case DNS_ABSENT:
		return "absent";
	case DNS_REVOKED:
		return "revoked";
	case DNS_WRONG:
		return "wrong";
	case DNS_LAME:
		return "lame";
	case DNS_SERVFAIL:
		return "failing";
	case DNS_SILENT:
		return "silent";
	case DNS_UNASKED:
	default:
		return "skipped";
	}
}
