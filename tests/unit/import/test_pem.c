/* SPDX-License-Identifier: ISC */

/*
 * Keys in PEM and in one line, as other programs write them, and what is
 * refused.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "import/pem.h"

static EVP_PKEY *key;

enum form { PKCS8, PKCS1, PKCS8_ENCRYPTED, PKCS1_ENCRYPTED, PUBLIC };

/* The key in a form, with a NUL behind it; the caller's. */
static char *
encode(enum form form)
{
	static const unsigned char word[] = "secret";
	char *p, *text;
	BIO *bio;
	long len;
	int r;

	assert_non_null(bio = BIO_new(BIO_s_mem()));
	if (form == PKCS8)
		r = PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0,
		    NULL, NULL);
	else if (form == PKCS8_ENCRYPTED)
		r = PEM_write_bio_PKCS8PrivateKey(bio, key,
		    EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
	else if (form == PUBLIC)
		r = PEM_write_bio_PUBKEY(bio, key);
	else
		r = PEM_write_bio_PrivateKey_traditional(bio, key,
		    form == PKCS1 ? NULL : EVP_aes_128_cbc(), word,
		    form == PKCS1 ? 0 : 6, NULL, NULL);
	assert_int_equal(r, 1);
	len = BIO_get_mem_data(bio, &p);
	assert_true(len > 0);
	assert_non_null(text = strndup(p, (size_t)len));
	BIO_free(bio);
	return text;
}

static const struct {
	const char	*name;
	enum form	 form;
	const char	*before, *behind;
	const char	*why;		/* NULL: it is read */
} files[] = {
	{ "PKCS#8",		PKCS8, "", "", NULL },
	{ "PKCS#1",		PKCS1, "", "", NULL },
	{ "text around",	PKCS8, "a\nb\n", "c\n", NULL },
	{ "another block before", PKCS1, "-----BEGIN X-----\nAAAA\n"
	    "-----END X-----\n", "", NULL },
	{ "PKCS#8, encrypted",	PKCS8_ENCRYPTED, "", "", "encrypted" },
	{ "PKCS#1, encrypted",	PKCS1_ENCRYPTED, "", "", "encrypted" },
	{ "a public key",	PUBLIC, "", "", "a public key" },
	{ "a public key before", PKCS8, "-----BEGIN PUBLIC KEY-----\nAAAA\n"
	    "-----END PUBLIC KEY-----\n", "", NULL },
	{ "a damaged one",	PKCS8, "-----BEGIN PRIVATE KEY-----\nAAAA\n"
	    "-----END PRIVATE KEY-----\n", "", "a damaged private key" },
	{ "a key of OpenSSH",	PKCS8, "-----BEGIN OPENSSH PRIVATE KEY-----\n"
	    "AAAA\n-----END OPENSSH PRIVATE KEY-----\n", "",
	    "an OpenSSH key" }
};

static void
check_files(void **state)
{
	const char *why;
	char *pem, *text;
	EVP_PKEY *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		pem = encode(files[i].form);
		assert_true(asprintf(&text, "%s%s%s", files[i].before, pem,
		    files[i].behind) > 0);
		got = import_pem(text, strlen(text), &why);
		if (files[i].why == NULL ? got == NULL ||
		    EVP_PKEY_eq(got, key) != 1 : got != NULL ||
		    strncmp(why, files[i].why, strlen(files[i].why)) != 0)
			fail_msg("%s: %s", files[i].name,
			    got == NULL ? why : "read");
		EVP_PKEY_free(got);
		free(text);
		free(pem);
	}
}

/* Cut anywhere before its end it is no key, and with a NUL never. */
static void
check_cuts(void **state)
{
	const char *why;
	char *pem;
	size_t len, n;

	(void)state;
	pem = encode(PKCS8);
	len = strlen(pem);
	for (n = 0; n < len - 1; n++) {
		assert_null(import_pem(pem, n, &why));
		assert_non_null(why);
	}
	assert_null(import_pem(pem, len + 1, &why));
	assert_non_null(strstr(why, "NUL"));
	free(pem);
}

/* The line ends of a PEM text become something else, or nothing. */
static char *
in_a_line(const char *pem, const char *end)
{
	char *line, *p;

	assert_non_null(line = calloc(2, strlen(pem) + 1));
	for (p = line; *pem != '\0'; pem++)
		if (*pem == '\n')
			p = stpcpy(p, end);
		else
			*p++ = *pem;
	return line;
}

static void
check_lines(void **state)
{
	static const char *const ends[] = { "", " ", "\\n", "\\r\\n", "\t" };
	const char *why;
	char *bare, *line, *pem;
	EVP_PKEY *got;
	size_t form, i;

	(void)state;
	for (form = PKCS8; form <= PKCS1; form++)
		for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
			pem = encode((enum form)form);
			line = in_a_line(pem, ends[i]);
			got = import_pem_line(line, &why);
			assert_int_equal(EVP_PKEY_eq(got, key), 1);
			EVP_PKEY_free(got);
			bare = strstr(strstr(line, "BEGIN"), "KEY-----") + 8;
			*strstr(bare, "-----END") = '\0';
			got = import_pem_line(bare, &why);
			assert_int_equal(EVP_PKEY_eq(got, key), 1);
			EVP_PKEY_free(got);
			bare[strlen(bare) / 2] = '\0';
			assert_null(import_pem_line(bare, &why));
			free(line);
			free(pem);
		}
	pem = encode(PKCS8_ENCRYPTED);
	line = in_a_line(pem, "");
	assert_null(import_pem_line(line, &why));
	assert_int_equal(strncmp(why, "encrypted", 9), 0);
	free(line);
	free(pem);
}

static void
check_no_lines(void **state)
{
	static const char *const lines[] = {
		"", " ", "x", "key.pem", "!!!!", "AAAA", "====", "\\n",
		"-----BEGIN ", "-----BEGIN PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----",
		"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"
	};
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_null(import_pem_line(lines[i], &why));
		assert_string_equal(why, "neither a path nor a private key "
		    "in PEM or Base64");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_files),
		cmocka_unit_test(check_cuts),
		cmocka_unit_test(check_lines),
		cmocka_unit_test(check_no_lines)
	};
	int failed;

	key = EVP_RSA_gen(2048);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(key);
	return failed;
}
