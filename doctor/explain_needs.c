/* SPDX-License-Identifier: ISC */

/*
 * List what would have to change for the message to be signed.
 *
 * There is one need for each factor that does not hold.  If no source applies,
 * or if all factors of a source hold and the message is still not signed,
 * there is a single need.  Long texts are cut.
 */

#include <stdio.h>
#include <stdlib.h>

#include "explain.h"
#include "storepool.h"

#define TEXT_SIZE	1024	/* octets; a longer text is cut */

struct needs {
	const struct explanation *x;
	void	(*need)(void *, const struct source *, const char *);
	void	*arg;
};

/* What must be otherwise, if that is not the value; else NULL. */
static const char *
demand(enum factor factor, enum outcome outcome)
{
	if (factor == FACTOR_AUTHORS && outcome == OUTCOME_UNCLEAN)
		return "From must have a form in which all readers find the "
		    "same addresses";
	switch (outcome) {
	case OUTCOME_REPEATED:
		return "must appear exactly once";
	case OUTCOME_UNCLEAN:
		return "must contain only printable ASCII";
	case OUTCOME_FORBIDDEN:
		return "must not be present";
	case OUTCOME_OWN:
		return "must have a signature made by the platform, not by "
		    "this milter";
	case OUTCOME_NO_SIGNER:
		return "the key store must be readable";
	case OUTCOME_TEMPFAIL:
	case OUTCOME_UNKNOWN:
		return "DNS must answer";
	default:
		return NULL;
	}
}

bool
explain_need(const struct explanation *x, const struct explained_source *s,
    size_t i, char *buf, size_t bufsize)
{
	const struct factor_result *result = &s->results[i];
	const char *what = demand(result->factor, result->outcome);
	const char *option = explain_missing_option(x, result);
	char *required;

	if ((required = explain_required(x, s, i)) == NULL)
		return false;
	if (option != NULL)
		(void)snprintf(buf, bufsize, "%s: give %s, which must be %s",
		    policy_factor_name(result->factor), option, required);
	else
		(void)snprintf(buf, bufsize, "%s%s%s: %s%s",
		    policy_factor_name(result->factor),
		    result->name != NULL ? " " : "",
		    result->name != NULL ? result->name : "",
		    what != NULL ? what : "must be ",
		    what != NULL ? "" : required);
	free(required);
	return true;
}

/* Report a factor that does not hold; false when out of memory. */
static bool
need_factor(const struct needs *needs, const struct explained_source *s,
    size_t i)
{
	char text[TEXT_SIZE];

	if (!explain_need(needs->x, s, i, text, sizeof(text)))
		return false;
	needs->need(needs->arg, s->source, text);
	return true;
}

static bool
need_factors(const struct needs *needs)
{
	const struct explained_source *s;
	size_t i, j;

	for (i = 0; i < needs->x->config->nsources; i++) {
		s = &needs->x->sources[i];
		for (j = 0; j < s->nresults; j++)
			if (!policy_outcome_is_good(s->results[j].outcome) &&
			    !need_factor(needs, s, j))
				return false;
	}
	return true;
}

/* All factors of a source hold, but the message is not signed. */
static void
need_more(const struct needs *needs)
{
	const struct explanation *x = needs->x;
	const struct source *source = message_decision(x->message)->source;
	char text[TEXT_SIZE];

	if (x->fate.cause == CAUSE_NO_KEY)
		(void)snprintf(text, sizeof(text), "an active key for %s%s%s: "
		    "see countersign-key(8)", message_author(x->message),
		    source->stream != NULL ? " of stream " : "",
		    source->stream != NULL ? source->stream : "");
	else if (storepool_fault(x->pool) != NULL &&
	    x->fate.cause == CAUSE_SYSTEM)
		(void)snprintf(text, sizeof(text), "a readable key store: %s",
		    storepool_fault(x->pool));
	else if (x->fate.reason[0] != '\0')
		(void)snprintf(text, sizeof(text), "a message without this "
		    "problem: %s", x->fate.reason);
	else
		(void)snprintf(text, sizeof(text), "another mode than observe "
		    "%s", x->config->observe ? "in the configuration" :
		    "in the source");
	needs->need(needs->arg, source, text);
}

bool
explain_needs(const struct explanation *x, void (*need)(void *,
    const struct source *, const char *), void *arg)
{
	const struct needs needs = { x, need, arg };
	const struct decision *decision = message_decision(x->message);
	char text[TEXT_SIZE], why[MESSAGE_REASON_SIZE];

	if (explanation_signs(x))
		return true;
	switch (decision->reason) {
	case REASON_MISMATCH:
	case REASON_UNKNOWN:
		return need_factors(&needs);
	case REASON_NO_SOURCE:
	case REASON_ALIGNED:
		if (facts_author(x->facts) != NULL) {
			(void)snprintf(text, sizeof(text), "a source with %s "
			    "in its domains", facts_author(x->facts));
			break;
		}
		/* FALLTHROUGH */
	case REASON_NO_AUTHOR:
	case REASON_UNCERTAIN:
	case REASON_UNCLEAR:
		(void)snprintf(text, sizeof(text), "one From field with "
		    "addresses of one domain: %s", explain_author_error(x));
		break;
	case REASON_FAULT:
		policy_explain(decision, x->facts, why, sizeof(why));
		(void)snprintf(text, sizeof(text), "a message without this "
		    "problem: %s", why);
		break;
	case REASON_MATCH:
	default:
		need_more(&needs);
		return true;
	}
	need(arg, NULL, text);
	return true;
}
