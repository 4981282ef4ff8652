/* SPDX-License-Identifier: ISC */

/*
 * Which keys the signer knows for its own: all that the store has or had, and
 * no others; and what that costs it.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "cachecase.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const unsigned char no_digest[IPC_DIGEST_SIZE];

static bool
is_own(const char *domain, const char *selector)
{
	bool own;

	assert_int_equal(keycache_is_own(cache, domain, selector, no_digest,
	    &now, &own), 0);
	return own;
}

static void
set_revoked(struct ks_key *key)
{
	key->revoked = NOW;
}

static void
set_removed(struct ks_key *key)
{
	key->retire_at = key->revoked = key->removed = NOW;
}

static void
set_compromised(struct ks_key *key)
{
	key->compromised = true;
}

static void
set_retired(struct ks_key *key)
{
	key->retire_at = 2;
}

static void
set_generated(struct ks_key *key)
{
	key->active_from = KS_NEVER;
}

static void
test_in_every_state(void **state)
{
	static const struct {
		const char	*name;
		void		(*change)(struct ks_key *key);
	} cases[] = {
		{ "revoked",		set_revoked },
		{ "removed",		set_removed },
		{ "compromised",	set_compromised },
		{ "retired",		set_retired },
		{ "generated",		set_generated },
	};
	size_t i;

	(void)state;
	add("example.com", "active", 1, KS_NEVER);
	for (i = 0; i < COUNT(cases); i++) {
		add("example.com", cases[i].name, 1, KS_NEVER);
		keydir_change(&store, "example.com", cases[i].name,
		    cases[i].change);
	}
	assert_true(is_own("example.com", "active"));
	for (i = 0; i < COUNT(cases); i++)
		if (!is_own("example.com", cases[i].name))
			fail_msg("%s", cases[i].name);
	assert_true(is_own("example.com", "ACTIVE"));
	assert_false(is_own("example.com", "platform"));
	assert_false(is_own("example.com", ""));
	assert_false(is_own("example.com", "a selector of _any_ form"));
	assert_false(is_own("sub.example.com", "active"));
	assert_false(is_own("example.net", "active"));
}

/* Another signer may have signed with it a moment ago. */
static void
test_new_key_at_once(void **state)
{
	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	assert_false(is_own("example.com", "s2"));
	assert_false(is_own("example.net", "s3"));
	add("example.com", "s2", 1, KS_NEVER);
	add("example.net", "s3", 1, KS_NEVER);
	assert_true(is_own("example.com", "s2"));
	assert_true(is_own("example.net", "s3"));
}

static void
test_damaged_state_is_no_answer(void **state)
{
	char path[256];
	FILE *file;
	bool own = true;

	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	assert_true(is_own("example.com", "s1"));
	(void)snprintf(path, sizeof(path), "%s/example.com/state",
	    store.path);
	assert_non_null(file = fopen(path, "w"));
	assert_true(fputs("nonsense\n", file) > 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(keycache_is_own(cache, "example.com", "s1",
	    no_digest, &now, &own), KS_E_DAMAGED);
	assert_false(own);
}

/* The digest of p= of a record with this key, in one of its two forms. */
static void
digest_of(EVP_PKEY *pkey, int (*print)(const EVP_PKEY *, unsigned char **),
    unsigned char digest[IPC_DIGEST_SIZE])
{
	unsigned char *octets = NULL;
	int len = print(pkey, &octets);

	assert_true(len > 0);
	(void)SHA256(octets, (size_t)len, digest);
	OPENSSL_free(octets);
}

static bool
has_digest(const char *domain, const unsigned char digest[IPC_DIGEST_SIZE])
{
	bool own;

	assert_int_equal(keycache_is_own(cache, domain, "another", digest,
	    &now, &own), 0);
	return own;
}

/* Under a selector that the store does not have, too. */
static void
test_by_public_half(void **state)
{
	unsigned char digest[IPC_DIGEST_SIZE], raw[32];
	size_t rawlen = sizeof(raw);
	EVP_PKEY *rsa, *ed25519;

	(void)state;
	rsa = keydir_add(&store, "example.com", "r1", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	add("example.net", "s1", 1, KS_NEVER);
	digest_of(rsa, i2d_PUBKEY, digest);
	assert_true(has_digest("example.com", digest));
	assert_false(has_digest("example.net", digest));
	digest_of(rsa, i2d_PublicKey, digest);
	assert_true(has_digest("example.com", digest));
	ed25519 = keydir_add(&store, "example.com", "e1",
	    DKIMSIG_ED25519_SHA256, 1, KS_NEVER);
	assert_int_equal(EVP_PKEY_get_raw_public_key(ed25519, raw, &rawlen),
	    1);
	(void)SHA256(raw, rawlen, digest);
	assert_true(has_digest("example.com", digest));
	digest[0] ^= 1;
	assert_false(has_digest("example.com", digest));
	assert_false(has_digest("example.com", no_digest));
}

/* Its private half is gone, and its line says what it was. */
static void
test_removed_key_by_public_half(void **state)
{
	unsigned char digest[IPC_DIGEST_SIZE];
	char path[256];
	EVP_PKEY *rsa;

	(void)state;
	rsa = keydir_add(&store, "example.com", "r1", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	keydir_change(&store, "example.com", "r1", set_removed);
	(void)snprintf(path, sizeof(path), "%s/example.com/r1.pem",
	    store.path);
	assert_int_equal(unlink(path), 0);
	digest_of(rsa, i2d_PUBKEY, digest);
	assert_true(has_digest("example.com", digest));
}

static void
append_many(struct ks_state *state, size_t n)
{
	struct ks_key key;
	size_t i;

	for (i = 0; i < n; i++) {
		ks_key_init(&key);
		(void)snprintf(key.selector, sizeof(key.selector), "k%zu", i);
		key.algorithm = DKIMSIG_ED25519_SHA256;
		key.generated = 1;
		assert_int_equal(ks_state_append(state, &key), 0);
	}
}

/* Old lists go when there are too many; the domains and keys stay. */
static void
test_bound(void **state)
{
	const size_t ndomains = KEYCACHE_OWN / 900 + 3;
	struct keycache_usage usage;
	struct ks_state many;
	struct ks_lock *lock;
	char domain[32];
	size_t i;

	(void)state;
	for (i = 0; i < ndomains; i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		memset(&many, 0, sizeof(many));
		(void)strlcpy(many.domain, domain, sizeof(many.domain));
		append_many(&many, 900);
		assert_int_equal(ks_lock(store.ks, domain, true, &lock,
		    NULL), 0);
		assert_int_equal(ks_state_write(lock, &many, NULL), 0);
		ks_unlock(lock);
		ks_state_finish(&many);
		assert_true(is_own(domain, "k899"));
		assert_false(is_own(domain, "k900"));
		keycache_usage(cache, &usage);
		assert_true(usage.nown <= KEYCACHE_OWN);
		assert_int_equal(usage.ndomains, i + 1);
	}
	assert_int_equal(usage.nown, KEYCACHE_OWN / 900 * 900);
	assert_true(is_own("d0.example", "k0"));
}

/* Names of nobody are as many as those asked for to sign, and no more. */
static void
test_unknown_domains(void **state)
{
	struct keycache_usage usage;
	char domain[32];
	size_t i;

	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	assert_true(is_own("example.com", "s1"));
	for (i = 0; i < KEYCACHE_MISSING + 10; i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		assert_false(is_own(domain, "s1"));
	}
	keycache_usage(cache, &usage);
	assert_int_equal(usage.nmissing, KEYCACHE_MISSING);
	assert_int_equal(usage.ndomains, 1);
	assert_int_equal(usage.nown, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CACHECASE(test_in_every_state),
		CACHECASE(test_new_key_at_once),
		CACHECASE(test_by_public_half),
		CACHECASE(test_removed_key_by_public_half),
		CACHECASE(test_damaged_state_is_no_answer),
		CACHECASE(test_bound),
		CACHECASE(test_unknown_domains),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
