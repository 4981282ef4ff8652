/* SPDX-License-Identifier: ISC */

/*
 * What the holder of the key accepts as a to-be-signed block.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"

#define FROM	"from:a@example.com\r\n"
#define HASH	"bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define TAGS	"v=1; a=rsa-sha256; d=example.com; s=s; t=5; x=9; "
#define FIELD	"dkim-signature:" TAGS "h=from; " HASH "; b="

static const struct {
	const char	*title, *block;
	int		 error;
	bool		 covers_from, has_length;
} cases[] = {
	{ "relaxed",		FROM FIELD,	0,	true,	false },
	{ "simple, folded",	"From: a@example.com\r\nTo: b,\r\n\tc\r\n"
	    "DKIM-Signature: v=1; a=rsa-sha256;\r\n\td=example.com; s=s; t=5;"
	    " x=9;\r\n\th=From:\r\n\tTo; " HASH ";\r\n\tb=",
	    0,	true,	false },
	{ "l=",			FROM "dkim-signature:l=5; " TAGS "h=from; "
	    HASH "; b=",	0,	true,	true },
	{ "no From in h=",	FROM "dkim-signature:" TAGS "h=to; " HASH
	    "; b=",		0,	false,	false },
	{ "no From in the block", FIELD,	0,	false,	false },
	{ "b= not last",	FROM "dkim-signature:b=; " TAGS "h=from; "
	    HASH,		0,	true,	false },
	{ "empty",		"",		DKIMSIG_E_SYNTAX, 0, 0 },
	{ "no signature field",	FROM "to:b",	DKIMSIG_E_SYNTAX, 0, 0 },
	{ "final CRLF",		FROM FIELD "\r\n", DKIMSIG_E_SYNTAX, 0, 0 },
	{ "field after it",	FIELD "\r\nfrom:x", DKIMSIG_E_SYNTAX, 0, 0 },
	{ "two signature fields", FROM FIELD "\r\n" FIELD,
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "filled b=",		FROM FIELD "aaaa", DKIMSIG_E_SYNTAX, 0, 0 },
	{ "blank b=",		FROM FIELD " ",	DKIMSIG_E_SYNTAX, 0, 0 },
	{ "second b=",		FROM FIELD "; b=", DKIMSIG_E_SYNTAX, 0, 0 },
	{ "no b=",		FROM "dkim-signature:" TAGS "h=from; " HASH,
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "version",		FROM "dkim-signature:v=2; a=rsa-sha256; "
	    "d=example.com; s=s; h=from; " HASH "; b=",
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "algorithm",		FROM "dkim-signature:v=1; a=rsa-sha1; "
	    "d=example.com; s=s; h=from; " HASH "; b=",
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "covers itself",	FROM "dkim-signature:" TAGS
	    "h=from:DKIM-Signature; " HASH "; b=", DKIMSIG_E_SYNTAX, 0, 0 },
	{ "no colon",		"from\r\n" FIELD, DKIMSIG_E_SYNTAX, 0, 0 },
	{ "empty line",		FROM "\r\n" FIELD, DKIMSIG_E_SYNTAX, 0, 0 },
	{ "i= elsewhere",	FROM "dkim-signature:i=@x.example; " TAGS
	    "h=from; " HASH "; b=", DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare LF",		"from:a@example.com\nb\r\n" FIELD,
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare LF, folded",	"from:a@example.com\n b\r\n" FIELD,
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare LF hides no field", "from:a\n" FIELD,
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare LF at the start", "\n" FROM FIELD, DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare LF after CRLF",	FROM "\n" FIELD, DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare LF in the signature field", FROM "dkim-signature:" TAGS
	    "h=from;\n " HASH "; b=",	DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare LF at the end",	FROM FIELD "\n", DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare CR",		"from:a@example.com\rb\r\n" FIELD,
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare CR before CRLF", "from:a@example.com\r\r\n" FIELD,
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare CR hides no field", "from:a\r" FIELD,
	    DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare CR in the signature field", FROM "dkim-signature:" TAGS
	    "h=from;\r " HASH "; b=",	DKIMSIG_E_SYNTAX, 0, 0 },
	{ "bare CR at the end",	FROM FIELD "\r", DKIMSIG_E_SYNTAX, 0, 0 },
};

static void
test_cases(void **state)
{
	struct dkimsig_tbs tbs;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (dkimsig_tbs_parse(cases[i].block,
		    strlen(cases[i].block), &tbs) != cases[i].error)
			fail_msg("%s", cases[i].title);
		if (cases[i].error != 0)
			continue;
		if (tbs.covers_from != cases[i].covers_from ||
		    tbs.has_length != cases[i].has_length)
			fail_msg("%s", cases[i].title);
		assert_string_equal(tbs.sdid, "example.com");
		assert_string_equal(tbs.selector, "s");
		assert_int_equal(tbs.algorithm, DKIMSIG_RSA_SHA256);
		assert_int_equal(tbs.timestamp, 5);
		assert_int_equal(tbs.expires, 9);
		assert_int_equal(tbs.bodyhash[0], 0xe3);
		assert_int_equal(tbs.bodyhash[31], 0x55);
	}
}

/* How often From is in the block and in h=. */
static const struct {
	const char	*title, *from, *names;
	bool		 covers, oversigns;
} froms[] = {
	{ "once, once",		FROM,		"from",	true, false },
	{ "once, twice",	FROM,		"from:to:From",	true, true },
	{ "once, three times",	FROM,		"from:from:from", true, true },
	{ "twice, twice",	FROM "From:b\r\n", "from:from", true, false },
	{ "twice, three times",	FROM "From:b\r\n", "from:from:from", true,
	    true },
	{ "never, twice",	"",		"from:from", false, false },
	{ "once, never",	FROM,		"to:to", false, false },
};

static void
test_from(void **state)
{
	char block[512];
	struct dkimsig_tbs tbs;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(froms) / sizeof(froms[0]); i++) {
		n = snprintf(block, sizeof(block), "%sdkim-signature:" TAGS
		    "h=%s; " HASH "; b=", froms[i].from, froms[i].names);
		if (dkimsig_tbs_parse(block, (size_t)n, &tbs) != 0 ||
		    tbs.covers_from != froms[i].covers ||
		    tbs.oversigns_from != froms[i].oversigns)
			fail_msg("%s", froms[i].title);
	}
}

static void
test_nul_and_size(void **state)
{
	static char block[DKIMSIG_MAX_HEADER + DKIMSIG_MAX_TAGLIST + 1];
	static const char nul[] = "from:a\0b\r\n" FIELD;
	struct dkimsig_tbs tbs;
	size_t len = sizeof(block) - 1, fieldlen = strlen("\r\n" FIELD);

	(void)state;
	assert_int_equal(dkimsig_tbs_parse(nul, sizeof(nul) - 1, &tbs),
	    DKIMSIG_E_SYNTAX);
	memset(block, 'x', sizeof(block));
	memcpy(block, "from:", 5);
	memcpy(block + len - fieldlen, "\r\n" FIELD, fieldlen);
	assert_int_equal(dkimsig_tbs_parse(block, len, &tbs), 0);
	assert_int_equal(dkimsig_tbs_parse(block, len + 1, &tbs),
	    DKIMSIG_E_TOOBIG);
}

/* No prefix of a block, and no block without its first octets, crashes. */
static void
test_pieces(void **state)
{
	static const char block[] = FROM FIELD;
	struct dkimsig_tbs tbs;
	size_t i, len = sizeof(block) - 1;
	char *copy;

	(void)state;
	for (i = 0; i < len; i++) {
		copy = malloc(len - i);
		assert_non_null(copy);
		memcpy(copy, block, len - i);
		assert_int_equal(dkimsig_tbs_parse(copy, len - i, &tbs),
		    i == 0 ? 0 : DKIMSIG_E_SYNTAX);
		memcpy(copy, block + i, len - i);
		(void)dkimsig_tbs_parse(copy, len - i, &tbs);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_from),
		cmocka_unit_test(test_nul_and_size),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
