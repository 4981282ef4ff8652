/* SPDX-License-Identifier: ISC */

/*
 * Why a message was not signed, and how it came: see log_found.h.
 *
 * What a source requires is never logged.  Of what the message has instead,
 * these values help to find out why, and are no secrets: names that the client
 * gave or the MTA knows, which the MTA logs itself, and the value of a field
 * that a header rule requires, such as an organization id.  The value of a
 * field is never logged if some source has a secret in a field of that name, or
 * if this source has a secret at all: a platform that is set up wrongly may
 * send it in the other field.
 */

#include "front/log_found.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/address_pattern.h"
#include "config/names.h"
#include "front/metering.h"

#define VALUE_SIZE	256	/* octets of a value that are logged */

static void
put(struct logline *line, const char *key, const char *value)
{
	char text[VALUE_SIZE];

	if (value == NULL)
		return;
	if (strlcpy(text, value, sizeof(text)) >= sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	logline_text(line, key, text);
}

void
log_cause(struct logline *line, const struct message_about *about)
{
	const enum meters_reason reason = metering_reason(about->fate,
	    message_decision(about->message));

	if (reason != METERS_NO_REASON)
		logline_text(line, "cause", meters_reason_name(reason));
}

/* The value of the only field of a name; NULL if there is another one. */
static const char *
field_value(const struct facts *facts, const char *name)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < facts->nheaders; i++) {
		if (strcasecmp(facts->headers[i].name, name) != 0)
			continue;
		if (value != NULL)
			return NULL;
		value = facts->headers[i].value;
	}
	return facts->headers_overflow ? NULL : value;
}

static bool
may_show(const struct config *config, const struct source *source,
    const char *name)
{
	return source->nsecrets == 0 && names_find(&config->secret_names,
	    name, strlen(name)) == config->secret_names.n;
}

/* The value that a factor found, and its key; NULL if it is not logged. */
static const char *
found_value(const struct message_about *about,
    const struct factor_result *result, const char **key)
{
	const struct source *source = message_decision(about->message)->source;
	const struct facts *facts = about->facts;

	*key = policy_factor_name(result->factor);
	switch (result->factor) {
	case FACTOR_PTR:
		return facts->client_name;
	case FACTOR_HELO:
		return facts->helo;
	case FACTOR_CERT_CN:
		return facts->cert_cn;
	case FACTOR_CERT_ISSUER:
		return facts->cert_issuer;
	case FACTOR_LOGIN:
		return facts->login;
	case FACTOR_DAEMON:
		return facts->daemon_name != NULL ? facts->daemon_name :
		    facts->daemon_port;
	case FACTOR_ENVELOPE:
	case FACTOR_BOUNCE:
		*key = "envelope";
		return facts->envelope;
	case FACTOR_HEADER:
		*key = "header_value";
		return may_show(about->config, source, result->name) ?
		    field_value(facts, result->name) : NULL;
	/* The client is always in the line; an address is put together by
	 * put_refused_author(); the others have no value. */
	case FACTOR_AUTHORS:
	case FACTOR_NETWORKS:
	case FACTOR_TLS:
	case FACTOR_SECRET_HEADER:
	case FACTOR_SPF:
	case FACTOR_DKIM:
		break;
	}
	return NULL;
}

/* Whether a factor found a value that the source does not accept.  Of what is
 * forbidden, only a login is of interest: it is one that another source names.
 */
static bool
is_refused(const struct factor_result *result)
{
	return result->outcome == OUTCOME_DIFFERS ||
	    result->outcome == OUTCOME_UNCLEAN ||
	    (result->outcome == OUTCOME_FORBIDDEN &&
	    result->factor == FACTOR_LOGIN);
}

/* The address in From that the source refuses. */
static void
put_refused_author(struct logline *line, const struct message_about *about)
{
	const struct fact_address *address;
	char text[ADDRESS_PATTERN_SIZE];

	address = policy_refused_address(about->facts,
	    message_decision(about->message)->source);
	if (address == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%s@%s", address->local,
	    address->domain);
	put(line, "author_address", text);
}

void
log_found(struct logline *line, const struct message_about *about)
{
	const struct decision *decision = message_decision(about->message);
	const char *used[POLICY_MAX_FACTORS], *key, *value;
	size_t nused = 0, i, j;

	for (i = 0; i < decision->nresults; i++) {
		if (!is_refused(&decision->results[i]))
			continue;
		if (decision->results[i].factor == FACTOR_AUTHORS)
			put_refused_author(line, about);
		value = found_value(about, &decision->results[i], &key);
		/* Each key once: of several fields, the first is shown. */
		for (j = 0; j < nused && strcmp(used[j], key) != 0; j++)
			continue;
		if (j < nused)
			continue;
		used[nused++] = key;
		put(line, key, value);
	}
}

void
log_traces(struct logline *line, const struct traces *traces)
{
	const char *list[TRACES_MAX_SIGNERS];
	size_t i;

	for (i = 0; i < traces->nsigners; i++)
		list[i] = traces->signers[i];
	if (traces->nsigners > 0)
		logline_list(line, "other_signatures", list,
		    traces->nsigners);
	if (traces->list_id[0] != '\0')
		logline_text(line, "list_id", traces->list_id);
	logline_number(line, "hops", (long long)traces->nhops);
	if (traces_way_name(traces->way) != NULL)
		logline_text(line, "way", traces_way_name(traces->way));
	if (traces->dkim2.nfields > 0) {
		logline_number(line, "dkim2_hops",
		    (long long)traces->dkim2.hops);
		if (traces->dkim2.hops > 0)
			logline_text(line, "dkim2_domain",
			    traces->dkim2.domain);
	}
}
