/* SPDX-License-Identifier: ISC */

/*
 * Making keys and their DNS records, read back by the library's parser.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "life/keygen.h"
#include "record/record.h"

#define STRING_MAX	255	/* octets, RFC 1035 section 3.3 */

/* The public half of a record, as a key. */
static EVP_PKEY *
public_of(const struct dkimsig_keyrecord *record)
{
	const unsigned char *p;

	if (record->type == DKIMSIG_KEYTYPE_ED25519)
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    record->key, record->keylen);
	p = record->key;
	return d2i_PUBKEY(NULL, &p, (long)record->keylen);
}

static void
test_kinds(void **state)
{
	static const char *const names[] = {
		"rsa2048", "rsa3072", "ed25519"
	};
	struct dkimsig_keyrecord parsed;
	struct ks_key key;
	struct record record;
	const struct keygen_kind *kind;
	EVP_PKEY *pkey, *public;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_non_null(kind = keygen_find(names[i]));
		assert_non_null(pkey = keygen_make(kind));
		memset(&key, 0, sizeof(key));
		(void)strcpy(key.selector, "s1");
		key.algorithm = kind->algorithm;
		assert_int_equal(record_make("example.com", &key, pkey, false,
		    &record), 0);
		assert_string_equal(record.name,
		    "s1._domainkey.example.com");
		assert_int_equal(record.keybits, kind->keybits);
		assert_int_equal(dkimsig_keyrecord_parse(record.txt,
		    strlen(record.txt), &parsed, NULL), 0);
		assert_true(parsed.hash_sha256 && parsed.service_email &&
		    !parsed.testing && !parsed.strict);
		assert_non_null(public = public_of(&parsed));
		assert_int_equal(EVP_PKEY_eq(public, pkey), 1);
		EVP_PKEY_free(public);

		/* Of a revoked one p= is empty. */
		assert_int_equal(record_make("example.com", &key, pkey, true,
		    &record), 0);
		assert_non_null(strstr(record.txt, "p="));
		assert_int_equal(strcmp(strstr(record.txt, "p="), "p="), 0);
		EVP_PKEY_free(pkey);
	}
	assert_null(keygen_find("rsa1024"));
	assert_null(keygen_find("both"));
	assert_null(keygen_find(""));
}

/* The quoted form is the text, cut at STRING_MAX octets. */
static void
test_strings(void **state)
{
	struct ks_key key = {
		.selector = "s1", .algorithm = DKIMSIG_RSA_SHA256,
		.revoked = KS_NEVER
	};
	struct record record;
	EVP_PKEY *pkey;
	char want[3 * DKIMSIG_KEYRECORD_SIZE];

	(void)state;
	assert_non_null(pkey = keygen_make(keygen_find("rsa2048")));
	assert_int_equal(record_make("example.com", &key, pkey, false,
	    &record), 0);
	assert_null(strstr(record.txt, "t="));
	key.strict = true;
	assert_int_equal(record_make("example.com", &key, pkey, false,
	    &record), 0);
	assert_non_null(strstr(record.txt, "; t=s; p="));
	EVP_PKEY_free(pkey);
	assert_true(strlen(record.txt) > STRING_MAX);
	(void)snprintf(want, sizeof(want), "\"%.*s\" \"%s\"",
	    STRING_MAX, record.txt, record.txt + STRING_MAX);
	assert_string_equal(record.zone, want);
}

static void
test_name(void **state)
{
	char buf[DKIMSIG_DOMAIN_SIZE], domain[DKIMSIG_DOMAIN_SIZE];

	(void)state;
	assert_int_equal(record_name("example.com", "a.b", buf, sizeof(buf)),
	    0);
	assert_string_equal(buf, "a.b._domainkey.example.com");
	memset(domain, 'a', sizeof(domain));
	/* "s1._domainkey." is 14 octets: 239 more are the most. */
	domain[239] = '\0';
	assert_int_equal(record_name(domain, "s1", buf, sizeof(buf)), 0);
	assert_int_equal(strlen(buf), DKIMSIG_MAX_DOMAIN);
	domain[239] = 'a';
	domain[240] = '\0';
	assert_int_equal(record_name(domain, "s1", buf, sizeof(buf)),
	    KS_E_ARG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_name)
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
