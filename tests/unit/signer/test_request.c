/* SPDX-License-Identifier: ISC */

/*
 * The checks between the front and a private key: one right request, and
 * each way to be wrong, alone.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "keydir.h"
#include "signer/request.h"

#define NOW	1790000000
#define CEILING	604800		/* seconds: seven days */
#define MINUTES(n) ((n) * 60)	/* seconds */

static struct keydir store;
static struct keycache *cache;
static EVP_PKEY *rsa, *ed25519;
static const struct moment now = { NOW, 100 };

/* bh= of keydir_block_write(): the SHA-256 of nothing. */
static const unsigned char empty_body[DKIMSIG_HASH_SIZE] = {
	0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
	0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
	0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
};

static void
set_stream(struct ks_key *key)
{
	key->stream = "desk";
}

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	rsa = keydir_add(&store, "example.com", "s1", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	ed25519 = keydir_add(&store, "example.com", "e1",
	    DKIMSIG_ED25519_SHA256, 1, KS_NEVER);
	(void)keydir_add(&store, "example.com", "soon", DKIMSIG_RSA_SHA256,
	    NOW + 1, KS_NEVER);
	(void)keydir_add(&store, "example.com", "retired",
	    DKIMSIG_RSA_SHA256, 1, NOW);
	(void)keydir_add(&store, "example.com", "over", DKIMSIG_RSA_SHA256,
	    1, NOW - KS_HANDOVER);
	(void)keydir_add(&store, "example.com", "desk", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	keydir_change(&store, "example.com", "desk", set_stream);
	(void)keydir_add(&store, "example.net", "s1", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	cache = keycache_new(store.ks);
	assert_non_null(cache);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keycache_free(cache);
	keydir_remove(&store);
	keydir_free_keys();
	return 0;
}

/* Ask for a block; what the request says may differ from the block. */
static enum ipc_status
ask(const char *domain, const char *selector,
    enum dkimsig_algorithm algorithm, const void *tbs, size_t tbslen,
    int64_t ceiling, unsigned char *sig, size_t *siglen)
{
	const struct sign_rules rules = { .ceiling = ceiling };
	struct sign_request request;
	struct sign_answer answer;
	enum ipc_status status;

	request.owner.domain = domain;
	request.owner.stream = "";
	request.selector = selector;
	request.algorithm = algorithm;
	request.tbs = tbs;
	request.tbslen = tbslen;
	status = sign_request_answer(cache, &rules, &request, &now, &answer);
	assert_true((status == IPC_OK) == (answer.siglen > 0));
	if (status == IPC_OK)
		assert_memory_equal(answer.bodyhash, empty_body,
		    sizeof(empty_body));
	else
		assert_non_null(answer.why);
	memcpy(sig, answer.sig, answer.siglen);
	*siglen = answer.siglen;
	return status;
}

static void
test_signs(void **state)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct keydir_block block;
	char tbs[2048];
	size_t len, siglen;

	(void)state;
	keydir_block_init(&block, NOW);
	len = keydir_block_write(&block, tbs, sizeof(tbs));
	assert_int_equal(ask("example.com", "s1", DKIMSIG_RSA_SHA256, tbs,
	    len, CEILING, sig, &siglen), IPC_OK);
	assert_int_equal(siglen, 256);
	assert_true(keydir_verify(rsa, DKIMSIG_RSA_SHA256, tbs, len, sig,
	    siglen));

	block.selector = "e1";
	block.algorithm = "ed25519-sha256";
	len = keydir_block_write(&block, tbs, sizeof(tbs));
	assert_int_equal(ask("example.com", "e1", DKIMSIG_ED25519_SHA256, tbs,
	    len, CEILING, sig, &siglen), IPC_OK);
	assert_int_equal(siglen, 64);
	assert_true(keydir_verify(ed25519, DKIMSIG_ED25519_SHA256, tbs, len,
	    sig, siglen));
}

/* What libdkimsig makes is accepted, in either header canonicalization. */
static void
test_signs_what_the_library_makes(void **state)
{
	struct dkimsig_sigspec spec = { 0 };
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct dkimsig_signer *signer;
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	size_t len, siglen;
	int canon;

	(void)state;
	for (canon = 0; canon < 2; canon++) {
		assert_int_equal(dkimsig_signer_new(&signer, NULL), 0);
		assert_int_equal(dkimsig_signer_header(signer, "From", 4,
		    " A <a@example.com>", 18), 0);
		assert_int_equal(dkimsig_signer_header(signer, "Subject", 7,
		    " x\r\n\ty", 6), 0);
		assert_int_equal(dkimsig_signer_end_headers(signer), 0);
		assert_int_equal(dkimsig_signer_end(signer), 0);
		spec.sdid = "example.com";
		spec.selector = "s1";
		spec.algorithm = DKIMSIG_RSA_SHA256;
		spec.header_canon = (enum dkimsig_canon)canon;
		spec.body_canon = DKIMSIG_CANON_RELAXED;
		spec.timestamp = NOW;
		spec.lifetime = CEILING;
		assert_int_equal(dkimsig_signature_new(&signature, signer,
		    &spec), 0);
		tbs = dkimsig_signature_block(signature, &len);
		assert_int_equal(ask("example.com", "s1", DKIMSIG_RSA_SHA256,
		    tbs, len, CEILING, sig, &siglen), IPC_OK);
		assert_true(keydir_verify(rsa, DKIMSIG_RSA_SHA256, tbs, len,
		    sig, siglen));
		dkimsig_signature_free(signature);
		dkimsig_signer_free(signer);
	}
}

/* How a request differs from the right one. */
static const struct {
	const char	*name;
	/* In the block; NULL or 0: as in the right one. */
	const char	*sdid, *selector, *algorithm, *signed_names;
	const char	*from, *more, *signature, *after;
	int64_t		 timestamp, lifetime;	/* -1: no such tag */
	/* In the request; NULL: as in the block. */
	const char	*asked_domain, *asked_selector;
	enum ipc_status	 want, want_no_ceiling;
} cases[] = {
	{ .name = "right" },
	{ .name = "other d= than asked", .asked_domain = "example.net",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "domain with keys, d= another", .sdid = "example.net",
	    .asked_domain = "example.com",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "no such domain", .sdid = "example.org",
	    .want = IPC_NO_KEY, .want_no_ceiling = IPC_NO_KEY },
	{ .name = "subdomain of ours", .sdid = "sub.example.com",
	    .want = IPC_NO_KEY, .want_no_ceiling = IPC_NO_KEY },
	{ .name = "other s= than asked", .asked_selector = "s2",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "no such key", .selector = "s2",
	    .want = IPC_NO_KEY, .want_no_ceiling = IPC_NO_KEY },
	{ .name = "not yet active", .selector = "soon",
	    .want = IPC_NO_KEY, .want_no_ceiling = IPC_NO_KEY },
	{ .name = "retired just now", .selector = "retired",
	    .want = IPC_OK, .want_no_ceiling = IPC_OK },
	{ .name = "retired, and its handover is over", .selector = "over",
	    .want = IPC_NO_KEY, .want_no_ceiling = IPC_NO_KEY },
	{ .name = "a= not the request's", .algorithm = "ed25519-sha256",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "a= not the key's", .selector = "e1",
	    .want = IPC_NO_KEY, .want_no_ceiling = IPC_NO_KEY },
	{ .name = "rsa-sha1", .algorithm = "rsa-sha1",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "From not in h=", .signed_names = "subject",
	    .from = "subject:x\r\n",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "From in h= alone", .from = "",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "From in the block alone", .signed_names = "subject",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "From not oversigned", .signed_names = "from",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "two From, h= names both", .from = "from:a@example.com\r\n"
	    "from:b@example.com\r\n", .signed_names = "from:From",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "From oversigned, other fields between",
	    .signed_names = "From:to:subject:from" },
	{ .name = "l=", .more = "l=0; ",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "no t=", .timestamp = -1,
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "t= five minutes ago", .timestamp = NOW - MINUTES(5) },
	{ .name = "t= too long ago", .timestamp = NOW - MINUTES(5) - 1,
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "t= in five minutes", .timestamp = NOW + MINUTES(5) },
	{ .name = "t= too far ahead", .timestamp = NOW + MINUTES(5) + 1,
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "no x=", .lifetime = -1,
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_OK },
	{ .name = "x= at the ceiling", .lifetime = CEILING },
	{ .name = "x= over the ceiling", .lifetime = CEILING + 1,
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_OK },
	{ .name = "x= far over it", .lifetime = 900000000000 - NOW,
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_OK },
	{ .name = "x= before t=", .lifetime = -5,
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "key of a stream", .selector = "desk",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "b= filled", .signature = "QUJD",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "final CRLF", .after = "\r\n",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "a field after it", .after = "\r\nsubject:x",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "a second signature field", .after =
	    "\r\ndkim-signature:v=1; a=rsa-sha256; d=example.net; s=s1; "
	    "h=from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "d= twice", .more = "d=example.net; ",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
	{ .name = "bh= twice", .more = "bh=QUJD; ",
	    .want = IPC_REFUSED, .want_no_ceiling = IPC_REFUSED },
};

static void
make_block(size_t i, struct keydir_block *block)
{
	keydir_block_init(block, NOW);
	if (cases[i].sdid != NULL)
		block->sdid = cases[i].sdid;
	if (cases[i].selector != NULL)
		block->selector = cases[i].selector;
	if (cases[i].algorithm != NULL)
		block->algorithm = cases[i].algorithm;
	if (cases[i].signed_names != NULL)
		block->signed_names = cases[i].signed_names;
	if (cases[i].from != NULL)
		block->from = cases[i].from;
	block->more = cases[i].more;
	block->signature = cases[i].signature;
	block->after = cases[i].after;
	if (cases[i].timestamp != 0)
		block->timestamp = cases[i].timestamp;
	block->expires = (block->timestamp == -1 ? NOW : block->timestamp) +
	    3600;
	if (cases[i].lifetime == -1)
		block->expires = -1;
	else if (cases[i].lifetime != 0)
		block->expires = block->timestamp + cases[i].lifetime;
}

static void
test_cases(void **state)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct keydir_block block;
	enum ipc_status status;
	const char *domain, *selector;
	char tbs[2048];
	size_t i, len, siglen;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_block(i, &block);
		len = keydir_block_write(&block, tbs, sizeof(tbs));
		domain = cases[i].asked_domain != NULL ?
		    cases[i].asked_domain : block.sdid;
		selector = cases[i].asked_selector != NULL ?
		    cases[i].asked_selector : block.selector;
		status = ask(domain, selector, DKIMSIG_RSA_SHA256, tbs, len,
		    CEILING, sig, &siglen);
		if (status != cases[i].want)
			fail_msg("%s: %d", cases[i].name, (int)status);
		status = ask(domain, selector, DKIMSIG_RSA_SHA256, tbs, len,
		    0, sig, &siglen);
		if (status != cases[i].want_no_ceiling)
			fail_msg("%s: no ceiling: %d", cases[i].name,
			    (int)status);
	}
}

/* No cut of a right block is one. */
static void
test_cuts(void **state)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct keydir_block block;
	char tbs[2048];
	size_t cut, len, siglen;

	(void)state;
	keydir_block_init(&block, NOW);
	len = keydir_block_write(&block, tbs, sizeof(tbs));
	for (cut = 0; cut < len; cut++)
		assert_int_equal(ask("example.com", "s1", DKIMSIG_RSA_SHA256,
		    tbs, cut, CEILING, sig, &siglen), IPC_REFUSED);
}

static void
test_statuses(void **state)
{
	(void)state;
	assert_int_equal(sign_request_status(0), IPC_OK);
	assert_int_equal(sign_request_status(KS_E_NODOMAIN), IPC_NO_KEY);
	assert_int_equal(sign_request_status(KS_E_NOKEY), IPC_NO_KEY);
	assert_int_equal(sign_request_status(KS_E_ARG), IPC_REFUSED);
	/* Never "no key" where there may be one: mail would go unsigned. */
	assert_int_equal(sign_request_status(KS_E_UNSAFE), IPC_FAILED);
	assert_int_equal(sign_request_status(KS_E_DAMAGED), IPC_FAILED);
	assert_int_equal(sign_request_status(KS_E_SYSTEM), IPC_FAILED);
	assert_int_equal(sign_request_status(KS_E_NOMEM), IPC_FAILED);
	assert_int_equal(sign_request_status(-99), IPC_FAILED);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_signs_what_the_library_makes),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_statuses),
	};

	log_init("test_sign_request", true);
	return cmocka_run_group_tests(tests, setup, teardown);
}
