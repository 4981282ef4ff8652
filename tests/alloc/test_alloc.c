/* SPDX-License-Identifier: ISC */

/*
 * Each run of the library with the n-th allocation failing, for n from 1
 * until the run needs no more: alone, and with all that follow.
 *
 * A run ends with DKIMSIG_E_NOMEM or DKIMSIG_E_CRYPTO, or it is right to the
 * last octet, when the failure was in something that a library below can do
 * without.  It never ends with a wrong verdict, and it leaves no block.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"
#include "failing.h"
#include "testkeys.h"

#define NOW		1790000000
#define NSIGNATURES	2
#define N(a)		(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*name, *value;
} message[] = {
	{ "Received",	" from a by b" },
	{ "From",	" \"J\xc3\xbcrgen\" <j@b\xc3\xbc" "cher.example>" },
	{ "To",		" a@example.org,\r\n\tb@example.org" },
	{ "Subject",	"  two \t words " },
	{ "Comments",	" one" },
	{ "Comments",	" two" },
};

static const char body[] = " Hi.\r\n\r\nWe  lost\tthe game. \r\n\r\n\r\n";
static const char domain[] = "xn--bcher-kva.example";

static EVP_PKEY *keys[NSIGNATURES];
static char records[NSIGNATURES][DKIMSIG_KEYRECORD_SIZE];
static char *signatures[NSIGNATURES];	/* values of the fields */
static unsigned char *block;		/* of the first signature */
static size_t blocklen;

static int
feed(struct dkimsig_signer *s)
{
	size_t i;
	int r;

	for (i = 0; i < N(message); i++)
		if ((r = dkimsig_signer_header(s, message[i].name,
		    strlen(message[i].name), message[i].value,
		    strlen(message[i].value))) != 0)
			return r;
	if ((r = dkimsig_signer_end_headers(s)) != 0 ||
	    (r = dkimsig_signer_body(s, body, strlen(body))) != 0)
		return r;
	return dkimsig_signer_end(s);
}

static struct dkimsig_sigspec
spec_of(size_t i)
{
	return (struct dkimsig_sigspec){
		.sdid = domain,
		.selector = i == 0 ? "r" : "e",
		.algorithm = (enum dkimsig_algorithm)i,
		.header_canon = (enum dkimsig_canon)i,
		.body_canon = (enum dkimsig_canon)i,
		.timestamp = NOW,
	};
}

static const struct dkimsig_signer_opts opts = {
	.body_canons = 1u << DKIMSIG_CANON_SIMPLE |
	    1u << DKIMSIG_CANON_RELAXED,
};

/* What the runs start from and are compared with. */
static int
set_up(void **state)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct dkimsig_sigspec spec;
	struct dkimsig_signer *s;
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	const char *value;
	size_t i, len;

	(void)state;
	assert_int_equal(dkimsig_signer_new(&s, &opts), 0);
	assert_int_equal(feed(s), 0);
	for (i = 0; i < NSIGNATURES; i++) {
		keys[i] = testkeys_make((enum dkimsig_algorithm)i, 2048);
		testkeys_record(keys[i], (enum dkimsig_algorithm)i,
		    records[i], sizeof(records[i]));
		spec = spec_of(i);
		assert_int_equal(dkimsig_signature_new(&signature, s, &spec),
		    0);
		tbs = dkimsig_signature_block(signature, &len);
		if (i == 0) {
			assert_non_null(block = malloc(blocklen = len));
			memcpy(block, tbs, len);
		}
		len = testkeys_sign(keys[i], spec.algorithm, tbs, len, sig);
		assert_int_equal(dkimsig_signature_field(signature, sig, len,
		    &value, &len), 0);
		assert_non_null(signatures[i] = strdup(value));
		dkimsig_signature_free(signature);
	}
	dkimsig_signer_free(s);
	return 0;
}

static int
tear_down(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NSIGNATURES; i++) {
		EVP_PKEY_free(keys[i]);
		free(signatures[i]);
	}
	free(block);
	return 0;
}

/* -- Runs: 0 and all is right, or the first error ------------------------ */

static int
sign_message(struct dkimsig_signer *s)
{
	static const unsigned char sig[256];
	struct dkimsig_sigspec spec;
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	const char *value;
	size_t i, len;
	int r;

	if ((r = feed(s)) != 0)
		return r;
	for (i = 0; i < NSIGNATURES; i++) {
		spec = spec_of(i);
		if ((r = dkimsig_signature_new(&signature, s, &spec)) != 0)
			return r;
		tbs = dkimsig_signature_block(signature, &len);
		if (i == 0) {
			assert_int_equal(len, blocklen);
			assert_memory_equal(tbs, block, blocklen);
		}
		r = dkimsig_signature_field(signature, sig, sizeof(sig),
		    &value, &len);
		if (r == 0)
			assert_int_equal(strlen(value), len);
		dkimsig_signature_free(signature);
		if (r != 0)
			return r;
	}
	return 0;
}

static int
run_signer(void)
{
	struct dkimsig_signer *s;
	int r;

	if ((r = dkimsig_signer_new(&s, &opts)) != 0) {
		assert_null(s);
		return r;
	}
	r = sign_message(s);
	dkimsig_signer_free(s);
	return r;
}

static int
feed_verifier(struct dkimsig_verifier *v)
{
	size_t i;
	int r;

	for (i = 0; i < NSIGNATURES; i++)
		if ((r = dkimsig_verifier_header(v, "DKIM-Signature", 14,
		    signatures[i], strlen(signatures[i]))) != 0)
			return r;
	for (i = 0; i < N(message); i++)
		if ((r = dkimsig_verifier_header(v, message[i].name,
		    strlen(message[i].name), message[i].value,
		    strlen(message[i].value))) != 0)
			return r;
	if ((r = dkimsig_verifier_end_headers(v)) != 0 ||
	    (r = dkimsig_verifier_body(v, body, strlen(body))) != 0)
		return r;
	return dkimsig_verifier_end(v);
}

static int
verify_message(struct dkimsig_verifier *v)
{
	struct dkimsig_verdict verdict;
	size_t i;
	int r;

	if ((r = feed_verifier(v)) != 0)
		return r;
	assert_int_equal(dkimsig_verifier_count(v), NSIGNATURES);
	for (i = 0; i < NSIGNATURES; i++)
		if ((r = dkimsig_verifier_key(v, i, DKIMSIG_DNS_FOUND,
		    records[i], strlen(records[i]))) != 0)
			return r;
	for (i = 0; i < NSIGNATURES; i++) {
		if ((r = dkimsig_verifier_result(v, i, &verdict)) != 0)
			return r;
		if (verdict.result != DKIMSIG_RESULT_PASS)
			fail_msg("signature %zu: %s", i,
			    dkimsig_reason_text(verdict.reason));
	}
	return 0;
}

static int
run_verifier(void)
{
	const struct dkimsig_verifier_opts vopts = { .now = NOW };
	struct dkimsig_verifier *v;
	int r;

	if ((r = dkimsig_verifier_new(&v, &vopts)) != 0) {
		assert_null(v);
		return r;
	}
	r = verify_message(v);
	dkimsig_verifier_free(v);
	return r;
}

static int
run_keyrecord(void)
{
	static struct dkimsig_keyrecord record;
	static char text[DKIMSIG_KEYRECORD_SIZE];
	enum dkimsig_reason reason;
	int r;

	if ((r = dkimsig_keyrecord_parse(records[0], strlen(records[0]),
	    &record, &reason)) != 0)
		return r;
	record.service_email = false;	/* else printed, true as it is */
	if ((r = dkimsig_keyrecord_print(&record, text, sizeof(text))) != 0)
		return r;
	assert_string_equal(text, records[0]);
	return 0;
}

/* Both lists, both ways of reading, both forms of a name. */
static int
run_authors(void)
{
	static const char *const fields[] = {
		"\"b@e.test\" =?utf-8?q?c=40f.test?= <a@d.test>",
		"\"b@g.test [a] <a@stra\xc3\x9f" "e.test>",
	};
	struct dkimsig_authors *a;
	size_t i;
	int r;

	if ((r = dkimsig_authors_new(&a)) != 0) {
		assert_null(a);
		return r;
	}
	dkimsig_authors_keep_addresses(a);
	for (i = 0; i < N(fields) && r == 0; i++)
		r = dkimsig_authors_field(a, fields[i], strlen(fields[i]));
	if (r == 0) {
		assert_int_equal(dkimsig_authors_count(a), 4);
		assert_int_equal(dkimsig_authors_nmentions(a), 2);
		assert_int_equal(dkimsig_authors_naddresses(a), 6);
	} else
		assert_int_equal(dkimsig_authors_field(a, "x", 1), r);
	dkimsig_authors_free(a);
	return r;
}

static int
run_domain(void)
{
	char name[DKIMSIG_DOMAIN_SIZE];
	int r;

	if ((r = dkimsig_domain_normalize(domain, strlen(domain), name,
	    sizeof(name))) == 0)
		assert_string_equal(name, domain);
	return r;
}

static int
run_tbs(void)
{
	struct dkimsig_tbs tbs;
	int r;

	if ((r = dkimsig_tbs_parse(block, blocklen, &tbs)) == 0) {
		assert_string_equal(tbs.sdid, domain);
		assert_true(tbs.oversigns_from);
	}
	return r;
}

/* What a signature must have signed. */
static int
run_block(void)
{
	const struct dkimsig_verifier_opts vopts = { .now = NOW };
	struct dkimsig_verifier *v;
	const unsigned char *found;
	size_t len;
	int r;

	if ((r = dkimsig_verifier_new(&v, &vopts)) != 0)
		return r;
	if ((r = feed_verifier(v)) == 0 && (r = dkimsig_verifier_block(v, 0,
	    spec_of(0).header_canon, &found, &len)) == 0) {
		assert_int_equal(len, blocklen);
		assert_memory_equal(found, block, blocklen);
	}
	dkimsig_verifier_free(v);
	return r;
}

/* A body hash, gone back to, and the same again. */
static int
run_bodyhash(void)
{
	unsigned char first[DKIMSIG_HASH_SIZE], second[DKIMSIG_HASH_SIZE];
	struct dkimsig_bodyhash *a, *b = NULL;
	int r;

	if ((r = dkimsig_bodyhash_new(&a, DKIMSIG_CANON_RELAXED, -1)) != 0) {
		assert_null(a);
		return r;
	}
	if ((r = dkimsig_bodyhash_new(&b, DKIMSIG_CANON_RELAXED, -1)) == 0 &&
	    (r = dkimsig_bodyhash_update(a, body, strlen(body))) == 0 &&
	    (r = dkimsig_bodyhash_hash(a, first)) == 0 &&
	    (r = dkimsig_bodyhash_copy(b, a)) == 0 &&
	    (r = dkimsig_bodyhash_hash(b, second)) == 0)
		assert_memory_equal(first, second, sizeof(first));
	dkimsig_bodyhash_free(a);
	dkimsig_bodyhash_free(b);
	return r;
}

/* ------------------------------------------------------------------------ */

static void
fail_each(const char *name, int (*run)(void), bool all_later)
{
	size_t before, n, nfailed = 0;
	bool failed;
	int r;

	/* Once for what stays allocated on the first use. */
	assert_int_equal(run(), 0);
	OPENSSL_thread_stop();
	for (n = 1, failed = true; failed; n++) {
		before = failing_live();
		failing_arm(n, all_later);
		r = run();
		failed = failing_disarm();
		/* OpenSSL keeps the texts of its errors to use them again. */
		OPENSSL_thread_stop();
		if (r != 0 && r != DKIMSIG_E_NOMEM && r != DKIMSIG_E_CRYPTO)
			fail_msg("%s, allocation %zu: %d", name, n, r);
		if (!failed && r != 0)
			fail_msg("%s, nothing failed: %d", name, r);
		if (failing_live() != before)
			fail_msg("%s, allocation %zu: %zu blocks, %zu before",
			    name, n, failing_live(), before);
		nfailed += r != 0;
	}
	assert_true(nfailed > 0);
}

static void
test_signer(void **state)
{
	(void)state;
	fail_each("signer", run_signer, false);
	fail_each("signer", run_signer, true);
}

static void
test_verifier(void **state)
{
	(void)state;
	fail_each("verifier", run_verifier, false);
	fail_each("verifier", run_verifier, true);
}

static void
test_keyrecord(void **state)
{
	(void)state;
	fail_each("key record", run_keyrecord, false);
	fail_each("key record", run_keyrecord, true);
}

static void
test_authors(void **state)
{
	(void)state;
	fail_each("authors", run_authors, false);
	fail_each("authors", run_authors, true);
}

static void
test_domain(void **state)
{
	(void)state;
	fail_each("domain", run_domain, false);
	fail_each("domain", run_domain, true);
}

static void
test_tbs(void **state)
{
	(void)state;
	fail_each("block", run_tbs, false);
	fail_each("block", run_tbs, true);
}

static void
test_block(void **state)
{
	(void)state;
	fail_each("block of a signature", run_block, false);
	fail_each("block of a signature", run_block, true);
}

static void
test_bodyhash(void **state)
{
	(void)state;
	fail_each("body hash", run_bodyhash, false);
	fail_each("body hash", run_bodyhash, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signer),
		cmocka_unit_test(test_verifier),
		cmocka_unit_test(test_keyrecord),
		cmocka_unit_test(test_authors),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_tbs),
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_bodyhash),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
