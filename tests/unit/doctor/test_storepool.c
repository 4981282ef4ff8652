/* SPDX-License-Identifier: ISC */

/*
 * The key store in the place of the signers: the same answers, the same
 * refusals, and no private key unless asked to sign.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "keydir.h"
#include "storepool.h"
#include "signone.h"

#define EXPIRE	604800	/* seconds */

static struct keydir	keydir;
static EVP_PKEY		*rsa;

static int
make_store(void **state)
{
	(void)state;
	keydir_make(&keydir);
	rsa = keydir_add(&keydir, "example.com", "s1", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	(void)keydir_add(&keydir, "example.com", "old",
	    DKIMSIG_ED25519_SHA256, 1, 2);
	(void)keydir_add(&keydir, "retired.example", "old",
	    DKIMSIG_RSA_SHA256, 1, 2);
	return 0;
}

static int
remove_store(void **state)
{
	(void)state;
	keydir_remove(&keydir);
	keydir_free_keys();
	return 0;
}

static struct storepool *
open_pool(bool sign)
{
	const struct storepool_options options = { .keydir = keydir.path,
	    .expire = EXPIRE, .sign = sign };
	struct storepool *pool = storepool_new(&options);

	assert_non_null(pool);
	return pool;
}

/* As a message asks. */
static int
list_keys(const struct storepool *pool, const char *domain,
    struct sign_key keys[SIGN_MAX_KEYS], size_t *n)
{
	const struct sign_service *signers = storepool_service(pool);

	return signers->list_keys(signers->arg, domain, "", false, 0, keys, n);
}

static void
test_keys(void **state)
{
	struct storepool *pool = open_pool(false);
	struct sign_key keys[SIGN_MAX_KEYS];
	const struct sign_key *last;
	size_t n;

	(void)state;
	assert_null(storepool_fault(pool));
	assert_string_equal(storepool_domain(pool), "");
	assert_int_equal(list_keys(pool, "example.com", keys, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(keys[0].selector, "s1");
	assert_int_equal(keys[0].algorithm, DKIMSIG_RSA_SHA256);
	assert_int_equal(list_keys(pool, "retired.example", keys, &n),
	    SIGN_E_NOKEY);
	assert_int_equal(list_keys(pool, "none.example", keys, &n),
	    SIGN_E_NOKEY);
	/* A stream without keys has none, as with the signers. */
	assert_int_equal(storepool_service(pool)->list_keys(
	    storepool_service(pool)->arg, "example.com", "desk", false, 0, keys,
	    &n), SIGN_E_NOKEY);
	/* What was found last is still known. */
	assert_string_equal(storepool_domain(pool), "example.com");
	assert_int_equal(storepool_keys(pool, &last), 1);
	assert_string_equal(last[0].selector, "s1");
	storepool_free(pool);
	storepool_free(NULL);
}

static int
sign(const struct storepool *pool, const struct keydir_block *block,
    unsigned char *sig, size_t *siglen, char *tbs, size_t *tbslen)
{
	const struct sign_service *signers = storepool_service(pool);
	const struct sign_key key = { "s1", DKIMSIG_RSA_SHA256, false };

	*tbslen = keydir_block_write(block, tbs, 4096);
	return sign_one(signers, "example.com", &key, tbs, *tbslen, 0, sig,
	    siglen);
}

static void
test_sign(void **state)
{
	struct storepool *pool = open_pool(true);
	struct keydir_block block;
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	char tbs[4096];
	size_t siglen, tbslen;

	(void)state;
	keydir_block_init(&block, (int64_t)time(NULL));
	assert_int_equal(sign(pool, &block, sig, &siglen, tbs, &tbslen), 0);
	assert_true(keydir_verify(rsa, DKIMSIG_RSA_SHA256, tbs, tbslen, sig,
	    siglen));
	/* What a signer would refuse is refused. */
	block.more = "l=1; ";
	assert_int_equal(sign(pool, &block, sig, &siglen, tbs, &tbslen),
	    SIGN_E_REFUSED);
	block.more = NULL;
	block.expires = block.timestamp + EXPIRE + 1;
	assert_int_equal(sign(pool, &block, sig, &siglen, tbs, &tbslen),
	    SIGN_E_REFUSED);
	storepool_free(pool);
}

static void
test_no_signature(void **state)
{
	struct storepool *pool = open_pool(false);
	struct keydir_block block;
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	static const unsigned char zeros[STOREPOOL_NO_SIGNATURE];
	char tbs[4096];
	size_t siglen, tbslen;

	(void)state;
	keydir_block_init(&block, (int64_t)time(NULL));
	assert_int_equal(sign(pool, &block, sig, &siglen, tbs, &tbslen), 0);
	assert_int_equal(siglen, sizeof(zeros));
	assert_memory_equal(sig, zeros, siglen);
	storepool_free(pool);
}

/* A signature of a name that cannot be in the store is not ours. */
static void
test_not_own(void **state)
{
	static const unsigned char digest[DKIMSIG_HASH_SIZE];
	static const char *const domains[] = {
		"example.com", "example.net", "mail_1.example.com",
	};
	struct storepool *pool = open_pool(true);
	const struct sign_service *signers = storepool_service(pool);
	bool is_own;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		is_own = true;
		if (signers->check_own(signers->arg, domains[i], "_s", digest,
		    0, &is_own) != SIGN_OK || is_own)
			fail_msg("%s", domains[i]);
	}
	storepool_free(pool);
}

/* A store that cannot be used: unknown keys, or none to sign with. */
static void
test_unreadable(void **state)
{
	struct sign_key keys[SIGN_MAX_KEYS];
	struct storepool *pool;
	struct keydir_block block;
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	char tbs[4096];
	size_t n, siglen, tbslen;

	(void)state;
	assert_int_equal(chmod(keydir.path, 0777), 0);
	pool = open_pool(false);
	assert_non_null(strstr(storepool_fault(pool), "0777"));
	assert_int_equal(list_keys(pool, "example.com", keys, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(keys[0].selector, "unknown");
	storepool_free(pool);
	pool = open_pool(true);
	assert_int_equal(list_keys(pool, "example.com", keys, &n),
	    SIGN_E_FAILED);
	keydir_block_init(&block, (int64_t)time(NULL));
	assert_int_equal(sign(pool, &block, sig, &siglen, tbs, &tbslen),
	    SIGN_E_FAILED);
	storepool_free(pool);
	assert_int_equal(chmod(keydir.path, 0700), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_no_signature),
		cmocka_unit_test(test_not_own),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, make_store, remove_store);
}
