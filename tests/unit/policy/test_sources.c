/* SPDX-License-Identifier: ISC */

/*
 * policy_decide() on several sources: their order, which question is asked
 * when, what is done when none holds, observers, and sessions of several
 * messages.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policycase.h"

#define ALLOWS		.domains = TEXTS("example.com")
#define LOGIN(text)	.login = TEXTS(text)
#define DKIM(d)		.dkims = (const struct dkim_rule[]){ \
	    { .sdids = TEXTS(d), .max_age = 900, .max_uses = 1 } }, \
	    .ndkims = 1
#define TENANT(value)	.headers = (const struct header_rule[]){ \
	    { .name = "X-Tenant", .values = TEXTS(value) } }, .nheaders = 1

/* What the tables below choose from, by their letters. */
static const struct source all[] = {
	{ .name = "a", ALLOWS, LOGIN("a"), .on_mismatch = ACTION_PASS },
	{ .name = "b", ALLOWS, LOGIN("b"), .on_mismatch = ACTION_TEMPFAIL },
	{ .name = "c", ALLOWS, LOGIN("c"),
	    .on_mismatch = ACTION_QUARANTINE },
	{ .name = "d", ALLOWS, LOGIN("d"), .on_mismatch = ACTION_REJECT },
	{ .name = "e", ALLOWS, TENANT("e"), .on_mismatch = ACTION_REJECT },
	{ .name = "h", ALLOWS, LOGIN("a"), TENANT("h"),
	    .on_mismatch = ACTION_TEMPFAIL },
	{ .name = "o", ALLOWS, LOGIN("a"), .observe = true,
	    .on_mismatch = ACTION_REJECT },
	{ .name = "p", ALLOWS, .spf = TEXTS("p.example"), .observe = true,
	    .on_mismatch = ACTION_REJECT },
	{ .name = "s", ALLOWS, .spf = TEXTS("a.example", "b.example"),
	    .on_mismatch = ACTION_REJECT },
	{ .name = "t", ALLOWS, .spf = TEXTS("b.example"), LOGIN("a"),
	    .on_mismatch = ACTION_PASS },
	{ .name = "u", ALLOWS, .spf = TEXTS("a.example"), DKIM("u.example"),
	    .on_mismatch = ACTION_REJECT },
	{ .name = "k", ALLOWS, DKIM("k.example"), LOGIN("k"),
	    .on_mismatch = ACTION_REJECT },
	{ .name = "x", .domains = TEXTS("example.org"), LOGIN("a"),
	    .on_mismatch = ACTION_REJECT },
};

static const char *const fields[] = { "from" };
static const struct fact_signature of_u[] = { { .sdid = "u.example",
    .selector = "s", .valid = FACT_YES, .own = FACT_NO,
    .timestamp = POLICYCASE_NOW,
    .fields = fields, .nfields = 1 } };
static const struct fact_signature late[] = { { .sdid = "k.example",
    .selector = "s", .valid = FACT_TEMPFAIL, .timestamp = POLICYCASE_NOW,
    .dns_error = "too many DNS lookups at once",
    .fields = fields, .nfields = 1 } };

#define SIGN(name)	ACTION_SIGN, REASON_MATCH, name, NULL
#define MISMATCH(v, name) ACTION_ ## v, REASON_MISMATCH, name, NULL
#define UNKNOWN(name)	ACTION_TEMPFAIL, REASON_UNKNOWN, name, NULL
#define ASK(name, what)	ACTION_UNDECIDED, REASON_UNKNOWN, name, what
#define IP		.client = "192.0.2.1"

static const struct {
	const char	*sources;	/* letters */
	struct given	 given;
	enum action	 action;
	enum policy_reason reason;
	const char	*source;	/* NULL: none */
	const char	*question;	/* "dkim", or SPF's domain */
} cases[] = {
	/* The first that holds signs, whatever comes before or behind. */
	{ "a", { .login = "a" }, SIGN("a") },
	{ "ab", { .login = "b" }, SIGN("b") },
	{ "dcba", { .login = "a" }, SIGN("a") },
	{ "ae", { .login = "a", .headers = "X-Tenant: e\n" }, SIGN("a") },
	{ "ea", { .login = "a", .headers = "X-Tenant: e\n" }, SIGN("e") },
	{ "xa", { .login = "a" }, SIGN("a") },

	/* Factors of two sources do not add up. */
	{ "et", { IP, .login = "b", .spf = { { "b.example", FACT_YES } },
	    .headers = "X-Tenant: x\n" }, MISMATCH(REJECT, "e") },

	/* None: the strictest; the one is told of which most holds. */
	{ "dh", { .login = "a", .headers = "X-Tenant: z\n" },
	    MISMATCH(REJECT, "h") },
	{ "hd", { .login = "a", .headers = "X-Tenant: z\n" },
	    MISMATCH(REJECT, "h") },
	{ "bdhe", { .login = "a", .headers = "X-Tenant: z\n" },
	    MISMATCH(REJECT, "h") },
	{ "dh", { .login = "z", .headers = "X-Tenant: h\n" },
	    MISMATCH(REJECT, "d") },
	{ "dth", { IP, .login = "a", .headers = "X-Tenant: z\n",
	    .spf = { { "b.example", FACT_TEMPFAIL } } }, UNKNOWN("t") },
	{ "tdh", { IP, .login = "a", .headers = "X-Tenant: z\n",
	    .spf = { { "b.example", FACT_TEMPFAIL } } }, UNKNOWN("t") },

	/* If of none more, the first. */
	{ "", { .login = "a" }, ACTION_PASS, REASON_NO_SOURCE, NULL, NULL },
	{ "x", { .login = "a" }, ACTION_PASS, REASON_NO_SOURCE, NULL,
	    NULL },
	{ "a", { .login = "z" }, MISMATCH(PASS, "a") },
	{ "b", { .login = "z" }, MISMATCH(TEMPFAIL, "b") },
	{ "c", { .login = "z" }, MISMATCH(QUARANTINE, "c") },
	{ "d", { .login = "z" }, MISMATCH(REJECT, "d") },
	{ "ab", { .login = "z" }, MISMATCH(TEMPFAIL, "a") },
	{ "ba", { .login = "z" }, MISMATCH(TEMPFAIL, "b") },
	{ "acb", { .login = "z" }, MISMATCH(QUARANTINE, "a") },
	{ "dcba", { .login = "z" }, MISMATCH(REJECT, "d") },
	{ "abcd", { .login = "z" }, MISMATCH(REJECT, "a") },
	{ "ax", { .login = "z" }, MISMATCH(PASS, "a") },

	/* Nothing is asked that the decision does not hang on. */
	{ "as", { IP, .login = "a" }, SIGN("a") },
	{ "sa", { IP, .login = "a" }, ASK("s", "a.example") },
	{ "ts", { IP, .login = "a" }, ASK("t", "b.example") },
	{ "ts", { IP, .login = "z" }, ASK("s", "a.example") },
	{ "k", { IP, .login = "z" }, MISMATCH(REJECT, "k") },
	{ "ku", { IP, .login = "z" }, ASK("u", "a.example") },
	{ "ku", { IP, .login = "k" }, ASK("k", "dkim") },
	{ "s", { IP, .spf = { { "a.example", FACT_NO } } },
	    ASK("s", "b.example") },
	{ "s", { IP, .spf = { { "b.example", FACT_NO } } },
	    ASK("s", "a.example") },
	{ "u", { IP, .spf = { { "a.example", FACT_YES } } },
	    ASK("u", "dkim") },
	{ "u", { IP, .spf = { { "a.example", FACT_NO } } },
	    MISMATCH(REJECT, "u") },
	{ "us", { IP, .spf = { { "a.example", FACT_NO } } },
	    ASK("s", "b.example") },
	{ "us", { IP, .spf = { { "a.example", FACT_YES } },
	    .signatures = of_u, .nsignatures = 1 }, SIGN("u") },
	{ "us", { IP, .spf = { { "a.example", FACT_YES } },
	    .dkim_known = true }, SIGN("s") },
	{ "s", { .login = "a" }, MISMATCH(REJECT, "s") },

	/* What is late yields to what holds, and outdoes what fails. */
	{ "t", { IP, .login = "a", .spf = { { "b.example",
	    FACT_TEMPFAIL } } }, UNKNOWN("t") },
	{ "ta", { IP, .login = "a", .spf = { { "b.example",
	    FACT_TEMPFAIL } } }, SIGN("a") },
	{ "dt", { IP, .login = "a", .spf = { { "b.example",
	    FACT_TEMPFAIL } } }, UNKNOWN("t") },
	{ "td", { IP, .login = "a", .spf = { { "b.example",
	    FACT_TEMPFAIL } } }, UNKNOWN("t") },
	{ "tu", { IP, .login = "a", .spf = { { "b.example",
	    FACT_TEMPFAIL } } }, ASK("u", "a.example") },
	{ "dtdk", { IP, .login = "k", .spf = { { "b.example",
	    FACT_TEMPFAIL } }, .signatures = late, .nsignatures = 1 },
	    UNKNOWN("k") },
	{ "t", { IP, .login = "z", .spf = { { "b.example",
	    FACT_TEMPFAIL } } }, MISMATCH(PASS, "t") },

	/* Observers are not heeded beside others, be they good or bad. */
	{ "od", { .login = "a" }, MISMATCH(REJECT, "d") },
	{ "do", { .login = "a" }, MISMATCH(REJECT, "d") },
	{ "oa", { .login = "a" }, SIGN("a") },
	{ "oa", { .login = "z" }, MISMATCH(PASS, "a") },
	{ "pa", { IP, .login = "z" }, MISMATCH(PASS, "a") },
	{ "ap", { IP, .login = "z", .spf = { { "p.example",
	    FACT_TEMPFAIL } } }, MISMATCH(PASS, "a") },
	/* Alone, their outcome is told, and marked. */
	{ "o", { .login = "a" }, SIGN("o") },
	{ "ox", { .login = "z" }, MISMATCH(REJECT, "o") },
	{ "p", { IP, .login = "z" }, ASK("p", "p.example") },
	{ "p", { IP, .spf = { { "p.example", FACT_TEMPFAIL } } },
	    UNKNOWN("p") },
	{ "op", { IP, .spf = { { "p.example", FACT_YES } } }, SIGN("p") },
};

static size_t
choose(const char *letters, struct source sources[8])
{
	size_t n, i;

	for (n = 0; letters[n] != '\0'; n++) {
		for (i = 0; all[i].name[0] != letters[n]; i++)
			;
		sources[n] = all[i];
	}
	return n;
}

static const char *
question(const struct decision *decision)
{
	switch (decision->question) {
	case QUESTION_NONE:
		return "nothing";
	case QUESTION_DKIM:
		return "dkim";
	case QUESTION_SPF:
		break;
	}
	return decision->spf_domain;
}

static void
decides_by_all_sources(void **state)
{
	struct source sources[8];
	struct config config = { .sources = sources };
	struct facts facts = { 0 };
	struct decision decision;
	const char *name, *asked;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config.nsources = choose(cases[i].sources, sources);
		facts_reset_message(&facts);
		policycase_fill(&facts, &cases[i].given);
		policy_decide(&facts, &config, &decision);
		name = decision.source == NULL ? "none" :
		    decision.source->name;
		asked = cases[i].question == NULL ? "nothing" :
		    cases[i].question;
		if (decision.action != cases[i].action ||
		    decision.reason != cases[i].reason ||
		    strcmp(name, cases[i].source == NULL ? "none" :
		    cases[i].source) != 0 ||
		    strcmp(question(&decision), asked) != 0)
			fail_msg("%zu, \"%s\": %s, %d, of %s, asks for %s", i,
			    cases[i].sources,
			    action_name(decision.action),
			    decision.reason, name, question(&decision));
		assert_int_equal(decision.observed, decision.source != NULL &&
		    decision.source->observe);
	}
	facts_finish(&facts);
}

/* Each answer ends a question: as many rounds as there are answers. */
static void
questions_end(void **state)
{
	struct source sources[8];
	const struct config config = {
		.sources = sources,
		.nsources = choose("sutkp", sources)
	};
	struct facts facts = { 0 };
	struct decision decision;
	char asked[128] = "";

	(void)state;
	policycase_fill(&facts, &(struct given){ IP, .login = "k" });
	for (;;) {
		policy_decide(&facts, &config, &decision);
		if (decision.action != ACTION_UNDECIDED)
			break;
		(void)snprintf(asked + strlen(asked),
		    sizeof(asked) - strlen(asked), "%s:%s ",
		    decision.source->name, question(&decision));
		if (decision.question == QUESTION_SPF)
			assert_true(facts_set_spf(&facts, decision.spf_domain,
			    FACT_NO, ""));
		else
			facts.dkim_known = true;
	}
	assert_string_equal(asked, "s:a.example s:b.example k:dkim ");
	assert_int_equal(decision.action, ACTION_REJECT);
	/* Its login holds. */
	assert_string_equal(decision.source->name, "k");
	facts_finish(&facts);
}

/* The reason of a lookup that failed is the resolver's. */
static void
explains_why_dns_is_late(void **state)
{
	struct source sources[8];
	const struct config config = {
		.sources = sources,
		.nsources = choose("k", sources)
	};
	struct facts facts = { 0 };
	struct decision decision;
	char why[256];

	(void)state;
	policycase_fill(&facts, &(struct given){ IP, .login = "k",
	    .signatures = late, .nsignatures = 1 });
	policy_decide(&facts, &config, &decision);
	assert_int_equal(decision.action, ACTION_TEMPFAIL);
	policy_explain(&decision, &facts, why, sizeof(why));
	assert_string_equal(why, "source \"k\": dkim: public key cannot be "
	    "looked up now: too many DNS lookups at once");
	facts_finish(&facts);
}

/* A field that was not kept could be any: absent, or the second. */
static void
fields_over_the_limit_hold_for_no_rule(void **state)
{
	static const enum header_compare compares[] = { HEADER_EXACT,
	    HEADER_ABSENT };
	struct header_rule rule = { .name = "X-Tenant",
	    .values = TEXTS("abc") };
	const struct secret_rule secret = { .name = "X-Tenant",
	    .values = TEXTS("abc") };
	struct source source = SOURCE(.headers = &rule, .nheaders = 1);
	const struct config config = { .sources = &source, .nsources = 1 };
	struct facts facts = { 0 };
	struct decision decision;
	size_t i;

	(void)state;
	policycase_fill(&facts, &(struct given){
	    .headers = "X-Tenant: abc\n" });
	for (i = 0; i < 4; i++) {
		rule.compare = compares[i % 2];
		rule.optional = i >= 2;
		facts.nheaders = rule.compare == HEADER_EXACT ? 1 : 0;
		facts.headers_overflow = false;
		policy_decide(&facts, &config, &decision);
		assert_int_equal(decision.action, ACTION_SIGN);
		facts.headers_overflow = true;
		policy_decide(&facts, &config, &decision);
		assert_int_equal(decision.action, ACTION_REJECT);
	}
	source.nheaders = 0;
	source.secrets = &secret;
	source.nsecrets = 1;
	facts.nheaders = 1;
	policy_decide(&facts, &config, &decision);
	assert_int_equal(decision.action, ACTION_REJECT);
	facts.headers_overflow = false;
	policy_decide(&facts, &config, &decision);
	assert_int_equal(decision.action, ACTION_SIGN);
	facts_finish(&facts);
}

/* A factor each. */
static const struct source factors[] = {
	{ ALLOWS, .helo = TEXTS("h"), .name = "helo" },
	{ ALLOWS, .tls = TLS_1_2, .name = "tls" },
	{ ALLOWS, .cert_cn = TEXTS("c"), .name = "cert_cn" },
	{ ALLOWS, .cert_issuer = TEXTS("i"), .name = "cert_issuer" },
	{ ALLOWS, LOGIN("a"), .name = "login" },
	{ ALLOWS, .envelope = TEXTS("e@x"), .name = "envelope" },
	{ ALLOWS, .authors = TEXTS("a@example.com"), .name = "authors" },
	{ ALLOWS, TENANT("e"), .name = "header" },
	{ ALLOWS, .spf = TEXTS("a.example"), .name = "spf" },
	{ ALLOWS, DKIM("u.example"), .name = "dkim" },
};

/*
 * One session, two tenants: the first message holds for each factor at once,
 * the second says nothing of it, and holds for none but the daemon's.
 */
static void
nothing_leaks_to_the_next_tenant(void **state)
{
	const struct given first = { IP, .daemon = "smtpd", .helo = "h",
	    .tls = TLS_1_3, .cn = "c", .issuer = "i", .login = "a",
	    .envelope = "e@x", .addresses = { { "a", "example.com" } },
	    .headers = "X-Tenant: e\n",
	    .spf = { { "a.example", FACT_YES } }, .signatures = of_u,
	    .nsignatures = 1 };
	const struct given second = { IP, .daemon = "smtpd" };
	struct config config = { .nsources = 1 };
	struct facts facts = { 0 };
	struct decision decision;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
		config.sources = &factors[i];
		facts_reset_message(&facts);
		policy_decide(&facts, &config, &decision);
		assert_int_equal(decision.reason, REASON_NO_AUTHOR);
		policycase_fill(&facts, &first);
		policy_decide(&facts, &config, &decision);
		assert_int_equal(decision.action, ACTION_SIGN);
		facts_reset_message(&facts);
		policy_decide(&facts, &config, &decision);
		assert_int_equal(decision.reason, REASON_NO_AUTHOR);
		policycase_fill(&facts, &second);
		policy_decide(&facts, &config, &decision);
		assert_int_not_equal(decision.action, ACTION_SIGN);
		if (decision.action != ACTION_UNDECIDED)
			assert_int_equal(decision.results[0].outcome,
			    OUTCOME_ABSENT);
	}
	facts_finish(&facts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_by_all_sources),
		cmocka_unit_test(questions_end),
		cmocka_unit_test(explains_why_dns_is_late),
		cmocka_unit_test(fields_over_the_limit_hold_for_no_rule),
		cmocka_unit_test(nothing_leaks_to_the_next_tenant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
