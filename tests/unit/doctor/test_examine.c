/* SPDX-License-Identifier: ISC */

/*
 * The examination of whole messages: what depends on time, keys, domains.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "examine.h"
#include "signedmail.h"

#define SIGNED	1790000000	/* by signedmail_make() */

static EVP_PKEY *key;
static struct keysource *keys;

static int
make_key(void **state)
{
	char path[] = "/tmp/countersign-records.XXXXXX";
	char record[DKIMSIG_KEYRECORD_SIZE], error[256];
	int fd;

	(void)state;
	key = testkeys_make(DKIMSIG_RSA_SHA256, 1024);
	testkeys_record(key, DKIMSIG_RSA_SHA256, record, sizeof(record));
	assert_int_not_equal(fd = mkstemp(path), -1);
	assert_true(dprintf(fd, "# keys\n\ns._domainkey.example.com. %s\n"
	    "a.example \"one \\\"\" \"two\"\nb.example one\nb.example two\n",
	    record) > 0);
	keys = keysource_file(path, error, sizeof(error));
	(void)close(fd);
	(void)unlink(path);
	assert_non_null(keys);
	return 0;
}

static int
free_key(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	keysource_free(keys);
	return 0;
}

static void
examine_text(struct examination *x, const char *from, const char *to,
    int64_t now)
{
	struct dkimsig_sigspec spec = { .lifetime = 100 };
	struct signedmail sm = signedmail_make("From: a@example.com\r\n",
	    "hi\r\n", &spec, key);
	struct mailfile mail;
	const char *why;

	signedmail_replace(&sm, from, to);
	assert_true(mailfile_parse(&mail, sm.text, sm.len, &why));
	assert_int_equal(examine(x, &mail, keys, now), 0);
	free(sm.text);
}

static void
test_times(void **state)
{
	static const struct {
		int64_t			 now;
		enum dkimsig_reason	 reason;
	} cases[] = {
		{ SIGNED, DKIMSIG_REASON_NONE },
		{ SIGNED + 100, DKIMSIG_REASON_NONE },
		{ SIGNED + 101, DKIMSIG_REASON_EXPIRED },
		{ SIGNED - 1, DKIMSIG_REASON_FUTURE },
	};
	struct examination x;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		examine_text(&x, "hi", "hi", cases[i].now);
		assert_int_equal(x.nsignatures, 1);
		assert_int_equal(x.signatures[0].verdict.reason,
		    cases[i].reason);
		assert_int_equal(x.signatures[0].timeless.result,
		    DKIMSIG_RESULT_PASS);
		assert_int_equal(x.signatures[0].diagnosis.nfindings, 0);
		examination_finish(&x);
	}
}

/* What has expired is looked into, too. */
static void
test_expired_and_changed(void **state)
{
	struct examination x;

	(void)state;
	examine_text(&x, "hi\r\n", "hi\r\nlist\r\n", SIGNED + 1000);
	assert_int_equal(x.signatures[0].verdict.reason,
	    DKIMSIG_REASON_EXPIRED);
	assert_int_equal(x.signatures[0].timeless.reason,
	    DKIMSIG_REASON_BODY_HASH);
	assert_int_equal(x.signatures[0].diagnosis.nfindings, 1);
	assert_string_equal(x.signatures[0].diagnosis.findings[0].code,
	    "footer");
	examination_finish(&x);
}

/*
 * A body shorter than l=: only what the hash proves is said for certain.  l=
 * is what the canonical body had, but for the last one.
 */
static void
test_shorter(void **state)
{
	static const struct {
		const char	*name, *body, *length, *from, *to;
		const char	*code;
	} cases[] = {
		{ "LF for CRLF", "hi\r\nyo\r\n", "; l=8; bh=", "hi\r\nyo",
		    "hi\nyo", "line-ends" },
		{ "blank of the delimiter", "hi\r\n-- \r\nme\r\n",
		    "; l=13; bh=", "-- \r\n", "--\r\n", "blanks" },
		{ "a blank stripped", "hi \r\nyo\r\n", "; l=9; bh=", "hi ",
		    "hi", "shorter" },
		{ "a letter deleted", "hi\r\nyo\r\n", "; l=8; bh=",
		    "hi\r\nyo", "hi\r\no", "shorter" },
		{ "a line cut off", "hi\r\nyo\r\n", "; l=8; bh=", "yo\r\n",
		    "", "shorter" },
		{ "whole", "hi\r\nyo\r\n", "; l=9; bh=", "yo", "yo",
		    "length" },
	};
	struct dkimsig_sigspec spec = { .lifetime = 100,
	    .header_canon = DKIMSIG_CANON_RELAXED };
	const struct diagnosis *d;
	struct examination x;
	struct signedmail sm;
	struct mailfile mail;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sm = signedmail_make("From: a@example.com\r\n",
		    cases[i].body, &spec, key);
		signedmail_replace(&sm, cases[i].from, cases[i].to);
		signedmail_replace(&sm, ";\r\n\tbh=", cases[i].length);
		signedmail_replace(&sm, "; bh=", cases[i].length);
		assert_true(mailfile_parse(&mail, sm.text, sm.len, &why));
		assert_int_equal(examine(&x, &mail, keys, SIGNED), 0);
		assert_int_equal(x.signatures[0].timeless.reason,
		    DKIMSIG_REASON_BODY_LENGTH);
		d = &x.signatures[0].diagnosis;
		if (d->nfindings != 1 ||
		    strcmp(d->findings[0].code, cases[i].code) != 0)
			fail_msg("%s: %s: %s", cases[i].name,
			    d->nfindings > 0 ? d->findings[0].code : "none",
			    d->findings[0].text);
		if (strcmp(cases[i].code, "shorter") == 0)
			assert_non_null(strstr(d->findings[0].text,
			    "may have been"));
		examination_finish(&x);
		free(sm.text);
	}
}

/* b= of a key over 8192 bits, with no key to be seen. */
static void
test_large_signature(void **state)
{
	char to[2048] = "; b=";
	struct dkimsig_sigspec spec = { .lifetime = 100 };
	struct signedmail sm = signedmail_make("From: a@example.com\r\n",
	    "hi\r\n", &spec, key);
	const struct examined_signature *s;
	struct examination x;
	struct mailfile mail;
	const char *why;

	(void)state;
	memset(to + 4, 'A', 1368);	/* 1026 octets */
	signedmail_replace(&sm, " b=", to);
	signedmail_replace(&sm, ";; b=", "; b=");
	assert_true(mailfile_parse(&mail, sm.text, sm.len, &why));
	assert_int_equal(examine(&x, &mail, keys, SIGNED), 0);
	s = &x.signatures[0];
	assert_int_equal(s->verdict.result, DKIMSIG_RESULT_PERMERROR);
	assert_int_equal(s->verdict.reason, DKIMSIG_REASON_KEY_SIZE);
	assert_int_equal(s->diagnosis.nfindings, 1);
	assert_string_equal(s->diagnosis.findings[0].code, "record-size");
	assert_non_null(strstr(s->diagnosis.findings[0].text,
	    "more than 8192 bits"));
	examination_finish(&x);
	free(sm.text);
}

static void
test_alignment(void **state)
{
	static const struct {
		const char	*from;
		enum alignment	 want;
	} cases[] = {
		{ "a@example.com", ALIGNMENT_STRICT },
		{ "a@EXAMPLE.com", ALIGNMENT_STRICT },
		{ "a@mail.example.com", ALIGNMENT_RELAXED },
		{ "a@notexample.com", ALIGNMENT_NONE },
		{ "a@example.net", ALIGNMENT_NONE },
		{ "a@com.com", ALIGNMENT_NONE },
		{ "a@example.com, b@example.com", ALIGNMENT_STRICT },
		{ "a@example.com, b@example.net", ALIGNMENT_NONE },
	};
	struct examination x;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		examine_text(&x, "a@example.com", cases[i].from, SIGNED);
		assert_int_equal(x.signatures[0].alignment, cases[i].want);
		examination_finish(&x);
	}
}

static void
test_keysource(void **state)
{
	struct keyanswer a;

	(void)state;
	keysource_lookup(keys, "a.example", &a);
	assert_int_equal(a.status, DKIMSIG_DNS_FOUND);
	assert_string_equal(a.txts[0], "one \"two");
	keyanswer_finish(&a);
	keysource_lookup(keys, "B.example", &a);
	assert_int_equal(a.status, DKIMSIG_DNS_MANY);
	assert_int_equal(a.ntxts, 2);
	keyanswer_finish(&a);
	keysource_lookup(keys, "c.example", &a);
	assert_int_equal(a.status, DKIMSIG_DNS_NONE);
	keyanswer_finish(&a);
	keysource_lookup(keys, "s._domainkey.example.com", &a);
	assert_int_equal(a.status, DKIMSIG_DNS_FOUND);
	keyanswer_finish(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_expired_and_changed),
		cmocka_unit_test(test_shorter),
		cmocka_unit_test(test_large_signature),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_keysource),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}
