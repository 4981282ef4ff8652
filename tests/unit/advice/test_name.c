/* SPDX-License-Identifier: ISC */

/*
 * Notes about aliases and wildcards.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "advicecase.h"

#define KEY	ADVICECASE_KEY
#define P	ADVICECASE_VALUE

static const struct advice_case cases[] = {
	{ "no wildcard", "wildcard", KEY " TXT \"" P "\"\n", "", NULL, NULL },
	{ "wildcard text", "wildcard",
	    "xq3v._domainkey.example.com TXT \"v=spf1 -all\"\n",
	    "note *._domainkey.example.com: a TXT record answers for any\n",
	    NULL, NULL },
	{ "wildcard of a revoked key", "wildcard",
	    "xq3v._domainkey.example.com TXT \"v=DKIM1; p=\"\n",
	    "note *._domainkey.example.com: a TXT record answers for any\n",
	    NULL, NULL },
	{ "wildcard key", "wildcard",
	    "xq3v._domainkey.example.com TXT \"" P "\"\n",
	    "warning *._domainkey.example.com: a key answers for any\n",
	    NULL, NULL },
	{ "wildcard alias to a key", "wildcard",
	    "xq3v._domainkey.example.com CNAME k.example.net.\n"
	    "k.example.net TXT \"" P "\"\n",
	    "warning *._domainkey.example.com: a key answers for any\n",
	    NULL, NULL },
	{ "no room for a wildcard", "wildcard", "", "",
	    "a234567890123456789012345678901234567890123456789012345678901."
	    "b234567890123456789012345678901234567890123456789012345678901."
	    "c234567890123456789012345678901234567890123456789012345678901."
	    "d2345678901234567890123456789012345678901234567.example.com",
	    NULL },
	{ "no alias", "alias", KEY " TXT \"" P "\"\n", "", NULL, NULL },
	{ "alias within the zone", "alias",
	    KEY " CNAME k.example.com.\nk.example.com TXT \"" P "\"\n",
	    "note " KEY ": an alias of k.example.com, where a TXT\n",
	    NULL, NULL },
	{ "alias into our zone for aliases", "alias",
	    KEY " CNAME k.dkim.example.net.\n"
	    "k.dkim.example.net TXT \"" P "\"\n",
	    "note " KEY ": an alias of k.dkim.example.net, where a TXT\n",
	    NULL, NULL },
	{ "alias elsewhere", "alias",
	    KEY " CNAME k.notexample.com.\nk.notexample.com TXT \"" P "\"\n",
	    "warning " KEY ": an alias of k.notexample.com, outside of\n",
	    NULL, NULL },
	{ "alias of what is not there", "alias",
	    KEY " CNAME k.example.org.\n",
	    "warning " KEY ": does not exist, and anyone who can create it\n",
	    NULL, NULL },
	{ "alias of what is not there yet", "alias",
	    KEY " CNAME k.example.com.\n",
	    "note " KEY ": k.example.com, which does not exist: publish\n",
	    NULL, NULL },
	{ "alias of a name with no TXT", "alias",
	    KEY " CNAME k.example.com.\nk.example.com A 192.0.2.1\n",
	    "note " KEY ": an alias of k.example.com, where a TXT\n",
	    NULL, NULL },
	{ "alias of itself", "alias", KEY " CNAME " KEY ".\n",
	    "warning " KEY ": form a loop (" KEY "\n", NULL, NULL },
	{ "alias in a ring", "alias", KEY " CNAME a.example.com.\n"
	    "a.example.com CNAME B.example.com.\n"
	    "b.example.com CNAME A.EXAMPLE.COM.\n",
	    "warning " KEY ": form a loop (b.example.com points back\n",
	    NULL, NULL },
	{ "two aliases", "alias", KEY " CNAME a.example.com.\n"
	    KEY " CNAME b.example.com.\n",
	    "warning " KEY ": more than one CNAME\n", NULL, NULL },
	{ "chain", "alias", KEY " CNAME a.example.com.\n"
	    "a.example.com CNAME b.example.com.\n"
	    "b.example.com TXT \"" P "\"\n",
	    "note " KEY ": an alias of b.example.com, where\n"
	    "note " KEY ": a chain of 2 aliases, ending at b.example.com\n",
	    NULL, NULL },
	{ "the longest chain", "alias", KEY " CNAME 1.example.com.\n"
	    "1.example.com CNAME 2.example.com.\n"
	    "2.example.com CNAME 3.example.com.\n"
	    "3.example.com CNAME 4.example.com.\n"
	    "4.example.com CNAME 5.example.com.\n"
	    "5.example.com CNAME 6.example.com.\n"
	    "6.example.com CNAME 7.example.com.\n"
	    "7.example.com CNAME 8.example.com.\n"
	    "8.example.com TXT \"" P "\"\n",
	    "note " KEY ": an alias of 8.example.com, where\n"
	    "note " KEY ": a chain of 8 aliases\n", NULL, NULL },
	{ "a longer chain", "alias", KEY " CNAME 1.example.com.\n"
	    "1.example.com CNAME 2.example.com.\n"
	    "2.example.com CNAME 3.example.com.\n"
	    "3.example.com CNAME 4.example.com.\n"
	    "4.example.com CNAME 5.example.com.\n"
	    "5.example.com CNAME 6.example.com.\n"
	    "6.example.com CNAME 7.example.com.\n"
	    "7.example.com CNAME 8.example.com.\n"
	    "8.example.com CNAME 9.example.com.\n",
	    "warning " KEY ": a chain of more than 8 aliases\n", NULL, NULL },
	{ "expected alias", "alias", KEY " CNAME K.dkim.example.net.\n"
	    "k.dkim.example.net TXT \"" P "\"\n",
	    "fine " KEY ": an alias of k.dkim.example.net, as expected\n",
	    NULL, "k.dkim.example.net" },
	{ "expected alias, by a detour", "alias",
	    KEY " CNAME a.example.com.\n"
	    "a.example.com CNAME k.dkim.example.net.\n"
	    "k.dkim.example.net TXT \"" P "\"\n",
	    "fine " KEY ": an alias of k.dkim.example.net, as expected\n"
	    "note " KEY ": a chain of 2 aliases\n",
	    NULL, "k.dkim.example.net" },
	{ "expected alias, key not there yet", "alias",
	    KEY " CNAME k.dkim.example.net.\n",
	    "fine " KEY ": an alias of k.dkim.example.net, as expected\n"
	    "note " KEY ": k.dkim.example.net, which does not exist\n",
	    NULL, "k.dkim.example.net" },
	{ "expected alias is missing", "alias", "",
	    "warning " KEY ": publish '" KEY ". IN CNAME k.example.net.'\n",
	    NULL, "k.example.net" },
	{ "another alias than expected", "alias",
	    KEY " CNAME k.example.org.\nk.example.org TXT \"" P "\"\n",
	    "warning " KEY ": an alias of k.example.org: publish '" KEY
	    ". IN CNAME k.example.net.' instead\n",
	    NULL, "k.example.net" },
	{ "alias not to be seen", "alias", KEY " SERVFAIL\n", "", NULL, NULL },
	{ "expected alias not to be seen", "alias", KEY " SERVFAIL\n", "",
	    NULL, "k.example.net" }
};

static void
check_names(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		advicecase_run(&cases[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_names)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
