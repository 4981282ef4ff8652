/* SPDX-License-Identifier: ISC */

/*
 * What is said about a factor that does not hold.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/policy.h"

static const struct {
	enum factor	 factor;
	enum outcome	 outcome;
	const char	*want;
} cases[] = {
	{ FACTOR_NETWORKS, OUTCOME_ABSENT, "client address is unknown" },
	{ FACTOR_NETWORKS, OUTCOME_DIFFERS,
	    "client address is not in the source's networks" },
	{ FACTOR_PTR, OUTCOME_ABSENT, "client has no verified host name" },
	{ FACTOR_PTR, OUTCOME_DIFFERS,
	    "client host name does not match the source" },
	{ FACTOR_HELO, OUTCOME_ABSENT, "client sent no HELO name" },
	{ FACTOR_HELO, OUTCOME_DIFFERS,
	    "HELO name does not match the source" },
	{ FACTOR_TLS, OUTCOME_ABSENT, "client did not use TLS" },
	{ FACTOR_TLS, OUTCOME_DIFFERS,
	    "TLS version is older than the source requires" },
	{ FACTOR_CERT_CN, OUTCOME_ABSENT,
	    "client sent no trusted certificate with a common name" },
	{ FACTOR_CERT_CN, OUTCOME_DIFFERS, "common name of the client "
	    "certificate does not match the source" },
	{ FACTOR_CERT_ISSUER, OUTCOME_ABSENT,
	    "client sent no trusted certificate with an issuer" },
	{ FACTOR_CERT_ISSUER, OUTCOME_DIFFERS,
	    "issuer of the client certificate does not match the source" },
	{ FACTOR_LOGIN, OUTCOME_ABSENT, "client did not log in" },
	{ FACTOR_LOGIN, OUTCOME_DIFFERS,
	    "login name is not one of the source's" },
	{ FACTOR_DAEMON, OUTCOME_ABSENT,
	    "MTA did not name the service that received the message" },
	{ FACTOR_DAEMON, OUTCOME_DIFFERS, "service that received the "
	    "message is not one of the source's" },
	{ FACTOR_ENVELOPE, OUTCOME_ABSENT, "envelope sender is empty" },
	{ FACTOR_ENVELOPE, OUTCOME_DIFFERS,
	    "envelope sender does not match the source" },
	{ FACTOR_AUTHORS, OUTCOME_ABSENT,
	    "From has no address of the source's domains" },
	{ FACTOR_AUTHORS, OUTCOME_DIFFERS,
	    "an address in From is not one of the source's" },
	{ FACTOR_AUTHORS, OUTCOME_UNCLEAN,
	    "readers may find different addresses in From" },
	{ FACTOR_BOUNCE, OUTCOME_ABSENT,
	    "envelope sender is not a Salesforce bounce address" },
	{ FACTOR_BOUNCE, OUTCOME_DIFFERS,
	    "bounce address does not name the source's organization" },
	{ FACTOR_HEADER, OUTCOME_WARNING, "is missing, but optional" },
	{ FACTOR_HEADER, OUTCOME_ABSENT, "is missing" },
	{ FACTOR_HEADER, OUTCOME_DIFFERS, "value does not match the source" },
	{ FACTOR_HEADER, OUTCOME_REPEATED, "appears more than once" },
	{ FACTOR_HEADER, OUTCOME_UNCLEAN,
	    "contains characters that it cannot contain" },
	{ FACTOR_HEADER, OUTCOME_FORBIDDEN, "must not be present" },
	{ FACTOR_SECRET_HEADER, OUTCOME_ABSENT, "is missing" },
	{ FACTOR_SECRET_HEADER, OUTCOME_DIFFERS,
	    "value is not the source's secret" },
	{ FACTOR_SECRET_HEADER, OUTCOME_REPEATED, "appears more than once" },
	{ FACTOR_SECRET_HEADER, OUTCOME_UNCLEAN,
	    "contains characters that it cannot contain" },
	{ FACTOR_SPF, OUTCOME_UNKNOWN, "was not checked" },
	{ FACTOR_SPF, OUTCOME_TEMPFAIL, "SPF record cannot be looked up now" },
	{ FACTOR_SPF, OUTCOME_ABSENT, "client address is unknown" },
	{ FACTOR_SPF, OUTCOME_DIFFERS,
	    "client address is not in the source's SPF records" },
	{ FACTOR_DKIM, OUTCOME_UNKNOWN, "was not checked" },
	{ FACTOR_DKIM, OUTCOME_TEMPFAIL, "public key cannot be looked up now" },
	{ FACTOR_DKIM, OUTCOME_NO_SIGNER,
	    "signature cannot be compared with our own keys now" },
	{ FACTOR_DKIM, OUTCOME_ABSENT, "no signature has a domain and "
	    "selector that the source accepts" },
	{ FACTOR_DKIM, OUTCOME_INVALID, "no signature verifies" },
	{ FACTOR_DKIM, OUTCOME_OWN,
	    "the signature was made with one of our own keys" },
	{ FACTOR_DKIM, OUTCOME_TOO_OLD,
	    "the signature has no time, or one too far from now" },
	{ FACTOR_DKIM, OUTCOME_INCOMPLETE,
	    "is not covered by the signature" },
	{ FACTOR_DKIM, OUTCOME_REPLAYED, "the signature was used before" },
};

static void
each_factor_has_its_texts(void **state)
{
	const char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = policy_outcome_text(cases[i].factor, cases[i].outcome);
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s, %s: \"%s\"; wanted \"%s\"",
			    policy_factor_name(cases[i].factor),
			    policy_outcome_name(cases[i].outcome), text,
			    cases[i].want);
	}
}

/* Also those that do not occur together. */
static void
every_factor_and_outcome_has_a_text(void **state)
{
	enum factor factor;
	enum outcome outcome;
	const char *text;

	(void)state;
	for (factor = FACTOR_NETWORKS; factor <= FACTOR_DKIM; factor++)
		for (outcome = OUTCOME_HOLDS; outcome <= OUTCOME_REPLAYED;
		    outcome++) {
			text = policy_outcome_text(factor, outcome);
			assert_non_null(text);
			assert_string_not_equal(text, "");
			assert_string_not_equal(text, "unknown");
		}
	assert_string_equal(policy_outcome_text(FACTOR_DKIM + 1,
	    OUTCOME_DIFFERS), "does not match the source");
	assert_string_equal(policy_outcome_text(FACTOR_DKIM,
	    OUTCOME_REPLAYED + 1), "unknown");
}

/* As in the log line: countersign-milter(8). */
static void
factors_have_names(void **state)
{
	static const char *const names[] = {
		[FACTOR_NETWORKS] = "networks", [FACTOR_PTR] = "ptr",
		[FACTOR_HELO] = "helo", [FACTOR_TLS] = "tls",
		[FACTOR_CERT_CN] = "cert_cn",
		[FACTOR_CERT_ISSUER] = "cert_issuer",
		[FACTOR_LOGIN] = "login", [FACTOR_DAEMON] = "daemon",
		[FACTOR_ENVELOPE] = "envelope", [FACTOR_AUTHORS] = "authors",
		[FACTOR_BOUNCE] = "salesforce_bounce",
		[FACTOR_HEADER] = "header",
		[FACTOR_SECRET_HEADER] = "secret_header",
		[FACTOR_SPF] = "spf", [FACTOR_DKIM] = "dkim"
	};
	size_t i;

	(void)state;
	for (i = FACTOR_NETWORKS; i <= FACTOR_DKIM; i++)
		assert_string_equal(policy_factor_name((enum factor)i),
		    names[i]);
	assert_string_equal(policy_factor_name(FACTOR_DKIM + 1), "unknown");
}

/* Of several domains, the one whose record cannot be had is told of. */
static void
dns_errors_are_told(void **state)
{
	static const char *const domains[] = {
		"not-asked.example", "other.example", "silent.example"
	};
	static const struct source source = {
		.name = "ours",
		.spf = { .texts = domains, .n = 3 }
	};
	static const struct {
		enum fact_answer	 covers;
		const char		*want;
	} answers[] = {
		{ FACT_TEMPFAIL, "source \"ours\": spf: SPF record cannot be "
		    "looked up now: no answer" },
		{ FACT_YES, "source \"ours\": spf: SPF record cannot be "
		    "looked up now" },
	};
	struct decision decision = {
		.source = &source, .reason = REASON_UNKNOWN, .nresults = 1
	};
	struct facts facts = { .nspf = 2 };
	char text[256];
	size_t i;

	(void)state;
	decision.results[0].factor = FACTOR_SPF;
	decision.results[0].outcome = OUTCOME_TEMPFAIL;
	facts.spf[0].domain = domains[1];
	facts.spf[0].covers = FACT_NO;
	(void)strlcpy(facts.spf[0].text, "fail", sizeof(facts.spf[0].text));
	facts.spf[1].domain = domains[2];
	(void)strlcpy(facts.spf[1].text, "no answer",
	    sizeof(facts.spf[1].text));
	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		facts.spf[1].covers = answers[i].covers;
		policy_explain(&decision, &facts, text, sizeof(text));
		assert_string_equal(text, answers[i].want);
	}
	/* The first one, too. */
	facts.spf[0].domain = domains[0];
	facts.spf[0].covers = FACT_TEMPFAIL;
	policy_explain(&decision, &facts, text, sizeof(text));
	assert_string_equal(text, "source \"ours\": spf: SPF record cannot be "
	    "looked up now: fail");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(factors_have_names),
		cmocka_unit_test(each_factor_has_its_texts),
		cmocka_unit_test(every_factor_and_outcome_has_a_text),
		cmocka_unit_test(dns_errors_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
