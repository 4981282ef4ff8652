/* SPDX-License-Identifier: ISC */

/*
 * Bodies changed after they were signed, in each way that is known: the cause
 * is named.  And bodies that no known change made: none is.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose/diagnose.h"
#include "signedmail.h"

#define SIMPLE	DKIMSIG_CANON_SIMPLE
#define RELAXED	DKIMSIG_CANON_RELAXED

#define X100	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X998	X100 X100 X100 X100 X100 X100 X100 X100 X100 \
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

#define TEXT	"MIME-Version: 1.0\r\nFrom: joe@example.com\r\n"
#define MULTI	TEXT \
		"Content-Type: multipart/mixed;\r\n boundary=\"b1\"\r\n"
#define PARTS	"--b1\r\nContent-Type: text/plain\r\n\r\none\r\n" \
		"--b1\r\nContent-Type: text/html\r\n\r\n<html><body>\r\n" \
		"two\r\n</body></html>\r\n--b1--\r\n"

static const struct {
	const char	*name;
	enum dkimsig_canon canon;
	const char	*header, *body;
	const char	*from, *to;	/* the damage */
	const char	*code;		/* NULL: no cause is known */
	const char	*text;		/* in the finding; NULL: any */
} cases[] = {
	{ "footer", RELAXED, TEXT, "one\r\ntwo\r\n",
	    "two\r\n", "two\r\n-- \r\nlist\r\n", "footer",
	    "2 lines (11 octets) after line 2 of the body, beginning "
	    "\"--\"" },
	{ "footer after an empty line", SIMPLE, TEXT, "one\r\ntwo\r\n",
	    "two\r\n", "two\r\n\r\n____\r\nlist\r\n", "footer",
	    "beginning \"____\"" },
	{ "footer of one line without end", SIMPLE, TEXT, "one\r\n",
	    "one\r\n", "one\r\nscanned", "footer", "1 line (7 octets)" },
	{ "empty when it was signed", SIMPLE, TEXT, "",
	    "example.com\r\n\r\n", "example.com\r\n\r\nhi\r\n", "empty",
	    NULL },
	{ "banner", RELAXED, TEXT, "one\r\ntwo\r\n",
	    "one\r\n", "[EXTERNAL]\r\n\r\none\r\n", "banner",
	    "2 lines (14 octets) at line 1" },
	{ "text before a boundary", SIMPLE, MULTI, PARTS,
	    "one\r\n--b1", "one\r\n\r\nfooter\r\n--b1", "inserted",
	    "beginning \"footer\"" },
	{ "text before </body>", SIMPLE, MULTI, PARTS,
	    "two\r\n", "two\r\n<p>ad</p>\r\n", "inserted",
	    "beginning \"<p>ad</p>\"" },
	{ "text at a part's begin", SIMPLE, MULTI, PARTS,
	    "\r\none\r\n", "\r\nwarning\r\none\r\n", "inserted",
	    "beginning \"warning\"" },
	{ "text after <body>", RELAXED, MULTI, PARTS,
	    "<html><body>\r\n", "<html><body>\r\n<b>!</b>\r\n", "inserted",
	    NULL },
	{ "made a part", SIMPLE, TEXT, "one\r\ntwo\r\n",
	    "one\r\ntwo\r\n", "--=====12\r\nContent-Type: text/plain\r\n\r\n"
	    "one\r\ntwo\r\n\r\n--=====12\r\nContent-Type: text/plain\r\n\r\n"
	    "list\r\n--=====12--\r\n", "wrapped", "lines 4 to 5" },

	{ "line ends: bare LF", SIMPLE, TEXT, "one\r\ntwo\r\n",
	    "one\r\ntwo", "one\ntwo", "line-ends", "from CRLF to a bare LF" },
	{ "line ends: hashed as LF", SIMPLE, TEXT, "one\ntwo\n",
	    "one\ntwo\n", "one\r\ntwo\r\n", "line-ends",
	    "the signer hashed" },
	{ "line ends: hashed as LF, last CRLF", SIMPLE, TEXT,
	    "one\ntwo\r\n", "one\ntwo\r\n", "one\r\ntwo\r\n", "line-ends",
	    "the signer hashed" },
	{ "line ends: CR CR LF", SIMPLE, TEXT, "one\r\ntwo\r\n",
	    "one\r\ntwo\r\n", "one\r\r\ntwo\r\r\n", "line-ends",
	    "extra CRs" },

	{ "long line: CRLF and blank", RELAXED, TEXT, X998 X998 "yz\r\n",
	    X998 X998 "yz\r\n", X998 "\r\n " X998 "\r\n yz\r\n",
	    "long-lines", "CRLF and a space" },
	{ "long line: CRLF and blank, and a footer", SIMPLE, TEXT,
	    X998 "yz\r\n", X998 "yz\r\n", X998 "\r\n yz\r\nfooter\r\n",
	    "long-lines", "CRLF and a space" },
	{ "long line: at 990", SIMPLE, TEXT,
	    "0123456789" X100 X100 X100 X100 X100 X100 X100 X100 X100
	    "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789yz\r\n",
	    "yz\r\n", "\r\n yz\r\n", "long-lines", "about 998" },
	{ "long line: CRLF alone", SIMPLE, TEXT, X998 "yz\r\n",
	    "yz\r\n", "\r\nyz\r\n", "long-lines", "split with CRLF" },
	{ "long line: !", SIMPLE, TEXT, X998 "yz\r\n",
	    "yz\r\n", "!\r\n yz\r\n", "long-lines", "\"!\"" },

	{ "quoted-printable", SIMPLE,
	    TEXT "Content-Transfer-Encoding: 8bit\r\n",
	    "Gr\303\274\303\237e = so\r\nlong \r\n",
	    "8bit\r\n\r\nGr\303\274\303\237e = so\r\nlong \r\n",
	    "quoted-printable\r\n\r\nGr=C3=BC=C3=9F=\r\ne =3D so\r\n"
	    "long=20\r\n", "8bit-downgrade", "quoted-printable" },
	{ "quoted-printable in a part", RELAXED, MULTI,
	    "--b1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	    "\303\274\r\n--b1--\r\n",
	    "8bit\r\n\r\n\303\274\r\n",
	    "quoted-printable\r\n\r\n=C3=BC\r\n", "8bit-downgrade",
	    "quoted-printable" },
	{ "base64", SIMPLE, TEXT "Content-Transfer-Encoding: 8bit\r\n",
	    "\303\274\r\n", "8bit\r\n\r\n\303\274\r\n",
	    "base64\r\n\r\nw7wNCg==\r\n", "8bit-downgrade", "base64" },

	{ "dots added", SIMPLE, TEXT, ".one\r\n..two\r\n",
	    ".one\r\n..two", "..one\r\n...two", "dot-stuffing",
	    "got another one" },
	{ "dots lost", SIMPLE, TEXT, ".one\r\n..two\r\n",
	    ".one\r\n..two", "one\r\n.two", NULL, NULL },
	{ "a dot lost", SIMPLE, TEXT, "..one\r\n",
	    "..one", ".one", "dot-stuffing", "lost one of them" },
	{ "From quoted", RELAXED, TEXT, "a\r\nFrom here\r\n",
	    "From here", ">From here", "from-quoting", "were quoted" },
	{ "From unquoted", RELAXED, TEXT, "a\r\n>From here\r\n",
	    ">From here", "From here", "from-quoting", "lost the" },
	{ "empty lines in front", SIMPLE, TEXT, "one\r\n",
	    "\r\n\r\none", "\r\n\r\n\r\n\r\none", "empty-lines",
	    "were inserted" },
	{ "empty line in front lost", SIMPLE, TEXT, "\r\none\r\n",
	    "\r\n\r\none", "\r\none", "empty-lines", "was removed" },

	{ "blanks at line ends", SIMPLE, TEXT, "one\r\ntwo\r\n",
	    "one\r\ntwo", "one \r\ntwo\t ", "blanks", "appended to lines" },
	{ "blanks in empty lines", SIMPLE, TEXT, "one \r\n\r\ntwo\r\n",
	    "\r\n\r\ntwo", "\r\n \t\r\ntwo", "blanks", "empty lines" },
	{ "blank of the delimiter lost", SIMPLE, TEXT,
	    "one\r\n-- \r\njoe\r\n", "-- \r\n", "--\r\n", "blanks",
	    "\"-- \"" },
	{ "blanks to tabs", SIMPLE, TEXT, "one two\r\n",
	    "one two", "one\ttwo", "blanks", "blanks were changed" },

	/* Changes that are hardly made any more. */
	{ "columns to tabs", SIMPLE, TEXT, "one     two\r\n",
	    "one     two", "one\ttwo", NULL, NULL },
	{ "tabs to columns", SIMPLE, TEXT, "\tone\r\n",
	    "\tone", "        one", NULL, NULL },
	{ "line ends: doubled", SIMPLE, TEXT, "one\r\ntwo\r\nthree\r\n",
	    "one\r\ntwo\r\n", "one\r\n\r\ntwo\r\n\r\n", NULL, NULL },
	{ "to UTF-8", RELAXED, TEXT, "\374ber\r\n",
	    "\374ber", "\303\274ber", NULL, NULL },
	{ "to ISO 8859-1", RELAXED, TEXT, "\303\274ber\r\n",
	    "\303\274ber", "\374ber", NULL, NULL },

	{ "a word", RELAXED, TEXT, "one two three\r\n",
	    "two", "2", NULL, NULL },
	{ "cut off", RELAXED, TEXT, "one\r\ntwo\r\nthree\r\n",
	    "three\r\n", "", NULL, NULL },
};

static EVP_PKEY *key;
static char record[DKIMSIG_KEYRECORD_SIZE];

static int
make_key(void **state)
{
	(void)state;
	key = testkeys_make(DKIMSIG_ED25519_SHA256, 0);
	testkeys_record(key, DKIMSIG_ED25519_SHA256, record, sizeof(record));
	return 0;
}

static int
free_key(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	return 0;
}

/* Sign, damage, verify, diagnose. */
static void
diagnose(const struct dkimsig_sigspec *spec, const char *header,
    const char *body, const char *from, const char *to, struct diagnosis *d)
{
	struct signedmail sm = signedmail_make(header, body, spec, key);
	struct dkimsig_verifier *v;
	struct dkimsig_verdict verdict;
	struct mailfile mail;
	const char *why;

	signedmail_replace(&sm, from, to);
	assert_true(mailfile_parse(&mail, sm.text, sm.len, &why));
	verdict = signedmail_verify(&mail, record, &v);
	memset(d, 0, sizeof(*d));
	assert_int_equal(diagnose_body(&mail, &verdict, d), 0);
	dkimsig_verifier_free(v);
	mailfile_finish(&mail);
	free(sm.text);
}

static void
test_damages(void **state)
{
	struct dkimsig_sigspec spec = { .algorithm = DKIMSIG_ED25519_SHA256,
	    .header_canon = RELAXED };
	struct diagnosis d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		spec.body_canon = cases[i].canon;
		diagnose(&spec, cases[i].header, cases[i].body,
		    cases[i].from, cases[i].to, &d);
		if (cases[i].code == NULL) {
			if (d.body != DIAGNOSE_UNKNOWN || d.nfindings != 0)
				fail_msg("%s: %d, %s", cases[i].name, d.body,
				    d.findings[0].text);
			continue;
		}
		if (d.body != DIAGNOSE_FOUND || d.nfindings == 0 ||
		    strcmp(d.findings[0].code, cases[i].code) != 0 ||
		    (cases[i].text != NULL &&
		    strstr(d.findings[0].text, cases[i].text) == NULL))
			fail_msg("%s: %d, %s: %s", cases[i].name, d.body,
			    d.nfindings > 0 ? d.findings[0].code : "",
			    d.findings[0].text);
	}
}

static void
test_right(void **state)
{
	struct dkimsig_sigspec spec = { .algorithm = DKIMSIG_ED25519_SHA256 };
	struct diagnosis d;

	(void)state;
	diagnose(&spec, TEXT, "one\r\n", "one", "one", &d);
	assert_int_equal(d.body, DIAGNOSE_RIGHT);
	assert_int_equal(d.nfindings, 0);
}

/* Two changes of which both are reported. */
static void
test_cut_and_footer(void **state)
{
	struct dkimsig_sigspec spec = { .algorithm = DKIMSIG_ED25519_SHA256 };
	struct diagnosis d;

	(void)state;
	diagnose(&spec, TEXT, X998 "yz\r\n", "yz\r\n", "\r\n yz\r\nad\r\n",
	    &d);
	assert_int_equal(d.nfindings, 2);
	assert_string_equal(d.findings[0].code, "long-lines");
	assert_string_equal(d.findings[1].code, "footer");
}

/* c= says another canonicalization than the hash has, one way and the other:
 * of a body with blanks to spare, and without. */
static void
test_canonicalization(void **state)
{
	struct dkimsig_sigspec spec = { .algorithm = DKIMSIG_ED25519_SHA256,
	    .header_canon = RELAXED, .body_canon = RELAXED };
	struct diagnosis d;

	(void)state;
	diagnose(&spec, TEXT, "one  two\r\n", "c=relaxed/relaxed",
	    "c=relaxed/simple", &d);
	assert_int_equal(d.body, DIAGNOSE_FOUND);
	assert_string_equal(d.findings[0].code, "blanks");
	spec.body_canon = SIMPLE;
	diagnose(&spec, TEXT, "one  two\r\n", "c=relaxed/simple",
	    "c=relaxed/relaxed", &d);
	assert_int_equal(d.body, DIAGNOSE_FOUND);
	assert_string_equal(d.findings[0].code, "canonicalization");
}

/* So many boundaries that each cut costs the whole body: it ends. */
static void
test_limit(void **state)
{
	struct dkimsig_sigspec spec = { .algorithm = DKIMSIG_ED25519_SHA256,
	    .header_canon = RELAXED, .body_canon = SIMPLE };
	static const char line[] = "--0123456789abcdef\r\n";
	const size_t n = 1 << 16;
	struct diagnosis d;
	char *body;
	size_t i;

	(void)state;
	body = malloc(n * strlen(line) + 8);
	assert_non_null(body);
	for (i = 0; i < n; i++)
		memcpy(body + i * strlen(line), line, strlen(line));
	memcpy(body + n * strlen(line), "last\r\n", 7);
	diagnose(&spec, TEXT, body, "last\r\n", "lost\r\n", &d);
	assert_int_equal(d.body, DIAGNOSE_LIMIT);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damages),
		cmocka_unit_test(test_right),
		cmocka_unit_test(test_cut_and_footer),
		cmocka_unit_test(test_canonicalization),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}
