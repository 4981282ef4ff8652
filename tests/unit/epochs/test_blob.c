/* SPDX-License-Identifier: ISC */

/*
 * Blobs: a private key comes out only if all of it is as it was sealed, for
 * this name, and it is the key of the row.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <cmocka.h>

#include "epochs/blob.h"
#include "seal/envelope.h"

#define FLEET	"00112233445566778899aabbccddeeff" \
		"00112233445566778899aabbccddeeff"
#define OTHER	"ffeeddccbbaa99887766554433221100" \
		"00112233445566778899aabbccddeeff"

/* A key, and its row. */
struct member {
	EVP_PKEY	*pkey;
	struct fleet_row row;
	char		 line[2048];
};

static struct fleet_epochs epochs;
static struct member one, two, rsa;
static struct ks_error error;

static void
make(struct member *member, const char *domain, const char *selector,
    enum dkimsig_algorithm algorithm)
{
	char public[KS_PUBLIC_SIZE];

	memset(member, 0, sizeof(*member));
	member->pkey = algorithm == DKIMSIG_RSA_SHA256 ?
	    EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048) :
	    EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	assert_non_null(member->pkey);
	assert_int_equal(ks_public_print(member->pkey, public), 0);
	(void)snprintf(member->line, sizeof(member->line), "%s algorithm=%s "
	    "generated=2026-11-23T09:00:00Z public=%s", selector,
	    algorithm == DKIMSIG_RSA_SHA256 ? "rsa-sha256" : "ed25519-sha256",
	    public);
	member->row.kind = FLEET_ROW_KEY;
	member->row.change = 5;
	member->row.epoch = 2;
	member->row.line = member->line;
	member->row.linelen = strlen(member->line);
	(void)strlcpy(member->row.domain, domain, sizeof(member->row.domain));
	(void)strlcpy(member->row.selector, selector,
	    sizeof(member->row.selector));
}

static int
setup(void **state)
{
	(void)state;
	memset(&epochs, 0, sizeof(epochs));
	assert_int_equal(fleet_epoch_make(&epochs, 1, &error), 0);
	assert_int_equal(fleet_epoch_make(&epochs, 2, &error), 0);
	make(&one, "example.com", "s1", DKIMSIG_ED25519_SHA256);
	make(&two, "example.com", "s2", DKIMSIG_ED25519_SHA256);
	make(&rsa, "example.com", "s3", DKIMSIG_RSA_SHA256);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fleet_epochs_finish(&epochs);
	EVP_PKEY_free(one.pkey);
	EVP_PKEY_free(two.pkey);
	EVP_PKEY_free(rsa.pkey);
	return 0;
}

static char *
seal(struct member *member, size_t *len)
{
	char *blob;

	error.text[0] = '\0';
	if (fleet_blob_make(&epochs, FLEET, &member->row, member->pkey, &blob,
	    len, &error) != 0)
		fail_msg("%s", error.text);
	return blob;
}

/* Open a blob as that of a row that names it, as if a member signed that. */
static void
refuse(const struct fleet_row *row, const char *fleet, const char *blob,
    size_t len, int code, const char *want)
{
	struct fleet_row named = *row;
	EVP_PKEY *pkey;

	assert_int_equal(fleet_digest(blob, len, named.blob), 0);
	error.text[0] = '\0';
	assert_int_equal(fleet_blob_open(&epochs, fleet, &named, blob, len,
	    &pkey, &error), code);
	assert_null(pkey);
	if (strstr(error.text, want) == NULL)
		fail_msg("\"%s\", not \"%s\"", error.text, want);
}

static void
test_opened(void **state)
{
	struct member *const members[] = { &one, &two, &rsa };
	EVP_PKEY *pkey;
	size_t i, len;
	char *blob;

	(void)state;
	for (i = 0; i < 3; i++) {
		blob = seal(members[i], &len);
		if (fleet_blob_open(&epochs, FLEET, &members[i]->row, blob,
		    len, &pkey, &error) != 0)
			fail_msg("%s", error.text);
		assert_int_equal(EVP_PKEY_eq(pkey, members[i]->pkey), 1);
		EVP_PKEY_free(pkey);
		free(blob);
	}
}

static void
test_another_name(void **state)
{
	struct fleet_row row;
	size_t len;
	char *blob;

	(void)state;
	blob = seal(&one, &len);
	refuse(&two.row, FLEET, blob, len, KS_E_DAMAGED, "of another name");
	row = one.row;
	(void)strlcpy(row.domain, "example.org", sizeof(row.domain));
	refuse(&row, FLEET, blob, len, KS_E_DAMAGED, "of another name");
	refuse(&one.row, OTHER, blob, len, KS_E_DAMAGED, "of another name");
	row = one.row;
	row.epoch = 1;
	refuse(&row, FLEET, blob, len, KS_E_DAMAGED, "under another key");
	row.epoch = 3;
	refuse(&row, FLEET, blob, len, KS_E_SEALED, "epoch 3 is not known");
	free(blob);
}

/* The database has another blob than the row names: nothing is decrypted. */
static void
test_not_signed(void **state)
{
	struct fleet_row row;
	EVP_PKEY *pkey;
	char *blob, *again;
	size_t len, againlen;

	(void)state;
	blob = seal(&one, &len);
	row = one.row;
	again = seal(&one, &againlen);
	assert_int_equal(fleet_blob_open(&epochs, FLEET, &row, again,
	    againlen, &pkey, &error), KS_E_DAMAGED);
	assert_string_equal(error.text,
	    "another blob than the one that was signed");
	row.epoch = 0;
	assert_int_equal(fleet_blob_open(&epochs, FLEET, &row, blob, len,
	    &pkey, &error), KS_E_DAMAGED);
	row.epoch = 2;
	row.kind = FLEET_ROW_GONE;
	assert_int_equal(fleet_blob_open(&epochs, FLEET, &row, blob, len,
	    &pkey, &error), KS_E_DAMAGED);
	free(blob);
	free(again);
}

/* A member seals one key and signs the public half of another. */
static void
test_another_key(void **state)
{
	struct fleet_row row;
	char line[sizeof(one.line)], *blob;
	size_t len;

	(void)state;
	assert_int_equal(fleet_blob_make(&epochs, FLEET, &one.row, two.pkey,
	    &blob, &len, &error), KS_E_ARG);
	assert_null(blob);
	blob = seal(&one, &len);
	row = one.row;
	(void)strlcpy(line, two.line, sizeof(line));
	line[1] = '1';
	row.line = line;
	refuse(&row, FLEET, blob, len, KS_E_DAMAGED, "not the key that");
	/* Without a public half nobody knows which key it is. */
	row.linelen = (size_t)(strstr(line, " public=") - line);
	refuse(&row, FLEET, blob, len, KS_E_DAMAGED, "no public half");
	free(blob);
}

/* Each bit of the envelope counts, whatever digest was signed. */
static void
test_flipped(void **state)
{
	struct fleet_row row;
	EVP_PKEY *pkey;
	size_t i, len, nopened = 0;
	char *blob;

	(void)state;
	blob = seal(&one, &len);
	row = one.row;
	for (i = 0; i < 8 * len; i++) {
		blob[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(fleet_digest(blob, len, row.blob), 0);
		if (fleet_blob_open(&epochs, FLEET, &row, blob, len, &pkey,
		    &error) == 0) {
			/* PEM has blanks that say nothing. */
			assert_int_equal(EVP_PKEY_eq(pkey, one.pkey), 1);
			EVP_PKEY_free(pkey);
			nopened++;
		}
		if (fleet_blob_open(&epochs, FLEET, &one.row, blob, len,
		    &pkey, &error) == 0)
			fail_msg("bit %zu", i);
		blob[i / 8] ^= (char)(1 << i % 8);
	}
	assert_true(nopened < 8 * len / 10);
	free(blob);
}

/* A member seals something else in its place. */
static void
test_other_texts(void **state)
{
	static const char head[] = "countersign-fleet blob 1\nfleet " FLEET
	    "\nepoch 2\ndomain example.com\nselector s1\n";
	const char *texts[] = { "", "x", head, "\x30\x03\x02\x01\x01" };
	const struct kek *keks[1];
	char text[512], *blob;
	struct kek kek;
	size_t i, len, n;

	(void)state;
	memcpy(kek.octets, fleet_epochs_find(&epochs, 2)->kek, KEK_SIZE);
	memcpy(kek.id, fleet_epochs_find(&epochs, 2)->check, KEK_ID_SIZE);
	keks[0] = &kek;
	for (i = 1; i < sizeof(texts) / sizeof(texts[0]); i++) {
		n = strlcpy(text, i == 2 ? "" : head, sizeof(text));
		n = strlcat(text, texts[i], sizeof(text));
		assert_int_equal(envelope_wrap(keks, 1, text, n, &blob, &len),
		    0);
		refuse(&one.row, FLEET, blob, len, KS_E_DAMAGED, "damaged");
		free(blob);
	}
	refuse(&one.row, FLEET, "", 0, KS_E_DAMAGED, "cannot be opened");
	refuse(&one.row, FLEET, "x", 1, KS_E_DAMAGED, "cannot be opened");
}

static void
test_not_made(void **state)
{
	size_t len;
	char *blob;

	(void)state;
	one.row.epoch = 3;
	assert_int_equal(fleet_blob_make(&epochs, FLEET, &one.row, one.pkey,
	    &blob, &len, &error), KS_E_ARG);
	assert_null(blob);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_opened, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_name, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_not_signed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_another_key, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_flipped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_texts, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_not_made, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
