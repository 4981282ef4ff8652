/* SPDX-License-Identifier: ISC */

/*
 * What the answers of all servers say together, and the line about it.
 */

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probe/look.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define MAX_LOOKS	64

/*
 * Verdicts, a letter a server: right, absent, revoked (v), wrong, another key
 * (o), lame, failing, silent, unasked; a capital: it is excepted.  Those before
 * "|" are of CNAMEs followed.
 */
static const struct {
	const char		*looks;
	enum lifecycle_view	 view;
} views[] = {
	{ "r",		LIFECYCLE_RIGHT },
	{ "rrrr",	LIFECYCLE_RIGHT },
	{ "aa",		LIFECYCLE_ABSENT },
	{ "vv",		LIFECYCLE_REVOKED },
	{ "ra",		LIFECYCLE_DIFFERENT },
	{ "rv",		LIFECYCLE_DIFFERENT },
	{ "av",		LIFECYCLE_DIFFERENT },
	{ "w",		LIFECYCLE_WRONG },
	{ "rrrw",	LIFECYCLE_WRONG },
	{ "rav",	LIFECYCLE_DIFFERENT },
	{ "ravw",	LIFECYCLE_WRONG },
	/* One that is not known: all others right is not bad, nor good. */
	{ "rs",		LIFECYCLE_UNKNOWN },
	{ "rl",		LIFECYCLE_UNKNOWN },
	{ "rf",		LIFECYCLE_UNKNOWN },
	{ "as",		LIFECYCLE_DIFFERENT },
	{ "vs",		LIFECYCLE_DIFFERENT },
	{ "slf",	LIFECYCLE_UNKNOWN },
	{ "ras",	LIFECYCLE_DIFFERENT },
	{ "ws",		LIFECYCLE_WRONG },
	/* Another key is all that any server has. */
	{ "o",		LIFECYCLE_FOREIGN },
	{ "ooo",	LIFECYCLE_FOREIGN },
	{ "ov",		LIFECYCLE_FOREIGN },
	{ "ou",		LIFECYCLE_FOREIGN },
	{ "rr|oo",	LIFECYCLE_FOREIGN },
	{ "or",		LIFECYCLE_WRONG },
	{ "oa",		LIFECYCLE_WRONG },
	{ "ow",		LIFECYCLE_WRONG },
	{ "os",		LIFECYCLE_WRONG },
	{ "ol",		LIFECYCLE_WRONG },
	{ "rs|o",	LIFECYCLE_WRONG },
	/* Those that are excepted do not count; one that counts must answer. */
	{ "rS",		LIFECYCLE_RIGHT },
	{ "rLFS",	LIFECYCLE_RIGHT },
	{ "aS",		LIFECYCLE_ABSENT },
	{ "vL",		LIFECYCLE_REVOKED },
	{ "oF",		LIFECYCLE_FOREIGN },
	{ "raS",	LIFECYCLE_DIFFERENT },
	{ "rwS",	LIFECYCLE_WRONG },
	{ "rSs",	LIFECYCLE_UNKNOWN },
	{ "aSs",	LIFECYCLE_DIFFERENT },
	{ "S",		LIFECYCLE_UNKNOWN },
	{ "SLF",	LIFECYCLE_UNKNOWN },
	{ "rS|rS",	LIFECYCLE_RIGHT },
	{ "rS|S",	LIFECYCLE_UNKNOWN },
	/* Those without a way there do not count, unless there is no other. */
	{ "ru",		LIFECYCLE_RIGHT },
	{ "au",		LIFECYCLE_ABSENT },
	{ "uu",		LIFECYCLE_UNKNOWN },
	{ "",		LIFECYCLE_UNKNOWN },
	{ "su",		LIFECYCLE_UNKNOWN },
	/* On the way to the record. */
	{ "rr|r",	LIFECYCLE_RIGHT },
	{ "rr|aa",	LIFECYCLE_ABSENT },
	{ "rr|vv",	LIFECYCLE_REVOKED },
	{ "rs|rr",	LIFECYCLE_UNKNOWN },
	{ "rl|aa",	LIFECYCLE_DIFFERENT },
	{ "ru|rr",	LIFECYCLE_RIGHT },
	{ "rs|ra",	LIFECYCLE_DIFFERENT },
	{ "rr|",	LIFECYCLE_UNKNOWN },
};

static size_t
make_looks(const char *letters, struct dns_look *looks, size_t *nfollowed)
{
	static const char verdicts[] = "ravwlfsu";
	size_t n = 0;
	char letter;

	*nfollowed = 0;
	for (; *letters != '\0'; letters++)
		if (*letters == '|')
			*nfollowed = n;
		else {
			letter = (char)tolower((unsigned char)*letters);
			looks[n].fault = letter == 'o' ?
			    RECORD_FAULT_OTHER_KEY : RECORD_FAULT_NO_KEY;
			looks[n].is_excepted = letter != *letters;
			if (letter == 'o')
				letter = 'w';
			looks[n++].verdict = (enum dns_verdict)
			    (strchr(verdicts, letter) - verdicts);
		}
	return n;
}

static void
test_views(void **state)
{
	static struct dns_look looks[MAX_LOOKS];
	size_t i, nlooks, nfollowed;

	(void)state;
	for (i = 0; i < SIZE(views); i++) {
		nlooks = make_looks(views[i].looks, looks, &nfollowed);
		if (dns_look_judge(looks, nlooks, nfollowed) !=
		    views[i].view)
			fail_msg("\"%s\": view %d", views[i].looks,
			    dns_look_judge(looks, nlooks, nfollowed));
	}
}

static void
test_print(void **state)
{
	static const struct {
		const char	*in;
		size_t		 len, room;
		const char	*out;
	} cases[] = {
		{ "", 0, 20, "" },
		{ "text \"quoted\"", 13, 40, "text \"quoted\"" },
		{ "\x1b[31m", 5, 20, "\\027[31m" },
		{ "a\0b\x7f\xc3\xa4", 6, 40, "a\\000b\\127\\195\\164" },
		{ "0123456789abcdef", 16, 20, "0123456789abc..." },
		{ "0123456789\n", 11, 20, "0123456789\\010" },
		{ "0123456789abc\n", 14, 20, "0123456789abc..." },
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		dns_look_escape(cases[i].in, cases[i].len, text,
		    cases[i].room);
		assert_string_equal(text, cases[i].out);
		assert_true(strlen(text) < cases[i].room);
	}
}

static void
name_look(struct dns_look *look, const char *server, const char *address)
{
	(void)strlcpy(look->server, server, sizeof(look->server));
	look->has_address = address != NULL;
	if (address != NULL)
		assert_true(dns_address_parse(address, &look->address));
}

static void
test_summary(void **state)
{
	static struct dns_look looks[6];
	char text[1024];

	(void)state;
	name_look(&looks[0], "ns1.example.net", "192.0.2.1");
	name_look(&looks[1], "192.0.2.2", "192.0.2.2");
	name_look(&looks[2], "ns3.example.net", NULL);
	looks[2].verdict = DNS_UNASKED;
	name_look(&looks[3], "ns4.example.net", "2001:db8::4@5353");
	looks[3].verdict = DNS_SERVFAIL;
	looks[3].rcode = LDNS_RCODE_FORMERR;
	name_look(&looks[4], "ns5.example.net", "192.0.2.5");
	looks[4].verdict = DNS_WRONG;
	looks[4].fault = RECORD_FAULT_SEVERAL;
	name_look(&looks[5], "ns6.example.net", "192.0.2.6");
	looks[5].verdict = DNS_SILENT;
	looks[5].status = DNS_TIMEOUT;
	dns_look_summarize(looks, SIZE(looks), 0, text, sizeof(text));
	assert_string_equal(text, "ns5.example.net (192.0.2.5) wrong "
	    "(several), ns4.example.net (2001:db8::4@5353) failing "
	    "(FORMERR), ns6.example.net (192.0.2.6) silent (no answer), "
	    "ns1.example.net (192.0.2.1) right, 192.0.2.2 right, "
	    "ns3.example.net skipped (no address)");
	looks[5].is_excepted = true;
	looks[0].verdict = DNS_ABSENT;
	looks[0].is_wildcard = true;
	dns_look_summarize(looks, SIZE(looks), 0, text, sizeof(text));
	assert_non_null(strstr(text, "(192.0.2.6) silent (no answer; no longer "
	    "waited for), ns1.example.net (192.0.2.1) absent (only a wildcard "
	    "answers), 192.0.2.2 right"));
	looks[0].verdict = DNS_RIGHT;
	looks[0].is_wildcard = false;
	/* The right CNAMEs on the way are not worth a word. */
	dns_look_summarize(looks, 2, 1, text, sizeof(text));
	assert_string_equal(text, "192.0.2.2 right");
}

static void
test_summary_cut(void **state)
{
	static struct dns_look looks[MAX_LOOKS];
	char text[200], name[64];
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(looks); i++) {
		(void)snprintf(name, sizeof(name), "ns%zu.example.net", i);
		name_look(&looks[i], name, "192.0.2.1");
	}
	looks[40].verdict = DNS_ABSENT;
	dns_look_summarize(looks, SIZE(looks), 0, text, sizeof(text));
	assert_string_equal(text, "ns40.example.net (192.0.2.1) absent, "
	    "ns0.example.net (192.0.2.1) right, ns1.example.net (192.0.2.1) "
	    "right, ns2.example.net (192.0.2.1) right, and 60 more");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_summary_cut)
	};

	return cmocka_run_group_tests_name("dns_look", tests, NULL, NULL);
}
