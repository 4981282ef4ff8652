/* SPDX-License-Identifier: ISC */

/*
 * What to change so that a message like a refused one is signed.
 *
 * For a factor there are two answers: what the message would have had to have,
 * in explain's words, and what to change in the configuration if the message
 * was the administrator's own.  A refused message may be a forgery, so each
 * sentence that loosens a source says "if".  Long texts are cut.
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "config/salesforce_id.h"
#include "report/kind.h"
#include "retell.h"

#define MAX_PLAIN	80	/* characters */
#define TEXT_SIZE	1024	/* octets */
#define PLACE_SIZE	600

struct changes {
	const struct retold *r;
	void	(*take)(void *, const char *);
	void	*arg;
	char	 place[PLACE_SIZE];	/* of the source */
};

/* 'source "crm" (/etc/countersign/countersign.conf, line 12)'. */
static void
name_place(struct changes *c)
{
	const struct source *source = c->r->source;
	struct config_place place;

	if (source == NULL) {
		(void)snprintf(c->place, sizeof(c->place), "the source");
		return;
	}
	place = config_place(c->r->config, source->line);
	(void)snprintf(c->place, sizeof(c->place), "source \"%s\" (%s, line "
	    "%u)", source->name, place.file, place.line);
}

/* The header rule of the i-th result; NULL if it is not known. */
static const struct header_rule *
rule_of(const struct retold *r, size_t i)
{
	size_t n = 0, j;

	if (!r->is_same)
		return NULL;
	for (j = 0; j < i; j++)
		n += r->results[j].factor == FACTOR_HEADER;
	return n < r->source->nheaders ? &r->source->headers[n] : NULL;
}

/*
 * Whether a value has no room for a sentence.  A forger chooses what was found,
 * and must not write into our advice.
 */
static bool
is_plain(const char *value)
{
	const size_t len = strlen(value);

	return len <= MAX_PLAIN && len == strspn(value,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-._@+/:=");
}

static void
change_field(struct changes *c, size_t i, char *text)
{
	const struct retold *r = c->r;
	const struct header_rule *rule = rule_of(r, i);
	const char *found = retold_found(r, i);
	const char *preset = r->decision->preset;
	char id[SALESFORCE_ID_SIZE];

	if (found == NULL)
		return;
	if (!is_plain(found)) {
		(void)snprintf(text, TEXT_SIZE, "If the value that was found "
		    "is one that your own mail has, add it to the values of "
		    "header %s in %s; if not, it was right to refuse it.",
		    r->results[i].name != NULL ? r->results[i].name : "",
		    c->place);
		return;
	}
	/* By a preset, the values of such a rule are the tenants. */
	if (salesforce_id_parse(found, strlen(found), id) ==
	    SALESFORCE_ID_OK || (rule != NULL && rule->proves_tenant &&
	    preset != NULL))
		(void)snprintf(text, TEXT_SIZE, "Another organization sent "
		    "this message: %s. If it is yours, such as a sandbox, add "
		    "the id to %s%s of %s; if not, it was right to refuse "
		    "it.", found, preset != NULL ? "tenant" : "header ",
		    preset != NULL || r->results[i].name == NULL ? "" :
		    r->results[i].name, c->place);
	else
		(void)snprintf(text, TEXT_SIZE, "If \"%s\" is a value that "
		    "your own mail has, add it to the values of header %s in "
		    "%s.", found, r->results[i].name != NULL ?
		    r->results[i].name : "", c->place);
}

/* The option whose list a value can be added to; NULL if there is none. */
static const char *
list_option(enum factor factor)
{
	switch (factor) {
	case FACTOR_NETWORKS:
	case FACTOR_PTR:
	case FACTOR_HELO:
	case FACTOR_CERT_CN:
	case FACTOR_CERT_ISSUER:
	case FACTOR_LOGIN:
	case FACTOR_DAEMON:
	case FACTOR_ENVELOPE:
		return policy_factor_name(factor);
	default:
		return NULL;
	}
}

/* What to change in the source, if the message was our own. */
static void
change_source(struct changes *c, size_t i)
{
	const struct factor_result *result = &c->r->results[i];
	const char *found = retold_found(c->r, i);
	const char *option = list_option(result->factor);
	char text[TEXT_SIZE] = "";

	if (result->outcome == OUTCOME_ABSENT) {
		if (result->factor == FACTOR_LOGIN)
			(void)snprintf(text, sizeof(text), "The client did "
			    "not log in. If it should have, check that the "
			    "platform has a user name and password for this "
			    "server, and that the server offers AUTH to it.");
	} else if (result->outcome != OUTCOME_DIFFERS)
		return;
	else if (result->factor == FACTOR_HEADER)
		change_field(c, i, text);
	else if (result->factor == FACTOR_AUTHORS && found != NULL)
		(void)snprintf(text, sizeof(text), "If the platform of this "
		    "source may send as %s, let \"authors\" of %s allow it.",
		    is_plain(found) ? found : "the address that was found",
		    c->place);
	else if (option != NULL && found != NULL)
		(void)snprintf(text, sizeof(text), "If %s belongs to the "
		    "platform of this source, add it to %s of %s.",
		    is_plain(found) ? found : "the value that was found",
		    option, c->place);
	if (text[0] != '\0')
		c->take(c->arg, text);
}

static void
change_factors(struct changes *c)
{
	const struct retold *r = c->r;
	char need[TEXT_SIZE];
	size_t i;

	for (i = 0; i < r->nresults; i++) {
		/* Unknown: another factor had failed before. */
		if (policy_outcome_is_good(r->results[i].outcome) ||
		    r->results[i].outcome == OUTCOME_UNKNOWN)
			continue;
		if (r->is_same && explain_need(&r->explanation,
		    &r->explained, i, need, sizeof(need)))
			c->take(c->arg, need);
		change_source(c, i);
	}
	if (r->config != NULL && r->decision->source != NULL &&
	    r->source == NULL)
		c->take(c->arg, "The configuration has no source of this name "
		    "any more: see what countersign-doctor explain says of "
		    "such a message.");
	else if (r->source != NULL && !r->is_same)
		c->take(c->arg, "The factors of this source have changed "
		    "since: see what countersign-doctor explain says of such "
		    "a message.");
}

/* Reasons without a factor, by the word that is logged. */
static const struct {
	const char	*cause, *text;
} causes[] = {
	{ "no-author", "To be signed, a message needs one From field with an "
	    "address." },
	{ "uncertain-author", "To be signed, a message needs one From field "
	    "with addresses of one domain." },
	{ "unclear-author", "To be signed, a message needs one From field "
	    "with addresses of one domain." },
	{ "aligned", "If this is your own mail, add the author domain to the "
	    "domains of a source." },
	{ "malformed", "Fix the program that made the message; until then, "
	    "on_fault says what happens to such mail." },
	{ "fragile", "Let the platform send 7-bit text in short lines, or see "
	    "on_fragile and eight_bit_safe in countersign.conf(5)." },
	{ "size", "See the limits in countersign.conf(5)." },
	{ "rate", "If so much mail is your own, raise the ceilings of the "
	    "source; the sender tries again." },
	{ "signatures-per-hour", "If so much mail is your own, raise "
	    "signatures_per_hour; the sender tries again in the next hour." },
	{ "dns", "DNS did not answer: the sender tries again. If this lasts, "
	    "run countersign-doctor, and see the section dns in "
	    "countersign.conf(5)." },
	{ "system", "The sender tries again. If this lasts, run "
	    "countersign-doctor, and see the lines before this one in the "
	    "log." },
};

static void
change_cause(struct changes *c)
{
	const struct logged_decision *d = c->r->decision;
	const char *file = c->r->config == NULL ? CONFIG_DEFAULT_FILE :
	    c->r->config->file;
	const char *domain = decision_domain(d);
	char text[TEXT_SIZE + 2 * PATH_MAX];
	size_t i;

	/* It is shown in a command, and a log may say anything. */
	if (domain != NULL && domain[strspn(domain,
	    "abcdefghijklmnopqrstuvwxyz0123456789-.")] != '\0')
		domain = NULL;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (strcmp(causes[i].cause, d->cause) == 0)
			c->take(c->arg, causes[i].text);
	if (domain == NULL)
		return;
	if (strcmp(d->cause, "no-key") == 0)
		(void)snprintf(text, sizeof(text), "No key signed for %s when "
		    "the message came: see 'countersign-key%s%s list' for "
		    "which one does now. If the domain has no keys, create "
		    "them with 'countersign-key%s%s add %s'.", domain,
		    config_option(file), config_option_file(file),
		    config_option(file), config_option_file(file), domain);
	else if (strcmp(d->cause, "no-source") == 0)
		(void)snprintf(text, sizeof(text), "If such mail is to be "
		    "signed, a source needs %s in its domains.", domain);
	else
		return;
	c->take(c->arg, text);
}

/* Whether a factor holds that proves the way: the platform did send it. */
static bool
came_by_way(const struct retold *r)
{
	size_t i;

	for (i = 0; i < r->nresults; i++)
		if (r->results[i].outcome == OUTCOME_HOLDS &&
		    (r->results[i].factor == FACTOR_NETWORKS ||
		    r->results[i].factor == FACTOR_PTR ||
		    r->results[i].factor == FACTOR_CERT_CN ||
		    r->results[i].factor == FACTOR_LOGIN ||
		    r->results[i].factor == FACTOR_DAEMON ||
		    r->results[i].factor == FACTOR_SPF))
			return true;
	return false;
}

void
retold_changes(const struct retold *r, void (*take)(void *, const char *),
    void *arg)
{
	struct changes c = { .r = r, .take = take, .arg = arg };
	const struct logged_decision *d = r->decision;
	const char *advice = kind_advice(kind_of(d));

	if (decision_is(d, "signed")) {
		if (d->observed)
			take(arg, "To have such mail signed, end the mode "
			    "observe: 'countersign-doctor setup --enforce', or "
			    "remove mode = observe from the configuration.");
		return;
	}
	name_place(&c);
	/* Mail of such a kind needs another way, not a looser source. */
	if (advice != NULL && !came_by_way(r))
		take(arg, advice);
	else if (d->cause == NULL || strcmp(d->cause, "factor") == 0)
		change_factors(&c);
	else
		change_cause(&c);
}
