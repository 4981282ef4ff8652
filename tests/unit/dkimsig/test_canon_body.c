/* SPDX-License-Identifier: ISC */

/*
 * Body canonicalization, RFC 6376 sections 3.4.3 and 3.4.4: whole, octet by
 * octet, and cut at every offset into two and three pieces.  The expected
 * text is hashed by itself, so that what is compared is the hash that goes
 * into bh=.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dkimsig/base64.h"
#include "dkimsig/canon.h"

static const struct {
	const char	*title, *body, *simple, *relaxed;
} cases[] = {
	{ "no body",		"",		"\r\n",		"" },
	{ "an empty line",	"\r\n",		"\r\n",		"" },
	{ "empty lines",	"\r\n\r\n\r\n",	"\r\n",		"" },
	{ "a blank line",	" \r\n",	" \r\n",	"" },
	{ "a blank, no end",	" ",		" \r\n",	"" },
	{ "RFC 6376 3.4.5",	" C \r\nD \t E\r\n\r\n\r\n",
	    " C \r\nD \t E\r\n",	" C\r\nD E\r\n" },
	{ "no final line end",	"a",		"a\r\n",	"a\r\n" },
	{ "blanks, no final line end", "a \t",	"a \t\r\n",	"a\r\n" },
	{ "empty lines go at the end only", "\r\n\r\na\r\n\r\nb\r\n\r\n",
	    "\r\n\r\na\r\n\r\nb\r\n",	"\r\n\r\na\r\n\r\nb\r\n" },
	{ "blank lines at the end are empty in relaxed",
	    "a\r\n \r\n\t\r\n\r\n \t \r\n", "a\r\n \r\n\t\r\n\r\n \t \r\n",
	    "a\r\n" },
	{ "blank line in the middle", "a\r\n \r\nb\r\n",
	    "a\r\n \r\nb\r\n",		"a\r\n\r\nb\r\n" },
	{ "last line of blanks without end", "a\r\n  ",
	    "a\r\n  \r\n",		"a\r\n" },
	{ "leading run becomes one SP", " \t a\r\n", " \t a\r\n", " a\r\n" },
	{ "tabs",		"a\tb\t\tc\r\n", "a\tb\t\tc\r\n", "a b c\r\n" },
	{ "single blanks stay",	"a b c d\r\n",	"a b c d\r\n",	"a b c d\r\n" },
	{ "bare CR",		"a\rb\r\n",	"a\rb\r\n",	"a\rb\r\n" },
	{ "bare CR after blanks", "a \t\rb\r\n", "a \t\rb\r\n",	"a \rb\r\n" },
	{ "bare CR last",	"a\r",		"a\r\r\n",	"a\r\r\n" },
	{ "bare CR after empty lines", "a\r\n\r\n\r",
	    "a\r\n\r\n\r\r\n",		"a\r\n\r\n\r\r\n" },
	{ "two CRs, then LF",	"a\r\r\n",	"a\r\r\n",	"a\r\r\n" },
	{ "CRs only",		"\r\r\r\n",	"\r\r\r\n",	"\r\r\r\n" },
	{ "bare LF",		"a\nb\n\n",	"a\nb\n\n\r\n",
	    "a\nb\n\n\r\n" },
	{ "LF CR",		"a\n\rb",	"a\n\rb\r\n",	"a\n\rb\r\n" },
	{ "form feed, 8-bit",	"\f \xa0  b\r\n", "\f \xa0  b\r\n",
	    "\f \xa0 b\r\n" },
	{ "blank before CR CRLF", "a \r\r\n",	"a \r\r\n",	"a \r\r\n" },
};

static void
hash_pieces(enum dkimsig_canon canon, const char *body, const size_t *cuts,
    size_t ncuts, unsigned char hash[DIGEST_SIZE])
{
	struct canon_body c;
	size_t i, at = 0;

	assert_int_equal(canon_body_init(&c, canon, CANON_BODY_ALL), 0);
	for (i = 0; i < ncuts; at = cuts[i++])
		assert_int_equal(canon_body_update(&c, body + at,
		    cuts[i] - at), 0);
	assert_int_equal(canon_body_end(&c, hash), 0);
	canon_body_finish(&c);
}

static void
check(const char *title, enum dkimsig_canon canon, const char *body,
    const char *canonical)
{
	unsigned char want[DIGEST_SIZE], got[DIGEST_SIZE];
	size_t i, j, len = strlen(body), single[64], cuts[3];

	assert_int_equal(digest_of(canonical, strlen(canonical), want), 0);
	for (i = 0; i < len; i++)
		single[i] = i + 1;
	hash_pieces(canon, body, single, len, got);
	if (memcmp(got, want, sizeof(want)) != 0)
		fail_msg("%s: octet by octet", title);
	for (i = 0; i <= len; i++)
		for (j = i; j <= len; j++) {
			cuts[0] = i;
			cuts[1] = j;
			cuts[2] = len;
			hash_pieces(canon, body, cuts, 3, got);
			if (memcmp(got, want, sizeof(want)) != 0)
				fail_msg("%s: cut at %zu and %zu", title, i,
				    j);
		}
}

static void
test_simple(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].title, DKIMSIG_CANON_SIMPLE, cases[i].body,
		    cases[i].simple);
}

static void
test_relaxed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i].title, DKIMSIG_CANON_RELAXED, cases[i].body,
		    cases[i].relaxed);
}

static void
test_known_hashes(void **state)
{
	unsigned char hash[DIGEST_SIZE];
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	hash_pieces(DKIMSIG_CANON_SIMPLE, "", NULL, 0, hash);
	base64_encode(&b, hash, sizeof(hash));
	assert_string_equal(buf_str(&b),
	    "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
	buf_reset(&b);
	hash_pieces(DKIMSIG_CANON_RELAXED, "", NULL, 0, hash);
	base64_encode(&b, hash, sizeof(hash));
	assert_string_equal(buf_str(&b),
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	buf_finish(&b);
}

/* l=: the cut may fall between CR and LF, and beyond the end. */
static void
test_limit(void **state)
{
	static const char body[] = "a  b\r\nc\r\n\r\n", text[] = "a b\r\nc\r\n";
	unsigned char want[DIGEST_SIZE], got[DIGEST_SIZE];
	struct canon_body c;
	size_t limit, n;

	(void)state;
	for (limit = 0; limit < sizeof(text) + 2; limit++) {
		n = limit < strlen(text) ? limit : strlen(text);
		assert_int_equal(digest_of(text, n, want), 0);
		assert_int_equal(canon_body_init(&c, DKIMSIG_CANON_RELAXED,
		    limit), 0);
		assert_int_equal(canon_body_update(&c, body, strlen(body)),
		    0);
		assert_int_equal(canon_body_end(&c, got), 0);
		assert_memory_equal(got, want, sizeof(want));
		assert_int_equal(c.total, strlen(text));
		canon_body_finish(&c);
	}
}

/* Runs longer than any buffer, held as counts. */
static void
test_long_runs(void **state)
{
	static char piece[65536];
	unsigned char want[DIGEST_SIZE], got[DIGEST_SIZE];
	struct digest d;
	struct canon_body c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(piece); i += 2)
		memcpy(piece + i, "\r\n", 2);
	assert_int_equal(canon_body_init(&c, DKIMSIG_CANON_RELAXED,
	    CANON_BODY_ALL), 0);
	assert_int_equal(digest_init(&d), 0);
	for (i = 0; i < 64; i++) {
		assert_int_equal(canon_body_update(&c, piece, sizeof(piece)),
		    0);
		assert_int_equal(digest_update(&d, piece, sizeof(piece)), 0);
	}
	assert_int_equal(c.crlfs, 64 * sizeof(piece) / 2);
	memset(piece, ' ', sizeof(piece));
	for (i = 0; i < 64; i++)
		assert_int_equal(canon_body_update(&c, piece, sizeof(piece)),
		    0);
	assert_int_equal(canon_body_update(&c, "x\r\n", 3), 0);
	assert_int_equal(canon_body_end(&c, got), 0);
	assert_int_equal(digest_update(&d, " x\r\n", 4), 0);
	assert_int_equal(digest_final(&d, want), 0);
	assert_memory_equal(got, want, sizeof(want));
	canon_body_finish(&c);
	digest_finish(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simple),
		cmocka_unit_test(test_relaxed),
		cmocka_unit_test(test_known_hashes),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_long_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
