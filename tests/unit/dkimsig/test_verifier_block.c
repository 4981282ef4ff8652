/* SPDX-License-Identifier: ISC */

/*
 * What a verifier says of a signature beside its verdict: the names of h=,
 * and the block, which is the one that the signer handed out.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"

#define NOW	1790000000

static const struct {
	const char	*name, *value;
} message[] = {
	{ "From",	" Joe  <joe@example.com>" },
	{ "Subject",	"  two \t words " },
	{ "To",		" a@example.org,\r\n\tb@example.org" },
};
#define NMESSAGE	(sizeof(message) / sizeof(message[0]))

/* No true signature is needed to look at a block. */
static const unsigned char sig[] = "signature";

static struct dkimsig_signer *
feed_signer(void)
{
	struct dkimsig_signer *s;
	size_t i;

	assert_int_equal(dkimsig_signer_new(&s, NULL), 0);
	for (i = 0; i < NMESSAGE; i++)
		assert_int_equal(dkimsig_signer_header(s, message[i].name,
		    strlen(message[i].name), message[i].value,
		    strlen(message[i].value)), 0);
	assert_int_equal(dkimsig_signer_end_headers(s), 0);
	assert_int_equal(dkimsig_signer_end(s), 0);
	return s;
}

/* A verifier whose top field is that signature. */
static struct dkimsig_verifier *
feed_verifier(const char *value, size_t valuelen)
{
	const struct dkimsig_verifier_opts opts = { .now = NOW };
	struct dkimsig_verifier *v;
	const unsigned char *block;
	const char *name;
	size_t i, len;

	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	assert_int_equal(dkimsig_verifier_header(v, "DKIM-Signature", 14,
	    value, valuelen), 0);
	for (i = 0; i < NMESSAGE; i++)
		assert_int_equal(dkimsig_verifier_header(v, message[i].name,
		    strlen(message[i].name), message[i].value,
		    strlen(message[i].value)), 0);
	assert_int_equal(dkimsig_verifier_signs(v, 0, 0, &name, &len),
	    DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_verifier_block(v, 0, DKIMSIG_CANON_SIMPLE,
	    &block, &len), DKIMSIG_E_STATE);
	assert_int_equal(dkimsig_verifier_end_headers(v), 0);
	return v;
}

static void
assert_block(struct dkimsig_verifier *v, enum dkimsig_canon canon,
    const unsigned char *want, size_t wantlen)
{
	const unsigned char *block;
	size_t len;

	assert_int_equal(dkimsig_verifier_block(v, 0, canon, &block, &len),
	    0);
	assert_int_equal(len, wantlen);
	assert_memory_equal(block, want, len);
}

static void
test_block(void **state)
{
	static const char *const list[] = { "to", "subject" };
	struct dkimsig_sigspec spec = { .sdid = "example.com",
	    .selector = "s", .timestamp = NOW, .body_canon = 1,
	    .sign = list, .nsign = 2 };
	struct dkimsig_signer *s = feed_signer();
	struct dkimsig_verifier *v;
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	const char *value;
	unsigned int canon;
	size_t len, valuelen;

	(void)state;
	for (canon = 0; canon < 2; canon++) {
		spec.header_canon = (enum dkimsig_canon)canon;
		assert_int_equal(dkimsig_signature_new(&signature, s, &spec),
		    0);
		tbs = dkimsig_signature_block(signature, &len);
		assert_int_equal(dkimsig_signature_field(signature, sig,
		    sizeof(sig), &value, &valuelen), 0);
		v = feed_verifier(value, valuelen);
		assert_block(v, spec.header_canon, tbs, len);
		assert_block(v, spec.header_canon, tbs, len);
		dkimsig_verifier_free(v);
		dkimsig_signature_free(signature);
	}
	dkimsig_signer_free(s);
}

#define SIGNATURE " v=1; a=rsa-sha256; d=example.com; s=s; c=simple; " \
	"bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; "

static void
test_other_canonicalization(void **state)
{
	static const char value[] = SIGNATURE "h=from : from; b=QUI=";
	static const char relaxed[] = "from:Joe <joe@example.com>\r\n"
	    "dkim-signature:v=1; a=rsa-sha256; d=example.com; s=s; c=simple; "
	    "bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; "
	    "h=from : from; b=";
	static const char simple[] = "From: Joe  <joe@example.com>\r\n"
	    "DKIM-Signature:" SIGNATURE "h=from : from; b=";
	struct dkimsig_verifier *v = feed_verifier(value, strlen(value));

	(void)state;
	assert_block(v, DKIMSIG_CANON_RELAXED,
	    (const unsigned char *)relaxed, strlen(relaxed));
	assert_block(v, DKIMSIG_CANON_SIMPLE,
	    (const unsigned char *)simple, strlen(simple));
	dkimsig_verifier_free(v);
}

static void
test_names(void **state)
{
	static const char value[] = SIGNATURE "h=From: to :X-None;b=QUI=";
	static const char *const want[] = { "From", "to", "X-None" };
	struct dkimsig_verifier *v = feed_verifier(value, strlen(value));
	struct dkimsig_verdict verdict;
	const char *name;
	size_t i, len;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(dkimsig_verifier_signs(v, 0, i, &name,
		    &len), 0);
		assert_int_equal(len, strlen(want[i]));
		assert_memory_equal(name, want[i], len);
	}
	assert_int_equal(dkimsig_verifier_signs(v, 0, 3, &name, &len),
	    DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_verifier_signs(v, 1, 0, &name, &len),
	    DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_verifier_end(v), 0);
	assert_int_equal(dkimsig_verifier_result(v, 0, &verdict), 0);
	assert_int_equal(verdict.nsigned, 3);
	assert_int_equal(verdict.siglen, 2);
	assert_memory_equal(verdict.sig, "AB", 2);
	assert_int_equal(verdict.bodyhash[0], 0x7e);
	dkimsig_verifier_free(v);
}

static void
test_unreadable(void **state)
{
	struct dkimsig_verifier *v = feed_verifier(" v=2", 4);
	struct dkimsig_verdict verdict;
	const unsigned char *block;
	const char *name;
	size_t len;

	(void)state;
	assert_int_equal(dkimsig_verifier_signs(v, 0, 0, &name, &len),
	    DKIMSIG_E_SYNTAX);
	assert_int_equal(dkimsig_verifier_block(v, 0, DKIMSIG_CANON_SIMPLE,
	    &block, &len), DKIMSIG_E_SYNTAX);
	assert_int_equal(dkimsig_verifier_block(v, 1, DKIMSIG_CANON_SIMPLE,
	    &block, &len), DKIMSIG_E_ARG);
	assert_int_equal(dkimsig_verifier_end(v), 0);
	assert_int_equal(dkimsig_verifier_result(v, 0, &verdict), 0);
	assert_null(verdict.sig);
	assert_null(verdict.bodyhash);
	assert_int_equal(verdict.nsigned, 0);
	dkimsig_verifier_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_other_canonicalization),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
