/* SPDX-License-Identifier: ISC */

/*
 * SPF macros: the examples of RFC 7208 section 7.4, each letter, transformer
 * and delimiter, and the bounds of an expansion.
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

#include "spf/macro.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* With the sender, domain and clients of the RFC's examples. */
static const struct {
	const char	*text, *ipv4, *ipv6;	/* ipv6 NULL: the same */
} expansions[] = {
	{ "%{s}", "strong-bad@email.example.com", NULL },
	{ "%{o}", "email.example.com", NULL },
	{ "%{d}", "email.example.com", NULL },
	{ "%{d4}", "email.example.com", NULL },
	{ "%{d3}", "email.example.com", NULL },
	{ "%{d2}", "example.com", NULL },
	{ "%{d1}", "com", NULL },
	{ "%{dr}", "com.example.email", NULL },
	{ "%{d2r}", "example.email", NULL },
	{ "%{d1r}", "email", NULL },
	{ "%{d99999999999999999999}", "email.example.com", NULL },
	{ "%{l}", "strong-bad", NULL },
	{ "%{l-}", "strong.bad", NULL },
	{ "%{lr}", "strong-bad", NULL },
	{ "%{lr-}", "bad.strong", NULL },
	{ "%{l1r-}", "strong", NULL },
	{ "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com",
	    "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2."
	    "ip6._spf.example.com" },
	{ "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com", NULL },
	{ "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
	    "bad.strong.lp.3.2.0.192.in-addr._spf.example.com",
	    "bad.strong.lp."
	    "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2."
	    "ip6._spf.example.com" },
	{ "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
	    "3.2.0.192.in-addr.strong.lp._spf.example.com",
	    "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2."
	    "ip6.strong.lp._spf.example.com" },
	{ "%{d2}.trusted-domains.example.net",
	    "example.com.trusted-domains.example.net", NULL },
	{ "%{i}._spf.mta.salesforce.com",
	    "192.0.2.3._spf.mta.salesforce.com",
	    "2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1."
	    "_spf.mta.salesforce.com" },
	{ "%{c}", "192.0.2.3", "2001:db8::cb01" },
	{ "%{h}", "mx.example.org", NULL },
	{ "%{r}", "receiver.example.net", NULL },
	{ "%{t}", "1795437000", NULL },
	{ "%{p}", "mail.example.org", NULL },
	{ "%{p2r}", "example.mail", NULL },
	{ "%{v}", "in-addr", "ip6" },
	{ "%{V}", "in-addr", "ip6" },
	{ "%{S}", "strong-bad%40email.example.com", NULL },
	{ "%{s.-}", "strong.bad@email.example.com", NULL },
	{ "%{d.-+,/_=}", "email.example.com", NULL },
	{ "%{d+}", "email.example.com", NULL },
	{ "%{d1+}", "email.example.com", NULL },
	{ "%{h1}%{h1}", "orgorg", NULL },
	{ "%%%_%-", "% %20", NULL },
	{ "plain", "plain", NULL },
	{ "", "", NULL },
};

/* As a macro-string; as a domain-spec; as the text of an explanation. */
static const struct {
	const char	*text;
	bool		 is_string, is_domain_spec, is_explanation;
} texts[] = {
	{ "", true, false, true },
	{ "example.com", true, true, true },
	{ "example.com.", true, true, true },
	{ "example", true, false, true },
	{ ".com", true, true, true },
	{ "com.", true, false, true },
	{ "%{d}", true, true, true },
	{ "%{D}", true, true, true },
	{ "x%{d}", true, true, true },
	{ "%{d}x", true, false, true },
	{ "%{d}.x", true, true, true },
	{ "%{d.}com", true, false, true },
	{ "%{d}.", true, false, true },
	{ "example.%%", true, true, true },
	{ "example.com ", false, false, true },
	{ "two words", false, false, true },
	{ "%", false, false, false },
	{ "%a", false, false, false },
	{ "%{", false, false, false },
	{ "%{}", false, false, false },
	{ "%{d", false, false, false },
	{ "%{d2", false, false, false },
	{ "%{a}", false, false, false },
	{ "%{1}", false, false, false },
	{ "%{d0}", false, false, false },
	{ "%{d00}", false, false, false },
	{ "%{d01}", true, true, true },
	{ "%{dr2}", false, false, false },
	{ "%{drr}", false, false, false },
	{ "%{d-2}", false, false, false },
	{ "%{d.r}", false, false, false },
	{ "%{d;}", false, false, false },
	{ "%{d }", false, false, false },
	{ "%{d.-+,/_=.-+,/_=}", true, true, true },
	{ "%{c}", false, false, true },
	{ "%{r}", false, false, true },
	{ "%{t}", false, false, true },
	{ "%{T}.com", false, false, true },
	{ "\x7f.com", false, false, false },
	{ "\xc3\xa4.com", false, false, false },
	{ "a\tb", false, false, false },
	{ "a\r\nb", false, false, false },
};

static const char *
client_name(void *arg)
{
	(*(unsigned int *)arg)++;
	return "mail.example.org";
}

static unsigned int names;	/* that were asked for */
static const unsigned char ipv4[4] = { 192, 0, 2, 3 };
static const unsigned char ipv6[16] = { 0x20, 0x01, 0x0d, 0xb8,
	[14] = 0xcb, [15] = 0x01 };

static struct spf_macro_values
values_of(int family)
{
	return (struct spf_macro_values){
		.sender = "strong-bad@email.example.com",
		.domain = "email.example.com",
		.family = family,
		.address = family == AF_INET ? ipv4 : ipv6,
		.helo = "mx.example.org",
		.receiver = "receiver.example.net",
		.now = 1795437000,
		.client_name = client_name,
		.arg = &names,
	};
}

/* In a buffer that is just large enough, and one that is too small by 1. */
static void
check_expansion(const struct spf_macro_values *values, const char *text,
    const char *want)
{
	size_t size = strlen(want) + 1;
	char *buf = malloc(size);

	assert_non_null(buf);
	if (!spf_macro_expand(values, text, strlen(text), buf, size))
		fail_msg("%s: does not fit", text);
	if (strcmp(buf, want) != 0)
		fail_msg("%s: %s", text, buf);
	if (spf_macro_expand(values, text, strlen(text), buf, size - 1))
		fail_msg("%s: fits into less", text);
	free(buf);
}

static void
expands(void **state)
{
	struct spf_macro_values v4 = values_of(AF_INET);
	struct spf_macro_values v6 = values_of(AF_INET6);
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(expansions); i++) {
		check_expansion(&v4, expansions[i].text, expansions[i].ipv4);
		check_expansion(&v6, expansions[i].text,
		    expansions[i].ipv6 != NULL ? expansions[i].ipv6 :
		    expansions[i].ipv4);
	}
}

static void
knows_what_is_right(void **state)
{
	const char *text;
	char *copy;
	size_t i, len;

	(void)state;
	for (i = 0; i < SIZE(texts); i++) {
		text = texts[i].text;
		len = strlen(text);
		copy = malloc(len == 0 ? 1 : len);
		assert_non_null(copy);
		memcpy(copy, text, len);
		if (spf_macro_is_string(copy, len) != texts[i].is_string)
			fail_msg("%s: macro-string", text);
		if (spf_macro_is_domain_spec(copy, len) !=
		    texts[i].is_domain_spec)
			fail_msg("%s: domain-spec", text);
		if (spf_macro_is_explanation(copy, len) !=
		    texts[i].is_explanation)
			fail_msg("%s: explanation", text);
		free(copy);
	}
	assert_false(spf_macro_is_string("a\0b", 3));
	assert_false(spf_macro_is_string("%{d\0}", 5));
}

static void
splits_values_of_any_form(void **state)
{
	static const struct {
		const char *sender, *text, *want;
	} cases[] = {
		{ "a..b@x.example", "%{l}", "a..b" },
		{ "a..b@x.example", "%{lr}", "b..a" },
		{ "a..b@x.example", "%{l2}", ".b" },
		{ "a..b@x.example", "%{l2r}", ".a" },
		{ ".a.@x.example", "%{lr}", ".a." },
		{ ".a.@x.example", "%{l1}", "" },
		{ ".a.@x.example", "%{l1r}", "" },
		{ "a@b@x.example", "%{l}", "a@b" },
		{ "a@b@x.example", "%{o}", "x.example" },
		{ "a+b=c@x.example", "%{l1r+=}", "a" },
		{ "a+b=c@x.example", "%{l2+=}", "b.c" },
		{ "a+b=c@x.example", "%{L}", "a%2Bb%3Dc" },
		{ "~_-.!@x.example", "%{L}", "~_-.%21" },
		{ "\xc3\xa4@x.example", "%{L}", "%C3%A4" },
		{ "\"a b\"@x.example", "%{S}", "%22a%20b%22%40x.example" },
		{ "@x.example", "%{l}", "" },
		{ "@x.example", "%{lr-}", "" },
		{ "x.example", "%{l}|%{o}", "|x.example" },
	};
	struct spf_macro_values v = values_of(AF_INET);
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		v.sender = cases[i].sender;
		check_expansion(&v, cases[i].text, cases[i].want);
	}
}

/* More parts than the 128 that the RFC asks for. */
static void
splits_many_parts(void **state)
{
	struct spf_macro_values v = values_of(AF_INET);
	char helo[1001];
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		helo[i] = i % 2 == 1 ? '.' : "abcdefghij"[i / 2 % 10];
	helo[999] = '\0';
	v.helo = helo;
	check_expansion(&v, "%{h}", helo);
	check_expansion(&v, "%{h3}", "h.i.j");
	check_expansion(&v, "%{h3r}", "c.b.a");
	check_expansion(&v, "%{h500}", helo);
	check_expansion(&v, "%{h499}", helo + 2);
}

static void
asks_for_the_name_when_used(void **state)
{
	struct spf_macro_values v = values_of(AF_INET);

	(void)state;
	names = 0;
	check_expansion(&v, "%{d}", "email.example.com");
	assert_int_equal(names, 0);
	check_expansion(&v, "%{p}", "mail.example.org");
	assert_int_equal(names, 2);
}

static void
refuses_what_is_no_macro(void **state)
{
	struct spf_macro_values v = values_of(AF_INET);
	char buf[64];

	(void)state;
	assert_false(spf_macro_expand(&v, "a%", 2, buf, sizeof(buf)));
	assert_false(spf_macro_expand(&v, "%{d", 3, buf, sizeof(buf)));
	assert_false(spf_macro_expand(&v, "%{q}", 4, buf, sizeof(buf)));
	assert_false(spf_macro_expand(&v, "", 0, buf, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expands),
		cmocka_unit_test(knows_what_is_right),
		cmocka_unit_test(splits_values_of_any_form),
		cmocka_unit_test(splits_many_parts),
		cmocka_unit_test(asks_for_the_name_when_used),
		cmocka_unit_test(refuses_what_is_no_macro),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
