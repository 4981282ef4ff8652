/* SPDX-License-Identifier: ISC */

/*
 * What the header says about a message's way: hops, a mailing list, signatures.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/traces.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

#define SIGNATURE(d)	" v=1; a=rsa-sha256; d=" d "; s=x;\r\n b=="

struct field {
	const char	*name, *value;
};

static const struct {
	const char	*name;
	struct field	 fields[4];
	size_t		 nhops;
	const char	*list_id;
	const char	*signers[3];
} cases[] = {
	{ "nothing", { { "From", " a@example.com" } }, 0, "", { NULL } },
	{ "hops", { { "Received", " from a by b" }, { "received", "by c" },
	    { "X-Received", " from a" }, { "Received ", " from d" } },
	    3, "", { NULL } },
	{ "a local submission", { { "Received", "\r\n\t(from root@localhost)"
	    "\r\n\tby relay" }, { "Received", "(fro" } }, 1, "", { NULL } },
	{ "a list", { { "List-Id", " \"All <users>\" <users.lists.example>" } },
	    0, "users.lists.example", { NULL } },
	{ "a folded list", { { "LIST-ID", " Users\r\n <users.example>\r\n" } },
	    0, "users.example", { NULL } },
	{ "a list without brackets", { { "List-Id", " users.example " } }, 0,
	    "users.example", { NULL } },
	{ "a list that does not end", { { "List-Id", "<users.example" } }, 0,
	    "users.example", { NULL } },
	{ "an empty list", { { "List-Id", " <>" } }, 0, "?", { NULL } },
	{ "two lists", { { "List-Id", "<a>" }, { "List-Id", "<b>" } }, 0, "a",
	    { NULL } },
	{ "signatures", { { "DKIM-Signature", SIGNATURE("Example.COM") },
	    { "dkim-signature", SIGNATURE("b.example") },
	    { "DKIM-Signature", SIGNATURE("example.com") },
	    { "X-DKIM-Signature", SIGNATURE("c.example") } }, 0, "",
	    { "example.com", "b.example" } },
	{ "no signatures", { { "DKIM-Signature", "" },
	    { "DKIM-Signature", " v=1; s=x" },
	    { "DKIM-Signature", SIGNATURE("-") },
	    { "DKIM-Signature", SIGNATURE("a.example") } }, 0, "",
	    { "a.example" } },
};

/* Headers as programs make them, the topmost field first. */
static const struct {
	const char	*name;
	struct field	 fields[6];
	size_t		 nhops;
	enum traces_way	 way;
} ways[] = {
	{ "Roundcube", { { "Received", " from 203.0.113.9\r\n by "
	    "webmail.example.com\r\n with HTTP (HTTP/1.1 POST); Mon, 23 Nov "
	    "2026 09:00:00 +0000" } }, 0, TRACES_WAY_WEB },
	{ "SquirrelMail, with older fields of a message that it sends on", {
	    { "Received", " from 203.0.113.9 (SquirrelMail authenticated user "
	    "a)\r\n\tby mail.example.com with HTTP; Mon, 23 Nov 2026" },
	    { "Received", " from mx.example.org by mail.example.com (Postfix) "
	    "with ESMTPS id 4Ab; Sun, 22 Nov 2026" },
	    { "Received", " from a.example.org by mx.example.org" } },
	    2, TRACES_WAY_WEB },
	{ "a web form on a web server, by its own Postfix", { { "Received",
	    " by www.example.com (Postfix, from userid 33)\r\n\tid 4Ab; Mon, "
	    "23 Nov 2026 09:00:00 +0000 (UTC)" } }, 0, TRACES_WAY_UNKNOWN },
	{ "the same by Exim", { { "Received", " from www-data by "
	    "www.example.com with local (Exim 4.96)\r\n\t(envelope-from "
	    "<a@example.com>)\r\n\tid 1t-0001; Mon, 23 Nov 2026" } }, 0,
	    TRACES_WAY_UNKNOWN },
	{ "the same by qmail", { { "Received", " (qmail 4711 invoked by uid "
	    "33); 23 Nov 2026 09:00:00 -0000" } }, 0, TRACES_WAY_UNKNOWN },
	{ "the same by Sendmail", { { "Received", " (from www@localhost)\r\n"
	    "\tby www.example.com (8.17.1.9/8.17.1.9/Submit) id 6AN" } }, 0,
	    TRACES_WAY_UNKNOWN },
	{ "amavis", { { "Received", " from relay.example.net "
	    "([127.0.0.1])\r\n by localhost (relay.example.net [127.0.0.1]) "
	    "(amavis, port 10024)\r\n with ESMTP id x; Mon, 23 Nov 2026" },
	    { "Received", " from mx.example.org (mx.example.org "
	    "[192.0.2.7])\r\n\tby relay.example.net (Postfix) with ESMTPS" } },
	    2, TRACES_WAY_FILTER },
	{ "amavisd-new", { { "Received", " from a ([127.0.0.1]) by localhost "
	    "(a [127.0.0.1]) (amavisd-new, port 10024) with LMTP id x" } }, 1,
	    TRACES_WAY_FILTER },
	{ "a platform behind amavis of another host", { { "Received", " from "
	    "relay by mx (Postfix) with ESMTPS id 1" }, { "Received", " from a "
	    "by localhost (a [127.0.0.1]) (amavis, port 10024)" } }, 2,
	    TRACES_WAY_UNKNOWN },
	{ "fetchmail", { { "Received", " from pop.example.org [192.0.2.9]\r\n"
	    "\tby home.example.com with POP3 (fetchmail-6.4.37)\r\n\tfor "
	    "<a@localhost> (single-drop); Mon, 23 Nov 2026" },
	    { "Delivered-To", " a@example.org" },
	    { "Received", " from mx.example.org by pop.example.org" } }, 2,
	    TRACES_WAY_FETCHED },
	{ "getmail", { { "Received", " from unknown by home with IMAP4 via "
	    "getmail" }, { "Received", " from a by b" } }, 2,
	    TRACES_WAY_FETCHED },
	{ "forwarded by a .forward or procmail", { { "Delivered-To",
	    " a@example.org" }, { "Received", " from mx.example.org by "
	    "a.example.org (Postfix) with ESMTPS id 1" }, { "Received", " from "
	    "c by mx.example.org" } }, 2, TRACES_WAY_FORWARDED },
	{ "resent by a person", { { "Resent-From", " a@example.org" },
	    { "Received", " from b by c" } }, 1, TRACES_WAY_FORWARDED },
	{ "forwarded by Google", { { "Received", " by mail-wm1.google.com with "
	    "SMTP id 1" }, { "X-Forwarded-To", " a@example.com" },
	    { "Received", " by 2002:a05:6000 with SMTP id 2" } }, 2,
	    TRACES_WAY_FORWARDED },
	{ "Salesforce", { { "Received", " from [10.180.203.1] "
	    "([10.180.203.1:36914] helo=na1-app1-2-chi.ops.sfdc.net)\r\n\tby "
	    "mx1-chi.mta.salesforce.com (envelope-from <a@example.com>)\r\n"
	    "\t(ecelerity 4.3.1.999 r(:)) with ESMTPS id AA/BB-1; "
	    "Mon, 23 Nov" },
	    { "Received", " from app by na1 with SMTP" } }, 2,
	    TRACES_WAY_UNKNOWN },
	{ "Microsoft 365", { { "Received", " from AM9PR01.eurprd01.prod."
	    "exchangelabs.com (2603:10a6::1) by DB8PR01.eurprd01.prod."
	    "exchangelabs.com with Microsoft SMTP Server (version=TLS1_2, "
	    "cipher=TLS) id 15.20; Mon" }, { "Received", " from AM9PR01 "
	    "([fe80::1]) by AM9PR01 ([fe80::1%4]) with mapi id 15.20" } }, 2,
	    TRACES_WAY_UNKNOWN },
	{ "SendGrid, whose last field is of its interface", { { "Received",
	    " by filter0001p1 with SMTP id 1" }, { "Received",
	    " from MTIz (us) by geopod-ismtpd-1 (SG) with HTTP id x" } }, 1,
	    TRACES_WAY_UNKNOWN },
	{ "nothing is read in comments, in names and after the time", {
	    { "Received", " from with-http (via HTTP) by local (with local "
	    "(nested) \\) with HTTP) with ESMTP; with HTTP" } }, 1,
	    TRACES_WAY_UNKNOWN },
	{ "rubbish", { { "Received", " ((((" }, { "Received", " )) with" },
	    { "Received", "" }, { "Received", " ( \\" }, { "Received",
	    " with\xff" } }, 5, TRACES_WAY_UNKNOWN },
};

static void
test_ways(void **state)
{
	struct traces traces;
	size_t i, j;

	(void)state;
	for (i = 0; i < N(ways); i++) {
		memset(&traces, 0, sizeof(traces));
		for (j = 0; j < N(ways[i].fields) &&
		    ways[i].fields[j].name != NULL; j++)
			traces_field(&traces, ways[i].fields[j].name,
			    strlen(ways[i].fields[j].name),
			    ways[i].fields[j].value,
			    strlen(ways[i].fields[j].value));
		if (traces.nhops != ways[i].nhops || traces.way != ways[i].way)
			fail_msg("%s: %zu hops, way %d", ways[i].name,
			    traces.nhops, (int)traces.way);
	}
}

static void
test_fields(void **state)
{
	struct traces traces;
	size_t i, j, n;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		memset(&traces, 0, sizeof(traces));
		for (j = 0; j < N(cases[i].fields) &&
		    cases[i].fields[j].name != NULL; j++)
			traces_field(&traces, cases[i].fields[j].name,
			    strlen(cases[i].fields[j].name),
			    cases[i].fields[j].value,
			    strlen(cases[i].fields[j].value));
		for (n = 0; cases[i].signers[n] != NULL; n++)
			if (n < traces.nsigners)
				assert_string_equal(traces.signers[n],
				    cases[i].signers[n]);
		if (traces.nhops != cases[i].nhops ||
		    strcmp(traces.list_id, cases[i].list_id) != 0 ||
		    traces.nsigners != n)
			fail_msg("%s: %zu, \"%s\", %zu", cases[i].name,
			    traces.nhops, traces.list_id, traces.nsigners);
	}
}

/* A chain, by a field name with a blank at its end, too. */
static void
test_dkim2(void **state)
{
	static const struct field fields[] = {
		{ "DKIM2-Signature ", " i=2; m=1; d=List.example; s=x" },
		{ "dkim2-signature", " i=1; m=1; d=a.example; s=x" },
		{ "Message-Instance", " m=1; h=sha256:AA==:AA==" },
		{ "DKIM2-Signature", " i=x" },
	};
	struct traces traces;
	size_t i;

	(void)state;
	memset(&traces, 0, sizeof(traces));
	for (i = 0; i < N(fields); i++)
		traces_field(&traces, fields[i].name, strlen(fields[i].name),
		    fields[i].value, strlen(fields[i].value));
	assert_int_equal(traces.dkim2.nfields, 4);
	assert_int_equal(traces.dkim2.nmalformed, 1);
	assert_int_equal(traces.dkim2.hops, 2);
	assert_string_equal(traces.dkim2.domain, "list.example");
	assert_int_equal(traces.nsigners, 0);
	assert_int_equal(traces.way, TRACES_WAY_UNKNOWN);
}

static void
test_limits(void **state)
{
	struct traces traces;
	char value[300];
	int i;

	(void)state;
	memset(&traces, 0, sizeof(traces));
	for (i = 0; i < TRACES_MAX_SIGNERS + 3; i++) {
		(void)snprintf(value, sizeof(value), "d=d%d.example", i);
		traces_field(&traces, "DKIM-Signature", 14, value,
		    strlen(value));
	}
	assert_int_equal(traces.nsigners, TRACES_MAX_SIGNERS);
	assert_string_equal(traces.signers[TRACES_MAX_SIGNERS - 1],
	    "d7.example");
	memset(value, 'l', sizeof(value));
	traces_field(&traces, "List-Id", 7, value, sizeof(value));
	assert_int_equal(strlen(traces.list_id), TRACES_LIST_ID_SIZE - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_dkim2),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
