/* SPDX-License-Identifier: ISC */

/*
 * Notes about DMARC, SPF and MX records.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "advicecase.h"

static const struct advice_case dmarc_cases[] = {
	{ "no DMARC", "dmarc", "",
	    "warning _dmarc.example.com: no DMARC record here or above\n",
	    NULL, NULL },
	{ "reject", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n",
	    "fine _dmarc.example.com: policy reject\n"
	    "fine _dmarc.example.com: of example.com and all below\n",
	    NULL, NULL },
	{ "in two strings", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=qua\" \"rantine\"\n",
	    "fine _dmarc.example.com: policy quarantine\n"
	    "fine _dmarc.example.com: aligned\n", NULL, NULL },
	{ "none, with reports", "dmarc", "_dmarc.example.com TXT "
	    "\"v=DMARC1; p=none; rua=mailto:a@example.com\"\n",
	    "note _dmarc.example.com: about forged mail: move on\n"
	    "fine _dmarc.example.com: aligned\n", NULL, NULL },
	{ "none, without", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=none\"\n",
	    "note _dmarc.example.com: no reports are sent (rua= is\n"
	    "fine _dmarc.example.com: aligned\n", NULL, NULL },
	{ "no policy", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=deny\"\n",
	    "warning _dmarc.example.com: no valid p= tag\n"
	    "fine _dmarc.example.com: aligned\n", NULL, NULL },
	{ "test mode", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=reject; t=y\"\n",
	    "note _dmarc.example.com: policy reject, but in test mode\n"
	    "fine _dmarc.example.com: aligned\n", NULL, NULL },
	{ "percent", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=reject; pct=20\"\n",
	    "note _dmarc.example.com: policy reject for 20% of the mail\n"
	    "fine _dmarc.example.com: aligned\n", NULL, NULL },
	{ "strict", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=reject; adkim=s\"\n",
	    "fine _dmarc.example.com: policy reject\n"
	    "note _dmarc.example.com: adkim=s: d=example.com is aligned "
	    "only with addresses of example.com itself\n", NULL, NULL },
	{ "two records", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.example.com TXT \"v=DMARC1; p=none\"\n",
	    "warning _dmarc.example.com: 2 DMARC records\n"
	    "warning _dmarc.example.com: no DMARC record here or above\n",
	    NULL, NULL },
	{ "one record and another text", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
	    "_dmarc.example.com TXT \"hello\"\n",
	    "fine _dmarc.example.com: policy reject\n"
	    "fine _dmarc.example.com: aligned\n", NULL, NULL },
	{ "begins wrongly", "dmarc",
	    "_dmarc.example.com TXT \"p=reject; v=DMARC1\"\n",
	    "warning _dmarc.example.com: must begin with 'v=DMARC1;'\n"
	    "warning _dmarc.example.com: no DMARC record here or above\n",
	    NULL, NULL },
	{ "of the organization", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n",
	    "fine _dmarc.example.com: policy reject\n"
	    "fine _dmarc.example.com: d=a.mail.example.com is aligned with "
	    "addresses of example.com and all below\n",
	    "a.mail.example.com", NULL },
	{ "of the organization, for subdomains", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=reject; sp=none; "
	    "rua=mailto:a@example.com\"\n",
	    "note _dmarc.example.com: policy none\n"
	    "fine _dmarc.example.com: aligned\n", "mail.example.com", NULL },
	{ "own, and of the organization", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=none\"\n"
	    "_dmarc.mail.example.com TXT \"v=DMARC1; p=reject\"\n",
	    "fine _dmarc.mail.example.com: policy reject\n"
	    "fine _dmarc.mail.example.com: of example.com and all below\n",
	    "mail.example.com", NULL },
	{ "an organization of its own", "dmarc",
	    "_dmarc.example.com TXT \"v=DMARC1; p=none\"\n"
	    "_dmarc.mail.example.com TXT \"v=DMARC1; p=reject; psd=n\"\n",
	    "fine _dmarc.mail.example.com: policy reject\n"
	    "fine _dmarc.mail.example.com: of mail.example.com and all\n",
	    "mail.example.com", NULL },
	{ "below a public suffix with a record", "dmarc",
	    "_dmarc.com TXT \"v=DMARC1; p=reject; psd=y\"\n",
	    "fine _dmarc.com: policy reject\n"
	    "fine _dmarc.com: of example.com and all below\n",
	    "mail.example.com", NULL },
	{ "DMARC not to be seen", "dmarc", "_dmarc.example.com SERVFAIL\n",
	    "warning _dmarc.example.com: cannot answer queries for TXT\n",
	    NULL, NULL }
};

static const struct advice_case cases[] = {
	{ "no SPF", "spf", "example.com TXT \"hello\"\n",
	    "note example.com: no SPF record\n", NULL, NULL },
	{ "one SPF", "spf",
	    "example.com TXT \"v=spf1 include:x.example ~all\"\n",
	    "fine example.com: one SPF record\n", NULL, NULL },
	{ "two SPF", "spf", "example.com TXT \"v=spf1 ~all\"\n"
	    "example.com TXT \"V=SPF1\"\n",
	    "warning example.com: 2 SPF records\n", NULL, NULL },
	{ "SPF for all", "spf", "example.com TXT \"v=spf1 mx +ALL\"\n",
	    "warning example.com: everybody's mail passes\n", NULL, NULL },
	{ "SPF for all, the short way", "spf",
	    "example.com TXT \"v=spf1 all\"\n",
	    "warning example.com: everybody's mail passes\n", NULL, NULL },
	{ "SPF says nothing", "spf", "example.com TXT \"v=spf1 ?all\"\n",
	    "note example.com: says nothing about forged mail\n", NULL, NULL },
	{ "SPF without the blank", "spf",
	    "example.com TXT \"v=spf1include:x.example -all\"\n",
	    "warning example.com: a space must follow 'v=spf1'\n",
	    NULL, NULL },
	{ "SPF not to be seen", "spf", "example.com SERVFAIL\n",
	    "warning example.com: cannot answer queries for TXT\n", NULL,
	    NULL },
	{ "MX", "mx", "example.com MX 10 mail.example.com.\n",
	    "fine example.com: has an MX record, so it can receive mail\n",
	    NULL, NULL },
	{ "no MX", "mx", "example.com A 192.0.2.1\n",
	    "note example.com: no MX record\n", NULL, NULL },
	{ "null MX", "mx", "example.com MX 0 .\n",
	    "note example.com: a null MX\n", NULL, NULL },
	{ "MX not to be seen", "mx", "example.com SERVFAIL\n",
	    "warning example.com: cannot answer queries for MX\n", NULL, NULL }
};

static void
check_dmarc(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(dmarc_cases) / sizeof(dmarc_cases[0]); i++)
		advicecase_run(&dmarc_cases[i]);
}

static void
check_mail(void **state)
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
		cmocka_unit_test(check_dmarc),
		cmocka_unit_test(check_mail)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
