/* SPDX-License-Identifier: ISC */

/*
 * SPF records: which is one, each kind of term, and whole records.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "spf/record.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*txt;
	bool		 is_spf;
} versions[] = {
	{ "v=spf1", true },
	{ "v=spf1 ", true },
	{ "V=SPF1 -all", true },
	{ "v=spf1-all", false },
	{ "v=spf10 -all", false },
	{ "v=spf1\t-all", false },
	{ " v=spf1 -all", false },
	{ "v=spf2.0/mfrom", false },
	{ "v=spf", false },
	{ "", false },
};

/* A term of its own; kind -1: it is none. */
static const struct {
	const char	*text;
	int		 kind;
	enum spf_result	 qualifier;
	const char	*spec;
	unsigned int	 prefix4, prefix6;
	const char	*address;
} terms[] = {
	{ "all", SPF_ALL, SPF_PASS, NULL, 0, 0, NULL },
	{ "+ALL", SPF_ALL, SPF_PASS, NULL, 0, 0, NULL },
	{ "-all", SPF_ALL, SPF_FAIL, NULL, 0, 0, NULL },
	{ "~all", SPF_ALL, SPF_SOFTFAIL, NULL, 0, 0, NULL },
	{ "?all", SPF_ALL, SPF_NEUTRAL, NULL, 0, 0, NULL },
	{ "all:example.com", -1, 0, NULL, 0, 0, NULL },
	{ "all/8", -1, 0, NULL, 0, 0, NULL },
	{ "all.", -1, 0, NULL, 0, 0, NULL },
	{ "--all", -1, 0, NULL, 0, 0, NULL },
	{ "-", -1, 0, NULL, 0, 0, NULL },
	{ "al", -1, 0, NULL, 0, 0, NULL },
	{ "alll", -1, 0, NULL, 0, 0, NULL },

	{ "include:_spf.example.com", SPF_INCLUDE, SPF_PASS,
	    "_spf.example.com", 0, 0, NULL },
	{ "~include:%{d}", SPF_INCLUDE, SPF_SOFTFAIL, "%{d}", 0, 0, NULL },
	{ "include", -1, 0, NULL, 0, 0, NULL },
	{ "include:", -1, 0, NULL, 0, 0, NULL },
	{ "include:example", -1, 0, NULL, 0, 0, NULL },
	{ "include:example.com/24", -1, 0, NULL, 0, 0, NULL },
	{ "include=example.com", SPF_UNKNOWN_MODIFIER, 0, "example.com", 0, 0,
	    NULL },

	{ "a", SPF_A, SPF_PASS, NULL, 32, 128, NULL },
	{ "A:mail.example.com", SPF_A, SPF_PASS, "mail.example.com", 32, 128,
	    NULL },
	{ "a/24", SPF_A, SPF_PASS, NULL, 24, 128, NULL },
	{ "a//64", SPF_A, SPF_PASS, NULL, 32, 64, NULL },
	{ "a/0//0", SPF_A, SPF_PASS, NULL, 0, 0, NULL },
	{ "a/32//128", SPF_A, SPF_PASS, NULL, 32, 128, NULL },
	{ "a:example.com/24//64", SPF_A, SPF_PASS, "example.com", 24, 64,
	    NULL },
	{ "a:example.com//64", SPF_A, SPF_PASS, "example.com", 32, 64, NULL },
	{ "a:%{l/}.example.com/8", SPF_A, SPF_PASS, "%{l/}.example.com", 8,
	    128, NULL },
	{ "a:a/8.example.com", SPF_A, SPF_PASS, "a/8.example.com", 32, 128,
	    NULL },
	{ "a:example.com.", SPF_A, SPF_PASS, "example.com.", 32, 128, NULL },
	{ "a:museum", -1, 0, NULL, 0, 0, NULL },
	{ "a:", -1, 0, NULL, 0, 0, NULL },
	{ "a:/24", -1, 0, NULL, 0, 0, NULL },
	{ "a/", -1, 0, NULL, 0, 0, NULL },
	{ "a//", -1, 0, NULL, 0, 0, NULL },
	{ "a/33", -1, 0, NULL, 0, 0, NULL },
	{ "a//129", -1, 0, NULL, 0, 0, NULL },
	{ "a/024", -1, 0, NULL, 0, 0, NULL },
	{ "a/00", -1, 0, NULL, 0, 0, NULL },
	{ "a/4294967304", -1, 0, NULL, 0, 0, NULL },
	{ "a/-1", -1, 0, NULL, 0, 0, NULL },
	{ "a/24/64", -1, 0, NULL, 0, 0, NULL },
	{ "a//64/24", -1, 0, NULL, 0, 0, NULL },
	{ "a///64", -1, 0, NULL, 0, 0, NULL },
	{ "a/24//64//64", -1, 0, NULL, 0, 0, NULL },
	{ "a:192.0.2.1", -1, 0, NULL, 0, 0, NULL },
	{ "a:192.0.2.1/24", -1, 0, NULL, 0, 0, NULL },
	{ "a:example.-com", -1, 0, NULL, 0, 0, NULL },
	{ "a:example.com-", -1, 0, NULL, 0, 0, NULL },
	{ "a:example.c_m", -1, 0, NULL, 0, 0, NULL },
	{ "a:example.1-2", SPF_A, SPF_PASS, "example.1-2", 32, 128, NULL },
	{ "a:example.com:8080", -1, 0, NULL, 0, 0, NULL },
	{ "a:example..com", SPF_A, SPF_PASS, "example..com", 32, 128, NULL },
	{ "a:example.com..", -1, 0, NULL, 0, 0, NULL },

	{ "-mx", SPF_MX, SPF_FAIL, NULL, 32, 128, NULL },
	{ "mx:example.com/16//48", SPF_MX, SPF_PASS, "example.com", 16, 48,
	    NULL },
	{ "mx;", -1, 0, NULL, 0, 0, NULL },

	{ "ptr", SPF_PTR, SPF_PASS, NULL, 0, 0, NULL },
	{ "ptr:example.com", SPF_PTR, SPF_PASS, "example.com", 0, 0, NULL },
	{ "ptr/24", -1, 0, NULL, 0, 0, NULL },
	{ "ptr:", -1, 0, NULL, 0, 0, NULL },

	{ "ip4:192.0.2.1", SPF_IP4, SPF_PASS, NULL, 32, 0, "192.0.2.1" },
	{ "-ip4:192.0.2.0/24", SPF_IP4, SPF_FAIL, NULL, 24, 0, "192.0.2.0" },
	{ "ip4:0.0.0.0/0", SPF_IP4, SPF_PASS, NULL, 0, 0, "0.0.0.0" },
	{ "ip4", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:/24", -1, 0, NULL, 0, 0, NULL },
	{ "ip4/24", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:192.0.2", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:192.0.2.256", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:192.0.2.1/33", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:192.0.2.1/", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:192.0.2.1//32", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:192.0.2.1/032", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:2001:db8::1", -1, 0, NULL, 0, 0, NULL },
	{ "ip4:example.com", -1, 0, NULL, 0, 0, NULL },

	{ "ip6:2001:db8::1", SPF_IP6, SPF_PASS, NULL, 0, 128,
	    "2001:db8::1" },
	{ "ip6:2001:DB8::/32", SPF_IP6, SPF_PASS, NULL, 0, 32,
	    "2001:db8::" },
	{ "ip6:::1", SPF_IP6, SPF_PASS, NULL, 0, 128, "::1" },
	{ "ip6:::ffff:192.0.2.1/96", SPF_IP6, SPF_PASS, NULL, 0, 96,
	    "::ffff:192.0.2.1" },
	{ "ip6:192.0.2.1", -1, 0, NULL, 0, 0, NULL },
	{ "ip6:2001:db8::/129", -1, 0, NULL, 0, 0, NULL },
	{ "ip6:2001:db8::/", -1, 0, NULL, 0, 0, NULL },
	{ "ip6:2001:db8::1%eth0", -1, 0, NULL, 0, 0, NULL },
	{ "ip6:2001:0db8:0000:0000:0000:0000:0000:0000:0000:0000:0001", -1, 0,
	    NULL, 0, 0, NULL },

	{ "exists:%{i}._spf.mta.salesforce.com", SPF_EXISTS, SPF_PASS,
	    "%{i}._spf.mta.salesforce.com", 0, 0, NULL },
	{ "exists:%{ir}.%{v}._spf.%{d2}", SPF_EXISTS, SPF_PASS,
	    "%{ir}.%{v}._spf.%{d2}", 0, 0, NULL },
	{ "exists", -1, 0, NULL, 0, 0, NULL },
	{ "exists:", -1, 0, NULL, 0, 0, NULL },
	{ "exists:%{d}/24", -1, 0, NULL, 0, 0, NULL },
	{ "exists:%{x}.example.com", -1, 0, NULL, 0, 0, NULL },
	{ "exists:%{t}.example.com", -1, 0, NULL, 0, 0, NULL },
	{ "exists:%(d).example.com", -1, 0, NULL, 0, 0, NULL },
	{ "exists:%{d", -1, 0, NULL, 0, 0, NULL },
	{ "exists:example.com%", -1, 0, NULL, 0, 0, NULL },

	{ "redirect=_spf.example.com", SPF_REDIRECT, 0, "_spf.example.com", 0,
	    0, NULL },
	{ "REDIRECT=%{d}", SPF_REDIRECT, 0, "%{d}", 0, 0, NULL },
	{ "redirect=", -1, 0, NULL, 0, 0, NULL },
	{ "redirect:example.com", -1, 0, NULL, 0, 0, NULL },
	{ "redirect=example.com/24", -1, 0, NULL, 0, 0, NULL },
	{ "-redirect=example.com", -1, 0, NULL, 0, 0, NULL },
	{ "exp=explain.example.com", SPF_EXP, 0, "explain.example.com", 0, 0,
	    NULL },
	{ "exp=", -1, 0, NULL, 0, 0, NULL },
	{ "exp=%{t}.example.com", -1, 0, NULL, 0, 0, NULL },
	{ "x-1_2.3=", SPF_UNKNOWN_MODIFIER, 0, "", 0, 0, NULL },
	{ "moo=%%cow:/=", SPF_UNKNOWN_MODIFIER, 0, "%%cow:/=", 0, 0, NULL },
	{ "moo=%cow", -1, 0, NULL, 0, 0, NULL },
	{ "1x=y", -1, 0, NULL, 0, 0, NULL },
	{ "=y", -1, 0, NULL, 0, 0, NULL },
	{ "x+=y", -1, 0, NULL, 0, 0, NULL },
	{ "ip5:192.0.2.1", -1, 0, NULL, 0, 0, NULL },
	{ "a\x01", -1, 0, NULL, 0, 0, NULL },
	{ "a:ex\xc3\xa4mple.com", -1, 0, NULL, 0, 0, NULL },
	{ "a\t-all", -1, 0, NULL, 0, 0, NULL },
};

static const struct {
	const char	*txt;
	bool		 is_valid;
	const char	*fault;
} records[] = {
	{ "v=spf1", true, NULL },
	{ "v=spf1   ", true, NULL },
	{ "v=spf1 a  mx   -all ", true, NULL },
	{ "v=spf1 -all a", true, NULL },
	{ "v=spf1 -all bad", false, "bad" },
	{ "v=spf1 redirect=a.example redirect=b.example", false,
	    "redirect=b.example" },
	{ "v=spf1 exp=a.example -all EXP=b.example", false,
	    "EXP=b.example" },
	{ "v=spf1 redirect=a.example exp=b.example moo= moo=", true, NULL },
	{ "v=spf1 ip4:192.0.2.1\n-all", false, "ip4:192.0.2.1\n-all" },
};

static void
recognizes_version_1(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(versions); i++)
		if (spf_record_is(versions[i].txt, strlen(versions[i].txt)) !=
		    versions[i].is_spf)
			fail_msg("%s", versions[i].txt);
}

static void
check_term(size_t i, const struct spf_term *term)
{
	unsigned char address[16];
	const char *spec = terms[i].spec;
	int family = terms[i].kind == SPF_IP4 ? AF_INET : AF_INET6;

	if ((int)term->kind != terms[i].kind ||
	    (term->kind < SPF_REDIRECT &&
	    term->qualifier != terms[i].qualifier) ||
	    (term->spec == NULL) != (spec == NULL))
		fail_msg("%s: another term", terms[i].text);
	if (spec != NULL && (term->speclen != strlen(spec) ||
	    memcmp(term->spec, spec, term->speclen) != 0))
		fail_msg("%s: another domain-spec", terms[i].text);
	if ((term->kind == SPF_A || term->kind == SPF_MX ||
	    term->kind == SPF_IP4) && term->prefix4 != terms[i].prefix4)
		fail_msg("%s: /%u", terms[i].text, term->prefix4);
	if ((term->kind == SPF_A || term->kind == SPF_MX ||
	    term->kind == SPF_IP6) && term->prefix6 != terms[i].prefix6)
		fail_msg("%s: //%u", terms[i].text, term->prefix6);
	if (terms[i].address == NULL)
		return;
	assert_int_equal(inet_pton(family, terms[i].address, address), 1);
	if (memcmp(address, term->address, family == AF_INET ? 4 : 16) != 0)
		fail_msg("%s: another address", terms[i].text);
}

/* Each in a record that ends where its memory does. */
static void
parses_each_term(void **state)
{
	struct spf_cursor cursor;
	struct spf_term term;
	char *txt;
	size_t i, len;
	int r;

	(void)state;
	for (i = 0; i < SIZE(terms); i++) {
		len = strlen("v=spf1 ") + strlen(terms[i].text);
		txt = malloc(len);
		assert_non_null(txt);
		memcpy(txt, "v=spf1 ", 7);
		memcpy(txt + 7, terms[i].text, len - 7);
		spf_cursor_init(&cursor, txt, len);
		r = spf_cursor_next(&cursor, &term);
		if (r != (terms[i].kind == -1 ? -1 : 1))
			fail_msg("%s: %d", terms[i].text, r);
		assert_ptr_equal(term.text, txt + 7);
		assert_int_equal(term.textlen, len - 7);
		if (r == 1) {
			check_term(i, &term);
			assert_int_equal(spf_cursor_next(&cursor, &term), 0);
		}
		free(txt);
	}
}

static void
checks_whole_records(void **state)
{
	struct spf_term fault;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(records); i++) {
		if (spf_record_is_valid(records[i].txt,
		    strlen(records[i].txt), &fault) != records[i].is_valid)
			fail_msg("%s", records[i].txt);
		if (records[i].fault != NULL &&
		    (fault.textlen != strlen(records[i].fault) ||
		    memcmp(fault.text, records[i].fault, fault.textlen) != 0))
			fail_msg("%s: another fault", records[i].txt);
	}
}

/* NUL is an octet of a TXT record like others. */
static void
refuses_nul(void **state)
{
	static const char txt[] = "v=spf1 a\0 -all", name[] = "v=spf1 x\0=y";
	struct spf_term fault;

	(void)state;
	assert_false(spf_record_is_valid(txt, sizeof(txt) - 1, &fault));
	assert_false(spf_record_is_valid(name, sizeof(name) - 1, &fault));
	assert_false(spf_record_is("v=spf1\0-all", 11));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognizes_version_1),
		cmocka_unit_test(parses_each_term),
		cmocka_unit_test(checks_whole_records),
		cmocka_unit_test(refuses_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
