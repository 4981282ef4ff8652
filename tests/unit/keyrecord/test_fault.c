/* SPDX-License-Identifier: ISC */

/*
 * Records that went wrong on their way into DNS: what is seen as the cause.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/fault_text.h"

/* The right record, in its two strings: HEAD P1, and P2. */
#define HEAD	"v=DKIM1; k=rsa; h=sha256; p="
#define P1 \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmHVOyismJcltOpnVy8Qn" \
    "sSKcArzMkHB9vdY9VGqCRYrj7/16LWEDb63lArpFUq/ZptKqKD3utSYUpFXUmFkr" \
    "9rrU8Q6TipGT0CJYtMV3pJUVUf70/10tKeIGI0Un3mt7wwT5ac+LF9BYAv5cevKY" \
    "vm4xlO+FDFKZwX4LO9E1Rnp0WvjHbGmrWLY"
#define P2 \
    "iO8yXspI297124fP7wQqsYzpyXh6bNKIFrwJ1hGcdCJefhPixyy6MU9CT/cdc4Y1" \
    "X6suKdh69HD419y6ZH8iNhU1X6cnCUgIlJXPwwT+4D2zBXFGXXS/cjzAkbPB8QGn" \
    "rNIYWakWwcAM5YUTPXE3Nh5WjsXDuawIDAQAB"
#define P	P1 P2
#define RIGHT	HEAD P

/* The same key as RSAPublicKey, and other keys of 2048 and 1024 bits. */
#define BARE \
    "MIIBCgKCAQEAmHVOyismJcltOpnVy8QnsSKcArzMkHB9vdY9VGqCRYrj7/16LWED" \
    "b63lArpFUq/ZptKqKD3utSYUpFXUmFkr9rrU8Q6TipGT0CJYtMV3pJUVUf70/10t" \
    "KeIGI0Un3mt7wwT5ac+LF9BYAv5cevKYvm4xlO+FDFKZwX4LO9E1Rnp0WvjHbGmr" \
    "WLYiO8yXspI297124fP7wQqsYzpyXh6bNKIFrwJ1hGcdCJefhPixyy6MU9CT/cdc" \
    "4Y1X6suKdh69HD419y6ZH8iNhU1X6cnCUgIlJXPwwT+4D2zBXFGXXS/cjzAkbPB8" \
    "QGnrNIYWakWwcAM5YUTPXE3Nh5WjsXDuawIDAQAB"
#define OTHER \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyFsrBf1pcXP5+zTrkSv+" \
    "4Almj9XlPpR45mE9LfwS72PJyynMERVGDQEaEVl6qM1YeLNCqnOK9PGFg9VzbhXg" \
    "hDGjPnut67V5HgMkcweWTEX0UQ5qKQaUK/gxySnchYqS/31wNF7fHobeIRZt4Vzr" \
    "o3Nea0LE11dhsZGkFDVZCJ1B/xO5FQLidU3wDNKkkJl/ka7lx+UcKP/ibL39JTub" \
    "4cJQForzpD8zreLN4n5ljHPKGE75HbIuyGEcmBZlqR0yf7yl0rNIIRoUoOZWg5fJ" \
    "RGXhaVcqRDOy2p92ktN65ccMhNiusJx6laXj9zTX4sViRRMgQZ9/ulMJfGDx0EbR" \
    "kQIDAQAB"
#define SMALL \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQConQS+l7lybU1v7DPuz/TVxRKf" \
    "K6BBgSGHgVGGeZ8sFVAK2ZKsoPIdkDJzR2JCuwq2p+7yvIRLE/RIUQJxsCSEYSkf" \
    "0775xlGsdjKoc4oGMebJsUzBTLIcE7O7Cik5o5pX7C1hBqFY7fv1V5lznJc/wiio" \
    "3HBUkLXBJYi6zPBoRQIDAQAB"

/* P as forms show it that change all letters. */
#define LOWER \
    "miibijanbgkqhkig9w0baqefaaocaq8amiibcgkcaqeamhvoyismjcltopnvy8qn" \
    "sskcarzmkhb9vdy9vgqcryrj7/16lwedb63larpfuq/zptkqkd3utsyupfxumfkr" \
    "9rru8q6tipgt0cjytmv3pjuvuf70/10tkeigi0un3mt7wwt5ac+lf9byav5cevky" \
    "vm4xlo+fdfkzwx4lo9e1rnp0wvjhbgmrwlyio8yxspi297124fp7wqqsyzpyxh6b" \
    "nkifrwj1hgcdcjefhpixyy6mu9ct/cdc4y1x6sukdh69hd419y6zh8inhu1x6cnc" \
    "ugiljxpwwt+4d2zbxfgxxs/cjzakbpb8qgnrniywakwwcam5yutpxe3nh5wjsxdu" \
    "awidaqab"

#define ED	"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define ED_HEAD	"v=DKIM1; k=ed25519; h=sha256; p="

struct fault_case {
	const char		*name;
	enum record_fault	 want;
	const char		*texts[4];	/* NULL: no more */
};

static const struct fault_case rsa_cases[] = {
	{ "as printed", RECORD_FAULT_NONE, { RIGHT } },
	{ "no blanks", RECORD_FAULT_NONE,
	    { "v=DKIM1;k=rsa;h=sha256;p=" P } },
	{ "no v=, no k=, no h=", RECORD_FAULT_NONE, { "p=" P } },
	{ "semicolon at the end", RECORD_FAULT_NONE, { RIGHT ";" } },
	{ "another order, more tags", RECORD_FAULT_NONE,
	    { "v=DKIM1; p=" P "; k=rsa; g=*; n=by_hand; s=email; x=y" } },
	{ "blank at the end", RECORD_FAULT_NONE, { RIGHT " " } },
	{ "sha1 beside sha256", RECORD_FAULT_NONE,
	    { "v=DKIM1; h=sha1:sha256; p=" P } },

	{ "blank between the strings", RECORD_FAULT_BLANKS,
	    { HEAD P1 " " P2 } },
	{ "tab between the strings", RECORD_FAULT_BLANKS,
	    { HEAD P1 "\t" P2 } },
	{ "key in the form of PKCS#1", RECORD_FAULT_BARE_RSA,
	    { HEAD BARE } },
	{ "strict", RECORD_FAULT_STRICT,
	    { "v=DKIM1; k=rsa; t=s; p=" P } },

	{ "nothing", RECORD_FAULT_ABSENT, { NULL } },
	{ "right and SPF", RECORD_FAULT_SEVERAL, { RIGHT, "v=spf1 -all" } },
	{ "old key and right", RECORD_FAULT_SEVERAL,
	    { HEAD OTHER, RIGHT } },
	{ "two, none right", RECORD_FAULT_SEVERAL_WRONG,
	    { HEAD OTHER, "v=spf1 -all" } },
	{ "three, none right", RECORD_FAULT_SEVERAL_WRONG,
	    { HEAD OTHER, "v=spf1 -all", "" } },
	{ "split", RECORD_FAULT_SPLIT, { HEAD P1, P2 } },
	{ "split, the other way round", RECORD_FAULT_SPLIT,
	    { P2, HEAD P1 } },
	{ "split in three", RECORD_FAULT_SPLIT, { P2, P1, HEAD } },
	{ "split, a piece missing", RECORD_FAULT_SEVERAL_WRONG,
	    { HEAD, P2 } },

	{ "quoted", RECORD_FAULT_QUOTED, { "\"" RIGHT "\"" } },
	{ "quoted strings", RECORD_FAULT_QUOTED,
	    { "\"" HEAD P1 "\" \"" P2 "\"" } },
	{ "quotes between the strings", RECORD_FAULT_QUOTED,
	    { HEAD P1 "\" \"" P2 } },
	{ "quoted and escaped", RECORD_FAULT_ESCAPED,
	    { "\\\"" HEAD P1 "\\\" \\\"" P2 "\\\"" } },
	{ "semicolons escaped", RECORD_FAULT_ESCAPED,
	    { "v=DKIM1\\; k=rsa\\; h=sha256\\; p=" P } },
	{ "the line of the zone", RECORD_FAULT_ZONE_LINE,
	    { "s1._domainkey.example.com. IN TXT ( \"" HEAD P1 "\" \"" P2
	    "\" )" } },
	{ "type and value", RECORD_FAULT_ZONE_LINE,
	    { "TXT \"" RIGHT "\"" } },
	{ "parentheses", RECORD_FAULT_ZONE_LINE,
	    { "( \"" HEAD P1 "\" \"" P2 "\" )" } },
	{ "a PEM block", RECORD_FAULT_PEM,
	    { HEAD "-----BEGIN PUBLIC KEY-----" P
	    "-----END PUBLIC KEY-----" } },
	{ "curly quotes", RECORD_FAULT_NOT_TEXT,
	    { "\xe2\x80\x9c" RIGHT "\xe2\x80\x9d" } },
	{ "hard blank", RECORD_FAULT_NOT_TEXT,
	    { "v=DKIM1;\xc2\xa0k=rsa; p=" P } },
	{ "line end", RECORD_FAULT_NOT_TEXT, { HEAD P1 "\n" P2 } },
	{ "first string alone", RECORD_FAULT_CUT, { HEAD P1 } },
	{ "last character lost", RECORD_FAULT_CUT,
	    { "v=DKIM1; k=rsa; h=sha256; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ" } },
	{ "second string alone", RECORD_FAULT_PIECE, { P2 } },
	{ "second string first", RECORD_FAULT_SWAPPED, { P2 HEAD P1 } },

	{ "no semicolons", RECORD_FAULT_NO_SEMICOLON,
	    { "v=DKIM1 k=rsa p=" P } },
	{ "commas", RECORD_FAULT_NO_SEMICOLON,
	    { "v=DKIM1, k=rsa, p=" P } },
	{ "one semicolon missing", RECORD_FAULT_NO_SEMICOLON,
	    { "v=DKIM1; k=rsa p=" P } },
	{ "version 2", RECORD_FAULT_VERSION, { "v=DKIM2; p=" P } },
	{ "no number", RECORD_FAULT_VERSION, { "v=DKIM; p=" P } },
	{ "small letters", RECORD_FAULT_VERSION, { "v=dkim1; p=" P } },
	{ "version last", RECORD_FAULT_VERSION, { "p=" P "; v=DKIM1" } },
	{ "unknown kind", RECORD_FAULT_UNKNOWN_TYPE,
	    { "v=DKIM1; k=rsa2048; p=" P } },
	{ "another kind", RECORD_FAULT_OTHER_TYPE, { ED_HEAD ED } },
	{ "kind of the other key", RECORD_FAULT_OTHER_TYPE,
	    { "v=DKIM1; k=ed25519; p=" P } },
	{ "pasted twice", RECORD_FAULT_DUPLICATE_TAG, { RIGHT "; " RIGHT } },
	{ "pasted twice, with nothing between", RECORD_FAULT_DUPLICATE_TAG,
	    { RIGHT RIGHT } },
	{ "two keys in one", RECORD_FAULT_DUPLICATE_TAG,
	    { HEAD P "; p=" OTHER } },
	{ "no p=", RECORD_FAULT_NO_KEY, { "v=DKIM1; k=rsa; h=sha256" } },
	{ "P=", RECORD_FAULT_NO_KEY, { "v=DKIM1; k=rsa; P=" P } },
	{ "bare version", RECORD_FAULT_NO_KEY, { "v=DKIM1" } },
	{ "a colon for an equals sign", RECORD_FAULT_NO_KEY,
	    { "v=DKIM1; k=rsa; p:" P } },
	{ "not base64", RECORD_FAULT_BASE64,
	    { HEAD "MIIBIjANBgkqhkiG9w0BAQEFAAO*" } },
	{ "three dots", RECORD_FAULT_BASE64, { HEAD P1 "..." } },
	{ "one character too many", RECORD_FAULT_BASE64, { RIGHT "A" } },
	{ "a placeholder", RECORD_FAULT_BASE64,
	    { "v=DKIM1; k=rsa; p=[your public key]" } },
	{ "a note behind", RECORD_FAULT_SYNTAX, { RIGHT "; by hand" } },
	{ "SPF", RECORD_FAULT_NOT_A_KEY, { "v=spf1 -all" } },
	{ "empty", RECORD_FAULT_EMPTY, { "" } },
	{ "a proof of ownership", RECORD_FAULT_NOT_A_KEY,
	    { "google-site-verification=abc" } },

	{ "sha1 alone", RECORD_FAULT_HASH,
	    { "v=DKIM1; h=sha1; p=" P } },
	{ "not for mail", RECORD_FAULT_SERVICE,
	    { "v=DKIM1; s=tlsrpt; p=" P } },
	{ "testing", RECORD_FAULT_TESTING,
	    { "v=DKIM1; t=y; p=" P } },
	{ "testing and strict", RECORD_FAULT_TESTING,
	    { "v=DKIM1; t=y:s; p=" P } },
	{ "revoked", RECORD_FAULT_REVOKED, { "v=DKIM1; p=" } },
	{ "revoked, in full", RECORD_FAULT_REVOKED,
	    { "v=DKIM1; k=rsa; h=sha256; p=;" } },
	{ "more behind the key", RECORD_FAULT_TRAILING,
	    { RIGHT "YWJj" } },
	{ "a small key", RECORD_FAULT_SMALL, { "v=DKIM1; p=" SMALL } },
	{ "another key", RECORD_FAULT_OTHER_KEY, { HEAD OTHER } },
	{ "a key in test mode is another first", RECORD_FAULT_OTHER_KEY,
	    { "v=DKIM1; t=y; p=" OTHER } },
	{ "small letters only", RECORD_FAULT_CASE, { HEAD LOWER } },
	{ "small letters, and blanks", RECORD_FAULT_CASE,
	    { "v=DKIM1; k=rsa; p= " LOWER " " } },
	{ "the whole record in small letters", RECORD_FAULT_CASE,
	    { "v=dkim1; k=rsa; h=sha256; p=" LOWER } },
	{ "only v= in small letters", RECORD_FAULT_VERSION,
	    { "v=dkim1; k=rsa; h=sha256; p=" P } },
	{ "small letters, cut", RECORD_FAULT_BASE64,
	    { HEAD "miibIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyFsrBf1pc" } },
	{ "not even a key", RECORD_FAULT_NO_PUBLIC_KEY, { HEAD "AAAA" } },
	{ "the beginning of another key", RECORD_FAULT_TRUNCATED,
	    { HEAD "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyFsrBf1pc" } },
	{ "a tag of an unknown kind of name", RECORD_FAULT_SYNTAX,
	    { "v=DKIM1; k-t=rsa; p=" P } },
	{ "a note before", RECORD_FAULT_SYNTAX,
	    { "v=DKIM1; by hand; p=" P } }
};

static const struct fault_case ed25519_cases[] = {
	{ "as printed", RECORD_FAULT_NONE, { ED_HEAD ED } },
	{ "k= is missing", RECORD_FAULT_OTHER_TYPE, { "v=DKIM1; p=" ED } },
	{ "as openssl prints it", RECORD_FAULT_WRAPPED_ED25519,
	    { ED_HEAD "MCowBQYDK2VwAyEA" ED } },
	{ "more behind", RECORD_FAULT_TRAILING,
	    { ED_HEAD "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURphYmM=" } },
	{ "another key", RECORD_FAULT_OTHER_KEY,
	    { ED_HEAD "21qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" } },
	{ "small letters only", RECORD_FAULT_CASE,
	    { ED_HEAD "11qyaykxcrfvs/7tywqhog7hcvpapimlrwiaapchuro=" } },
	{ "shorter than a key", RECORD_FAULT_OTHER_KEY,
	    { ED_HEAD "21qYAYKxCrfVS/7TyWQH" } },
	{ "too much padding", RECORD_FAULT_PADDING, { ED_HEAD ED "=" } },
	{ "its padding is lost", RECORD_FAULT_CUT,
	    { ED_HEAD "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo" } }
};

static const struct fault_case strict_cases[] = {
	{ "not strict", RECORD_FAULT_NOT_STRICT, { ED_HEAD ED } },
	{ "strict, and testing", RECORD_FAULT_TESTING,
	    { "v=DKIM1; k=ed25519; t=s:y; p=" ED } }
};

static const struct fault_case revoked_cases[] = {
	{ "as printed", RECORD_FAULT_NONE, { HEAD } },
	{ "in short", RECORD_FAULT_NONE, { "v=DKIM1; p=" } },
	{ "of another kind", RECORD_FAULT_NONE, { "v=DKIM1; k=ed25519; p=" } },
	{ "still there", RECORD_FAULT_NOT_REVOKED, { RIGHT } },
	{ "gone", RECORD_FAULT_ABSENT, { NULL } }
};

static void
check(const struct fault_case *cases, size_t ncases, const char *wanted)
{
	struct record_text texts[4];
	enum record_fault got;
	size_t i, n;

	for (i = 0; i < ncases; i++) {
		for (n = 0; n < 4 && cases[i].texts[n] != NULL; n++) {
			texts[n].text = cases[i].texts[n];
			texts[n].len = strlen(cases[i].texts[n]);
		}
		got = record_fault_find(texts, n, wanted);
		if (got != cases[i].want)
			fail_msg("%s: %s, want %s", cases[i].name,
			    record_fault_name(got),
			    record_fault_name(cases[i].want));
	}
}

#define CHECK(cases, wanted) \
    check((cases), sizeof(cases) / sizeof((cases)[0]), (wanted))

static void
check_rsa(void **state)
{
	(void)state;
	CHECK(rsa_cases, RIGHT);
}

static void
check_ed25519(void **state)
{
	(void)state;
	CHECK(ed25519_cases, ED_HEAD ED);
	CHECK(strict_cases, "v=DKIM1; k=ed25519; h=sha256; t=s; p=" ED);
}

static void
check_revoked(void **state)
{
	(void)state;
	CHECK(revoked_cases, HEAD);
}

/* Each fault is one of the cases above, has a name and a sentence. */
static void
check_texts(void **state)
{
	bool seen[RECORD_NFAULTS] = { false };
	const char *text;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(rsa_cases) / sizeof(rsa_cases[0]); i++)
		seen[rsa_cases[i].want] = true;
	for (i = 0; i < sizeof(ed25519_cases) / sizeof(ed25519_cases[0]); i++)
		seen[ed25519_cases[i].want] = true;
	for (i = 0; i < sizeof(strict_cases) / sizeof(strict_cases[0]); i++)
		seen[strict_cases[i].want] = true;
	for (i = 0; i < sizeof(revoked_cases) / sizeof(revoked_cases[0]); i++)
		seen[revoked_cases[i].want] = true;
	for (i = 0; i < RECORD_NFAULTS; i++) {
		assert_true(seen[i]);
		text = record_fault_text((enum record_fault)i);
		assert_non_null(text);
		assert_true(strlen(text) > 0 &&
		    text[strlen(text) - 1] != '.');
		assert_string_equal(record_fault_code((enum record_fault)i) +
		    strlen("record-"), record_fault_name(
		    (enum record_fault)i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(
			    record_fault_name((enum record_fault)i),
			    record_fault_name((enum record_fault)j));
	}
}

/* Any octets at all, cut anywhere, end in some fault. */
static void
check_cut(void **state)
{
	static const char text[] = "v=DKIM1; t=y:s; h=sha1; k=rsa; p=" P;
	struct record_text record = { text, 0 };

	(void)state;
	for (; record.len < sizeof(text); record.len++)
		assert_false(record_fault_is_harmless(
		    record_fault_find(&record, 1, RIGHT)));
}

/* A NUL in a record is not the end of the one that is wanted. */
static void
check_nul(void **state)
{
	static const char memory[] = RIGHT "\0" "behind";
	static const struct record_text texts[] = {
		{ memory, sizeof(RIGHT) },
		{ memory + sizeof(RIGHT), sizeof("behind") - 1 }
	};

	(void)state;
	assert_int_equal(record_fault_find(texts, 2, memory),
	    RECORD_FAULT_SEVERAL_WRONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_rsa),
		cmocka_unit_test(check_ed25519),
		cmocka_unit_test(check_revoked),
		cmocka_unit_test(check_texts),
		cmocka_unit_test(check_cut),
		cmocka_unit_test(check_nul)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
