/* SPDX-License-Identifier: ISC */

/*
 * SipHash: values that its authors publish for the key 00 to 0f and the texts
 * 00, 00 01, ...; and OpenSSL's for all lengths up to 300.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include <cmocka.h>

#include "ceilings/siphash.h"

static const struct {
	size_t		 len;
	uint64_t	 want;
} published[] = {
	{ 0,	UINT64_C(0x726fdb47dd0e0e31) },
	{ 1,	UINT64_C(0x74f839c593dc67fd) },
	{ 7,	UINT64_C(0xab0200f58b01d137) },
	{ 8,	UINT64_C(0x93f5f5799a932462) },
	{ 15,	UINT64_C(0xa129ca6149be45e5) },
	{ 63,	UINT64_C(0x958a324ceb064572) },
};

static void
test_published(void **state)
{
	unsigned char key[SIPHASH_KEY_SIZE], text[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)i;
	memcpy(key, text, sizeof(key));
	for (i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		if (siphash(key, text, published[i].len) != published[i].want)
			fail_msg("%zu octets", published[i].len);
}

static uint64_t
openssl_siphash(const unsigned char *key, const unsigned char *text,
    size_t len)
{
	unsigned char out[16];
	size_t outlen = 0, i, size = 8;
	OSSL_PARAM params[2] = {
		OSSL_PARAM_construct_size_t("size", &size),
		OSSL_PARAM_construct_end()
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	uint64_t n = 0;

	assert_non_null(ctx);
	assert_int_equal(EVP_MAC_init(ctx, key, SIPHASH_KEY_SIZE, params), 1);
	assert_int_equal(EVP_MAC_update(ctx, text, len), 1);
	assert_int_equal(EVP_MAC_final(ctx, out, &outlen, sizeof(out)), 1);
	assert_int_equal(outlen, 8);
	for (i = 0; i < 8; i++)
		n |= (uint64_t)out[i] << 8 * i;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return n;
}

static void
test_openssl(void **state)
{
	unsigned char key[SIPHASH_KEY_SIZE], text[300];
	size_t len, i;

	(void)state;
	for (len = 0; len <= sizeof(text); len++) {
		for (i = 0; i < sizeof(key); i++)
			key[i] = (unsigned char)(len * 7 + i * 31);
		for (i = 0; i < len; i++)
			text[i] = (unsigned char)(len * 13 + i * 101);
		if (siphash(key, text, len) != openssl_siphash(key, text, len))
			fail_msg("%zu octets", len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_openssl)
	};

	return cmocka_run_group_tests_name("siphash", tests, NULL, NULL);
}
