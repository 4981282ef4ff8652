/* SPDX-License-Identifier: ISC */

/*
 * Envelopes whose authentication was taken away or cut, which OpenSSL opened
 * before 3.0.21: without the KEK, anybody can make them of a right one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "seal/envelope.h"
#include "store/keystore.h"

#define KEK	"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define SECRET	"what nobody may change"

/* Of the DER of an envelope of SECRET. */
#define WHOLE	(164 + sizeof(SECRET) - 1)	/* its length, */
#define CIPHER	112		/* the algorithm of its content, */
#define SEALED	146		/* what is encrypted, */
#define TAG	(WHOLE - 16)	/* and the tag */

struct fixture {
	struct kek	*kek;
	unsigned char	*der;
	long		 len;
};

static int
setup(void **state)
{
	static struct fixture f;
	const struct kek *keks[1];
	char *text, *name, *header;
	size_t len;
	BIO *bio;

	assert_int_equal(kek_parse(&f.kek, KEK, strlen(KEK)), 0);
	keks[0] = f.kek;
	assert_int_equal(envelope_wrap(keks, 1, SECRET, strlen(SECRET), &text,
	    &len), 0);
	assert_non_null(bio = BIO_new_mem_buf(text, (int)len));
	assert_int_equal(PEM_read_bio(bio, &name, &header, &f.der, &f.len), 1);
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
	free(text);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	OPENSSL_free(f->der);
	kek_free(f->kek);
	return 0;
}

static char *
print(const struct fixture *f, size_t *len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text;
	long n;

	assert_non_null(bio);
	assert_true(PEM_write_bio(bio, PEM_STRING_CMS, "", f->der, f->len) >
	    0);
	assert_true((n = BIO_get_mem_data(bio, &data)) > 0);
	assert_non_null(text = strndup(data, (size_t)n));
	*len = (size_t)n;
	BIO_free(bio);
	return text;
}

static void
expect(const struct fixture *f, int want, size_t nkeks)
{
	unsigned char ids[2][KEK_ID_SIZE];
	char *text, *out;
	size_t len, outlen;

	text = print(f, &len);
	assert_int_equal(envelope_unwrap(f->kek, text, len, &out, &outlen),
	    want);
	assert_int_equal(envelope_keks(text, len, ids, 2), nkeks);
	if (want == 0) {
		assert_int_equal(outlen, strlen(SECRET));
		assert_memory_equal(out, SECRET, outlen);
		freezero(out, outlen + 1);
	}
	free(text);
}

static void
test_right(void **state)
{
	const struct fixture *f = *state;

	assert_int_equal(f->len, WHOLE);
	assert_int_equal(f->der[TAG - 1], 16);
	expect(f, 0, 1);
	f->der[SEALED] ^= 1;
	expect(f, KS_E_DAMAGED, 1);
}

/* One octet of the tag; what follows becomes an attribute. */
static void
test_short_tag(void **state)
{
	static const unsigned char attribute[15] = { 0xa3, 13, 0x30, 11, 6, 9,
	    0x2a, 1, 1, 1, 1, 1, 1, 1, 1 };
	const struct fixture *f = *state;

	f->der[TAG - 1] = 1;
	memcpy(f->der + TAG + 1, attribute, sizeof(attribute));
	expect(f, KS_E_DAMAGED, 0);
}

/* AES-256-CFB instead of AES-256-GCM; one octet less, in all lengths. */
static void
test_other_cipher(void **state)
{
	static const size_t lengths[] = { 2, 18, 21, 100, CIPHER + 1 };
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		f->der[lengths[i]]--;
	f->der[CIPHER + 12] = 0x2c;
	f->der[CIPHER + 13] = V_ASN1_OCTET_STRING;
	f->der[CIPHER + 14] = 16;
	memmove(f->der + CIPHER + 31, f->der + CIPHER + 32,
	    (size_t)f->len - CIPHER - 32);
	f->len--;
	expect(f, KS_E_DAMAGED, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_right, setup, teardown),
		cmocka_unit_test_setup_teardown(test_short_tag, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_other_cipher, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
