/* SPDX-License-Identifier: ISC */

/*
 * That a record belongs to a private key, and what does not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/proof.h"
#include "testkeys.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define DOMAIN		"example.com"
/* The signature over the text of the first version: see proof.c. */
#define PINNED		"f85miKR3+dELVByJZhnML6c7oxrt2XBmwBDvp5oH4vTE" \
    "/Dkppt1nNy4SB0cME9TgEntoCdQaTBEmlbHN5nVbAA=="

static const struct {
	enum dkimsig_algorithm	 algorithm;
	unsigned int		 bits;
} kinds[] = {
	{ DKIMSIG_RSA_SHA256, 2048 },
	{ DKIMSIG_ED25519_SHA256, 0 },
};

static struct ks_key
key_of(enum dkimsig_algorithm algorithm)
{
	struct ks_key key;

	ks_key_init(&key);
	key.algorithm = algorithm;
	(void)strlcpy(key.selector, "20261123r1", sizeof(key.selector));
	return key;
}

static void
test_pairs(void **state)
{
	char published[DKIMSIG_KEYRECORD_SIZE], another[sizeof(published)];
	char proof[PROOF_SIZE];
	struct ks_error error;
	EVP_PKEY *pkey, *other;
	struct ks_key key;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(kinds); i++) {
		key = key_of(kinds[i].algorithm);
		pkey = testkeys_make(kinds[i].algorithm, kinds[i].bits);
		other = testkeys_make(kinds[i].algorithm, kinds[i].bits);
		testkeys_record(pkey, kinds[i].algorithm, published,
		    sizeof(published));
		testkeys_record(other, kinds[i].algorithm, another,
		    sizeof(another));
		assert_int_equal(proof_make(DOMAIN, &key, pkey, proof,
		    &error), 0);
		key.proof = proof;
		assert_int_equal(proof_verify(DOMAIN, &key, published,
		    &error), 0);
		assert_int_equal(proof_verify(DOMAIN, &key, another,
		    &error), KS_E_CRYPTO);
		assert_string_equal(error.text, "key 20261123r1 of "
		    "example.com: a signature made with it does not verify "
		    "with its published record: the signature does not "
		    "match");
		assert_int_equal(proof_verify(DOMAIN, &key, another, NULL),
		    KS_E_CRYPTO);
		/* It is of this domain and this selector. */
		assert_int_equal(proof_verify("example.org", &key, published,
		    &error), KS_E_CRYPTO);
		(void)strlcpy(key.selector, "20261123r2",
		    sizeof(key.selector));
		assert_int_equal(proof_verify(DOMAIN, &key, published,
		    &error), KS_E_CRYPTO);
		EVP_PKEY_free(other);
		EVP_PKEY_free(pkey);
	}
}

/* Records that are none of the key, and keys that are none of the kind. */
static void
test_misfits(void **state)
{
	static const char *const records[] = {
		"", "v=spf1 -all", "v=DKIM1; k=ed25519; p=",
		"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg==",
		"v=DKIM1; k=rsa; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
	};
	struct ks_key key = key_of(DKIMSIG_ED25519_SHA256);
	char proof[PROOF_SIZE];
	struct ks_error error;
	EVP_PKEY *pkey;
	size_t i;

	(void)state;
	pkey = testkeys_make(DKIMSIG_ED25519_SHA256, 0);
	assert_int_equal(proof_make(DOMAIN, &key, pkey, proof, &error), 0);
	key.proof = proof;
	for (i = 0; i < SIZE(records); i++) {
		error.text[0] = '\0';
		assert_int_equal(proof_verify(DOMAIN, &key, records[i],
		    &error), KS_E_CRYPTO);
		assert_int_not_equal(error.text[0], '\0');
	}
	key.algorithm = DKIMSIG_RSA_SHA256;
	assert_int_equal(proof_make(DOMAIN, &key, pkey, proof, &error),
	    KS_E_CRYPTO);
	assert_string_equal(proof, "");
	EVP_PKEY_free(pkey);
}

/* Proofs that are none, and one of an earlier version. */
static void
test_kept(void **state)
{
	static const unsigned char seed[32] = "a key that is known to anyone.";
	static const char made[] = PINNED;
	static const char *const bad[] = {
		"", "AAAA", "AAAAAAAA", "A", "AA==", "====",
		"!!!!", "this is not base64 at all, but long"
	};
	struct ks_key key = key_of(DKIMSIG_ED25519_SHA256);
	char published[DKIMSIG_KEYRECORD_SIZE], proof[PROOF_SIZE];
	struct ks_state keys = { .nkeys = 0 };
	struct ks_error error;
	EVP_PKEY *pkey;
	size_t i;

	(void)state;
	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
	    sizeof(seed));
	testkeys_record(pkey, DKIMSIG_ED25519_SHA256, published,
	    sizeof(published));
	for (i = 0; i < SIZE(bad); i++) {
		key.proof = bad[i];
		assert_int_equal(proof_verify(DOMAIN, &key, published,
		    &error), KS_E_CRYPTO);
	}
	key.proof = made;
	assert_int_equal(proof_make(DOMAIN, &key, pkey, proof, &error), 0);
	assert_string_equal(proof, made);
	assert_int_equal(proof_verify(DOMAIN, &key, published, &error), 0);

	/* It lasts as long as the state. */
	(void)strlcpy(keys.domain, DOMAIN, sizeof(keys.domain));
	assert_int_equal(proof_keep(&keys, &key, pkey, &error), 0);
	assert_ptr_not_equal(key.proof, made);
	assert_string_equal(key.proof, made);
	ks_state_finish(&keys);
	EVP_PKEY_free(pkey);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_misfits)
	};

	return cmocka_run_group_tests_name("proof", tests, NULL, NULL);
}
