/* SPDX-License-Identifier: ISC */

/*
 * What every subject of advice needs: querying the resolver, and adding notes.
 *
 * The answer of a resolver is not trusted: only records of the class, type and
 * name in the query are used, after at most ADVISER_MAX_ALIASES aliases in the
 * answer, and notes contain only printable ASCII.
 */

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "advice/private.h"
#include "keyrecord/place.h"
#include "record/dname.h"
#include "record/txt.h"

#define ADVISER_MAX_ALIASES	16	/* within one answer */

void
adviser_note(struct adviser *adviser, enum advice_severity severity,
    const char *topic, const char *name, const char *format, ...)
{
	struct advice *advice = adviser->advice;
	struct advice_note *note;
	va_list ap;
	char *p;

	if (advice->nnotes == ADVICE_MAX_NOTES) {
		advice->is_cut = true;
		return;
	}
	note = &advice->notes[advice->nnotes++];
	note->severity = severity;
	note->topic = topic;
	(void)strlcpy(note->name, name, sizeof(note->name));
	va_start(ap, format);
	(void)vsnprintf(note->text, sizeof(note->text), format, ap);
	va_end(ap);
	for (p = note->text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

bool
adviser_name(const ldns_rdf *rdf, char name[DKIMSIG_DOMAIN_SIZE])
{
	char *text;
	size_t i, len;
	bool fits;

	if (rdf == NULL || ldns_rdf_get_type(rdf) != LDNS_RDF_TYPE_DNAME ||
	    (text = ldns_rdf2str(rdf)) == NULL)
		return false;
	len = strlen(text);
	if (len > 1 && text[len - 1] == '.')
		text[len - 1] = '\0';
	fits = strlcpy(name, text, DKIMSIG_DOMAIN_SIZE) < DKIMSIG_DOMAIN_SIZE;
	free(text);
	for (i = 0; fits && name[i] != '\0'; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	return fits;
}

bool
adviser_below(const char *label, const char *name,
    char buf[DKIMSIG_DOMAIN_SIZE])
{
	int n;

	n = snprintf(buf, DKIMSIG_DOMAIN_SIZE, "%s.%s", label, name);
	return n > 0 && n < DKIMSIG_DOMAIN_SIZE;
}

void
adviser_duration(uint32_t seconds, char text[ADVISER_DURATION_SIZE])
{
	static const struct {
		uint32_t	 seconds;
		char		 letter;
	} units[] = {
		{ 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' }
	};
	size_t i, len = 0, nunits = sizeof(units) / sizeof(units[0]);

	text[0] = '\0';
	for (i = 0; i < nunits; i++) {
		if (seconds < units[i].seconds && (i + 1 < nunits || len > 0))
			continue;
		if (seconds == 0 && len > 0)
			break;
		len += (size_t)snprintf(text + len,
		    ADVISER_DURATION_SIZE - len, "%s%" PRIu32 "%c",
		    len > 0 ? " " : "", seconds / units[i].seconds,
		    units[i].letter);
		seconds %= units[i].seconds;
	}
}

bool
adviser_has_key(const ldns_rr_list *records)
{
	char text[ADVISER_TXT_SIZE];
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(records); i++) {
		(void)txt_printable(ldns_rr_list_rr(records, i), text,
		    sizeof(text));
		if (record_is_key(text, strlen(text)))
			return true;
	}
	return false;
}

/* Whether a record has this owner and type. */
static bool
is_of(const ldns_rr *rr, const ldns_rdf *owner, ldns_rr_type type)
{
	return ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	    ldns_rr_get_type(rr) == type &&
	    ldns_dname_compare(ldns_rr_owner(rr), owner) == 0;
}

/* The target of the owner's CNAME; NULL if it has none. */
static const ldns_rdf *
alias_of(const ldns_rr_list *answer, const ldns_rdf *owner)
{
	const ldns_rr *rr;
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(answer); i++) {
		rr = ldns_rr_list_rr(answer, i);
		if (is_of(rr, owner, LDNS_RR_TYPE_CNAME) &&
		    ldns_rr_rd_count(rr) == 1)
			return ldns_rr_rdf(rr, 0);
	}
	return NULL;
}

/* Copy the records of the query from the answer; NULL if there are none. */
static ldns_rr_list *
take_records(const ldns_pkt *packet, const ldns_rdf *question,
    ldns_rr_type type)
{
	const ldns_rr_list *answer = ldns_pkt_answer(packet);
	const ldns_rdf *owner = question, *target;
	ldns_rr_list *records;
	ldns_rr *copy;
	size_t i;

	for (i = 0; type != LDNS_RR_TYPE_CNAME && i < ADVISER_MAX_ALIASES &&
	    (target = alias_of(answer, owner)) != NULL; i++)
		owner = target;
	if ((records = ldns_rr_list_new()) == NULL)
		return NULL;
	for (i = 0; i < ldns_rr_list_rr_count(answer); i++) {
		if (!is_of(ldns_rr_list_rr(answer, i), owner, type))
			continue;
		copy = ldns_rr_clone(ldns_rr_list_rr(answer, i));
		if (copy != NULL && !ldns_rr_list_push_rr(records, copy))
			ldns_rr_free(copy);
	}
	if (ldns_rr_list_rr_count(records) > 0)
		return records;
	ldns_rr_list_free(records);
	return NULL;
}

static enum adviser_finding
find_records(const ldns_pkt *packet, const char *name, ldns_rr_type type,
    ldns_rr_list **records)
{
	ldns_rdf *question;

	switch (ldns_pkt_get_rcode(packet)) {
	case LDNS_RCODE_NOERROR:
		break;
	case LDNS_RCODE_NXDOMAIN:
		return FINDING_NO_NAME;
	default:
		return FINDING_FAILURE;
	}
	if ((question = dname_new(name)) == NULL)
		return FINDING_FAILURE;
	*records = take_records(packet, question, type);
	ldns_rdf_deep_free(question);
	return *records == NULL ? FINDING_NO_DATA : FINDING_DATA;
}

enum adviser_finding
adviser_ask(struct adviser *adviser, const char *name, ldns_rr_type type,
    bool checking_disabled, ldns_rr_list **records, ldns_pkt **packet)
{
	enum adviser_finding finding;
	ldns_pkt *answer = NULL;

	*records = NULL;
	if (packet != NULL)
		*packet = NULL;
	if (adviser->nsilences < ADVISER_MAX_SILENCES) {
		answer = adviser->resolver->ask(adviser->resolver->context,
		    name, type, checking_disabled);
		if (answer == NULL)
			adviser->nsilences++;
	}
	if (answer == NULL)
		return FINDING_SILENCE;
	finding = find_records(answer, name, type, records);
	if (packet != NULL)
		*packet = answer;
	else
		ldns_pkt_free(answer);
	return finding;
}

void
adviser_note_failure(struct adviser *adviser, const char *topic,
    const char *name, ldns_rr_type type, enum adviser_finding finding)
{
	char *text;

	if (finding != FINDING_FAILURE)
		return;
	text = ldns_rr_type2str(type);
	adviser_note(adviser, ADVICE_WARNING, topic, name,
	    "the resolver cannot answer queries for %s records (SERVFAIL or "
	    "similar), and those of receivers cannot either: check that the "
	    "servers of this name answer", text == NULL ? "these" : text);
	free(text);
}
