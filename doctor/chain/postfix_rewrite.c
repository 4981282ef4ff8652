/* SPDX-License-Identifier: ISC */

/*
 * What Postfix changes in a message that was signed: addresses and header
 * fields at delivery, and fields that a milter adds.
 *
 * Whether a table changes a field that is signed is asked with postmap(1), for
 * a sample of each field.  A table may still change other values, so one that
 * changes no sample is a note.  What to do instead depends on why the table is
 * there, so no command is given.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/postfix_area.h"
#include "machine/run.h"

#define POSTMAP_MS	10000
#define DIVIDERS	", \t"

/* Fields that are signed by default. */
static const char *const samples[] = {
	"From: Service <service@%s>",
	"Reply-To: service@%s",
	"Sender: service@%s",
	"To: Joe <joe@example.org>",
	"Cc: Ann <ann@example.org>",
	"Subject: Your order",
	"Date: Mon, 23 Nov 2026 09:00:00 +0000",
	"Message-ID: <1@%s>",
	"MIME-Version: 1.0",
	"Content-Type: text/plain; charset=utf-8",
};
#define NSAMPLES	(sizeof(samples) / sizeof(samples[0]))

/* A domain that is signed. */
static const char *
our_domain(const struct pf *pf)
{
	const struct config *config = pf->chain->config;
	const char *domain = "example.com";

	if (config->nsources > 0 && config->sources[0].domains.n > 0)
		domain = config->sources[0].domains.texts[0];
	return strncmp(domain, "*.", 2) == 0 ? domain + 2 : domain;
}

/* What a list of tables says about a key; false if nothing. */
static bool
look_up(const char *tables, const char *key, char *answer, size_t size)
{
	struct machine_output out;
	char table[512];
	size_t len;
	bool found;

	for (;; tables += len) {
		tables += strspn(tables, DIVIDERS);
		if ((len = strcspn(tables, DIVIDERS)) == 0)
			return false;
		if (len >= sizeof(table))
			continue;
		memcpy(table, tables, len);
		table[len] = '\0';
		found = machine_run(NULL, (const char *const[]){ "postmap",
		    "-q", key, table, NULL }, POSTMAP_MS, &out) == 0;
		(void)strlcpy(answer, out.text != NULL ? out.text : "", size);
		answer[strcspn(answer, "\n")] = '\0';
		machine_output_finish(&out);
		if (found)
			return true;
	}
}

/* Whether an action of header_checks(5) changes the field. */
static bool
is_change(const char *action)
{
	static const char *const words[] = { "IGNORE", "REPLACE", "STRIP" };
	size_t i, len;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i]);
		if (strncasecmp(action, words[i], len) == 0 &&
		    !isalpha((unsigned char)action[len]))
			return true;
	}
	return false;
}

/* The first sample that the tables change, or NSAMPLES. */
static size_t
find_changed(const struct pf *pf, const char *tables)
{
	char key[512], answer[512];
	const char *place;
	size_t i;

	for (i = 0; i < NSAMPLES; i++) {
		if ((place = strstr(samples[i], "%s")) != NULL)
			(void)snprintf(key, sizeof(key), "%.*s%s%s",
			    (int)(place - samples[i]), samples[i],
			    our_domain(pf), place + 2);
		else
			(void)strlcpy(key, samples[i], sizeof(key));
		if (look_up(tables, key, answer, sizeof(answer)) &&
		    is_change(answer))
			break;
	}
	return i;
}

static void
check_header_table(const struct pf *pf, const char *subject, const char *name,
    const char *tables)
{
	const size_t i = find_changed(pf, tables);

	if (i < NSAMPLES)
		findings_add(pf->findings, "delivery-header-checks",
		    FINDING_PROBLEM, POSTFIX_AREA, subject, NULL,
		    "%s (%s) changes the field %.*s of mail that is signed "
		    "already, and so breaks the signature. Use header_checks, "
		    "which comes before the milter, or leave that field "
		    "alone.", name, tables, (int)strcspn(samples[i], ":"),
		    samples[i]);
	else
		findings_add(pf->findings, "delivery-header-checks",
		    FINDING_NOTE, POSTFIX_AREA, subject, NULL, "%s (%s) may "
		    "change mail that is signed already; it changes no usual "
		    "value of a signed field.", name, tables);
}

/* Services that deliver by SMTP, each with its own value. */
static void
check_delivery_tables(const struct pf *pf)
{
	static const char *const names[] = { "smtp_header_checks",
	    "smtp_mime_header_checks", "smtp_nested_header_checks" };
	const struct postfix_service *s;
	const char *value;
	size_t i, j, n = 0;

	for (i = 0; i < postfix_nservices(pf->postfix); i++) {
		s = postfix_service(pf->postfix, i);
		for (j = 0; j < 3 && strcmp(s->command, "smtp") == 0; j++) {
			value = postfix_service_parameter(pf->postfix, s,
			    names[j]);
			if (value[0] == '\0')
				continue;
			check_header_table(pf, s->name, names[j], value);
			n++;
		}
	}
	if (n == 0)
		findings_add(pf->findings, "delivery-header-checks",
		    FINDING_WELL, POSTFIX_AREA, "smtp_header_checks", NULL,
		    "no header is changed at delivery");
}

static void
check_plain(const struct pf *pf, struct findings *findings, const char *id,
    const char *name, const char *well, const char *problem)
{
	const struct postfix_service *s;
	const char *value;
	size_t i, n = 0;

	for (i = 0; i < postfix_nservices(pf->postfix); i++) {
		s = postfix_service(pf->postfix, i);
		if (strcmp(s->command, "smtp") != 0)
			continue;
		value = postfix_service_parameter(pf->postfix, s, name);
		if (value[0] == '\0')
			continue;
		findings_add(findings, id, FINDING_PROBLEM, POSTFIX_AREA,
		    s->name, NULL, "%s = %s %s", name, value, problem);
		n++;
	}
	if (n == 0)
		findings_add(findings, id, FINDING_WELL, POSTFIX_AREA,
		    name, NULL, "%s", well);
}

static void
check_before(const struct pf *pf)
{
	static const char *const names[] = { "canonical_maps",
	    "sender_canonical_maps", "masquerade_domains" };
	size_t i, n = 0;
	const char *value;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = postfix_parameter(pf->postfix, names[i]);
		if (value[0] == '\0')
			continue;
		findings_add(pf->findings, "canonical-maps", FINDING_NOTE,
		    POSTFIX_AREA, names[i], NULL, "%s rewrites addresses "
		    "before our milter sees them, so the sources decide about "
		    "the domain after that. This breaks no signature.", value);
		n++;
	}
	if (n == 0)
		findings_add(pf->findings, "canonical-maps", FINDING_WELL,
		    POSTFIX_AREA, "canonical_maps", NULL, "the milter sees "
		    "addresses as they came");
}

/* Postfix applies this to our own field. */
static void
check_added(const struct pf *pf)
{
	const char *tables = postfix_parameter(pf->postfix,
	    "milter_header_checks");
	char key[256], answer[256];

	(void)snprintf(key, sizeof(key), "DKIM-Signature: v=1; a=rsa-sha256; "
	    "c=relaxed/relaxed; d=%s; s=x", our_domain(pf));
	if (tables[0] != '\0' && look_up(tables, key, answer,
	    sizeof(answer)) && strncasecmp(answer, "DUNNO", 5) != 0 &&
	    strncasecmp(answer, "INFO", 4) != 0 &&
	    strncasecmp(answer, "WARN", 4) != 0)
		findings_add(pf->findings, "milter-header-checks",
		    FINDING_PROBLEM, POSTFIX_AREA, "milter_header_checks",
		    NULL, "%s matches the field DKIM-Signature that our milter "
		    "adds, and says %s. Take that line out.", tables, answer);
	else
		findings_add(pf->findings, "milter-header-checks",
		    FINDING_WELL, POSTFIX_AREA, "milter_header_checks", NULL,
		    "leaves our signatures alone");
}

void
pf_check_rewriting(const struct pf *pf)
{
	check_plain(pf, pf->findings, "generic-maps", "smtp_generic_maps",
	    "no address is changed at delivery", "changes addresses in mail "
	    "that is signed already, and so breaks the signature where it "
	    "changes From, To or another signed field. Use "
	    "sender_canonical_maps for the addresses of senders: that comes "
	    "before the milter.");
	check_plain(pf, pf->findings, "delivery-body-checks",
	    "smtp_body_checks", "no body is changed at delivery", "may change "
	    "the body of mail that is signed already. Use body_checks, which "
	    "comes before the milter.");
	check_delivery_tables(pf);
	check_added(pf);
	check_before(pf);
}
