/* SPDX-License-Identifier: ISC */

/*
 * check_host() beside what the suite of RFC 7208 has (tests/vectors): why,
 * how long an answer holds, what was counted, limits, time, and what a client
 * may try by its sender and HELO.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <cmocka.h>

#include "spf/spf.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define NO_ANSWER	(-1)

/* Records by name and type; data NULL: none of the type; ttl NO_ANSWER. */
static const struct record {
	const char	*name;
	enum dns_type	 type;
	int		 ttl;
	const char	*data;
} zone[] = {
	{ "sf.example", DNS_TXT, 300,
	    "v=spf1 exists:%{i}._spf.mta.sf.example -all" },
	{ "192.0.2.7._spf.mta.sf.example", DNS_A, 60, "127.0.0.2" },
	{ "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7"
	    "._spf.mta.sf.example", DNS_A, 60, "127.0.0.2" },
	{ "192.0.2.9._spf.mta.sf.example", DNS_A, NO_ANSWER, NULL },

	{ "outer.example", DNS_TXT, 900,
	    "v=spf1 include:not.example include:yes.example -all" },
	{ "not.example", DNS_TXT, 400, "v=spf1 ip4:203.0.113.1 "
	    "exp=why.not.example -all" },
	{ "why.not.example", DNS_TXT, 5, "Only 203.0.113.1" },
	{ "yes.example", DNS_TXT, 200, "v=spf1 ip4:192.0.2.0/24 ~all" },
	{ "soft.example", DNS_TXT, 900, "v=spf1 ~include:yes.example" },
	{ "empty.example", DNS_TXT, 900, "v=spf1 include:none.example" },
	{ "none.example", DNS_TXT, 70, "something else" },
	{ "two.example", DNS_TXT, 10, "v=spf1 -all" },
	{ "two.example", DNS_TXT, 10, "v=spf1 +all" },
	{ "bad.example", DNS_TXT, 10, "v=spf1 a mxx -all" },
	{ "inbad.example", DNS_TXT, 20, "v=spf1 include:bad.example +all" },
	{ "neutral.example", DNS_TXT, 20, "v=spf1 mx:mx.example moo=cow" },
	{ "mx.example", DNS_MX, 20, "mail.mx.example" },
	{ "mx.example", DNS_MX, 20, "" },
	{ "mail.mx.example", DNS_A, 15, "198.51.100.1" },
	{ "to.example", DNS_TXT, 20, "v=spf1 redirect=not.example" },
	{ "tonone.example", DNS_TXT, 20, "v=spf1 redirect=none.example" },
	{ "late.example", DNS_TXT, 20, "v=spf1 a:dead.example +all" },
	{ "dead.example", DNS_A, NO_ANSWER, NULL },
	{ "dead.example", DNS_TXT, NO_ANSWER, NULL },
	{ "_under.example", DNS_TXT, 20, "v=spf1 +all" },
	{ "xn--bcher-kva.example", DNS_TXT, 20,
	    "v=spf1 exists:%{d}.ok.example -all" },
	{ "xn--bcher-kva.example.ok.example", DNS_A, 20, "127.0.0.2" },
	{ "uhost.example", DNS_TXT, 20, "v=spf1 exists:%{o}.ok.example" },

	{ "loop.example", DNS_TXT, 20, "v=spf1 include:loop.example -all" },
	{ "reloop.example", DNS_TXT, 20, "v=spf1 redirect=reloop.example" },
	{ "void2.example", DNS_TXT, 20,
	    "v=spf1 a:v1.example a:v2.example ip4:192.0.2.7" },
	{ "void3.example", DNS_TXT, 20,
	    "v=spf1 a:v1.example a:v2.example mx:v3.example +all" },
	{ "ten.example", DNS_TXT, 20, "v=spf1 a:t.example a:t.example "
	    "a:t.example a:t.example a:t.example a:t.example a:t.example "
	    "a:t.example a:t.example a:t.example +all" },
	{ "eleven.example", DNS_TXT, 20, "v=spf1 a:t.example a:t.example "
	    "a:t.example a:t.example a:t.example a:t.example a:t.example "
	    "a:t.example a:t.example a:t.example exists:t.example +all" },
	{ "t.example", DNS_A, 20, "198.51.100.1" },

	/* What senders and HELO may come to. */
	{ "l.example", DNS_TXT, 20, "v=spf1 exists:%{l}.v.example -all" },
	{ "ok.v.example", DNS_A, 20, "127.0.0.2" },
	{ "a.b", DNS_A, 20, "127.0.0.2" },
	{ "h.example", DNS_TXT, 20, "v=spf1 exists:%{h}.v.example -all" },
	{ "inh.example", DNS_TXT, 20, "v=spf1 include:h.example ~all" },
	{ "capital.example", DNS_TXT, 20, "v=spf1 a:x%{H2r}.example ~all" },
	{ "before.example", DNS_TXT, 20, "v=spf1 ip4:192.0.2.7 a:%{h}" },
	{ "unknown.v.example", DNS_A, 20, "127.0.0.2" },
	{ "postmaster.v.example", DNS_A, 20, "127.0.0.2" },
	{ "o.example", DNS_TXT, 20, "v=spf1 exists:%{o}.v.example -all" },
	{ "o.example.v.example", DNS_A, 20, "127.0.0.2" },
	{ "lll.example", DNS_TXT, 20,
	    "v=spf1 -exists:%{l}%{l}%{l}%{l}%{l}.v.example +all" },

	/* Names of the client; errors of DNS there are no match. */
	{ "p.example", DNS_TXT, 20, "v=spf1 include:p1.example "
	    "include:p2.example -all" },
	{ "p1.example", DNS_TXT, 20, "v=spf1 exists:%{p}.1.v.example -all" },
	{ "p2.example", DNS_TXT, 20, "v=spf1 exists:%{p}.2.v.example -all" },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, 20, "other.example" },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, 20, "dead.example" },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, 20, "host.p1.example" },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, 20, "forged.p1.example" },
	{ "7.2.0.192.in-addr.arpa", DNS_PTR, 20, "host.p2.example" },
	{ "other.example", DNS_A, 20, "192.0.2.7" },
	{ "host.p1.example", DNS_A, 20, "192.0.2.7" },
	{ "host.p2.example", DNS_A, 20, "192.0.2.7" },
	{ "forged.p1.example", DNS_A, 20, "203.0.113.1" },
	{ "host.p2.example.2.v.example", DNS_A, 20, "127.0.0.2" },
	{ "host.p1.example", DNS_TXT, 20, "v=spf1 ptr" },
	{ "ptr.example", DNS_TXT, 20, "v=spf1 ptr:p1.example -all" },
	{ "forged.example", DNS_TXT, 20,
	    "v=spf1 ptr:forged.p1.example ptr:1.example -all" },
	{ "9.2.0.192.in-addr.arpa", DNS_PTR, NO_ANSWER, NULL },

	/* Explanations. */
	{ "exp.example", DNS_TXT, 20, "v=spf1 exp=text.example -all" },
	{ "text.example", DNS_TXT, 1, "%{i} is not %{d}'s%_(%{r}, %{t})" },
	{ "expdead.example", DNS_TXT, 20, "v=spf1 exp=dead.example -all" },
	{ "expbad.example", DNS_TXT, 20, "v=spf1 exp=badtext.example -all" },
	{ "badtext.example", DNS_TXT, 20, "100%" },
	{ "expsoft.example", DNS_TXT, 20, "v=spf1 exp=text.example ~all" },
	{ "expctl.example", DNS_TXT, 20, "v=spf1 exp=%{l}.x.example -all" },
};

static const struct {
	const char	*client, *domain, *sender, *helo;
	enum spf_result	 result;
	const char	*reason;
	uint32_t	 ttl;
	unsigned int	 lookups, voids;
} cases[] = {
	{ "192.0.2.7", "sf.example", NULL, NULL, SPF_PASS,
	    "pass by exists:%{i}._spf.mta.sf.example of sf.example",
	    60, 1, 0 },
	{ "::ffff:192.0.2.7", "SF.example.", NULL, NULL, SPF_PASS,
	    "pass by exists:%{i}._spf.mta.sf.example of SF.example.",
	    60, 1, 0 },
	{ "2001:db8::7", "sf.example", NULL, NULL, SPF_PASS,
	    "pass by exists:%{i}._spf.mta.sf.example of sf.example",
	    60, 1, 0 },
	{ "192.0.2.8", "sf.example", NULL, NULL, SPF_FAIL,
	    "fail by -all of sf.example", 30, 1, 1 },
	{ "192.0.2.9", "sf.example", NULL, NULL, SPF_TEMPERROR,
	    "192.0.2.9._spf.mta.sf.example: SERVFAIL", 300, 1, 0 },

	{ "192.0.2.7", "outer.example", NULL, NULL, SPF_PASS,
	    "pass by ip4:192.0.2.0/24 of yes.example", 200, 2, 0 },
	{ "192.0.2.7", "soft.example", NULL, NULL, SPF_SOFTFAIL,
	    "softfail by ~include:yes.example of soft.example", 200, 1, 0 },
	{ "198.51.100.7", "soft.example", NULL, NULL, SPF_NEUTRAL,
	    "neutral by default: no term of soft.example matches", 200, 1, 0 },
	{ "192.0.2.7", "empty.example", NULL, NULL, SPF_PERMERROR,
	    "include:none.example: no SPF record", 70, 1, 0 },
	{ "192.0.2.7", "none.example", NULL, NULL, SPF_NONE,
	    "none.example has no SPF record", 70, 0, 0 },
	{ "192.0.2.7", "nothere.example", NULL, NULL, SPF_NONE,
	    "nothere.example has no SPF record", 30, 0, 0 },
	{ "192.0.2.7", "two.example", NULL, NULL, SPF_PERMERROR,
	    "two.example: more than one SPF record", 10, 0, 0 },
	{ "192.0.2.7", "bad.example", NULL, NULL, SPF_PERMERROR,
	    "bad.example: bad term \"mxx\"", 10, 0, 0 },
	{ "192.0.2.7", "inbad.example", NULL, NULL, SPF_PERMERROR,
	    "bad.example: bad term \"mxx\"", 10, 1, 0 },
	{ "192.0.2.7", "neutral.example", NULL, NULL, SPF_NEUTRAL,
	    "neutral by default: no term of neutral.example "
	    "matches", 15, 1, 0 },
	{ "192.0.2.7", "to.example", NULL, NULL, SPF_FAIL,
	    "fail by -all of not.example", 20, 1, 0 },
	{ "192.0.2.7", "tonone.example", NULL, NULL, SPF_PERMERROR,
	    "redirect=none.example: no SPF record", 20, 1, 0 },
	{ "192.0.2.7", "late.example", NULL, NULL, SPF_TEMPERROR,
	    "dead.example: SERVFAIL", 20, 1, 0 },
	{ "192.0.2.7", "dead.example", NULL, NULL, SPF_TEMPERROR,
	    "dead.example: SERVFAIL", 0, 0, 0 },

	{ "192.0.2.7", "_under.example", NULL, NULL, SPF_PASS,
	    "pass by +all of _under.example", 20, 0, 0 },
	{ "192.0.2.7", "B\xc3\xbc" "cher.example", NULL, NULL, SPF_PASS,
	    "pass by exists:%{d}.ok.example of xn--bcher-kva.example",
	    20, 1, 0 },
	{ "192.0.2.7", "uhost.example", "x@b\xc3\xbc" "cher.example", NULL,
	    SPF_PASS, "pass by exists:%{o}.ok.example of uhost.example",
	    20, 1, 0 },
	{ "192.0.2.7", "uhost.example", "x@\xff.example", NULL, SPF_NEUTRAL,
	    "neutral by default: no term of uhost.example matches", 20, 1, 0 },
	{ "192.0.2.7", "\xff.example", NULL, NULL, SPF_NONE,
	    "?.example is not a domain name", 0, 0, 0 },
	{ "192.0.2.7", "example", NULL, NULL, SPF_NONE,
	    "example is not a domain name", 0, 0, 0 },
	{ "192.0.2.7", "", NULL, NULL, SPF_NONE, " is not a domain name",
	    0, 0, 0 },
	{ "192.0.2.7", ".", NULL, NULL, SPF_NONE, ". is not a domain name",
	    0, 0, 0 },
	{ "192.0.2.7", "a..example", NULL, NULL, SPF_NONE,
	    "a..example is not a domain name", 0, 0, 0 },
	{ "192.0.2.7", "a\\.example", NULL, NULL, SPF_NONE,
	    "a\\.example is not a domain name", 0, 0, 0 },

	{ "192.0.2.7", "loop.example", NULL, NULL, SPF_PERMERROR,
	    "include:loop.example: more than 10 terms need DNS "
	    "lookups", 20, 11, 0 },
	{ "192.0.2.7", "reloop.example", NULL, NULL, SPF_PERMERROR,
	    "redirect=reloop.example: more than 10 terms need DNS lookups",
	    20, 11, 0 },
	{ "192.0.2.7", "void2.example", NULL, NULL, SPF_PASS,
	    "pass by ip4:192.0.2.7 of void2.example", 20, 2, 2 },
	{ "192.0.2.7", "void3.example", NULL, NULL, SPF_PERMERROR,
	    "v3.example: more than 2 lookups without an answer", 20, 3, 3 },
	{ "192.0.2.7", "ten.example", NULL, NULL, SPF_PASS,
	    "pass by +all of ten.example", 20, 10, 0 },
	{ "192.0.2.7", "eleven.example", NULL, NULL, SPF_PERMERROR,
	    "exists:t.example: more than 10 terms need DNS "
	    "lookups", 20, 11, 0 },

	{ "192.0.2.7", "l.example", "ok@x.example", NULL, SPF_PASS,
	    "pass by exists:%{l}.v.example of l.example", 20, 1, 0 },
	{ "192.0.2.7", "l.example", "", NULL, SPF_PASS,
	    "pass by exists:%{l}.v.example of l.example", 20, 1, 0 },
	{ "192.0.2.7", "l.example", "@x.example", NULL, SPF_PASS,
	    "pass by exists:%{l}.v.example of l.example", 20, 1, 0 },
	/* Would be the label "ok.v" below example, if it were an escape. */
	{ "192.0.2.7", "l.example", "ok\\@x.example", NULL, SPF_FAIL,
	    "fail by -all of l.example", 20, 1, 0 },
	{ "192.0.2.7", "l.example", ".@x.example", NULL, SPF_FAIL,
	    "fail by -all of l.example", 20, 1, 0 },
	{ "192.0.2.7", "l.example", "ok\n@x.example", NULL, SPF_FAIL,
	    "fail by -all of l.example", 20, 1, 0 },
	{ "192.0.2.7", "l.example", "%{l}@x.example", NULL, SPF_FAIL,
	    "fail by -all of l.example", 20, 1, 1 },
	{ "192.0.2.7", "h.example", NULL, "ok", SPF_PASS,
	    "pass by exists:%{h}.v.example of h.example", 20, 1, 0 },
	{ "192.0.2.7", "h.example", NULL, NULL, SPF_PASS,
	    "pass by exists:%{h}.v.example of h.example", 20, 1, 0 },
	{ "192.0.2.7", "h.example", NULL, "", SPF_FAIL,
	    "fail by -all of h.example", 20, 1, 0 },
	{ "192.0.2.7", "h.example", NULL, "[192.0.2.7]", SPF_FAIL,
	    "fail by -all of h.example", 20, 1, 1 },
	{ "192.0.2.7", "o.example", NULL, NULL, SPF_PASS,
	    "pass by exists:%{o}.v.example of o.example", 20, 1, 0 },

	{ "192.0.2.7", "p.example", NULL, NULL, SPF_PASS,
	    "pass by exists:%{p}.2.v.example of p2.example", 20, 4, 1 },
	{ "192.0.2.7", "host.p1.example.", NULL, NULL, SPF_PASS,
	    "pass by ptr of host.p1.example.", 20, 1, 0 },
	{ "192.0.2.7", "ptr.example", NULL, NULL, SPF_PASS,
	    "pass by ptr:p1.example of ptr.example", 20, 1, 0 },
	{ "192.0.2.7", "forged.example", NULL, NULL, SPF_FAIL,
	    "fail by -all of forged.example", 20, 2, 0 },
	{ "192.0.2.9", "ptr.example", NULL, NULL, SPF_FAIL,
	    "fail by -all of ptr.example", 20, 1, 0 },
};

static void
add_record(struct dns_answer *answer, const struct record *from)
{
	struct dns_record *r;

	answer->records = reallocarray(answer->records, answer->n + 1,
	    sizeof(*r));
	assert_non_null(answer->records);
	r = &answer->records[answer->n++];
	memset(r, 0, sizeof(*r));
	r->len = from->type == DNS_A ? 4 : strlen(from->data);
	r->data = calloc(1, r->len + 1);
	assert_non_null(r->data);
	if (from->type == DNS_A)
		assert_int_equal(inet_pton(AF_INET, from->data, r->data), 1);
	else
		memcpy(r->data, from->data, r->len);
}

/* Counts questions into arg, if it is given. */
static enum dns_status
look_up(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	size_t i, len = strlen(name);

	if (arg != NULL)
		(*(unsigned int *)arg)++;
	memset(answer, 0, sizeof(*answer));
	answer->status = DNS_NXDOMAIN;
	answer->ttl = 30;
	if (len > 0 && name[len - 1] == '.')
		len--;
	for (i = 0; i < SIZE(zone); i++) {
		if (strncasecmp(zone[i].name, name, len) != 0 ||
		    zone[i].name[len] != '\0' || zone[i].type != type)
			continue;
		if (zone[i].ttl == NO_ANSWER) {
			answer->status = DNS_TEMPFAIL;
			(void)strlcpy(answer->reason, "SERVFAIL",
			    sizeof(answer->reason));
			return answer->status;
		}
		answer->status = DNS_OK;
		answer->ttl = (uint32_t)zone[i].ttl;
		add_record(answer, &zone[i]);
	}
	return answer->status;
}

static struct spf_query
query_of(const char *client, const char *domain, unsigned char address[16])
{
	struct spf_query query = {
		.family = strchr(client, ':') != NULL ? AF_INET6 : AF_INET,
		.address = address, .domain = domain, .lookup = look_up,
	};

	assert_int_equal(inet_pton(query.family, client, address), 1);
	return query;
}

static void
evaluates(void **state)
{
	struct spf_answer answer;
	struct spf_query query;
	unsigned char address[16];
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		query = query_of(cases[i].client, cases[i].domain, address);
		query.sender = cases[i].sender;
		query.helo = cases[i].helo;
		memset(&answer, 0xff, sizeof(answer));
		spf_check_host(&query, &answer);
		if (answer.result != cases[i].result ||
		    strcmp(answer.reason, cases[i].reason) != 0)
			fail_msg("%zu: %s: %s: %s", i, cases[i].domain,
			    spf_result_name(answer.result), answer.reason);
		if (answer.ttl != cases[i].ttl ||
		    answer.lookups != cases[i].lookups ||
		    answer.voids != cases[i].voids)
			fail_msg("%zu: %s: ttl %u, %u lookups, %u void", i,
			    cases[i].domain, answer.ttl, answer.lookups,
			    answer.voids);
	}
}

static void
explains(void **state)
{
	static const struct {
		const char *client, *domain, *sender, *reason, *explanation;
	} texts[] = {
		{ "192.0.2.7", "exp.example", NULL,
		    "fail by -all of exp.example",
		    "192.0.2.7 is not exp.example's (mx.us.example, "
		    "1795437000)" },
		{ "192.0.2.7", "expdead.example", NULL,
		    "fail by -all of expdead.example", "" },
		{ "192.0.2.7", "expbad.example", NULL,
		    "fail by -all of expbad.example", "" },
		{ "192.0.2.7", "expsoft.example", NULL,
		    "softfail by ~all of expsoft.example", "" },
		{ "192.0.2.7", "expctl.example", "a\\@x.example",
		    "fail by -all of expctl.example", "" },
		{ "192.0.2.7", "to.example", NULL,
		    "fail by -all of not.example", "Only 203.0.113.1" },
		{ "203.0.113.1", "to.example", NULL,
		    "pass by ip4:203.0.113.1 of not.example", "" },
		/* What an included domain says is not the domain's. */
		{ "198.51.100.7", "outer.example", NULL,
		    "fail by -all of outer.example", "" },
	};
	struct spf_answer answer;
	struct spf_query query;
	unsigned char address[16];
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(texts); i++) {
		query = query_of(texts[i].client, texts[i].domain, address);
		query.sender = texts[i].sender;
		query.receiver = "mx.us.example";
		query.now = 1795437000;
		spf_check_host(&query, &answer);
		assert_string_equal(answer.reason, texts[i].reason);
		assert_string_equal(answer.explanation,
		    texts[i].explanation);
		/* The time of an explanation is not the result's. */
		assert_true(answer.ttl >= 20);
	}
}

/* Neither an included domain's explanation nor a second %{p} costs DNS. */
static void
asks_no_more_than_it_must(void **state)
{
	struct spf_answer answer;
	struct spf_query query;
	unsigned char address[16];
	unsigned int asked = 0;

	(void)state;
	query = query_of("192.0.2.7", "outer.example", address);
	query.arg = &asked;
	spf_check_host(&query, &answer);
	assert_int_equal(answer.result, SPF_PASS);
	assert_int_equal(asked, 3);
	asked = 0;
	query = query_of("192.0.2.7", "l.example", address);
	query.sender = "a\\b@x.example";
	query.arg = &asked;
	spf_check_host(&query, &answer);
	assert_int_equal(answer.result, SPF_FAIL);
	assert_int_equal(asked, 1);
}

/* What HELO decides must not be kept for another one. */
static void
says_when_helo_counts(void **state)
{
	static const struct {
		const char *domain;
		bool uses_helo;
	} domains[] = {
		{ "h.example", true },
		{ "inh.example", true },
		{ "capital.example", true },
		{ "l.example", false },
		/* Decided before the term that has it. */
		{ "before.example", false },
	};
	struct spf_answer answer;
	struct spf_query query;
	unsigned char address[16];
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(domains); i++) {
		query = query_of("192.0.2.7", domains[i].domain, address);
		spf_check_host(&query, &answer);
		if (answer.uses_helo != domains[i].uses_helo)
			fail_msg("%s", domains[i].domain);
	}
}

static void
bounds_the_sender(void **state)
{
	char sender[SPF_MAX_SENDER + 2];
	struct spf_answer answer;
	struct spf_query query;
	unsigned char address[16];

	(void)state;
	query = query_of("192.0.2.7", "_under.example", address);
	query.sender = sender;
	memset(sender, 'a', sizeof(sender));
	memcpy(sender + SPF_MAX_SENDER - 10, "@x.example", 11);
	spf_check_host(&query, &answer);
	assert_int_equal(answer.result, SPF_PASS);
	memset(sender, 'a', sizeof(sender));
	memcpy(sender + SPF_MAX_SENDER - 9, "@x.example", 11);
	spf_check_host(&query, &answer);
	assert_int_equal(answer.result, SPF_PERMERROR);
	assert_string_equal(answer.reason, "sender over 511 octets");
	/* A name of too many octets is an error, not one that is missing. */
	query.domain = "lll.example";
	memset(sender, 'a', sizeof(sender));
	memcpy(sender + SPF_MAX_SENDER - 10, "@x.example", 11);
	spf_check_host(&query, &answer);
	assert_int_equal(answer.result, SPF_PERMERROR);
	assert_string_equal(answer.reason,
	    "-exists:%{l}%{l}%{l}%{l}%{l}.v.example: "
	    "over 2047 octets when expanded");
}

/* 253 octets and a final dot are a name; one more is none. */
static void
bounds_the_domain(void **state)
{
	char domain[256];
	struct spf_answer answer;
	struct spf_query query;
	unsigned char address[16];
	size_t i;

	(void)state;
	query = query_of("192.0.2.7", domain, address);
	for (i = 0; i < sizeof(domain); i++)
		domain[i] = i % 2 == 0 ? 'a' : '.';
	domain[254] = '\0';
	spf_check_host(&query, &answer);
	assert_int_equal(answer.result, SPF_NONE);
	assert_int_equal(answer.ttl, 30);	/* of what DNS said */
	domain[253] = 'a';
	spf_check_host(&query, &answer);
	assert_int_equal(answer.result, SPF_NONE);
	assert_int_equal(answer.ttl, 0);
	memcpy(domain + 253, ".a", 3);
	spf_check_host(&query, &answer);
	assert_int_equal(answer.result, SPF_NONE);
	assert_int_equal(answer.ttl, 0);
}

static void
wants_an_address(void **state)
{
	struct spf_answer answer;
	struct spf_query query;
	unsigned char address[16];

	(void)state;
	query = query_of("192.0.2.7", "_under.example", address);
	query.family = AF_UNIX;
	query.address = NULL;
	spf_check_host(&query, &answer);
	assert_int_equal(answer.result, SPF_NONE);
	assert_string_equal(answer.reason, "the client has no address");
}

/* Returns after more time than the query has. */
static enum dns_status
look_up_slowly(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	struct timespec start, now;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	do
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - start.tv_sec) * 1000000000LL +
	    now.tv_nsec - start.tv_nsec < 3000000LL);
	return look_up(arg, name, type, answer);
}

static void
ends_in_time(void **state)
{
	static const struct {
		const char *domain, *reason;
	} slow[] = {
		{ "ten.example", "t.example: timed out" },
		{ "ptr.example", "ptr: timed out" },
		{ "loop.example", "loop.example: timed out" },
	};
	struct spf_answer answer;
	struct spf_query query;
	unsigned char address[16];
	unsigned int asked;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(slow); i++) {
		query = query_of("192.0.2.7", slow[i].domain, address);
		query.lookup = look_up_slowly;
		query.arg = &asked;
		query.timeout_ms = 2;
		asked = 0;
		spf_check_host(&query, &answer);
		/* At most one lookup begins; none on a slow machine. */
		assert_true(asked <= 1);
		assert_int_equal(answer.result, SPF_TEMPERROR);
		if (asked == 1)
			assert_string_equal(answer.reason, slow[i].reason);
	}
}

/* More MX records than allowed; a record that is too large. */
static enum dns_status
look_up_much(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	static const struct record mx = { "", DNS_MX, 20, "a.example" };
	static char record[SPF_MAX_RECORD + 2];
	const size_t *size = arg;
	struct record txt = { "", DNS_TXT, 20, record };
	size_t i;

	memset(answer, 0, sizeof(*answer));
	memset(record, ' ', sizeof(record) - 1);
	memcpy(record, "v=spf1 mx -all", 14);
	record[type == DNS_TXT ? size[0] : 0] = '\0';
	(void)name;
	if (type == DNS_TXT)
		add_record(answer, &txt);
	else if (type == DNS_MX)
		for (i = 0; i < size[1]; i++)
			add_record(answer, &mx);
	else
		add_record(answer, &zone[1]);
	return answer->status = DNS_OK;
}

static void
bounds_what_dns_says(void **state)
{
	static const struct {
		size_t sizes[2];
		const char *reason;
	} sizes[] = {
		{ { 14, 10 }, "fail by -all of x.example" },
		{ { 14, 11 }, "x.example: more than 10 MX records" },
		{ { SPF_MAX_RECORD, 1 }, "fail by -all of x.example" },
		{ { SPF_MAX_RECORD + 1, 1 },
		    "x.example: SPF record over 16384 octets" },
	};
	struct spf_answer answer;
	struct spf_query query;
	unsigned char address[16];
	size_t i, both[2];

	(void)state;
	for (i = 0; i < SIZE(sizes); i++) {
		query = query_of("192.0.2.7", "x.example", address);
		query.lookup = look_up_much;
		memcpy(both, sizes[i].sizes, sizeof(both));
		query.arg = both;
		spf_check_host(&query, &answer);
		assert_string_equal(answer.reason, sizes[i].reason);
	}
}

static void
names_results(void **state)
{
	(void)state;
	assert_string_equal(spf_result_name(SPF_NONE), "none");
	assert_string_equal(spf_result_name(SPF_PERMERROR), "permerror");
	assert_string_equal(spf_result_name((enum spf_result)99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluates),
		cmocka_unit_test(explains),
		cmocka_unit_test(asks_no_more_than_it_must),
		cmocka_unit_test(says_when_helo_counts),
		cmocka_unit_test(bounds_the_sender),
		cmocka_unit_test(bounds_the_domain),
		cmocka_unit_test(wants_an_address),
		cmocka_unit_test(ends_in_time),
		cmocka_unit_test(bounds_what_dns_says),
		cmocka_unit_test(names_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
