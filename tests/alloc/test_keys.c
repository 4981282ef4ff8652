/* SPDX-License-Identifier: ISC */

/*
 * A private key is loaded while some n-th allocation fails, alone and with all
 * that follow: it is loaded or not, but a good one is never called damaged,
 * which would have it restored, replaced or destroyed; and no block is left.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "failing.h"
#include "keydir.h"

#define DOMAIN	"example.com"
#define MOST	100000		/* allocations */
#define STEP		13	/* not all: they take half a minute */
#define RSA_STEP	97

static struct keydir store;
static struct ks_state state;

static int
setup(void **unused)
{
	static const char *const selectors[] = { "e1", "r1" };
	struct ks_error error;
	size_t i;

	(void)unused;
	keydir_make(&store);
	for (i = 0; i < 2; i++)
		(void)keydir_add(&store, DOMAIN, selectors[i], i == 0 ?
		    DKIMSIG_ED25519_SHA256 : DKIMSIG_RSA_SHA256, 1, KS_NEVER);
	return ks_state_read(store.ks, DOMAIN, &state, &error);
}

static int
teardown(void **unused)
{
	(void)unused;
	ks_state_finish(&state);
	keydir_free_keys();
	keydir_remove(&store);
	return 0;
}

/* Returns false when no allocation failed. */
static bool
load(const struct ks_key *key, size_t n, bool all_later, size_t *ngood)
{
	struct ks_error error;
	EVP_PKEY *pkey;
	bool has_failed;
	int r;

	error.text[0] = '\0';
	failing_arm(n, all_later);
	r = ks_key_load(store.ks, DOMAIN, key, &pkey, &error);
	has_failed = failing_disarm();
	if (r != 0 && r != KS_E_NOMEM && r != KS_E_CRYPTO &&
	    r != KS_E_SYSTEM)
		fail_msg("%s, allocation %zu: %d: %s", key->selector, n, r,
		    error.text);
	if (r == KS_E_CRYPTO)
		assert_non_null(strstr(error.text, "is there memory left?"));
	assert_true(r == 0 ? pkey != NULL : pkey == NULL && has_failed);
	*ngood += r == 0;
	EVP_PKEY_free(pkey);
	return has_failed;
}

/* Every step-th allocation fails. */
static void
load_one(const struct ks_key *key, size_t step)
{
	size_t n, ngood;
	int all_later;

	for (all_later = 0; all_later <= 1; all_later++) {
		ngood = 0;
		(void)load(key, MOST, false, &ngood);
		assert_int_equal(ngood, 1);
		for (n = 1; load(key, n, all_later == 1, &ngood); n += step)
			assert_true(n < MOST);
		assert_true(n > 100);
	}
}

/* RSA takes long, and differs from Ed25519 only within OpenSSL. */
static void
load_all(void)
{
	size_t i;

	for (i = 0; i < state.nkeys; i++)
		load_one(&state.keys[i], state.keys[i].algorithm ==
		    DKIMSIG_RSA_SHA256 ? RSA_STEP : STEP);
}

/* What OpenSSL keeps for later, it has after the first time. */
static void
good_keys(void **unused)
{
	size_t live;

	(void)unused;
	assert_true(ks_crypto_works());
	load_all();
	live = failing_live();
	load_all();
	assert_int_equal(failing_live(), live);
}

/* One that is damaged is called so when there is memory. */
static void
damaged_key(void **unused)
{
	struct ks_key key = state.keys[0];
	struct ks_error error;
	EVP_PKEY *pkey;

	(void)unused;
	key.algorithm = key.algorithm == DKIMSIG_RSA_SHA256 ?
	    DKIMSIG_ED25519_SHA256 : DKIMSIG_RSA_SHA256;
	assert_int_equal(ks_key_load(store.ks, DOMAIN, &key, &pkey, &error),
	    KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "restore it from a backup"));
	assert_null(pkey);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_keys),
		cmocka_unit_test(damaged_key),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
