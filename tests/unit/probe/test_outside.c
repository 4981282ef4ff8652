/* SPDX-License-Identifier: ISC */

/*
 * What a resolver's answer shows for a record, and what the answers of all
 * resolvers say together.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probe/outside.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define NAME	"s._domainkey.example.com"
#define KEY	"v=DKIM1; k=ed25519; " \
	"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define OTHER	"v=DKIM1; k=ed25519; " \
	"p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="

/* Verdicts, a letter a resolver: as in test_look.c. */
static const struct {
	const char		*looks;
	enum lifecycle_outside	 view;
} views[] = {
	{ "",		LIFECYCLE_OUTSIDE_UNKNOWN },
	{ "r",		LIFECYCLE_OUTSIDE_RIGHT },
	{ "rrr",	LIFECYCLE_OUTSIDE_RIGHT },
	/* One must answer, ... */
	{ "s",		LIFECYCLE_OUTSIDE_UNKNOWN },
	{ "slu",	LIFECYCLE_OUTSIDE_UNKNOWN },
	{ "sr",		LIFECYCLE_OUTSIDE_RIGHT },
	{ "rl",		LIFECYCLE_OUTSIDE_RIGHT },
	{ "ur",		LIFECYCLE_OUTSIDE_RIGHT },
	/* ... and none may contradict. */
	{ "a",		LIFECYCLE_OUTSIDE_CONTRADICTS },
	{ "ra",		LIFECYCLE_OUTSIDE_CONTRADICTS },
	{ "ar",		LIFECYCLE_OUTSIDE_CONTRADICTS },
	{ "rv",		LIFECYCLE_OUTSIDE_CONTRADICTS },
	{ "rw",		LIFECYCLE_OUTSIDE_CONTRADICTS },
	{ "rrrrrrrf",	LIFECYCLE_OUTSIDE_CONTRADICTS },
	{ "fs",		LIFECYCLE_OUTSIDE_CONTRADICTS },
	{ "sa",		LIFECYCLE_OUTSIDE_CONTRADICTS },
};

static void
test_views(void **state)
{
	static const char verdicts[] = "ravwlfsu";
	static struct dns_look looks[DNS_OUTSIDE_MAX];
	size_t i, j, n;

	(void)state;
	for (i = 0; i < SIZE(views); i++) {
		n = strlen(views[i].looks);
		assert_true(n <= DNS_OUTSIDE_MAX);
		for (j = 0; j < n; j++)
			looks[j].verdict = (enum dns_verdict)
			    (strchr(verdicts, views[i].looks[j]) - verdicts);
		if (dns_outside_judge(looks, n) != views[i].view)
			fail_msg("\"%s\": view %d", views[i].looks,
			    dns_outside_judge(looks, n));
	}
}

/* Answers: the flags, and the lines of the answer section. */
static const struct {
	const char		*name;
	int			 rcode;
	const char		*flags;		/* ra, aa */
	const char		*records[3];
	enum dns_verdict	 verdict;
	enum record_fault	 fault;
} answers[] = {
	{ "right", LDNS_RCODE_NOERROR, "ra", { NAME ". 60 TXT \"" KEY "\"" },
	    DNS_RIGHT, RECORD_FAULT_NONE },
	{ "right, in two strings, in another case", LDNS_RCODE_NOERROR, "ra",
	    { "S._DomainKey.example.com. 60 TXT \"v=DKIM1; k=ed25519; \" "
	    "\"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"" },
	    DNS_RIGHT, RECORD_FAULT_NONE },
	{ "behind CNAMEs, in any order", LDNS_RCODE_NOERROR, "ra",
	    { "b.example.net. 60 TXT \"" KEY "\"",
	    "a.example.net. 60 CNAME b.example.net.",
	    NAME ". 60 CNAME a.example.net." },
	    DNS_RIGHT, RECORD_FAULT_NONE },
	{ "CNAMEs that lead nowhere", LDNS_RCODE_NXDOMAIN, "ra",
	    { NAME ". 60 CNAME a.example.net." },
	    DNS_ABSENT, RECORD_FAULT_ABSENT },
	{ "CNAMEs in a circle", LDNS_RCODE_NOERROR, "ra",
	    { NAME ". 60 CNAME a.example.net.",
	    "a.example.net. 60 CNAME " NAME "." },
	    DNS_ABSENT, RECORD_FAULT_ABSENT },
	{ "a record of another name", LDNS_RCODE_NOERROR, "ra",
	    { "t._domainkey.example.com. 60 TXT \"" KEY "\"" },
	    DNS_ABSENT, RECORD_FAULT_ABSENT },
	{ "the name does not exist", LDNS_RCODE_NXDOMAIN, "ra", { NULL },
	    DNS_ABSENT, RECORD_FAULT_ABSENT },
	{ "no such record", LDNS_RCODE_NOERROR, "ra", { NULL },
	    DNS_ABSENT, RECORD_FAULT_ABSENT },
	{ "another key", LDNS_RCODE_NOERROR, "ra",
	    { NAME ". 60 TXT \"" OTHER "\"" },
	    DNS_WRONG, RECORD_FAULT_OTHER_KEY },
	{ "the right one and another", LDNS_RCODE_NOERROR, "ra",
	    { NAME ". 60 TXT \"" KEY "\"", NAME ". 60 TXT \"" OTHER "\"" },
	    DNS_WRONG, RECORD_FAULT_SEVERAL },
	{ "an empty p=", LDNS_RCODE_NOERROR, "ra",
	    { NAME ". 60 TXT \"v=DKIM1; k=ed25519; p=\"" },
	    DNS_REVOKED, RECORD_FAULT_REVOKED },
	{ "SERVFAIL", LDNS_RCODE_SERVFAIL, "ra", { NULL },
	    DNS_SERVFAIL, RECORD_FAULT_NONE },
	{ "refused: it is not for this host", LDNS_RCODE_REFUSED, "", { NULL },
	    DNS_LAME, RECORD_FAULT_NONE },
	{ "NOTIMP", LDNS_RCODE_NOTIMPL, "ra", { NULL },
	    DNS_LAME, RECORD_FAULT_NONE },
	{ "no resolver, and not asked for its zone", LDNS_RCODE_NOERROR, "",
	    { NULL }, DNS_LAME, RECORD_FAULT_NONE },
	{ "a server of the zone", LDNS_RCODE_NXDOMAIN, "aa", { NULL },
	    DNS_ABSENT, RECORD_FAULT_ABSENT },
};

static ldns_pkt *
make_answer(size_t i)
{
	ldns_pkt *answer = ldns_pkt_new();
	ldns_rr *rr;
	size_t j;

	assert_non_null(answer);
	ldns_pkt_set_rcode(answer, (uint8_t)answers[i].rcode);
	ldns_pkt_set_ra(answer, strcmp(answers[i].flags, "ra") == 0);
	ldns_pkt_set_aa(answer, strcmp(answers[i].flags, "aa") == 0);
	for (j = 0; j < SIZE(answers[i].records) &&
	    answers[i].records[j] != NULL; j++) {
		assert_int_equal(ldns_rr_new_frm_str(&rr,
		    answers[i].records[j], 0, NULL, NULL), LDNS_STATUS_OK);
		assert_true(ldns_pkt_push_rr(answer, LDNS_SECTION_ANSWER,
		    rr));
	}
	return answer;
}

static void
test_read(void **state)
{
	struct dns_look look;
	ldns_pkt *answer;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(answers); i++) {
		answer = make_answer(i);
		memset(&look, 0, sizeof(look));
		assert_int_equal(dns_outside_read(answer, NAME, KEY, &look),
		    0);
		if (look.verdict != answers[i].verdict ||
		    look.fault != answers[i].fault)
			fail_msg("%s: %s, fault %d", answers[i].name,
			    dns_verdict_name(look.verdict), (int)look.fault);
		ldns_pkt_free(answer);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests_name("dns_outside", tests, NULL, NULL);
}
