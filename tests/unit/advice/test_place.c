/* SPDX-License-Identifier: ISC */

/*
 * Notes about records that were put at another name.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "advicecase.h"

#define KEY	ADVICECASE_KEY
#define BELOW	"s1._domainkey.mail.example.com"	/* in the same zone */
#define TXT	" TXT \"" ADVICECASE_VALUE "\"\n"

static const struct {
	const char	*name, *record, *dns, *want;
	const char	*alias;
	bool		 is_there;
} cases[] = {
	{ "nowhere", KEY, "", "", NULL, false },
	{ "zone added", KEY, KEY ".example.com" TXT,
	    "warning " KEY ": enter 's1._domainkey' as the name\n", NULL,
	    false },
	{ "zone added, below it", BELOW, BELOW ".example.com" TXT,
	    "warning " BELOW ": enter 's1._domainkey.mail' as the name\n",
	    NULL, false },
	{ "without _domainkey", KEY, "s1.example.com" TXT,
	    "warning " KEY ": a key is at s1.example.com: '_domainkey' is "
	    "missing\n", NULL, false },
	{ "without underscore", KEY, "s1.domainkey.example.com" TXT,
	    "warning " KEY ": with an underscore\n", NULL, false },
	{ "without subdomain", BELOW, KEY TXT,
	    "warning " BELOW ": a key is at " KEY
	    ", which is for mail of example.com\n", NULL, false },
	{ "at the domain", KEY, "example.com" TXT,
	    "warning " KEY ": a key is at example.com itself\n", NULL,
	    false },
	{ "no key there", KEY, KEY ".example.com TXT \"hello\"\n"
	    "example.com TXT \"v=spf1 -all\"\n", "", NULL, false },
	{ "revoked there", KEY, "s1.example.com TXT \"v=DKIM1; p=\"\n", "",
	    NULL, false },
	{ "servers fail", KEY, KEY ".example.com SERVFAIL\n"
	    "s1.example.com SERVFAIL\n", "", NULL, false },
	{ "not asked where it is there", KEY, "s1.example.com" TXT, "", NULL,
	    true },
	{ "not asked where an alias is to be", KEY, "s1.example.com" TXT, "",
	    "k.example.net", false },
	{ "no name of a key", "k.example.com", "k.example.com.example.com" TXT,
	    "", NULL, false }
};

static void
check_places(void **state)
{
	struct advice_record record = { .name = NULL };
	struct advice_facts facts = {
		.domain = "example.com", .zone = "example.com",
		.random_label = "xq3v", .now = ADVICECASE_NOW,
		.records = &record, .nrecords = 1
	};
	struct fakedns dns = { .text = NULL };
	const struct advice_resolver resolver = { fakedns_ask, &dns };
	struct advice *advice;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		record.name = cases[i].record;
		record.alias = cases[i].alias;
		record.is_absent = !cases[i].is_there;
		dns = (struct fakedns){ .text = cases[i].dns };
		advice = calloc(1, sizeof(*advice));
		assert_non_null(advice);
		advice_gather(&facts, &resolver, advice);
		advicecase_check(cases[i].name, advice, "place",
		    cases[i].want);
		free(advice);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_places)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
