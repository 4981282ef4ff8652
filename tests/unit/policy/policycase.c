/* SPDX-License-Identifier: ISC */

/*
 * A case of policy_decide(): facts given as literals, one source, and the
 * verdict, reason, factor and outcome that are wanted.
 *
 * The facts go through the functions that the front uses.  The first
 * difference fails the test and names the case.
 */

#include "policycase.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const struct text_list policycase_headers = TEXTS("x-absent", "x-guid",
    "x-org", "x-other", "x-secret", "x-tenant");

static void
set_client(struct facts *facts, const char *text)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

	if (text == NULL)
		facts_set_client(facts, NULL);
	else if (inet_pton(AF_INET, text, &sin.sin_addr) == 1)
		facts_set_client(facts, (struct sockaddr *)&sin);
	else {
		assert_int_equal(inet_pton(AF_INET6, text, &sin6.sin6_addr),
		    1);
		facts_set_client(facts, (struct sockaddr *)&sin6);
	}
}

/* A line ends with LF; CR LF folds. */
static void
add_headers(struct facts *facts, const char *headers)
{
	const struct config config = { .header_names = policycase_headers };
	const char *colon, *end;

	while (*headers != '\0') {
		end = strchr(headers, '\n');
		while (end[-1] == '\r')
			end = strchr(end + 1, '\n');
		colon = strchr(headers, ':');
		assert_int_equal(facts_add_header(facts, &config, headers,
		    (size_t)(colon - headers), colon + 1,
		    (size_t)(end - colon - 1)), 0);
		headers = end + 1;
	}
}

static void
add_signatures(struct facts *facts, const struct given *given)
{
	size_t size = given->nsignatures * sizeof(*given->signatures);

	facts->dkim_known = given->dkim_known || given->nsignatures > 0;
	if (given->nsignatures == 0)
		return;
	facts->signatures = malloc(size);
	assert_non_null(facts->signatures);
	memcpy(facts->signatures, given->signatures, size);
	facts->nsignatures = given->nsignatures;
}

void
policycase_fill(struct facts *facts, const struct given *given)
{
	size_t i;

	set_client(facts, given->client);
	facts_set(&facts->client_name, given->ptr);
	facts_set(&facts->daemon_name, given->daemon);
	facts_set(&facts->daemon_port, given->port);
	facts_set(&facts->helo, given->helo);
	facts->tls = given->tls;
	facts_set(&facts->cert_cn, given->cn);
	facts_set(&facts->cert_issuer, given->issuer);
	facts_set(&facts->login, given->login);
	facts_set(&facts->envelope, given->envelope);
	facts->now = POLICYCASE_NOW;
	if (given->headers != NULL)
		add_headers(facts, given->headers);
	facts->nfrom = 1;
	assert_int_equal(facts_add_author(facts, "example.com",
	    "example.com"), 0);
	for (i = 0; i < 3 && given->addresses[i].domain != NULL; i++)
		assert_int_equal(facts_add_address(facts,
		    given->addresses[i].local, given->addresses[i].domain),
		    0);
	facts->more_addresses = given->more_addresses;
	for (i = 0; i < 3 && given->spf[i].domain != NULL; i++)
		facts_set_spf(facts, given->spf[i].domain,
		    given->spf[i].covers, "");
	add_signatures(facts, given);
}

static void
compare(const char *name, const struct decision *decision,
    const struct source *source, const struct wanted *wanted)
{
	const struct factor_result *result;

	if (decision->action != wanted->action)
		fail_msg("%s: verdict %s, wanted %s", name,
		    action_name(decision->action),
		    action_name(wanted->action));
	if (decision->reason != wanted->reason)
		fail_msg("%s: reason %d, wanted %d", name, decision->reason,
		    wanted->reason);
	if (decision->question != wanted->question)
		fail_msg("%s: question %d, wanted %d", name,
		    decision->question, wanted->question);
	assert_ptr_equal(decision->source, source);
	assert_false(decision->observed);
	if (wanted->action == ACTION_SIGN) {
		assert_int_equal(decision->failed, decision->nresults);
		result = &decision->results[decision->nresults - 1];
	} else {
		result = &decision->results[decision->failed];
		if (result->factor != wanted->factor)
			fail_msg("%s: factor %s, wanted %s", name,
			    policy_factor_name(result->factor),
			    policy_factor_name(wanted->factor));
	}
	if (result->outcome != wanted->outcome)
		fail_msg("%s: outcome %s, wanted %s", name,
		    policy_outcome_name(result->outcome),
		    policy_outcome_name(wanted->outcome));
}

void
policycase_run(const struct policycase *cases, size_t n)
{
	struct facts facts = { 0 };
	struct decision decision;
	struct config config = { .nsources = 1 };
	size_t i;

	for (i = 0; i < n; i++) {
		facts_reset_message(&facts);
		policycase_fill(&facts, &cases[i].given);
		config.sources = cases[i].source;
		policy_decide(&facts, &config, &decision);
		compare(cases[i].name, &decision, cases[i].source,
		    &cases[i].wanted);
	}
	facts_finish(&facts);
}
