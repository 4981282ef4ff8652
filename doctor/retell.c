/* SPDX-License-Identifier: ISC */

/*
 * A logged decision in the terms of the policy: see retell.h.
 *
 * The log has names of factors and outcomes, which the policy itself gave them;
 * those that it does not know are left out.  What a factor requires is taken
 * from the configuration of today, and only if the source of that name still
 * has the same factors: otherwise a value would be shown beside the wrong one.
 */

#include "retell.h"

#include <string.h>
#include <strings.h>

/* The front logs that much of the name of a field. */
#define LOGGED_NAME_LEN		80

/* The number whose name is this text; n if none of them is. */
static unsigned int
find_factor(const char *text, size_t len)
{
	const char *name;
	unsigned int i;

	for (i = 0; i <= FACTOR_DKIM; i++) {
		name = policy_factor_name((enum factor)i);
		if (strlen(name) == len && memcmp(name, text, len) == 0)
			break;
	}
	return i;
}

static unsigned int
find_outcome(const char *text)
{
	unsigned int i;

	for (i = 0; i <= OUTCOME_REPLAYED; i++)
		if (strcmp(policy_outcome_name((enum outcome)i), text) == 0)
			break;
	return i;
}

/* "header/X-SFDC-LK:differs". */
static void
add_factor(struct retold *r, const char *text)
{
	struct factor_result *result = &r->results[r->nresults];
	char *name = r->names[r->nresults];
	const char *colon = strrchr(text, ':'), *slash;
	unsigned int factor, outcome;
	size_t len;

	if (colon == NULL || r->nresults == POLICY_MAX_FACTORS)
		return;
	slash = memchr(text, '/', (size_t)(colon - text));
	factor = find_factor(text, (size_t)((slash != NULL ? slash : colon) -
	    text));
	outcome = find_outcome(colon + 1);
	if (factor > FACTOR_DKIM || outcome > OUTCOME_REPLAYED)
		return;
	memset(result, 0, sizeof(*result));
	result->factor = (enum factor)factor;
	result->outcome = (enum outcome)outcome;
	if (slash != NULL) {
		len = (size_t)(colon - slash - 1);
		if (len >= RETELL_NAME_SIZE)
			len = RETELL_NAME_SIZE - 1;
		memcpy(name, slash + 1, len);
		name[len] = '\0';
		result->name = name;
	}
	r->nresults++;
}

static const struct source *
find_source(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; config != NULL && name != NULL && i < config->nsources;
	    i++)
		if (strcmp(config->sources[i].name, name) == 0)
			return &config->sources[i];
	return NULL;
}

/* Whether both are about the same field; a signature's field may differ. */
static bool
is_same_factor(const struct factor_result *then,
    const struct factor_result *now)
{
	if (then->factor != now->factor)
		return false;
	if (then->factor == FACTOR_DKIM ||
	    (then->name == NULL && now->name == NULL))
		return true;
	return then->name != NULL && now->name != NULL &&
	    strncasecmp(then->name, now->name, LOGGED_NAME_LEN) == 0;
}

/* Compare the factors of then with those of today. */
static void
compare(struct retold *r)
{
	struct factor_result now[POLICY_MAX_FACTORS];
	struct facts none;
	size_t n, i;

	memset(&none, 0, sizeof(none));
	if (r->source == NULL || r->decision->factors.is_cut)
		return;
	n = policy_examine(&none, r->source, now);
	if (n == 0 || n != r->nresults)
		return;
	for (i = 0; i < n; i++) {
		if (!is_same_factor(&r->results[i], &now[i]))
			return;
		r->results[i].dkim = now[i].dkim;
	}
	r->is_same = true;
}

void
retell(struct retold *r, const struct config *config,
    const struct logged_decision *decision)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	r->config = config;
	r->decision = decision;
	for (i = 0; i < decision->factors.n; i++)
		add_factor(r, decision->factors.texts[i]);
	r->source = find_source(config, decision->source);
	compare(r);
	r->explanation.config = config;
	r->explained.source = r->source;
	memcpy(r->explained.results, r->results, sizeof(r->results));
	r->explained.nresults = r->nresults;
}

/* Whether the i-th is the first header factor that found another value. */
static bool
is_first_header(const struct retold *r, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (r->results[j].factor == FACTOR_HEADER &&
		    (r->results[j].outcome == OUTCOME_DIFFERS ||
		    r->results[j].outcome == OUTCOME_UNCLEAN))
			return false;
	return true;
}

const char *
retold_found(const struct retold *r, size_t i)
{
	const struct logged_decision *d = r->decision;
	const struct factor_result *result = &r->results[i];

	if (result->outcome == OUTCOME_ABSENT ||
	    result->outcome == OUTCOME_WARNING)
		return "none";
	if (result->factor == FACTOR_NETWORKS ||
	    result->factor == FACTOR_SPF)
		return d->client;
	if (result->outcome != OUTCOME_DIFFERS &&
	    result->outcome != OUTCOME_UNCLEAN)
		return NULL;
	switch (result->factor) {
	case FACTOR_PTR:
		return d->ptr;
	case FACTOR_HELO:
		return d->helo;
	case FACTOR_CERT_CN:
		return d->cert_cn;
	case FACTOR_CERT_ISSUER:
		return d->cert_issuer;
	case FACTOR_LOGIN:
		return d->login;
	case FACTOR_DAEMON:
		return d->daemon;
	case FACTOR_ENVELOPE:
	case FACTOR_BOUNCE:
		return d->envelope;
	case FACTOR_AUTHORS:
		return d->author_address;
	case FACTOR_HEADER:
		return is_first_header(r, i) ? d->header_value : NULL;
	case FACTOR_NETWORKS:
	case FACTOR_TLS:
	case FACTOR_SECRET_HEADER:
	case FACTOR_SPF:
	case FACTOR_DKIM:
		break;
	}
	return NULL;
}
