/* SPDX-License-Identifier: ISC */

/*
 * What is wrong with a CNAME, from what servers show at its name.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probe/alias.h"
#include "probe/sight.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define MAX_LOOKS	4
#define TARGET		"k.ours.test"

/*
 * What each server shows, a letter: r the CNAME, a nothing, d one whose target
 * has the zone appended, o another target, t a TXT record that is right, x
 * another one, l, f or s no usable answer, u was not asked; a capital: it is
 * excepted.
 */
static const struct {
	const char		*looks;
	enum dns_alias_fault	 fault;
	const char		*verdicts;	/* as in test_look.c */
} cases[] = {
	{ "r",		DNS_ALIAS_RIGHT,	"r" },
	{ "rrr",	DNS_ALIAS_RIGHT,	"rrr" },
	{ "ru",		DNS_ALIAS_RIGHT,	"ru" },
	{ "rS",		DNS_ALIAS_RIGHT,	"rs" },
	{ "a",		DNS_ALIAS_ABSENT,	"a" },
	{ "as",		DNS_ALIAS_ABSENT,	"as" },
	{ "aR",		DNS_ALIAS_ABSENT,	"ar" },
	{ "ra",		DNS_ALIAS_PARTIAL,	"ra" },
	{ "rsa",	DNS_ALIAS_PARTIAL,	"rsa" },
	{ "d",		DNS_ALIAS_DOUBLED,	"w" },
	{ "rd",		DNS_ALIAS_DOUBLED,	"rw" },
	{ "o",		DNS_ALIAS_TARGET,	"w" },
	{ "ao",		DNS_ALIAS_TARGET,	"aw" },
	{ "t",		DNS_ALIAS_RECORD,	"w" },
	{ "x",		DNS_ALIAS_RECORD,	"w" },
	{ "rx",		DNS_ALIAS_RECORD,	"rw" },
	{ "s",		DNS_ALIAS_UNKNOWN,	"s" },
	{ "slf",	DNS_ALIAS_UNKNOWN,	"slf" },
	{ "u",		DNS_ALIAS_UNKNOWN,	"u" },
	{ "rs",		DNS_ALIAS_UNKNOWN,	"rs" },
	{ "rl",		DNS_ALIAS_UNKNOWN,	"rl" },
	{ "rf",		DNS_ALIAS_UNKNOWN,	"rf" },
	{ "",		DNS_ALIAS_UNKNOWN,	"" },
};

static void
make_look(char letter, struct dns_look *look)
{
	static const struct {
		char			 letter;
		enum dns_verdict	 verdict;
		const char		*text;
	} kinds[] = {
		{ 'r', DNS_WRONG, "CNAME " TARGET },
		{ 'a', DNS_ABSENT, "" },
		{ 'd', DNS_WRONG, "CNAME " TARGET ".customer.test" },
		{ 'o', DNS_WRONG, "CNAME " TARGET "er" },
		{ 't', DNS_RIGHT, "v=DKIM1; p=abc" },
		{ 'x', DNS_WRONG, "v=spf1 -all" },
		{ 'l', DNS_LAME, "" },
		{ 'f', DNS_SERVFAIL, "" },
		{ 's', DNS_SILENT, "" },
		{ 'u', DNS_UNASKED, "" },
	};
	size_t i;

	memset(look, 0, sizeof(*look));
	look->is_excepted = letter < 'a';
	for (i = 0; i < SIZE(kinds); i++)
		if ((letter | 0x20) == kinds[i].letter) {
			look->verdict = kinds[i].verdict;
			(void)strlcpy(look->text, kinds[i].text,
			    sizeof(look->text));
			look->is_alias = strncmp(look->text, "CNAME ", 6) == 0;
			return;
		}
	fail_msg("no look: %c", letter);
}

static char
letter_of(enum dns_verdict verdict)
{
	static const char letters[] = "ravwlfsu";

	return letters[verdict];
}

static void
faults(void **state)
{
	struct dns_look looks[MAX_LOOKS];
	enum dns_alias_fault fault;
	size_t i, j, n;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		n = strlen(cases[i].looks);
		assert_true(n <= MAX_LOOKS);
		for (j = 0; j < n; j++)
			make_look(cases[i].looks[j], &looks[j]);
		dns_alias_judge_looks(looks, n, "K.Ours.test");
		fault = dns_alias_find_fault(looks, n, TARGET);
		if (fault != cases[i].fault)
			fail_msg("%s: %s, want %s", cases[i].looks,
			    dns_alias_fault_name(fault),
			    dns_alias_fault_name(cases[i].fault));
		for (j = 0; j < n; j++) {
			assert_true(looks[j].is_alias);
			assert_int_equal(letter_of(looks[j].verdict),
			    cases[i].verdicts[j]);
		}
		assert_int_equal(dns_alias_is_wrong(fault),
		    fault != DNS_ALIAS_RIGHT && fault != DNS_ALIAS_UNKNOWN);
	}
	assert_false(dns_alias_is_wrong(DNS_ALIAS_UNASKED));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
