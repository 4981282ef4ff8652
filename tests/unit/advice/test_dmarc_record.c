/* SPDX-License-Identifier: ISC */

/*
 * DMARC records and the names of the tree walk.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "advice/dmarc_record.h"

static const struct {
	const char		*name, *txt;
	bool			 is_record;
	struct dmarc_record	 want;
} records[] = {
	{ "the least", "v=DMARC1; p=none", true,
	    { DMARC_NONE, 0, 0, 100, false, false, false } },
	{ "all tags", "v=DMARC1; p=reject; sp=quarantine; adkim=s; aspf=s; "
	    "pct=50; rua=mailto:a@example.com; psd=n; t=y; np=none", true,
	    { DMARC_REJECT, DMARC_QUARANTINE, DMARC_PSD_NO, 50, true, true,
	    true } },
	{ "blanks and no final one", " v = DMARC1 ;\tp = Reject;", true,
	    { DMARC_REJECT, 0, 0, 100, false, false, false } },
	{ "version alone", "v=DMARC1", true,
	    { 0, 0, 0, 100, false, false, false } },
	{ "unknown tags and values", "v=DMARC1; x=y; p=deny; adkim=q; pct=x;"
	    " psd=q; t=q; rua=; ; novalue", true,
	    { 0, 0, 0, 100, false, false, false } },
	{ "percent out of range", "v=DMARC1; p=none; pct=999", true,
	    { DMARC_NONE, 0, 0, 100, false, false, false } },
	{ "percent too long", "v=DMARC1; p=none; pct=0000000000050", true,
	    { DMARC_NONE, 0, 0, 100, false, false, false } },
	{ "public suffix", "v=DMARC1;p=reject;psd=y", true,
	    { DMARC_REJECT, 0, DMARC_PSD_YES, 100, false, false, false } },
	{ "empty", "", false, { 0 } },
	{ "small letters", "v=dmarc1; p=none", false, { 0 } },
	{ "not first", "p=none; v=DMARC1", false, { 0 } },
	{ "next version", "v=DMARC10; p=none", false, { 0 } },
	{ "another record", "v=spf1 -all", false, { 0 } },
	{ "no tag at all", "DMARC1; p=none", false, { 0 } },
	{ "an empty one first", ";v=DMARC1; p=none", false, { 0 } }
};

static void
check_records(void **state)
{
	struct dmarc_record got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		if (dmarc_parse(records[i].txt, &got) != records[i].is_record)
			fail_msg("%s: wrong result", records[i].name);
		if (!records[i].is_record)
			continue;
		if (got.policy != records[i].want.policy ||
		    got.subdomains != records[i].want.subdomains ||
		    got.psd != records[i].want.psd ||
		    got.percent != records[i].want.percent ||
		    got.strict_dkim != records[i].want.strict_dkim ||
		    got.testing != records[i].want.testing ||
		    got.has_reports != records[i].want.has_reports)
			fail_msg("%s: read differently", records[i].name);
	}
}

static const struct {
	const char	*domain, *stops;
} walks[] = {
	{ "com", "com" },
	{ "example.com", "example.com com" },
	{ "a.mail.example.com",
	    "a.mail.example.com mail.example.com example.com com" },
	{ "1.2.3.4.5.6.7", "1.2.3.4.5.6.7 2.3.4.5.6.7 3.4.5.6.7 4.5.6.7 "
	    "5.6.7 6.7 7" },
	{ "0.1.2.3.4.5.6.7", "0.1.2.3.4.5.6.7 1.2.3.4.5.6.7 2.3.4.5.6.7 "
	    "3.4.5.6.7 4.5.6.7 5.6.7 6.7 7" },
	{ "a.b.c.0.1.2.3.4.5.6.7", "a.b.c.0.1.2.3.4.5.6.7 1.2.3.4.5.6.7 "
	    "2.3.4.5.6.7 3.4.5.6.7 4.5.6.7 5.6.7 6.7 7" }
};

static void
check_walks(void **state)
{
	char stops[512];
	const char *domain;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		stops[0] = '\0';
		domain = walks[i].domain;
		for (n = 0; domain != NULL; n++) {
			if (n > 0)
				strlcat(stops, " ", sizeof(stops));
			strlcat(stops, domain, sizeof(stops));
			domain = dmarc_walk_next(domain, n == 0);
		}
		assert_string_equal(stops, walks[i].stops);
		assert_true(n <= DMARC_MAX_WALK);
	}
}

static void
check_names(void **state)
{
	(void)state;
	assert_string_equal(dmarc_policy_name(DMARC_NONE), "none");
	assert_string_equal(dmarc_policy_name(DMARC_QUARANTINE),
	    "quarantine");
	assert_string_equal(dmarc_policy_name(DMARC_REJECT), "reject");
	assert_string_equal(dmarc_policy_name(DMARC_NO_POLICY),
	    "(no policy)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_records),
		cmocka_unit_test(check_walks),
		cmocka_unit_test(check_names)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
