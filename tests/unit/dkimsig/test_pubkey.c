/* SPDX-License-Identifier: ISC */

/*
 * A key that cannot be loaded: a verdict, unless the cause is here.  The linker
 * takes the functions of libcrypto that fail from this file.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/pubkey.h"

static bool has_fips;

int
EVP_default_properties_is_fips_enabled(OSSL_LIB_CTX *unused)
{
	(void)unused;
	return has_fips;
}

EVP_PKEY *
EVP_PKEY_new_raw_public_key(int type, ENGINE *unused,
    const unsigned char *key, size_t len)
{
	(void)type;
	(void)unused;
	(void)key;
	(void)len;
	return NULL;
}

static void
test_no_ed25519(void **state)
{
	struct dkimsig_keyrecord record;
	enum dkimsig_reason reason;
	unsigned int bits;
	EVP_PKEY *pkey;

	(void)state;
	memset(&record, 0, sizeof(record));
	record.type = DKIMSIG_KEYTYPE_ED25519;
	record.keylen = 32;
	has_fips = false;
	assert_int_equal(pubkey_load(&record, DKIMSIG_ED25519_SHA256, &pkey,
	    &bits, &reason), DKIMSIG_E_NOMEM);
	has_fips = true;
	assert_int_equal(pubkey_load(&record, DKIMSIG_ED25519_SHA256, &pkey,
	    &bits, &reason), DKIMSIG_E_SYNTAX);
	assert_int_equal(reason, DKIMSIG_REASON_KEY_SYNTAX);
	assert_null(pkey);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_ed25519),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
