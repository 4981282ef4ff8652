/* SPDX-License-Identifier: ISC */

/*
 * Claims that nothing can prove: several authors, uncertain ones, and domains
 * that no source names but that would pass DMARC by our SPF record.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/organization.h"
#include "config/private.h"
#include "message/mta_facts.h"
#include "policy/policy.h"

static const char text[] =
    "source \"sf\" { spf = \"_spf.sf.example\""
    " header \"X-Org\" { value = ours } domains = example.com }\n"
    "source \"desk\" { login = desk"
    " domains = { example.net, \"*.example.net\" }"
    " on_mismatch = quarantine }\n"
    "source \"own\" { networks = 10.0.0.0/8 trust_network = yes"
    " domains = { example.com, example.co.uk } }\n"
    "source \"lax\" { login = lax domains = lax.example"
    " on_mismatch = pass on_unclear_author = tempfail }\n"
    "source \"not there\" { networks = \"!192.0.2.0/24\" login = there"
    " domains = there.example }\n"
    "source \"seen\" { mode = observe login = seen"
    " domains = seen.example }\n";

#define ESP	"<b@esp.example>"	/* MAIL FROM of nobody here */
#define OWN	"10.1.1.1"
#define OUT	"192.0.2.1"		/* whose SPF is known not to hold */
#define ASKED	"198.51.100.1"		/* whose SPF is not known */
#define PLATFORM "198.51.100.2"		/* whose SPF holds */
#define LATE	"198.51.100.3"		/* whose SPF is late */

#define UNSURE_ONE	"an address without a certain domain"
#define TWO_FIELDS	"two From fields"
#define TOO_MANY	"more than are read"

#define NOBODY(text)	ACTION_PASS, REASON_NO_SOURCE, NULL, text
#define NONE		NOBODY("no source for this author domain")
#define CLAIM(v, r, s)	ACTION_ ## v, REASON_ ## r, s
#define SEVERAL(s)	"source \"" s "\": claimed, but From names several " \
			"domains"
#define UNSURE(s)	"source \"" s "\": claimed, but From has an address " \
			"whose domain is not certain"
#define ALIGNED(s)	"source \"" s "\": no source names the author " \
			"domain, but the message would pass DMARC by our SPF " \
			"record"
#define OVERFLOW(s)	"source \"" s "\": claimed, but From has more " \
			"addresses than are read"
#define UNCLEAR(s)	"source \"" s "\": unclear author: From names " \
			"several domains"
#define UNREAD(s)	"source \"" s "\": unclear author: From has an " \
			"address whose domain is not certain"

static const struct {
	const char	*name;
	const char	*authors[4];	/* and UNSURE_ONE, TWO_FIELDS,
					 * TOO_MANY */
	const char	*sender, *client, *login;
	enum action	 action;
	enum policy_reason reason;
	const char	*author;	/* that is told */
	const char	*why;
} cases[] = {
	/* Several authors, one of them ours. */
	{ "ours last", { "sub.example.com", "example.com" }, ESP, OUT, NULL,
	    CLAIM(REJECT, UNCERTAIN, "example.com"), SEVERAL("sf") },
	{ "ours first", { "example.com", "evil.example" }, ESP, OUT, NULL,
	    CLAIM(REJECT, UNCERTAIN, "example.com"), SEVERAL("sf") },
	{ "proven hosts change nothing", { "example.com", "example.co.uk" },
	    ESP, OWN, NULL, CLAIM(REJECT, UNCERTAIN, "example.com"),
	    SEVERAL("sf") },
	{ "the first is told, the strictest counts", { "example.net",
	    "example.com" }, ESP, OUT, NULL, CLAIM(REJECT, UNCERTAIN,
	    "example.net"), SEVERAL("desk") },
	{ "its own action", { "evil.example", "a.example.net" }, ESP, OUT,
	    NULL, CLAIM(QUARANTINE, UNCERTAIN, "a.example.net"),
	    SEVERAL("desk") },
	{ "pass is an action", { "evil.example", "lax.example" }, ESP, OUT,
	    NULL, CLAIM(PASS, UNCERTAIN, "lax.example"), SEVERAL("lax") },
	{ "ours, and one that is not certain", { "example.com", UNSURE_ONE },
	    ESP, OWN, NULL, CLAIM(REJECT, UNCERTAIN, "example.com"),
	    UNSURE("sf") },
	{ "ours, in an unreadable place", { "?.example.net", UNSURE_ONE },
	    ESP, OUT, NULL, CLAIM(QUARANTINE, UNCERTAIN, "?.example.net"),
	    UNSURE("desk") },

	/* None of them is ours: on_unclear_author, by the way of a source. */
	{ "theirs, from outside", { "a.example", "b.example" }, ESP, OUT,
	    NULL, NONE },
	{ "theirs, by a login", { "a.example", "b.example" }, ESP, OUT,
	    "desk", CLAIM(REJECT, UNCLEAR, NULL), UNCLEAR("desk") },
	{ "theirs, by another's action", { "a.example", "b.example" }, ESP,
	    OUT, "lax", CLAIM(TEMPFAIL, UNCLEAR, NULL), UNCLEAR("lax") },
	{ "theirs, by our own hosts", { "a.example", "b.example" }, ESP, OWN,
	    NULL, NONE },
	{ "theirs, by both", { "a.example", "b.example" }, ESP, OWN, "desk",
	    CLAIM(REJECT, UNCLEAR, NULL), UNCLEAR("desk") },
	{ "theirs, by SPF", { "a.example", "b.example" }, ESP, PLATFORM,
	    NULL, CLAIM(REJECT, UNCLEAR, NULL), UNCLEAR("sf") },
	{ "theirs, SPF is asked for", { "a.example", "b.example" }, ESP,
	    ASKED, NULL, CLAIM(UNDECIDED, UNKNOWN, NULL),
	    "source \"sf\": spf: was not checked" },
	{ "theirs, SPF changes nothing", { "a.example", "b.example" }, ESP,
	    ASKED, "desk", CLAIM(REJECT, UNCLEAR, NULL), UNCLEAR("desk") },
	{ "theirs, SPF would be stricter", { "a.example", "b.example" }, ESP,
	    ASKED, "lax", CLAIM(UNDECIDED, UNKNOWN, NULL),
	    "source \"sf\": spf: was not checked" },
	{ "theirs, SPF is late", { "a.example", "b.example" }, ESP, LATE,
	    NULL, CLAIM(TEMPFAIL, UNKNOWN, NULL),
	    "source \"sf\": spf: SPF record cannot be looked up "
	    "now: no answer in time" },
	{ "nobody can read it, from outside", { UNSURE_ONE }, ESP, OUT, NULL,
	    NONE },
	{ "nobody can read it, by a login", { UNSURE_ONE }, ESP, OUT, "desk",
	    CLAIM(REJECT, UNCLEAR, NULL), UNREAD("desk") },
	{ "where it is not from is no way", { "a.example", "b.example" },
	    ESP, "198.18.0.1", "there", CLAIM(REJECT, UNCLEAR, NULL),
	    UNCLEAR("not there") },
	{ "one of theirs, in two fields", { "a.example", TWO_FIELDS }, ESP,
	    OUT, "desk", NONE },

	/* Whose the others are is not known. */
	{ "too many, from outside", { "a.example", TOO_MANY }, ESP, OUT, NULL,
	    CLAIM(REJECT, UNCERTAIN, NULL), OVERFLOW("sf") },
	{ "too many, one of them ours", { "a.example.net", TOO_MANY }, ESP,
	    OUT, NULL, CLAIM(REJECT, UNCERTAIN, "a.example.net"),
	    OVERFLOW("desk") },
	{ "too many, by our own hosts", { "example.com", TOO_MANY }, ESP,
	    OWN, NULL, CLAIM(REJECT, UNCERTAIN, "example.com"),
	    OVERFLOW("sf") },

	/* Two From fields. */
	{ "two fields, proven", { "example.com", TWO_FIELDS }, ESP, OWN, NULL,
	    CLAIM(REJECT, FAULT, "example.com"),
	    "not safe to sign: more than one From field" },
	{ "two fields, not proven", { "example.net", TWO_FIELDS }, ESP, OUT,
	    NULL, CLAIM(QUARANTINE, MISMATCH, "example.net"),
	    "source \"desk\": login: client did not log in" },

	/* A subdomain that no source names; from outside it is other hosts'. */
	{ "null sender, from outside", { "sub.example.com" }, "<>", OUT,
	    NULL, NONE },
	{ "null sender, by a login", { "sub.example.com" }, "<>", OUT,
	    "desk", CLAIM(REJECT, ALIGNED, "sub.example.com"),
	    ALIGNED("sf") },
	{ "null sender, by our own hosts", { "sub.example.com" }, "<>", OWN,
	    NULL, CLAIM(REJECT, ALIGNED, "sub.example.com"), ALIGNED("sf") },
	{ "null sender, by SPF", { "sub.example.com" }, "<>", PLATFORM, NULL,
	    CLAIM(REJECT, ALIGNED, "sub.example.com"), ALIGNED("sf") },
	{ "null sender, SPF is asked for", { "sub.example.com" }, "<>",
	    ASKED, NULL, CLAIM(UNDECIDED, UNKNOWN, NULL),
	    "source \"sf\": spf: was not checked" },
	{ "null sender, SPF is late", { "sub.example.com" }, "<>", LATE,
	    NULL, CLAIM(TEMPFAIL, UNKNOWN, NULL),
	    "source \"sf\": spf: SPF record cannot be looked up "
	    "now: no answer in time" },
	{ "null sender of somebody, SPF is not asked for", { "a.example" },
	    "<>", ASKED, NULL, NONE },
	{ "sender in it, from outside", { "sub.example.com" },
	    "<b@bounce.example.com>", OUT, NULL, NONE },
	{ "sender in it, by a login", { "sub.example.com" },
	    "<b@bounce.example.com>", OUT, "lax",
	    CLAIM(REJECT, ALIGNED, "sub.example.com"), ALIGNED("sf") },
	{ "sender elsewhere, by a login", { "sub.example.com" }, ESP, OUT,
	    "desk", NONE },
	{ "sender of another organization of ours", { "sub.example.com" },
	    "<b@example.net>", OUT, NULL, NONE },

	/* A sender of ours needs no way. */
	{ "our sender", { "sub.example.com" }, "<b@example.com>", OUT, NULL,
	    CLAIM(REJECT, ALIGNED, "sub.example.com"), ALIGNED("sf") },
	{ "our sender, rewritten", { "sub.example.com" },
	    "<SRS0=1a2B=3c=evil.example=b@Example.Com>", OUT, NULL,
	    CLAIM(REJECT, ALIGNED, "sub.example.com"), ALIGNED("sf") },
	{ "our sender, ideographic full stop", { "sub.example.com" },
	    "<b@example\xe3\x80\x82" "com>", OUT, NULL,
	    CLAIM(REJECT, ALIGNED, "sub.example.com"), ALIGNED("sf") },
	{ "a sender that the MTA completes", { "sub.example.com" }, "<b>",
	    OUT, NULL, CLAIM(REJECT, ALIGNED, "sub.example.com"),
	    ALIGNED("sf") },
	{ "our sender, another organization", { "a.example" },
	    "<b@example.com>", OUT, NULL, NONE },
	{ "public suffixes are no organization", { "other.co.uk" },
	    "<b@example.co.uk>", OUT, NULL, NONE },
	{ "their subdomain", { "sub.example.co.uk" }, "<b@example.co.uk>",
	    OUT, NULL, CLAIM(REJECT, ALIGNED, "sub.example.co.uk"),
	    ALIGNED("own") },
	{ "its action is pass", { "sub.lax.example" }, "<b@lax.example>",
	    OUT, NULL, CLAIM(PASS, ALIGNED, "sub.lax.example"),
	    ALIGNED("lax") },
	{ "one of several", { "a.example", "sub.example.com" },
	    "<b@example.com>", OUT, NULL,
	    CLAIM(REJECT, ALIGNED, "sub.example.com"), ALIGNED("sf") },
	{ "named and aligned: the strictest", { "example.net",
	    "sub.example.com" }, "<b@example.com>", OUT, NULL,
	    CLAIM(REJECT, UNCERTAIN, "example.net"), SEVERAL("desk") },

	/* Observers only tell. */
	{ "observed", { "seen.example", "a.example" }, ESP, OUT, NULL,
	    CLAIM(REJECT, UNCERTAIN, "seen.example"), SEVERAL("seen") },
	{ "observed, aligned", { "sub.seen.example" }, "<b@seen.example>",
	    OUT, NULL, CLAIM(REJECT, ALIGNED, "sub.seen.example"),
	    ALIGNED("seen") },
	{ "observed, unclear", { "a.example", "b.example" }, ESP, OUT,
	    "seen", CLAIM(REJECT, UNCLEAR, NULL), UNCLEAR("seen") },
};

static const char *
no_macro(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return NULL;
}

static void
set_client(struct facts *facts, const char *client)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	enum fact_answer covers = FACT_NO;

	assert_int_equal(inet_pton(AF_INET, client, &sin.sin_addr), 1);
	facts_set_client(facts, (struct sockaddr *)&sin);
	if (strcmp(client, PLATFORM) == 0)
		covers = FACT_YES;
	else if (strcmp(client, LATE) == 0)
		covers = FACT_TEMPFAIL;
	if (strcmp(client, ASKED) != 0)
		facts_set_spf(facts, "_spf.sf.example", covers,
		    covers == FACT_TEMPFAIL ? "no answer in time" : "");
}

static void
fill(struct facts *facts, size_t i)
{
	char organization[DKIMSIG_DOMAIN_SIZE];
	size_t j;

	facts_reset_message(facts);
	assert_int_equal(mta_facts_message(facts, "client.example",
	    cases[i].sender, no_macro, NULL), 0);
	set_client(facts, cases[i].client);
	assert_int_equal(facts_set(&facts->login, cases[i].login), 0);
	facts->nfrom = 1;
	for (j = 0; j < 4 && cases[i].authors[j] != NULL; j++) {
		if (strcmp(cases[i].authors[j], UNSURE_ONE) == 0)
			facts->unreadable = true;
		else if (strcmp(cases[i].authors[j], TWO_FIELDS) == 0)
			facts->nfrom = 2;
		else if (strcmp(cases[i].authors[j], TOO_MANY) == 0)
			facts->unreadable = facts->overflow = true;
		else {
			organization_of(cases[i].authors[j], organization);
			assert_int_equal(facts_add_author(facts,
			    cases[i].authors[j], organization), 0);
		}
	}
}

static void
decides(void **state)
{
	const struct config *config = *state;
	struct facts facts = { 0 };
	struct decision d;
	char why[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fill(&facts, i);
		policy_decide(&facts, config, &d);
		policy_explain(&d, &facts, why, sizeof(why));
		if (d.action != cases[i].action ||
		    d.reason != cases[i].reason ||
		    strcmp(why, cases[i].why) != 0)
			fail_msg("%s: %s, reason %d, %s", cases[i].name,
			    action_name(d.action), d.reason, why);
		if (d.author == NULL ? cases[i].author != NULL :
		    cases[i].author == NULL ||
		    strcmp(d.author, cases[i].author) != 0)
			fail_msg("%s: author %s", cases[i].name,
			    d.author != NULL ? d.author : "none");
		if (d.observed != (strncmp(cases[i].name, "observed", 8) == 0))
			fail_msg("%s: observed?", cases[i].name);
	}
	facts_finish(&facts);
}

/* What sources other than these do when not all authors were read. */
static void
decides_what_was_not_read(void **state)
{
	static const struct {
		const char	*text;
		enum action	 action;
		enum policy_reason reason;
		bool		 is_observed;
	} configs[] = {
		{ "source \"a\" { login = a domains = a.example"
		    " on_mismatch = pass }\n"
		    "source \"b\" { login = b domains = b.example"
		    " on_mismatch = quarantine }\n",
		    ACTION_QUARANTINE, REASON_UNCERTAIN, false },
		{ "source \"a\" { login = a domains = a.example"
		    " on_mismatch = pass }\n",
		    ACTION_PASS, REASON_UNCERTAIN, false },
		{ "source \"a\" { mode = observe login = a"
		    " domains = a.example }\n"
		    "source \"b\" { login = b domains = b.example"
		    " on_mismatch = tempfail }\n",
		    ACTION_TEMPFAIL, REASON_UNCERTAIN, false },
		{ "source \"a\" { mode = observe login = a"
		    " domains = a.example }\n",
		    ACTION_REJECT, REASON_UNCERTAIN, true },
	};
	struct config *config;
	struct facts facts = { 0 };
	struct decision d;
	size_t i, nfaults;

	(void)state;
	for (i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		config = config_load_text("test", configs[i].text,
		    strlen(configs[i].text), stderr, &nfaults);
		assert_non_null(config);
		facts_reset_message(&facts);
		facts.nfrom = 1;
		facts.overflow = facts.unreadable = true;
		policy_decide(&facts, config, &d);
		assert_int_equal(d.action, configs[i].action);
		assert_int_equal(d.reason, configs[i].reason);
		assert_int_equal(d.observed, configs[i].is_observed);
		config_unref(config);
	}
	facts_finish(&facts);
}

/* The way alone: what the message says and MAIL FROM are no part of it. */
static void
knows_the_way(void **state)
{
	const struct config *config = *state;
	struct facts facts = { 0 };

	fill(&facts, 0);
	set_client(&facts, OUT);
	assert_false(policy_came_by(&facts, &config->sources[0]));
	assert_false(policy_came_by(&facts, &config->sources[1]));
	assert_false(policy_came_by(&facts, &config->sources[2]));
	facts_set(&facts.login, "desk");
	assert_true(policy_came_by(&facts, &config->sources[1]));
	set_client(&facts, OWN);
	assert_true(policy_came_by(&facts, &config->sources[2]));
	facts.nspf = 0;
	set_client(&facts, PLATFORM);
	assert_true(policy_came_by(&facts, &config->sources[0]));
	facts_finish(&facts);
}

static int
load(void **state)
{
	size_t nfaults;

	*state = config_load_text("test", text, sizeof(text) - 1, stderr,
	    &nfaults);
	return *state == NULL ? -1 : 0;
}

static int
unload(void **state)
{
	config_unref(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides),
		cmocka_unit_test(decides_what_was_not_read),
		cmocka_unit_test(knows_the_way),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
