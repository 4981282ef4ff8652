/* SPDX-License-Identifier: ISC */

/*
 * A resolver for tests that answers from text: see fakedns.h.
 *
 * Answers are packets of ldns, made from the lines about a name, with aliases
 * followed as a resolver does.  Text that is no record aborts the test.
 */

#include "fakedns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_ALIASES	16
#define LINE_SIZE	2048

/* The next line that is about the name, without the name; NULL at the end. */
static const char *
next_of(const char **text, const char *name, char line[LINE_SIZE])
{
	size_t len, namelen = strlen(name);

	while (**text != '\0') {
		len = strcspn(*text, "\n");
		if (len >= LINE_SIZE)
			abort();
		memcpy(line, *text, len);
		line[len] = '\0';
		*text += len + ((*text)[len] == '\n');
		if (strncasecmp(line, name, namelen) == 0 &&
		    line[namelen] == ' ')
			return line + namelen + 1;
	}
	return NULL;
}

static bool
has_word(const char *text, const char *name, const char *word)
{
	char line[LINE_SIZE];
	const char *rest;

	while ((rest = next_of(&text, name, line)) != NULL)
		if (strcmp(rest, word) == 0)
			return true;
	return false;
}

static ldns_rr *
make_record(const char *name, const char *rest)
{
	char line[LINE_SIZE + 512];
	ldns_rr *rr;

	(void)snprintf(line, sizeof(line), "%s. 300 IN %s", name, rest);
	if (ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL) != LDNS_STATUS_OK) {
		(void)fprintf(stderr, "not a record: %s\n", line);
		abort();
	}
	return rr;
}

static bool
is_word(const char *rest)
{
	return strcmp(rest, "SERVFAIL") == 0 || strcmp(rest, "BOGUS") == 0 ||
	    strcmp(rest, "SILENT") == 0 || strcmp(rest, "AD") == 0;
}

/* Add the records of a name and type; *alias gets its alias, if it has one,
 * and the result is whether the name exists. */
static bool
add_records(const char *text, const char *name, ldns_rr_type type,
    ldns_pkt *packet, char alias[256])
{
	char line[LINE_SIZE];
	const char *rest;
	bool exists = false;
	ldns_rr_type found;
	char *target;
	ldns_rr *rr;

	alias[0] = '\0';
	while ((rest = next_of(&text, name, line)) != NULL) {
		if (is_word(rest))
			continue;
		exists = true;
		rr = make_record(name, rest);
		found = ldns_rr_get_type(rr);
		if (found == LDNS_RR_TYPE_CNAME &&
		    type != LDNS_RR_TYPE_CNAME) {
			target = ldns_rdf2str(ldns_rr_rdf(rr, 0));
			(void)snprintf(alias, 256, "%.*s",
			    (int)strlen(target) - 1, target);
			free(target);
		}
		if (found == type || found == LDNS_RR_TYPE_CNAME ||
		    (found == LDNS_RR_TYPE_RRSIG && ldns_rdf2rr_type(
		    ldns_rr_rrsig_typecovered(rr)) == type))
			ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, rr);
		else
			ldns_rr_free(rr);
	}
	return exists;
}

ldns_pkt *
fakedns_ask(void *context, const char *name, ldns_rr_type type,
    bool checking_disabled)
{
	struct fakedns *dns = context;
	char current[256], alias[256];
	ldns_pkt *packet;
	bool exists;
	int i;

	dns->nasked++;
	if (has_word(dns->text, name, "SILENT"))
		return NULL;
	packet = ldns_pkt_query_new(ldns_dname_new_frm_str(name), type,
	    LDNS_RR_CLASS_IN, LDNS_QR | LDNS_RD | LDNS_RA);
	(void)snprintf(current, sizeof(current), "%s", name);
	for (i = 0; i < MAX_ALIASES; i++) {
		if (has_word(dns->text, current, "SERVFAIL") ||
		    (has_word(dns->text, current, "BOGUS") &&
		    !checking_disabled))
			break;
		exists = add_records(dns->text, current, type, packet, alias);
		if (alias[0] != '\0') {
			memcpy(current, alias, sizeof(current));
			continue;
		}
		ldns_pkt_set_rcode(packet, exists ? LDNS_RCODE_NOERROR :
		    LDNS_RCODE_NXDOMAIN);
		ldns_pkt_set_ad(packet, has_word(dns->text, name, "AD"));
		return packet;
	}
	ldns_pkt_set_rcode(packet, LDNS_RCODE_SERVFAIL);
	return packet;
}
