/* SPDX-License-Identifier: ISC */

/*
 * Salesforce's bounce addresses: whose they are.  The three organizations of
 * the first rows are from public samples, their tokens replaced.
 */

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/salesforce_bounce.h"

#define ORG	"00D4x000004z0H4"
#define LOCAL	"user=example.com__2tx5ab7kqz@"
#define AT	LOCAL "8-1p0mb2."
#define OTHER	"00D8d000003TRx3"

static const struct {
	const char	*name, *address, *id;
	bool		 is, names;
} cases[] = {
	{ "sample na150", AT "4x-4z0h4eai.na150.bnc.salesforce.com", ORG,
	    true, true },
	{ "sample um8", AT "8d-3trx3eag.um8.bnc.salesforce.com", OTHER,
	    true, true },
	{ "sample na63", AT "a-hu5amac.na63.bnc.salesforce.com",
	    "00DA0000000Hu5a", true, true },
	{ "no random label", LOCAL "4x-4z0h4eai.na150.bnc.salesforce.com",
	    ORG, true, true },
	{ "more labels", AT "x.y.z.4x-4z0h4eai.na150.bnc.salesforce.com",
	    ORG, true, true },
	{ "final dot", AT "4x-4z0h4eai.na150.bnc.salesforce.com.", ORG,
	    true, true },

	/* Case of the address says nothing, case of the id everything. */
	{ "upper case", AT "4X-4Z0H4EAI.NA150.BNC.SALESFORCE.COM", ORG,
	    true, true },
	{ "case of the id", AT "4x-4z0h4eai.na150.bnc.salesforce.com",
	    "00D4x000004z0h4", true, false },
	{ "case of its first five", AT "a-hu5amac.na63.bnc.salesforce.com",
	    "00Da0000000Hu5a", true, false },
	{ "a suffix of no organization",
	    AT "4x-4z0h4aaa.na150.bnc.salesforce.com", ORG, true, false },
	{ "that suffix is of another", AT
	    "4x-4z0h4eaa.na150.bnc.salesforce.com", "00D4x000004z0h4", true,
	    true },

	/* Other organizations, other spellings. */
	{ "other organization", AT "8d-3trx3eag.um8.bnc.salesforce.com", ORG,
	    true, false },
	{ "without a suffix", AT "4x-4z0h4.na150.bnc.salesforce.com", ORG,
	    true, false },
	{ "zeros written", AT "4x000004z0h4eai.na150.bnc.salesforce.com",
	    ORG, true, false },
	{ "the other run of zeros",
	    AT "4x000004z-h4eai.na150.bnc.salesforce.com", ORG, true, false },
	{ "a zero left", AT "4x-04z0h4eai.na150.bnc.salesforce.com", ORG,
	    true, false },
	{ "with 00D", AT "00d4x-4z0h4eai.na150.bnc.salesforce.com", ORG,
	    true, false },
	{ "cut", AT "4x-4z0h4ea.na150.bnc.salesforce.com", ORG, true,
	    false },
	{ "more behind", AT "4x-4z0h4eaix.na150.bnc.salesforce.com", ORG,
	    true, false },
	{ "more before", AT "x4x-4z0h4eai.na150.bnc.salesforce.com", ORG,
	    true, false },
	{ "label too far left",
	    AT "4x-4z0h4eai.x.na150.bnc.salesforce.com", ORG, true, false },
	{ "ours left of theirs", AT "4x-4z0h4eai.8d-3trx3eag.um8.bnc."
	    "salesforce.com", ORG, true, false },
	{ "in the local part", "4x-4z0h4eai.na150@8d-3trx3eag.um8.bnc."
	    "salesforce.com", ORG, true, false },
	{ "empty label", AT ".na150.bnc.salesforce.com", ORG, true, false },
	{ "empty instance", AT "4x-4z0h4eai..bnc.salesforce.com", ORG, true,
	    false },
	{ "no instance", LOCAL "4x-4z0h4eai.bnc.salesforce.com", ORG, true,
	    false },
	{ "instance only", LOCAL "na150.bnc.salesforce.com", ORG, true,
	    false },
	{ "nothing before", LOCAL ".bnc.salesforce.com", ORG, true, false },

	/* Zeros elsewhere: none, the first of two runs, up to the suffix. */
	{ "no zero", AT "abcdefghijkleaa.x.bnc.salesforce.com",
	    "00Dabcdefghijkl", true, true },
	{ "first of equal runs", AT "a-b00cdefgheaa.x.bnc.salesforce.com",
	    "00Da00b00cdefgh", true, true },
	{ "second of equal runs", AT "a00b-cdefgheaa.x.bnc.salesforce.com",
	    "00Da00b00cdefgh", true, false },
	{ "all zeros", AT "-eaa.x.bnc.salesforce.com", "00D000000000000",
	    true, true },

	/* Look-alikes, and no addresses at all. */
	{ "domain in front", LOCAL
	    "4x-4z0h4eai.na150.bnc.salesforce.com.evil.example", ORG, false,
	    false },
	{ "xbnc", LOCAL "4x-4z0h4eai.na150.xbnc.salesforce.com", ORG, false,
	    false },
	{ "bnc-salesforce", LOCAL "4x-4z0h4eai.na150.bnc-salesforce.com",
	    ORG, false, false },
	{ "dot is a dot", LOCAL "4x-4z0h4eai.na150xbnc.salesforce.com", ORG,
	    false, false },
	{ "bnc.salesforce.com.br", LOCAL
	    "4x-4z0h4eai.na150.bnc.salesforce.com.br", ORG, false, false },
	{ "the bare domain", LOCAL "bnc.salesforce.com", ORG, false,
	    false },
	{ "salesforce.com", LOCAL "salesforce.com", ORG, false, false },
	{ "two final dots", AT "4x-4z0h4eai.na150.bnc.salesforce.com..",
	    ORG, false, false },
	{ "a blank behind", AT "4x-4z0h4eai.na150.bnc.salesforce.com ", ORG,
	    false, false },
	{ "no @", "4x-4z0h4eai.na150.bnc.salesforce.com", ORG, false,
	    false },
	{ "null sender", "", ORG, false, false },
	{ "@ only", "@", ORG, false, false },
	{ "@ and dot", "@.", ORG, false, false },
	{ "no local part", "@4x-4z0h4eai.na150.bnc.salesforce.com", ORG,
	    true, true },
	{ "quoted @ in the local part", "\"a@b\"@x.4x-4z0h4eai.na150.bnc."
	    "salesforce.com", ORG, true, true },
	{ "quoted, all in the local part", "\"a@x.4x-4z0h4eai.na150.bnc."
	    "salesforce.com\"@evil.example", ORG, false, false },
	{ "domain behind a second @", "a@x.4x-4z0h4eai.na150.bnc."
	    "salesforce.com@evil.example", ORG, false, false },
	{ "route before it", "@evil.example:a@x.4x-4z0h4eai.na150.bnc."
	    "salesforce.com", ORG, true, true },
};

static void
decides(void **state)
{
	char id[SALESFORCE_ID_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(id, sizeof(id), "%.15s", cases[i].id);
		if (salesforce_bounce_is(cases[i].address) != cases[i].is)
			fail_msg("%s: is: wanted %d", cases[i].name,
			    cases[i].is);
		if (salesforce_bounce_names(cases[i].address, id) !=
		    cases[i].names)
			fail_msg("%s: names: wanted %d", cases[i].name,
			    cases[i].names);
	}
}

/* The label of an id, from the description alone. */
static void
write_label(const char *id, char *label)
{
	char whole[SALESFORCE_ID_SIZE + 3], zeros[SALESFORCE_ID_SIZE + 3];
	const char *run = NULL;
	size_t n;

	(void)snprintf(whole, sizeof(whole), "%s", id);
	salesforce_id_suffix(id, whole + SALESFORCE_ID_LENGTH);
	for (n = 15; n > 0 && run == NULL; n--) {
		memset(zeros, '0', n);
		zeros[n] = '\0';
		run = strstr(whole + 3, zeros);
	}
	if (run == NULL)
		strcpy(label, whole + 3);
	else
		sprintf(label, "%.*s-%s", (int)(run - whole - 3), whole + 3,
		    run + n + 1);
	for (; *label != '\0'; label++)
		*label = (char)tolower((unsigned char)*label);
}

static void
make_id(char id[SALESFORCE_ID_SIZE])
{
	static const char letters[] = "0000000aAbB5zZ";
	size_t i;

	memcpy(id, "00D", 3);
	for (i = 3; i < SALESFORCE_ID_LENGTH; i++)
		id[i] = letters[rand() % (int)(sizeof(letters) - 1)];
	id[i] = '\0';
}

/* Ids like each other: each has its label, and no other has the same. */
static void
every_id_has_its_own_label(void **state)
{
	char ours[SALESFORCE_ID_SIZE], theirs[SALESFORCE_ID_SIZE];
	char label[32], address[96];
	int i;

	(void)state;
	srand(1);
	make_id(theirs);
	for (i = 0; i < 20000; i++) {
		make_id(ours);
		write_label(ours, label);
		(void)snprintf(address, sizeof(address),
		    "a@r.%s.na1.bnc.salesforce.com", label);
		if (!salesforce_bounce_names(address, ours))
			fail_msg("%s is not of %s", label, ours);
		/* Now another in case, now another altogether. */
		if (i % 2 == 0) {
			memcpy(theirs, ours, sizeof(theirs));
			theirs[3 + rand() % 12] ^= 0x20;
			if (strpbrk(theirs, "\x10\x15") != NULL)
				continue;
		}
		if (strcmp(ours, theirs) != 0 &&
		    salesforce_bounce_names(address, theirs))
			fail_msg("%s of %s is of %s, too", label, ours,
			    theirs);
		make_id(theirs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides),
		cmocka_unit_test(every_id_has_its_own_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
