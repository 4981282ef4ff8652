/* SPDX-License-Identifier: ISC */

/*
 * What libunbound answers, in our form: records of the wire, good and
 * damaged, and what makes an answer none.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "resolver/answer.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define WIRE(s)		s, sizeof(s) - 1
#define LABEL_21	"\25aaaaaaaaaaaaaaaaaaaaa"
#define TEXT_21		"aaaaaaaaaaaaaaaaaaaaa"
#define LABEL_63	"\77" TEXT_21 TEXT_21 TEXT_21
#define TEXT_63		TEXT_21 TEXT_21 TEXT_21

/* One record each; text NULL: it is left out. */
static const struct {
	const char	*name;
	enum dns_type	 type;
	const char	*wire;
	size_t		 len;
	const char	*text;
	size_t		 textlen;
	unsigned int	 preference;
} cases[] = {
	{ "A", DNS_A, WIRE("\300\0\2\1"), WIRE("\300\0\2\1"), 0 },
	{ "A of 3 octets", DNS_A, WIRE("\300\0\2"), NULL, 0, 0 },
	{ "A of 5 octets", DNS_A, WIRE("\300\0\2\1\1"), NULL, 0, 0 },
	{ "A of none", DNS_A, WIRE(""), NULL, 0, 0 },
	{ "AAAA", DNS_AAAA, WIRE("0123456789abcdef"),
	    WIRE("0123456789abcdef"), 0 },
	{ "AAAA of 4 octets", DNS_AAAA, WIRE("\300\0\2\1"), NULL, 0, 0 },
	{ "TXT", DNS_TXT, WIRE("\3abc"), WIRE("abc"), 0 },
	{ "TXT, strings joined", DNS_TXT, WIRE("\2ab\0\1c"), WIRE("abc"), 0 },
	{ "TXT with NUL", DNS_TXT, WIRE("\3a\0c"), WIRE("a\0c"), 0 },
	{ "TXT, empty", DNS_TXT, WIRE("\0"), WIRE(""), 0 },
	{ "TXT, cut", DNS_TXT, WIRE("\3ab"), NULL, 0, 0 },
	{ "TXT, second string cut", DNS_TXT, WIRE("\1a\2b"), NULL, 0, 0 },
	{ "MX", DNS_MX, WIRE("\1\2\1A\2BC\0"), WIRE("a.bc"), 258 },
	{ "MX, highest", DNS_MX, WIRE("\377\377\1a\0"), WIRE("a"), 65535 },
	{ "MX, null", DNS_MX, WIRE("\0\0\0"), WIRE(""), 0 },
	{ "MX without name", DNS_MX, WIRE("\0\1"), NULL, 0, 0 },
	{ "MX, cut", DNS_MX, WIRE("\0\1\3ab"), NULL, 0, 0 },
	{ "PTR", DNS_PTR, WIRE("\4mail\2ex\0"), WIRE("mail.ex"), 0 },
	{ "PTR to the root", DNS_PTR, WIRE("\0"), NULL, 0, 0 },
	{ "PTR, empty", DNS_PTR, WIRE(""), NULL, 0, 0 },
	{ "PTR without end", DNS_PTR, WIRE("\4mail"), NULL, 0, 0 },
	{ "PTR with more behind", DNS_PTR, WIRE("\1a\0\1b\0"), NULL, 0, 0 },
	{ "PTR, compressed", DNS_PTR, WIRE("\1a\300\014"), NULL, 0, 0 },
	{ "dot in a label", DNS_PTR, WIRE("\3a.b\0"), NULL, 0, 0 },
	{ "blank in a label", DNS_PTR, WIRE("\3a b\0"), NULL, 0, 0 },
	{ "NUL in a label", DNS_PTR, WIRE("\3a\0b\0"), NULL, 0, 0 },
	{ "8-bit label", DNS_PTR, WIRE("\3a\374b\0"), NULL, 0, 0 },
	{ "longest label", DNS_PTR, WIRE(LABEL_63 "\0"), WIRE(TEXT_63), 0 },
	{ "longest name", DNS_PTR, WIRE(LABEL_63 LABEL_63 LABEL_63 LABEL_21
	    LABEL_21 "\21aaaaaaaaaaaaaaaaa\0"),
	    WIRE(TEXT_63 "." TEXT_63 "." TEXT_63 "." TEXT_21 "." TEXT_21
	    ".aaaaaaaaaaaaaaaaa"), 0 },
	{ "over the longest", DNS_PTR, WIRE(LABEL_63 LABEL_63 LABEL_63
	    LABEL_21 LABEL_21 "\22aaaaaaaaaaaaaaaaaa\0"), NULL, 0, 0 },
};

/* A result with one record, whose octets are copied to where they end. */
static void
take(struct dns_answer *answer, size_t i)
{
	char *wire = malloc(cases[i].len);
	char *data[2] = { wire, NULL };
	int len[1] = { (int)cases[i].len };
	struct ub_result result = {
		.data = data, .len = len, .havedata = 1, .ttl = 77
	};

	if (cases[i].len > 0)
		memcpy(wire, cases[i].wire, cases[i].len);
	memset(answer, 0, sizeof(*answer));
	dns_answer_take(answer, cases[i].type, &result);
	free(wire);
}

static void
test_records(void **state)
{
	const struct dns_record *record;
	struct dns_answer answer;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		take(&answer, i);
		assert_int_equal(answer.status, DNS_OK);
		assert_int_equal(answer.ttl, 77);
		if (answer.n != (cases[i].text != NULL ? 1U : 0U))
			fail_msg("%s: %zu records", cases[i].name, answer.n);
		record = answer.records;
		if (answer.n > 0 && (record->len != cases[i].textlen ||
		    memcmp(record->data, cases[i].text, record->len) != 0 ||
		    record->data[record->len] != '\0' ||
		    record->preference != cases[i].preference))
			fail_msg("%s: %u %s", cases[i].name,
			    record->preference, (const char *)record->data);
		dns_answer_free(&answer);
	}
}

static char why[] = "no DNSKEY";

static const struct {
	const char	*name;
	struct ub_result result;
	enum dns_status	 status;
	const char	*reason;
	bool		 secure;
} results[] = {
	{ "no data", { .ttl = 5 }, DNS_NODATA, "", false },
	{ "no data for certain", { .secure = 1 }, DNS_NODATA, "", true },
	{ "no name", { .nxdomain = 1, .rcode = 3 }, DNS_NXDOMAIN, "", false },
	{ "SERVFAIL", { .rcode = 2 }, DNS_TEMPFAIL, "SERVFAIL", false },
	{ "REFUSED", { .rcode = 5 }, DNS_TEMPFAIL, "RCODE 5", false },
	{ "bogus", { .bogus = 1, .rcode = 2, .why_bogus = why },
	    DNS_TEMPFAIL, "DNSSEC: no DNSKEY", false },
	{ "bogus, with data", { .bogus = 1, .havedata = 1 }, DNS_TEMPFAIL,
	    "DNSSEC: bogus", false },
	{ "bogus, no name", { .bogus = 1, .nxdomain = 1 }, DNS_TEMPFAIL,
	    "DNSSEC: bogus", false },
	{ "ttl below 0", { .ttl = -1 }, DNS_NODATA, "", false },
};

static void
test_results(void **state)
{
	struct ub_result result;
	struct dns_answer answer;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(results); i++) {
		result = results[i].result;
		memset(&answer, 0, sizeof(answer));
		dns_answer_take(&answer, DNS_A, &result);
		if (answer.status != results[i].status ||
		    answer.secure != results[i].secure ||
		    strcmp(answer.reason, results[i].reason) != 0 ||
		    answer.ttl > 5 || answer.n != 0)
			fail_msg("%s: %d: %s", results[i].name, answer.status,
			    answer.reason);
		dns_answer_free(&answer);
	}
}

/* A reason may be long; one that is left out leaves the others. */
static void
test_several(void **state)
{
	char a[] = "\300\0\2\1", b[] = "\300\0", c[] = "\300\0\2\3";
	char long_reason[400];
	char *data[] = { a, b, c, NULL };
	int len[] = { 4, 2, 4 };
	struct ub_result result = { .data = data, .len = len, .havedata = 1 };
	struct dns_answer answer = { 0 };

	(void)state;
	dns_answer_take(&answer, DNS_A, &result);
	assert_int_equal(answer.n, 2);
	assert_int_equal(answer.records[0].data[3], 1);
	assert_int_equal(answer.records[1].data[3], 3);
	memset(long_reason, 'x', sizeof(long_reason));
	long_reason[sizeof(long_reason) - 1] = '\0';
	dns_answer_fail(&answer, long_reason);
	assert_int_equal(answer.status, DNS_TEMPFAIL);
	assert_int_equal(answer.n, 0);
	assert_int_equal(strlen(answer.reason), sizeof(answer.reason) - 1);
	dns_answer_free(&answer);
	dns_answer_free(&answer);
}

static void
test_none(void **state)
{
	struct dns_answer answer;

	(void)state;
	memset(&answer, 0xff, sizeof(answer));
	assert_int_equal(dns_lookup_none(NULL, "a.example", DNS_A, &answer),
	    DNS_TEMPFAIL);
	assert_int_equal(answer.status, DNS_TEMPFAIL);
	assert_string_equal(answer.reason, "no resolver");
	dns_answer_free(&answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_none)
	};

	return cmocka_run_group_tests_name("dns_answer", tests, NULL, NULL);
}
