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
		assert_int_equal(proof_make(DOMAIN, &key, pkey, published,
		    &error), 0);
		assert_int_equal(proof_make(DOMAIN, &key, pkey, another,
		    &error), KS_E_CRYPTO);
		assert_string_equal(error.text, "key 20261123r1 of "
		    "example.com: a signature made with it does not verify "
		    "with its published record: the signature does not "
		    "match");
		assert_int_equal(proof_make(DOMAIN, &key, pkey, another,
		    NULL), KS_E_CRYPTO);
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
	char published[DKIMSIG_KEYRECORD_SIZE];
	struct ks_error error;
	EVP_PKEY *pkey;
	size_t i;

	(void)state;
	pkey = testkeys_make(DKIMSIG_ED25519_SHA256, 0);
	for (i = 0; i < SIZE(records); i++) {
		error.text[0] = '\0';
		assert_int_equal(proof_make(DOMAIN, &key, pkey, records[i],
		    &error), KS_E_CRYPTO);
		assert_int_not_equal(error.text[0], '\0');
	}
	testkeys_record(pkey, DKIMSIG_ED25519_SHA256, published,
	    sizeof(published));
	key.algorithm = DKIMSIG_RSA_SHA256;
	assert_int_equal(proof_make(DOMAIN, &key, pkey, published, &error),
	    KS_E_CRYPTO);
	EVP_PKEY_free(pkey);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_misfits)
	};

	return cmocka_run_group_tests_name("proof", tests, NULL, NULL);
}
