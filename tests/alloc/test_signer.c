/* SPDX-License-Identifier: ISC */

/*
 * The signer, and the states that it reads, with the n-th allocation failing,
 * alone and with all that follow: a request is signed, or it failed; it never
 * looks as if there was no key, since such mail would go out unsigned; and a
 * key of ours is never taken for another's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "base/log.h"
#include "failing.h"
#include "keydir.h"
#include "signer/request.h"

#define NOW	1790000000
#define DOMAIN	"example.com"
#define FIRST	200	/* each of them fails; then every STEP-th */
#define STEP	13

static struct keydir store;
static EVP_PKEY *pkeys[2];

static const struct {
	enum dkimsig_algorithm	 algorithm;
	const char		*name, *selector;
} kinds[] = {
	{ DKIMSIG_RSA_SHA256, "rsa-sha256", "r1" },
	{ DKIMSIG_ED25519_SHA256, "ed25519-sha256", "e1" },
};

static enum ipc_status
sign(struct keycache *cache, size_t kind, const char *tbs, size_t len,
    struct sign_answer *answer)
{
	const struct sign_rules rules = { .ceiling = 0 };
	const struct moment now = { NOW, 100 };
	const struct sign_request request = {
		.owner = { .domain = DOMAIN, .stream = "" },
		.selector = kinds[kind].selector,
		.algorithm = kinds[kind].algorithm,
		.tbs = (const unsigned char *)tbs, .tbslen = len
	};

	return sign_request_answer(cache, &rules, &request, &now, answer);
}

static size_t
make_block(size_t kind, char *tbs, size_t size)
{
	struct keydir_block block;

	keydir_block_init(&block, NOW);
	block.selector = kinds[kind].selector;
	block.algorithm = kinds[kind].name;
	return keydir_block_write(&block, tbs, size);
}

/* Either the cache has the key already, or it has to be loaded. */
static void
run_out(size_t kind, bool has_key, bool all_later)
{
	struct sign_answer answer;
	struct keycache *cache;
	enum ipc_status status;
	char tbs[2048];
	bool has_failed = true;
	size_t len, n;

	len = make_block(kind, tbs, sizeof(tbs));
	assert_non_null(cache = keycache_new(store.ks));
	if (has_key)
		assert_int_equal(sign(cache, kind, tbs, len, &answer), IPC_OK);
	/* Most of those that read a key are in the crypto library. */
	for (n = 1; has_failed; n += has_key || n < FIRST ? 1 : STEP) {
		assert_true(n < 10000);
		if (!has_key) {
			keycache_free(cache);
			assert_non_null(cache = keycache_new(store.ks));
		}
		failing_arm(n, all_later);
		status = sign(cache, kind, tbs, len, &answer);
		has_failed = failing_disarm();
		OPENSSL_thread_stop();
		if (status != IPC_OK && (!has_failed ||
		    status != IPC_FAILED || answer.siglen != 0))
			fail_msg("allocation %zu: status %d", n, (int)status);
		if (status == IPC_OK && !keydir_verify(pkeys[kind],
		    kinds[kind].algorithm, tbs, len, answer.sig,
		    answer.siglen))
			fail_msg("allocation %zu: a wrong signature", n);
	}
	assert_true(n > 10);
	keycache_free(cache);
}

static void
test_sign(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		run_out(i, true, false);
		run_out(i, true, true);
	}
	/* Reading an RSA key takes many more allocations, and no others. */
	run_out(1, false, false);
}

/* The digest of the key as p= of its record has it. */
static void
digest_public(size_t kind, unsigned char digest[IPC_DIGEST_SIZE])
{
	unsigned char raw[64], *octets = NULL;
	size_t rawlen = sizeof(raw);
	int len;

	if (kinds[kind].algorithm == DKIMSIG_ED25519_SHA256) {
		assert_int_equal(EVP_PKEY_get_raw_public_key(pkeys[kind], raw,
		    &rawlen), 1);
		assert_non_null(SHA256(raw, rawlen, digest));
		return;
	}
	assert_true((len = i2d_PUBKEY(pkeys[kind], &octets)) > 0);
	assert_non_null(SHA256(octets, (size_t)len, digest));
	OPENSSL_free(octets);
}

static void
ask_own(size_t kind, bool all_later)
{
	const struct moment now = { NOW, 100 };
	unsigned char digest[IPC_DIGEST_SIZE];
	struct keycache *cache;
	bool has_failed = true, is_own;
	size_t n;
	int r;

	digest_public(kind, digest);
	for (n = 1; has_failed; n += n < FIRST ? 1 : STEP) {
		assert_true(n < 10000);
		assert_non_null(cache = keycache_new(store.ks));
		failing_arm(n, all_later);
		r = keycache_is_own(cache, DOMAIN, "another", digest, &now,
		    &is_own);
		has_failed = failing_disarm();
		OPENSSL_thread_stop();
		if (r == 0 ? !is_own : !has_failed)
			fail_msg("allocation %zu: %d", n, r);
		keycache_free(cache);
	}
	assert_true(n > 10);
}

static void
test_own(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		ask_own(i, false);
		ask_own(i, true);
	}
}

/* A key is in the state as it was given, or the state is as before. */
static void
append(bool all_later)
{
	struct ks_state state;
	struct ks_key key;
	bool has_failed = true;
	size_t live, n;
	int r;

	ks_key_init(&key);
	(void)strlcpy(key.selector, "s1", sizeof(key.selector));
	key.stream = "desk";
	key.public = "public";
	key.others = "others";
	live = failing_live();
	for (n = 1; has_failed; n++) {
		memset(&state, 0, sizeof(state));
		failing_arm(n, all_later);
		r = ks_state_append(&state, &key);
		has_failed = failing_disarm();
		if (r != (has_failed ? KS_E_NOMEM : 0))
			fail_msg("allocation %zu: %d", n, r);
		assert_int_equal(state.nkeys, r == 0 ? 1 : 0);
		if (r == 0) {
			assert_string_equal(state.keys[0].stream, "desk");
			assert_string_equal(state.keys[0].public, "public");
			assert_string_equal(state.keys[0].others, "others");
		}
		ks_state_finish(&state);
		assert_int_equal(failing_live(), live);
	}
	assert_true(n > 4);
}

static void
test_append(void **state)
{
	(void)state;
	append(false);
	append(true);
}

static int
setup(void **state)
{
	size_t i;

	(void)state;
	keydir_make(&store);
	for (i = 0; i < 2; i++)
		pkeys[i] = keydir_add(&store, DOMAIN, kinds[i].selector,
		    kinds[i].algorithm, 1, KS_NEVER);
	/* What libraries keep is there before anything fails. */
	tzset();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	keydir_free_keys();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_append),
	};

	log_init("test_alloc_signer", true);
	return cmocka_run_group_tests(tests, setup, teardown);
}
