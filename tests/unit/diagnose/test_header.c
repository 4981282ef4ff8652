/* SPDX-License-Identifier: ISC */

/*
 * Headers changed after they were signed, in each way that is known, under
 * both algorithms: the cause is named.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose/diagnose.h"
#include "signedmail.h"

#define SIMPLE	DKIMSIG_CANON_SIMPLE
#define RELAXED	DKIMSIG_CANON_RELAXED

#define BASE	"From: Joe Doe <joe@example.com>\r\n" \
		"To: a@example.org, \"B B\" <b@example.org>\r\n" \
		"Subject: the game tonight\r\n" \
		"Date: Mon, 3 Nov 2026 09:00:00 +0000\r\n" \
		"Message-ID: <1@example.com>\r\n" \
		"MIME-Version: 1.0\r\n" \
		"Content-Type: text/plain; charset=utf-8\r\n" \
		"Content-Transfer-Encoding: 8bit\r\n"

static const struct {
	const char	*name;
	enum dkimsig_canon canon;
	const char	*from, *to;	/* the damage */
	const char	*code;		/* NULL: no cause is known */
	const char	*text;		/* in the finding; NULL: any */
} cases[] = {
	/* Text put in or appended. */
	{ "tag in front", RELAXED, "Subject: the", "Subject: [list] the",
	    "text-prepended", "it was \"the game tonight\"" },
	{ "two tags", RELAXED, "Subject: the", "Subject: [a] {Spam?} the",
	    "text-prepended", "Subject: text was prepended" },
	{ "tag inside", SIMPLE, "the game", "the [list] game",
	    "tag-added", "it was \"the game tonight\"" },
	{ "text appended", RELAXED, "tonight", "tonight (fwd)",
	    "text-appended", "Subject" },
	{ "parameter appended", RELAXED, "charset=utf-8",
	    "charset=utf-8; format=flowed", "text-appended",
	    "Content-Type" },
	{ "date comment", RELAXED, "+0000", "+0000 (UTC)", "text-appended",
	    "Date" },

	/* Addresses. */
	{ "quotes put in", RELAXED, "From: Joe Doe", "From: \"Joe Doe\"",
	    "quotes", "it was \"Joe Doe <joe@example.com>\"" },
	{ "quotes taken out", RELAXED, "\"B B\"", "B B", "quotes", "To:" },
	{ "list without blanks", RELAXED, "example.org, ", "example.org,",
	    "separators", "To:" },
	{ "comment form", RELAXED, "Joe Doe <joe@example.com>",
	    "joe@example.com (Joe Doe)", "address", "From" },
	{ "from replaced", RELAXED, "From: Joe Doe <joe@example.com>",
	    "From: Joe via list <list@example.net>\r\n"
	    "X-Original-From: Joe Doe <joe@example.com>", "from-replaced",
	    "it was \"Joe Doe <joe@example.com>\"" },
	{ "from replaced, in reply-to", RELAXED,
	    "From: Joe Doe <joe@example.com>",
	    "From: Joe via list <list@example.net>\r\n"
	    "Reply-To: Joe Doe <joe@example.com>", "field-added",
	    "Reply-To" },

	/* Encodings. */
	{ "encoding changed", RELAXED, "8bit", "quoted-printable",
	    "encoding", "it was \"8bit\"" },
	{ "charset changed", RELAXED, "charset=utf-8", "charset=us-ascii",
	    "charset", "Content-Type" },
	{ "charset quoted", RELAXED, "charset=utf-8", "charset=\"utf-8\"",
	    "parameter-quotes", "Content-Type" },
	{ "date form", RELAXED, ", 3 Nov", ", 03 Nov", "date", "Date" },
	{ "date zone", RELAXED, "+0000", "GMT", "date", "Date" },

	/* Fields. */
	{ "guarded field added", RELAXED, "To: a",
	    "Cc: c@example.org\r\nTo: a", "field-added",
	    "Cc: this field was added: \"c@example.org\"" },
	{ "oversigned field added", RELAXED, "Subject: the",
	    "Subject: bad\r\nSubject: the", "field-added",
	    "Subject: this field was added: \"bad\"" },
	{ "version removed", RELAXED, "MIME-Version: 1.0\r\n", "",
	    "field-removed", "MIME-Version: this field was removed" },
	{ "encoding removed", RELAXED,
	    "Content-Transfer-Encoding: 8bit\r\n", "", "field-removed",
	    "it was \"8bit\"" },

	/* Blanks and folds. */
	{ "blank by a fold", RELAXED, "1@example.com", "1@\r\n example.com",
	    "blank-inserted", "Message-ID" },
	{ "folded", SIMPLE, "org, \"B", "org,\r\n\t\"B", "folding", "To:" },
	{ "first blank lost", SIMPLE, "Subject: the", "Subject:the",
	    "blanks", "Subject" },
	{ "blank at the end", SIMPLE, "tonight", "tonight ", "blanks",
	    "Subject" },
	{ "name spelled differently", SIMPLE, "Message-ID:", "Message-Id:",
	    "name", "it was \"Message-ID\"" },

	/* Two at a time. */
	{ "list: tag and reply-to", RELAXED, "Subject: the",
	    "Reply-To: list@example.net\r\nSubject: [list] the", "field-added",
	    "Reply-To" },

	{ "a word", RELAXED, "game", "match", NULL, NULL },
};

static EVP_PKEY *keys[2];
static char records[2][DKIMSIG_KEYRECORD_SIZE];

static int
make_keys(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		keys[i] = testkeys_make((enum dkimsig_algorithm)i, 1024);
		testkeys_record(keys[i], (enum dkimsig_algorithm)i,
		    records[i], sizeof(records[i]));
	}
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(keys[0]);
	EVP_PKEY_free(keys[1]);
	return 0;
}

/* Sign, damage, verify, diagnose with a key. */
static void
diagnose(const struct dkimsig_sigspec *spec, const char *header,
    const char *from, const char *to, EVP_PKEY *key, struct diagnosis *d)
{
	struct signedmail sm = signedmail_make(header, "hi\r\n", spec,
	    keys[spec->algorithm]);
	struct dkimsig_verifier *v;
	struct dkimsig_verdict verdict;
	struct mailfile mail;
	const char *why;

	signedmail_replace(&sm, from, to);
	assert_true(mailfile_parse(&mail, sm.text, sm.len, &why));
	verdict = signedmail_verify(&mail, records[spec->algorithm], &v);
	memset(d, 0, sizeof(*d));
	assert_int_equal(diagnose_header(&mail, &verdict, key, d), 0);
	dkimsig_verifier_free(v);
	mailfile_finish(&mail);
	free(sm.text);
}

static void
check(size_t i, enum dkimsig_algorithm algorithm)
{
	struct dkimsig_sigspec spec = { .algorithm = algorithm,
	    .header_canon = cases[i].canon, .body_canon = RELAXED };
	struct diagnosis d;

	diagnose(&spec, BASE, cases[i].from, cases[i].to, keys[algorithm],
	    &d);
	if (cases[i].code == NULL) {
		if (d.header == DIAGNOSE_FOUND)
			fail_msg("%s: %s", cases[i].name,
			    d.findings[0].text);
		return;
	}
	if (d.header != DIAGNOSE_FOUND || d.nfindings == 0 ||
	    strcmp(d.findings[0].code, cases[i].code) != 0 ||
	    (cases[i].text != NULL &&
	    strstr(d.findings[0].text, cases[i].text) == NULL))
		fail_msg("%s: %d, %s: %s", cases[i].name, d.header,
		    d.nfindings > 0 ? d.findings[0].code : "",
		    d.findings[0].text);
}

static void
test_damages_rsa(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(i, DKIMSIG_RSA_SHA256);
}

/* Each guess is verified there: those alone that need few. */
static void
test_damages_ed25519(void **state)
{
	(void)state;
	check(0, DKIMSIG_ED25519_SHA256);
	check(6, DKIMSIG_ED25519_SHA256);
}

/* RFC 2047: what was encoded, decoded, and respelled. */
static void
test_words(void **state)
{
	static const struct {
		const char	*subject, *from, *to;
	} words[] = {
		{ "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
		    "=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=" },
		{ "=?UTF-8?B?w7w=?=", "=?UTF-8?B?w7w=?=",
		    "=?UTF-8?Q?=C3=BC?=" },
		{ "\303\274ber alles", "\303\274ber alles",
		    "=?UTF-8?Q?=C3=BCber?= alles" },
		{ "=?UTF-8?Q?an_=C3=BC?=", "=?UTF-8?Q?an_=C3=BC?=",
		    "an \303\274" },
		{ "an =?UTF-8?Q?=C3=BC?= a", "=?UTF-8?Q?=C3=BC?=",
		    "\303\274" },
	};
	struct dkimsig_sigspec spec = { .header_canon = RELAXED };
	struct diagnosis d;
	char header[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		(void)snprintf(header, sizeof(header),
		    "From: joe@example.com\r\nSubject: %s\r\n",
		    words[i].subject);
		diagnose(&spec, header, words[i].from, words[i].to, keys[0],
		    &d);
		if (d.header != DIAGNOSE_FOUND ||
		    strcmp(d.findings[0].code, "encoded-words") != 0)
			fail_msg("%zu: %s", i, d.findings[0].text);
	}
}

/* Of two fields that are alike in name. */
static void
test_instances(void **state)
{
	static const char *const names[] = { "comments" };
	static const char header[] = "From: joe@example.com\r\n"
	    "Comments: one\r\nComments: two\r\n";
	struct dkimsig_sigspec spec = { .header_canon = RELAXED,
	    .sign = names, .nsign = 1 };
	struct diagnosis d;

	(void)state;
	diagnose(&spec, header, "Comments: one\r\nComments: two",
	    "Comments: two\r\nComments: one", keys[0], &d);
	assert_int_equal(d.header, DIAGNOSE_FOUND);
	assert_string_equal(d.findings[0].code, "order");
	diagnose(&spec, "From: joe@example.com\r\n"
	    "Comments: one\r\nComments: one\r\n",
	    "Comments: one\r\nComments: one", "Comments: one", keys[0], &d);
	assert_int_equal(d.header, DIAGNOSE_FOUND);
	assert_string_equal(d.findings[0].code, "field-removed");
}

/* Two findings, the second of another field. */
static void
test_two(void **state)
{
	struct dkimsig_sigspec spec = { .header_canon = RELAXED };
	struct diagnosis d;

	(void)state;
	diagnose(&spec, BASE, "Subject: the",
	    "Reply-To: l@example.net\r\nSubject: [l] the", keys[0], &d);
	assert_int_equal(d.header, DIAGNOSE_FOUND);
	assert_int_equal(d.nfindings, 2);
	assert_string_equal(d.findings[0].code, "field-added");
	assert_string_equal(d.findings[1].code, "text-prepended");
}

static void
test_right(void **state)
{
	struct dkimsig_sigspec spec = { .header_canon = SIMPLE };
	struct diagnosis d;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		spec.algorithm = (enum dkimsig_algorithm)i;
		diagnose(&spec, BASE, "x", "x", keys[i], &d);
		assert_int_equal(d.header, DIAGNOSE_RIGHT);
		assert_int_equal(d.nfindings, 0);
	}
}

/* Put another signature in the place of b=, which is the last tag. */
static void
replace_signature(struct signedmail *sm, const unsigned char *sig,
    size_t siglen)
{
	char *b = strstr(sm->text, " b="), *end, *text;
	unsigned char base64[2 * DKIMSIG_MAX_SIGVALUE];
	int n;

	if (b == NULL)
		b = strstr(sm->text, "\tb=");
	assert_non_null(b);
	assert_non_null(end = strstr(b, "\r\nFrom:"));
	(void)EVP_EncodeBlock(base64, sig, (int)siglen);
	n = asprintf(&text, "%.*sb=%s%s", (int)(b + 1 - sm->text), sm->text,
	    (const char *)base64, end);
	assert_int_not_equal(n, -1);
	free(sm->text);
	sm->text = text;
	sm->len = (size_t)n;
}

/* A signer that says simple and does relaxed. */
static void
test_canonicalization(void **state)
{
	struct dkimsig_sigspec spec = { .header_canon = SIMPLE };
	struct signedmail sm = signedmail_make(BASE, "hi\r\n", &spec,
	    keys[0]);
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	const unsigned char *block;
	struct dkimsig_verifier *v;
	struct dkimsig_verdict verdict;
	struct diagnosis d = { .nfindings = 0 };
	struct mailfile mail;
	const char *why;
	size_t len;

	(void)state;
	assert_true(mailfile_parse(&mail, sm.text, sm.len, &why));
	(void)signedmail_verify(&mail, records[0], &v);
	assert_int_equal(dkimsig_verifier_block(v, 0, RELAXED, &block, &len),
	    0);
	replace_signature(&sm, sig, testkeys_sign(keys[0],
	    DKIMSIG_RSA_SHA256, block, len, sig));
	dkimsig_verifier_free(v);
	mailfile_finish(&mail);

	assert_true(mailfile_parse(&mail, sm.text, sm.len, &why));
	verdict = signedmail_verify(&mail, records[0], &v);
	assert_int_equal(verdict.reason, DKIMSIG_REASON_SIGNATURE);
	assert_int_equal(diagnose_header(&mail, &verdict, keys[0], &d), 0);
	assert_int_equal(d.header, DIAGNOSE_FOUND);
	assert_string_equal(d.findings[0].code, "canonicalization");
	dkimsig_verifier_free(v);
	mailfile_finish(&mail);
	free(sm.text);
}

/* The signature of another key, and a damaged one. */
static void
test_other_key(void **state)
{
	struct dkimsig_sigspec spec = { .header_canon = RELAXED };
	EVP_PKEY *same = testkeys_make(DKIMSIG_RSA_SHA256, 1024);
	EVP_PKEY *longer = testkeys_make(DKIMSIG_RSA_SHA256, 2048);
	struct diagnosis d;

	(void)state;
	diagnose(&spec, BASE, "x", "x", same, &d);
	assert_int_equal(d.header, DIAGNOSE_FOUND);
	assert_string_equal(d.findings[0].code, "other-key");
	diagnose(&spec, BASE, "x", "x", longer, &d);
	assert_int_equal(d.header, DIAGNOSE_FOUND);
	assert_string_equal(d.findings[0].code, "other-key");
	EVP_PKEY_free(same);
	EVP_PKEY_free(longer);
}

/* Ed25519 and many fields: the search ends at its limit. */
static void
test_limit(void **state)
{
	struct dkimsig_sigspec spec = { .algorithm = DKIMSIG_ED25519_SHA256,
	    .header_canon = SIMPLE };
	struct diagnosis d;

	(void)state;
	diagnose(&spec, BASE, "game", "match", keys[1], &d);
	assert_int_equal(d.header, DIAGNOSE_LIMIT);
	assert_int_equal(d.nfindings, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damages_rsa),
		cmocka_unit_test(test_damages_ed25519),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_right),
		cmocka_unit_test(test_canonicalization),
		cmocka_unit_test(test_other_key),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
