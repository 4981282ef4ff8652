/* SPDX-License-Identifier: ISC */

/*
 * The DKIM-Signature field: each tag's rule, what is reported of a faulty
 * field, and the field as it is hashed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dkimsig/sigfield.h"

#define HASH	"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define V	"v=1; "
#define A	"a=rsa-sha256; "
#define B	"b=Zm9v; "
#define BH	"bh=" HASH "; "
#define D	"d=example.com; "
#define H	"h=From:To; "
#define S	"s=sel; "
#define ALL	V A B BH D H S
#define L10	"aaaaaaaaaa"
#define L60	L10 L10 L10 L10 L10 L10

#define OK	DKIMSIG_REASON_NONE
#define SYNTAX	DKIMSIG_REASON_SYNTAX
#define LIMIT	DKIMSIG_REASON_LIMIT

static const struct {
	const char		*name, *value;
	enum dkimsig_reason	 reason;
} cases[] = {
	{ "all required tags",	ALL,		OK },
	{ "any order, folds",	" s\r\n\t=\r\n sel;" H D BH A B V, OK },
	{ "unknown tags",	ALL "zz=1; r=y; Q=x", OK },
	{ "z=",			ALL "z=From:a=20b|To:c", OK },

	{ "no tag list",	"nonsense",	SYNTAX },
	{ "tag twice",		ALL "s=sel",	SYNTAX },
	{ "unknown tag twice",	ALL "u=; u=",	SYNTAX },

	{ "no v=",	A B BH D H S,	DKIMSIG_REASON_MISSING_TAG },
	{ "no a=",	V B BH D H S,	DKIMSIG_REASON_MISSING_TAG },
	{ "no b=",	V A BH D H S,	DKIMSIG_REASON_MISSING_TAG },
	{ "no bh=",	V A B D H S,	DKIMSIG_REASON_MISSING_TAG },
	{ "no d=",	V A B BH H S,	DKIMSIG_REASON_MISSING_TAG },
	{ "no h=",	V A B BH D S,	DKIMSIG_REASON_MISSING_TAG },
	{ "no s=",	V A B BH D H,	DKIMSIG_REASON_MISSING_TAG },
	{ "V= is not v=", "V=1; " A B BH D H S, DKIMSIG_REASON_MISSING_TAG },

	{ "v=2",	"v=2; " A B BH D H S,	DKIMSIG_REASON_VERSION },
	{ "v=01",	"v=01; " A B BH D H S,	DKIMSIG_REASON_VERSION },
	{ "v=1.0",	"v=1.0; " A B BH D H S,	DKIMSIG_REASON_VERSION },
	{ "v= empty",	"v=; " A B BH D H S,	DKIMSIG_REASON_VERSION },

	{ "a= case",	V "a=RSA-SHA256; " B BH D H S,	OK },
	{ "a= Ed25519",	V "a=ed25519-sha256; " B BH D H S, OK },
	{ "a= SHA-1",	V "a=rsa-sha1; " B BH D H S, DKIMSIG_REASON_ALGORITHM },
	{ "a= unknown",	V "a=rsa-sha512; " B BH D H S,
	    DKIMSIG_REASON_ALGORITHM },
	{ "a= longer",	V "a=rsa-sha2567; " B BH D H S,
	    DKIMSIG_REASON_ALGORITHM },

	{ "b= empty",	V A "b=; " BH D H S,	OK },
	{ "b= folded",	V A "b= Zm\r\n\t9v ; " BH D H S, OK },
	{ "b= short",	V A "b=Zm9; " BH D H S,	SYNTAX },
	{ "b= octet",	V A "b=Zm9!; " BH D H S, SYNTAX },
	{ "bh= short",	V A B "bh=Zm9v; " D H S, SYNTAX },
	{ "bh= long",	V A B "bh=AAAA" HASH "; " D H S, SYNTAX },
	{ "bh= empty",	V A B "bh=; " D H S,	SYNTAX },

	{ "c= one",	ALL "c=relaxed",	OK },
	{ "c= both",	ALL "c=simple/relaxed",	OK },
	{ "c= case",	ALL "c=Relaxed/SIMPLE",	OK },
	{ "c= empty",	ALL "c=",		DKIMSIG_REASON_CANON },
	{ "c= nowsp",	ALL "c=nowsp",		DKIMSIG_REASON_CANON },
	{ "c= half",	ALL "c=relaxed/",	DKIMSIG_REASON_CANON },
	{ "c= other half", ALL "c=/relaxed",	DKIMSIG_REASON_CANON },
	{ "c= three",	ALL "c=simple/simple/simple", DKIMSIG_REASON_CANON },

	{ "d= U-label",	V A B BH H S "d=b\xc3\xbc" "cher.example", OK },
	{ "d= underscore", V A B BH H S "d=mail_1.example._com", OK },
	{ "d= underscore, i= below", V A B BH H S "d=_a.example; "
	    "i=x@b_c._a.example", OK },
	{ "d= one label", V A B BH H S "d=com",	SYNTAX },
	{ "d= empty",	V A B BH H S "d=",	SYNTAX },
	{ "d= octet",	V A B BH H S "d=exa mple.com", SYNTAX },
	{ "d= not UTF-8", V A B BH H S "d=b\xff.example", SYNTAX },
	{ "d= address",	V A B BH H S "d=192.0.2.1", SYNTAX },

	{ "s= labels",	V A B BH D H "s=a.b-c.1", OK },
	{ "s= underscore", V A B BH D H "s=k_1._x_", OK },
	{ "s= digits",	V A B BH D H "s=2026",	OK },
	{ "s= U-label",	V A B BH D H "s=\xc3\xbc", OK },
	{ "s= empty",	V A B BH D H "s=",	SYNTAX },
	{ "s= empty label", V A B BH D H "s=a..b", SYNTAX },
	{ "s= hyphen",	V A B BH D H "s=-a",	SYNTAX },
	{ "s= octet",	V A B BH D H "s=a/b",	SYNTAX },
	{ "s= label of 64", V A B BH D H "s=" L60 "aaaa", SYNTAX },
	{ "s= long",	V A B BH D H "s=" L60 "." L60 "." L60 "." L60, OK },
	{ "s= too long", V A B BH D H "s=" L60 "." L60 "." L60 "." L60 "."
	    L10, SYNTAX },

	{ "h= blanks",	V A B BH D S "h= From\r\n\t: to : X-a ", OK },
	{ "h= case",	V A B BH D S "h=FROM",	OK },
	{ "h= repeated", V A B BH D S "h=to:from:From:from", OK },
	{ "h= empty",	V A B BH D S "h=",	SYNTAX },
	{ "h= empty name", V A B BH D S "h=from::to", SYNTAX },
	{ "h= final colon", V A B BH D S "h=from:", SYNTAX },
	{ "h= blank inside", V A B BH D S "h=from:x y", SYNTAX },
	{ "h= octet",	V A B BH D S "h=from:\xc3\xbc", SYNTAX },
	{ "h= no From",	V A B BH D S "h=to:x-from",
	    DKIMSIG_REASON_FROM_UNSIGNED },

	{ "i= d= itself", ALL "i=@example.com",	OK },
	{ "i= case",	ALL "i=Joe@EXAMPLE.com", OK },
	{ "i= below",	ALL "i=joe@a.example.com", OK },
	{ "i= quoted",	ALL "i=\"a@b\"@example.com", OK },
	{ "i= escape folded", ALL "i=a=3Bb=40c=\r\n\t20@example.com", SYNTAX },
	{ "i= folded",	ALL "i=a=3Bb\r\n\t@example\r\n .com", OK },
	{ "i= U-label",	V A B BH H S "d=xn--bcher-kva.example; "
	    "i=j\xc3\xbcrgen@b\xc3\xbc" "cher.example", OK },
	{ "i= not within", ALL "i=@example.net", DKIMSIG_REASON_AUID },
	{ "i= no boundary", ALL "i=@notexample.com", DKIMSIG_REASON_AUID },
	{ "i= empty",	ALL "i=",		SYNTAX },
	{ "i= no at",	ALL "i=example.com",	SYNTAX },
	{ "i= no domain", ALL "i=joe@",		SYNTAX },
	{ "i= lower hex", ALL "i=a=3b@example.com", SYNTAX },
	{ "i= half hex", ALL "i=@example.com=4", SYNTAX },
	{ "i= NUL",	ALL "i=a=00@example.com", SYNTAX },
	{ "i= CRLF",	ALL "i=a=0D=0A@example.com", SYNTAX },
	{ "i= DEL",	ALL "i=a=7F@example.com", SYNTAX },

	{ "l= zero",	ALL "l=0",		OK },
	{ "l= letters",	ALL "l=" L10, SYNTAX },
	{ "l= empty",	ALL "l=",		SYNTAX },
	{ "l= sign",	ALL "l=+1",		SYNTAX },
	{ "l= blank inside", ALL "l=1 2",	SYNTAX },

	{ "q=",		ALL "q=dns/txt",	OK },
	{ "q= case, second", ALL "q=x/y : DNS/txt", OK },
	{ "q= other",	ALL "q=dns/srv",	DKIMSIG_REASON_QUERY },
	{ "q= half",	ALL "q=dns",		DKIMSIG_REASON_QUERY },
	{ "q= empty",	ALL "q=",		DKIMSIG_REASON_QUERY },

	{ "t= zero",	ALL "t=0",		OK },
	{ "t= 12 digits", ALL "t=999999999999",	OK },
	{ "t= 13 digits", ALL "t=0000000000001", SYNTAX },
	{ "t= sign",	ALL "t=-1",		SYNTAX },
	{ "t= hex",	ALL "t=0x1",		SYNTAX },
	{ "x= after t=", ALL "t=5; x=6",	OK },
	{ "x= alone",	ALL "x=0",		OK },
	{ "x= is t=",	ALL "t=5; x=5",		DKIMSIG_REASON_TIMES },
	{ "x= before t=", ALL "t=5; x=4",	DKIMSIG_REASON_TIMES },
	{ "x= 13 digits", ALL "x=1234567890123", SYNTAX },
};

static struct sigfield field;

static enum dkimsig_reason
parse(const char *value)
{
	enum dkimsig_reason reason;
	int r = sigfield_parse(&field, view_str(value), &reason);

	if ((r == 0) != (reason == OK) || (r != 0 && r != DKIMSIG_E_SYNTAX))
		fail_msg("%s: %d", value, r);
	return reason;
}

static void
test_cases(void **state)
{
	enum dkimsig_reason reason;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if ((reason = parse(cases[i].value)) != cases[i].reason)
			fail_msg("%s: %s", cases[i].name,
			    dkimsig_reason_text(reason));
}

static void
test_values(void **state)
{
	(void)state;
	assert_int_equal(parse(V "a=ed25519-sha256; " BH H
	    "d=B\xc3\xbc" "cher.EXAMPLE; s=S\xc3\xbc" ".1; c=relaxed; "
	    "i=a=3Bb=20c@x.b\xc3\xbc" "cher.example; l=7; t=5; x=99; "
	    "b=Zm 9\r\n\tvYmFyYmF6"), OK);
	assert_int_equal(field.algorithm, DKIMSIG_ED25519_SHA256);
	assert_string_equal(field.sdid, "xn--bcher-kva.example");
	assert_string_equal(field.selector, "xn--s-eha.1");
	assert_string_equal(field.auid, "a;b c@x.b\xc3\xbc" "cher.example");
	assert_string_equal(field.auid_domain, "x.xn--bcher-kva.example");
	assert_int_equal(field.header_canon, DKIMSIG_CANON_RELAXED);
	assert_int_equal(field.body_canon, DKIMSIG_CANON_SIMPLE);
	assert_int_equal(field.body_length, 7);
	assert_int_equal(field.timestamp, 5);
	assert_int_equal(field.expires, 99);
	assert_int_equal(field.names.nnames, 2);
	assert_true(view_equal(field.names.names[1], view_str("To")));
	assert_int_equal(field.siglen, 9);
	assert_memory_equal(field.sig, "foobarbaz", 9);
	assert_string_equal(field.b_prefix, "Zm9vYmFy");
	assert_int_equal(field.bodyhash[0], 0xe3);
	assert_false(field.lists_itself);

	assert_int_equal(parse(V A BH D S "h=from:dkim-Signature; b="), OK);
	assert_true(field.lists_itself);
	assert_int_equal(field.siglen, 0);
	assert_string_equal(field.auid, "@example.com");
	assert_string_equal(field.auid_domain, "example.com");
	assert_int_equal(field.header_canon, DKIMSIG_CANON_SIMPLE);
	assert_int_equal(field.body_length, -1);
	assert_int_equal(field.timestamp, -1);
	assert_int_equal(field.expires, -1);
}

/* The first fault is reported, and what else there is to read is read. */
static void
test_report_of_faulty_field(void **state)
{
	(void)state;
	assert_int_equal(parse("v=2; a=rsa-sha1; b=!!!!; " D S "t=5; x=x; "
	    "l=9x; i=a=0Db@example.com"), DKIMSIG_REASON_VERSION);
	assert_string_equal(field.sdid, "example.com");
	assert_string_equal(field.selector, "sel");
	assert_string_equal(field.b_prefix, "!!!!");
	assert_string_equal(field.auid, "");
	assert_int_equal(field.timestamp, 5);
	assert_int_equal(field.expires, -1);
	assert_int_equal(field.body_length, -1);
	assert_int_equal(parse(V A B BH S H "d=-bad.example"), SYNTAX);
	assert_string_equal(field.sdid, "");
}

static struct buf text;

static enum dkimsig_reason
parse_text(void)
{
	assert_int_equal(text.error, 0);
	return parse(buf_str(&text));
}

static void
put_times(const char *s, size_t n)
{
	while (n-- > 0)
		buf_puts(&text, s);
}

static void
test_limits(void **state)
{
	(void)state;
	buf_init(&text, DKIMSIG_MAX_TAGLIST * 2);

	buf_puts(&text, V A B BH D S "h=from");
	put_times(":x", DKIMSIG_MAX_HNAMES - 1);
	assert_int_equal(parse_text(), OK);
	buf_puts(&text, ":x");
	assert_int_equal(parse_text(), LIMIT);

	/* l= of 76 digits is a number, and larger than any body. */
	buf_reset(&text);
	buf_puts(&text, ALL "l=");
	put_times("9", 76);
	assert_int_equal(parse_text(), OK);
	assert_true(field.body_length > INT64_MAX / 2);
	buf_puts(&text, "9");
	assert_int_equal(parse_text(), SYNTAX);
	buf_reset(&text);
	buf_puts(&text, ALL "l=");
	put_times("0", 75);
	buf_puts(&text, "5");
	assert_int_equal(parse_text(), OK);
	assert_int_equal(field.body_length, 5);

	buf_reset(&text);
	buf_puts(&text, V A BH D H S "b=");
	put_times("AAAA", DKIMSIG_MAX_SIGVALUE / 3);
	buf_puts(&text, "AA==");
	assert_int_equal(parse_text(), OK);
	assert_int_equal(field.siglen, DKIMSIG_MAX_SIGVALUE);
	text.len -= 4;
	buf_puts(&text, "AAA=");
	/* Of a key that is too large, where b= is as long as its key. */
	assert_int_equal(parse_text(), DKIMSIG_REASON_KEY_SIZE);
	buf_reset(&text);
	buf_puts(&text, V "a=ed25519-sha256; " BH D H S "b=");
	put_times("AAAA", DKIMSIG_MAX_SIGVALUE / 3);
	buf_puts(&text, "AAA=");
	assert_int_equal(parse_text(), LIMIT);

	buf_reset(&text);
	buf_puts(&text, ALL "i=");
	put_times("a", SIGFIELD_AUID_SIZE);
	buf_puts(&text, "@example.com");
	assert_int_equal(parse_text(), LIMIT);

	buf_reset(&text);
	buf_puts(&text, ALL "u=");
	put_times("a", DKIMSIG_MAX_TAGLIST);
	assert_int_equal(parse_text(), LIMIT);
	buf_finish(&text);
}

static const struct {
	const char	*name, *field, *value, *want;
} hashed[] = {
	{ "simple, b= last",	"DKIM-Signature",
	    " " V A BH D H S "\r\n\tb = Zm\r\n\t9v",
	    "DKIM-Signature: " V A BH D H S "\r\n\tb =" },
	{ "simple, b= first, blanks around its value go", "dkim-signature ",
	    "b=\r\n\tZm9v \t;" V A BH D H S "zb=1;  ",
	    "dkim-signature :b=;" V A BH D H S "zb=1;  " },
	{ "relaxed", "DKIM-Signature\t",
	    "\r\n  c=relaxed;\tb=Zm9v ;\r\n " V A BH D H "s=sel \r\n ",
	    "dkim-signature:c=relaxed; b=; " V A BH D H "s=sel" },
	{ "what looks like b= stays", "DKIM-Signature",
	    ALL "z=b=Zm9v; B=Zm9v; i=b=40@example.com; n=;b2=b=",
	    "DKIM-Signature:" V A "b=; " BH D H S
	    "z=b=Zm9v; B=Zm9v; i=b=40@example.com; n=;b2=b=" },
	{ "b= empty already", "DKIM-Signature",
	    V A BH D H S "b=", "DKIM-Signature:" V A BH D H S "b=" },
};

static void
test_as_hashed(void **state)
{
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hashed) / sizeof(hashed[0]); i++) {
		if (parse(hashed[i].value) != OK)
			fail_msg("%s", hashed[i].name);
		buf_init(&out, 1000);
		sigfield_write(&field, field.header_canon,
		    view_str(hashed[i].field), view_str(hashed[i].value),
		    &out);
		assert_string_equal(buf_str(&out), hashed[i].want);
		buf_finish(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_report_of_faulty_field),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_as_hashed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
