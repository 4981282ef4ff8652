/* SPDX-License-Identifier: ISC */

/*
 * A scratch key store for tests: see keydir.h.
 */

#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "keydir.h"

/* SHA-256 of nothing, as an empty relaxed body has it. */
#define EMPTY_BODY	"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static EVP_PKEY *made[2];

static EVP_PKEY *
make_key(enum dkimsig_algorithm algorithm)
{
	if (made[algorithm] == NULL)
		made[algorithm] = algorithm == DKIMSIG_RSA_SHA256 ?
		    EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048) :
		    EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	assert_non_null(made[algorithm]);
	return made[algorithm];
}

void
keydir_free_keys(void)
{
	EVP_PKEY_free(made[0]);
	EVP_PKEY_free(made[1]);
	made[0] = made[1] = NULL;
}

void
keydir_make(struct keydir *keydir)
{
	struct ks_error error;

	(void)strlcpy(keydir->path, "/tmp/countersign-test.XXXXXX",
	    sizeof(keydir->path));
	assert_non_null(mkdtemp(keydir->path));
	if (ks_open(&keydir->ks, keydir->path, NULL, &error) != 0)
		fail_msg("%s", error.text);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
keydir_remove(struct keydir *keydir)
{
	ks_close(keydir->ks);
	(void)nftw(keydir->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
set_times(struct ks_key *key, int64_t active_from, int64_t retire_at)
{
	key->active_from = active_from;
	key->retire_at = retire_at;
}

/* Write the state with one key more, or with other times of one. */
static void
write_state(struct keydir *keydir, struct ks_lock *lock, const char *domain,
    const struct ks_key *key)
{
	struct ks_state state = { 0 };
	struct ks_error error;
	size_t i;
	int r;

	r = ks_state_read(keydir->ks, domain, &state, &error);
	if (r != 0 && r != KS_E_NODOMAIN)
		fail_msg("%s", error.text);
	(void)strlcpy(state.domain, domain, sizeof(state.domain));
	for (i = 0; i < state.nkeys; i++)
		if (strcmp(state.keys[i].selector, key->selector) == 0)
			break;
	if (i == state.nkeys) {
		state.keys = reallocarray(state.keys, ++state.nkeys,
		    sizeof(*state.keys));
		assert_non_null(state.keys);
		state.keys[i] = *key;
	} else
		set_times(&state.keys[i], key->active_from, key->retire_at);
	if (ks_state_write(lock, &state, &error) != 0)
		fail_msg("%s", error.text);
	ks_state_finish(&state);
}

static void
put_key(struct keydir *keydir, const char *domain, const struct ks_key *key,
    EVP_PKEY *pkey)
{
	struct ks_lock *lock;
	struct ks_error error;

	if (ks_lock(keydir->ks, domain, pkey != NULL, &lock, &error) != 0 ||
	    (pkey != NULL &&
	    ks_key_store(lock, key->selector, pkey, &error) != 0))
		fail_msg("%s", error.text);
	write_state(keydir, lock, domain, key);
	ks_unlock(lock);
}

EVP_PKEY *
keydir_add(struct keydir *keydir, const char *domain, const char *selector,
    enum dkimsig_algorithm algorithm, int64_t active_from, int64_t retire_at)
{
	struct ks_key key;

	ks_key_init(&key);
	(void)strlcpy(key.selector, selector, sizeof(key.selector));
	key.algorithm = algorithm;
	key.generated = 1;
	set_times(&key, active_from, retire_at);
	put_key(keydir, domain, &key, make_key(algorithm));
	return made[algorithm];
}

void
keydir_set_times(struct keydir *keydir, const char *domain,
    const char *selector, int64_t active_from, int64_t retire_at)
{
	struct ks_key key = { 0 };

	(void)strlcpy(key.selector, selector, sizeof(key.selector));
	set_times(&key, active_from, retire_at);
	put_key(keydir, domain, &key, NULL);
}

void
keydir_change(struct keydir *keydir, const char *domain,
    const char *selector, void (*change)(struct ks_key *key))
{
	struct ks_lock *lock;
	struct ks_state state;
	struct ks_error error;
	size_t i;

	if (ks_lock(keydir->ks, domain, false, &lock, &error) != 0 ||
	    ks_state_read(keydir->ks, domain, &state, &error) != 0)
		fail_msg("%s", error.text);
	for (i = 0; i < state.nkeys; i++)
		if (strcmp(state.keys[i].selector, selector) == 0)
			change(&state.keys[i]);
	if (ks_state_write(lock, &state, &error) != 0)
		fail_msg("%s", error.text);
	ks_state_finish(&state);
	ks_unlock(lock);
}

bool
keydir_verify(EVP_PKEY *pkey, enum dkimsig_algorithm algorithm,
    const void *tbs, size_t tbslen, const unsigned char *sig, size_t siglen)
{
	unsigned char hash[32];
	EVP_MD_CTX *ctx;
	int r;

	ctx = EVP_MD_CTX_new();
	assert_non_null(ctx);
	if (algorithm == DKIMSIG_RSA_SHA256) {
		r = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pkey);
		assert_int_equal(r, 1);
		r = EVP_DigestVerify(ctx, sig, siglen, tbs, tbslen);
	} else {
		assert_int_equal(EVP_Digest(tbs, tbslen, hash, NULL,
		    EVP_sha256(), NULL), 1);
		r = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey);
		assert_int_equal(r, 1);
		r = EVP_DigestVerify(ctx, sig, siglen, hash, sizeof(hash));
	}
	EVP_MD_CTX_free(ctx);
	return r == 1;
}

void
keydir_block_init(struct keydir_block *block, int64_t now)
{
	memset(block, 0, sizeof(*block));
	block->from = "from:a@example.com\r\n";
	block->sdid = "example.com";
	block->selector = "s1";
	block->algorithm = "rsa-sha256";
	block->signed_names = "from:from";
	block->timestamp = now;
	block->expires = now + 3600;
}

/* A number tag, or nothing where the number is -1. */
static const char *
number_tag(char *buf, size_t size, char name, int64_t value)
{
	buf[0] = '\0';
	if (value != -1)
		(void)snprintf(buf, size, "%c=%lld; ", name,
		    (long long)value);
	return buf;
}

static const char *
text_or_none(const char *text)
{
	return text != NULL ? text : "";
}

size_t
keydir_block_write(const struct keydir_block *block, char *buf, size_t size)
{
	char t[32], x[32];
	int len;

	len = snprintf(buf, size, "%sdkim-signature:v=1; a=%s; "
	    "c=relaxed/relaxed; d=%s; s=%s; %s%sh=%s; bh=" EMPTY_BODY
	    "; %sb=%s%s", text_or_none(block->from), block->algorithm,
	    block->sdid, block->selector,
	    number_tag(t, sizeof(t), 't', block->timestamp),
	    number_tag(x, sizeof(x), 'x', block->expires),
	    block->signed_names, text_or_none(block->more),
	    text_or_none(block->signature), text_or_none(block->after));
	assert_true(len > 0 && (size_t)len < size);
	return (size_t)len;
}
