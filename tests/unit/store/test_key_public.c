/* SPDX-License-Identifier: ISC */

/*
 * Public halves: as text, in the state, and against the key files.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "keydir.h"

#define DOMAIN	"example.com"

/* A store with the Ed25519 key "s1". */
static int
setup(void **arg)
{
	static struct keydir keydir;

	keydir_make(&keydir);
	(void)keydir_add(&keydir, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, 200,
	    300);
	*arg = &keydir;
	return 0;
}

static int
teardown(void **arg)
{
	keydir_remove(*arg);
	keydir_free_keys();
	return 0;
}

/* A path in the folder of the domain; overwritten by the next call. */
static const char *
path_of(const struct keydir *keydir, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/%s", keydir->path,
	    name);
	return path;
}

static void
put_state(const struct keydir *keydir, const char *text)
{
	FILE *fp;

	(void)unlink(path_of(keydir, "state"));
	assert_non_null(fp = fopen(path_of(keydir, "state"), "w"));
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(path_of(keydir, "state"), 0640), 0);
}

static void
read_state(struct keydir *keydir, struct ks_state *state)
{
	struct ks_error error;

	if (ks_state_read(keydir->ks, DOMAIN, state, &error) != 0)
		fail_msg("%s", error.text);
}

/* Read the state, write it back as it is, and read it again. */
static void
rewrite_state(struct keydir *keydir, struct ks_state *state)
{
	struct ks_error error;
	struct ks_lock *lock;

	read_state(keydir, state);
	if (ks_lock(keydir->ks, DOMAIN, false, &lock, &error) != 0 ||
	    ks_state_write(lock, state, &error) != 0)
		fail_msg("%s", error.text);
	ks_unlock(lock);
	ks_state_finish(state);
	read_state(keydir, state);
}

/* The text of the key in the file of "s1". */
static void
print_file(struct keydir *keydir, char text[KS_PUBLIC_SIZE])
{
	struct ks_key key = {
		.selector = "s1", .algorithm = DKIMSIG_ED25519_SHA256
	};
	struct ks_error error;
	EVP_PKEY *pkey;

	if (ks_key_load(keydir->ks, DOMAIN, &key, &pkey, &error) != 0)
		fail_msg("%s", error.text);
	assert_int_equal(ks_public_print(pkey, text), 0);
	EVP_PKEY_free(pkey);
}

/* The public half stays in the state when the key file is lost. */
static void
test_outlives_file(void **arg)
{
	struct keydir *keydir = *arg;
	char text[KS_PUBLIC_SIZE];
	struct ks_state state;
	EVP_PKEY *half;

	print_file(keydir, text);
	assert_int_equal(unlink(path_of(keydir, "s1.pem")), 0);
	rewrite_state(keydir, &state);
	assert_string_equal(state.keys[0].public, text);
	assert_non_null(half = ks_public_parse(state.keys[0].public,
	    DKIMSIG_ED25519_SHA256));
	assert_int_equal(ks_key_bits(half), 256);
	EVP_PKEY_free(half);
	assert_null(ks_public_parse(text, DKIMSIG_RSA_SHA256));
	ks_state_finish(&state);
}

static void
test_texts(void **arg)
{
	static const unsigned int bits[] = { 2048, 3072, 4096 };
	char text[KS_PUBLIC_SIZE];
	EVP_PKEY *pkey, *half;
	size_t i;

	(void)arg;
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		assert_non_null(pkey = EVP_RSA_gen(bits[i]));
		assert_int_equal(ks_public_print(pkey, text), 0);
		assert_non_null(half = ks_public_parse(text,
		    DKIMSIG_RSA_SHA256));
		assert_int_equal(EVP_PKEY_eq(half, pkey), 1);
		assert_int_equal(ks_key_bits(half), bits[i]);
		EVP_PKEY_free(half);
		EVP_PKEY_free(pkey);
	}
	/* Of RSA-8192: the modulus, and 38 octets around it. */
	assert_true(1024 + 38 <= KS_PUBLIC_OCTETS);
	/* Text after the key, cut, or none. */
	assert_null(ks_public_parse(text, DKIMSIG_ED25519_SHA256));
	(void)strlcat(text, "AAAA", sizeof(text));
	assert_null(ks_public_parse(text, DKIMSIG_RSA_SHA256));
	text[strlen(text) - 8] = '\0';
	assert_null(ks_public_parse(text, DKIMSIG_RSA_SHA256));
	assert_null(ks_public_parse("", DKIMSIG_RSA_SHA256));
	assert_null(ks_public_parse("AAA", DKIMSIG_RSA_SHA256));
	assert_null(ks_public_parse("====", DKIMSIG_ED25519_SHA256));
	assert_null(ks_public_parse("AAAA", DKIMSIG_ED25519_SHA256));
}

/* A state of format 1 has the public halves after the first change. */
static void
test_old_format(void **arg)
{
	struct keydir *keydir = *arg;
	char text[KS_PUBLIC_SIZE];
	struct ks_state state;

	put_state(keydir, "countersign-keys 1\n"
	    "s1 ed25519-sha256 - - - - 1970-01-01T00:03:20Z - - -\n"
	    "lost rsa-sha256 - - - - - - - - strict\n");
	read_state(keydir, &state);
	assert_int_equal(state.nkeys, 2);
	assert_int_equal(state.keys[0].active_from, 200);
	assert_null(state.keys[0].public);
	ks_state_finish(&state);

	rewrite_state(keydir, &state);
	print_file(keydir, text);
	assert_int_equal(state.nkeys, 2);
	assert_int_equal(state.keys[0].active_from, 200);
	assert_string_equal(state.keys[0].public, text);
	assert_null(state.keys[1].public);
	assert_true(state.keys[1].strict);
	ks_state_finish(&state);
}

/* What a later version wrote is not called damage. */
static void
test_later_format(void **arg)
{
	struct keydir *keydir = *arg;
	struct ks_error error;
	struct ks_state state;
	char want[512];

	put_state(keydir, "countersign-keys 4\nwhat\n");
	assert_int_equal(ks_state_read(keydir->ks, DOMAIN, &state, &error),
	    KS_E_FORMAT);
	(void)snprintf(want, sizeof(want), "%s: written by a later version of "
	    "countersign, in a format that this version does not know: install "
	    "the later version again", path_of(keydir, "state"));
	assert_string_equal(error.text, want);
}

/* With a good key that is not the one of the state no signature is right. */
static void
test_other_key(void **arg)
{
	struct keydir *keydir = *arg;
	struct ks_error error;
	struct ks_lock *lock;
	struct ks_state state;
	EVP_PKEY *pkey;

	assert_int_equal(unlink(path_of(keydir, "s1.pem")), 0);
	assert_non_null(pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	if (ks_lock(keydir->ks, DOMAIN, false, &lock, &error) != 0 ||
	    ks_key_store(lock, "s1", pkey, &error) != 0)
		fail_msg("%s", error.text);
	ks_unlock(lock);
	EVP_PKEY_free(pkey);
	read_state(keydir, &state);
	assert_int_equal(ks_key_load(keydir->ks, DOMAIN, &state.keys[0],
	    &pkey, &error), KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "s1.pem: not the key that the "
	    "state file has for this selector"));
	ks_state_finish(&state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_outlives_file, setup,
		    teardown),
		cmocka_unit_test(test_texts),
		cmocka_unit_test_setup_teardown(test_old_format, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_later_format, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_other_key, setup,
		    teardown)
	};

	return cmocka_run_group_tests_name("key_public", tests, NULL, NULL);
}
