/* SPDX-License-Identifier: ISC */

/*
 * Notes about DNSSEC, and what is true of all advice: a resolver that is
 * silent, that lies, or sends what a terminal would obey.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "advice/private.h"
#include "advicecase.h"

#define KEY	ADVICECASE_KEY
#define P	ADVICECASE_VALUE
#define NOW	ADVICECASE_NOW
#define SIGNED(end)	KEY " TXT \"" P "\"\n" KEY " RRSIG TXT 8 4 300 " \
	end " 20261101000000 12345 example.com. MTIzNA==\n"

static const struct advice_case cases[] = {
	{ "unsigned", "dnssec", KEY " TXT \"" P "\"\n",
	    "fine example.com: not signed: fine\n", NULL, NULL },
	{ "unsigned, and the record is not there", "dnssec", "",
	    "fine example.com: not signed\n", NULL, NULL },
	{ "valid", "dnssec", SIGNED("20261201000000") KEY " AD\n",
	    "fine " KEY ": signed and valid\n", NULL, NULL },
	{ "valid, but not for long", "dnssec",
	    SIGNED("20261123013000") KEY " AD\n",
	    "note " KEY ": expires in 1h 30m:\n", NULL, NULL },
	{ "signed, no DS", "dnssec",
	    SIGNED("20261201000000")
	    "example.com DNSKEY 257 3 8 AwEAAQ==\n",
	    "note example.com: without DS at the parent\n", NULL, NULL },
	{ "signed, DS, resolver does not validate", "dnssec",
	    SIGNED("20261201000000")
	    "example.com DNSKEY 257 3 8 AwEAAQ==\n"
	    "example.com DS 1 8 2 00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\n",
	    "note example.com: did not say that it is valid\n", NULL, NULL },
	{ "DS, not signed", "dnssec", KEY " TXT \"" P "\"\n"
	    "example.com DS 1 8 2 00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\n",
	    "warning example.com: parent has a DS, but the zone is not\n",
	    NULL, NULL },
	{ "bogus", "dnssec", SIGNED("20261201000000") KEY " BOGUS\n",
	    "warning " KEY ": bogus: the resolver answers SERVFAIL, but\n",
	    NULL, NULL },
	{ "bogus, as it ended", "dnssec",
	    SIGNED("20261121220000") KEY " BOGUS\n",
	    "warning " KEY ": bogus: the signature (RRSIG) expired 1d 2h ago\n",
	    NULL, NULL },
	{ "fails either way", "dnssec", KEY " SERVFAIL\n",
	    "warning " KEY ": cannot answer queries for TXT\n", NULL, NULL },
	{ "a domain that does not exist", "delegation", "",
	    "warning gone.example: does not exist in DNS: check its spelling\n",
	    "gone.example", NULL },
	{ "is not unsigned", "dnssec", "", "", "gone.example", NULL },
	{ "a dead delegation of _domainkey", "delegation",
	    KEY " SERVFAIL\n_domainkey.dead.example SERVFAIL\n"
	    "dead.example SOA ns1.dead.example. h.dead.example. 1 1 1 1 1\n",
	    "warning _domainkey.dead.example: delegated as a zone of its own\n",
	    "dead.example", NULL },
	{ "is not about DNSSEC", "dnssec",
	    KEY " SERVFAIL\n_domainkey.dead.example SERVFAIL\n"
	    "dead.example SOA ns1.dead.example. h.dead.example. 1 1 1 1 1\n",
	    "", "dead.example", NULL },
	{ "a dead zone", "delegation", KEY " SERVFAIL\ndead.example SERVFAIL\n",
	    "warning dead.example: delegated to name servers that do not\n",
	    "dead.example", NULL },
	{ "the key is seen, but what signs it is not told", "dnssec",
	    KEY " TXT \"" P "\"\nexample.com SERVFAIL\n",
	    "warning example.com: cannot answer queries for DNSKEY\n",
	    NULL, NULL },
	{ "DNSSEC is silent of silence", "dnssec", KEY " SILENT\n", "", NULL,
	    NULL },
	{ "the resolver answers", "resolver", "", "", NULL, NULL },
	{ "one silence", "resolver", "_dmarc.com SILENT\n",
	    "warning example.com: the resolver did not answer one query\n",
	    NULL, NULL }
};

static void
check_dnssec(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		advicecase_run(&cases[i]);
}

/* A dead resolver costs two questions, not twenty. */
static void
check_silence(void **state)
{
	const struct advice_record record = { .name = KEY };
	const struct advice_facts facts = {
		.domain = "example.com", .random_label = "xq3v", .now = NOW,
		.records = &record, .nrecords = 1
	};
	struct fakedns dns = { .text = KEY " SILENT\n"
	    "xq3v._domainkey.example.com SILENT\n_dmarc.example.com SILENT\n"
	};
	struct advice_resolver resolver = { fakedns_ask, &dns };
	struct advice *advice = calloc(1, sizeof(*advice));

	(void)state;
	assert_non_null(advice);
	advice_gather(&facts, &resolver, advice);
	advicecase_check("silence", advice, "resolver", "warning example.com: "
	    "the resolver did not answer: anything not mentioned\n");
	assert_int_equal(advice->nnotes, 1);
	assert_int_equal(dns.nasked, ADVISER_MAX_SILENCES);
	free(advice);
}

/* More than there is room for is cut, and that is known. */
static void
check_many(void **state)
{
	static struct advice_record records[ADVICE_MAX_NOTES + 1];
	const struct advice_facts facts = {
		.domain = "example.com", .random_label = "xq3v", .now = NOW,
		.records = records, .nrecords = ADVICE_MAX_NOTES + 1
	};
	struct fakedns dns = { .text = "" };
	struct advice_resolver resolver = { fakedns_ask, &dns };
	struct advice *advice = calloc(1, sizeof(*advice));
	size_t i;

	(void)state;
	assert_non_null(advice);
	for (i = 0; i < ADVICE_MAX_NOTES + 1; i++)
		records[i] = (struct advice_record){ .name = KEY,
		    .alias = "k.example.net" };
	advice_gather(&facts, &resolver, advice);
	assert_int_equal(advice->nnotes, ADVICE_MAX_NOTES);
	assert_true(advice->is_cut);
	free(advice);
}

/* A resolver that answers for other names and classes than it was asked. */
static ldns_pkt *
ask_liar(void *context, const char *name, ldns_rr_type type,
    bool checking_disabled)
{
	static const char *const lines[] = {
		"other.example. 300 IN TXT \"v=DMARC1; p=reject\"",
		"_dmarc.example.com. 300 CH TXT \"v=DMARC1; p=reject\"",
		"other.example. 300 IN CNAME _dmarc.example.com.",
		"example.com. 300 IN CNAME example.com.",
		"example.com. 300 IN TXT \"v=spf1 +all\""
	};
	ldns_pkt *packet;
	ldns_rr *rr;
	size_t i;

	(void)context;
	(void)checking_disabled;
	packet = ldns_pkt_query_new(ldns_dname_new_frm_str(name), type,
	    LDNS_RR_CLASS_IN, LDNS_QR);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (ldns_rr_new_frm_str(&rr, lines[i], 0, NULL, NULL) ==
		    LDNS_STATUS_OK)
			ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, rr);
	return packet;
}

static void
check_liar(void **state)
{
	const struct advice_facts facts = {
		.domain = "example.com", .random_label = "xq3v", .now = NOW
	};
	struct advice_resolver resolver = { ask_liar, NULL };
	struct advice *advice = calloc(1, sizeof(*advice));

	(void)state;
	assert_non_null(advice);
	advice_gather(&facts, &resolver, advice);
	advicecase_check("liar", advice, "dmarc",
	    "warning _dmarc.example.com: no DMARC record here or above\n");
	advicecase_check("liar", advice, "wildcard", "");
	free(advice);
}

/* What a terminal would obey is not passed on. */
static void
check_escapes(void **state)
{
	const struct advice_record record = { .name = KEY };
	const struct advice_facts facts = {
		.domain = "example.com", .random_label = "xq3v", .now = NOW,
		.records = &record, .nrecords = 1
	};
	struct fakedns dns = { .text = KEY " CNAME \\027[2J\\.x.example.\n"
	    "\\027[2j\\.x.example TXT \"x\"\n" };
	struct advice_resolver resolver = { fakedns_ask, &dns };
	struct advice *advice = calloc(1, sizeof(*advice));

	(void)state;
	assert_non_null(advice);
	advice_gather(&facts, &resolver, advice);
	advicecase_check("escapes", advice, "alias", "warning " KEY
	    ": an alias of \\027[2j\\.x.example, outside\n");
	free(advice);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_dnssec),
		cmocka_unit_test(check_silence),
		cmocka_unit_test(check_many),
		cmocka_unit_test(check_liar),
		cmocka_unit_test(check_escapes)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
