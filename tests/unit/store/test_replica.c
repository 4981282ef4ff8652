/* SPDX-License-Identifier: ISC */

/*
 * What becomes of the keys of a host when another one pushes a state that no
 * longer has them; by what a state is known to be the same.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keydir.h"
#include "store/replica.h"

#define DOMAIN	"example.com"
#define HOST	"first.example"
#define NOW	1790000000

static struct keydir store;
static struct ks_error error;

static void
set_public(struct ks_key *key)
{
	key->public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
}

static void
add(const char *selector)
{
	(void)keydir_add(&store, DOMAIN, selector, DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	keydir_change(&store, DOMAIN, selector, set_public);
}

static bool
has_file(const char *selector)
{
	bool exists;

	assert_int_equal(ks_key_exists(store.ks, DOMAIN, selector, &exists,
	    &error), 0);
	return exists;
}

/* Push a state that has only one of the keys, or none, and no key files. */
static void
push(const char *kept)
{
	struct ks_state whole, state;
	struct ks_lock *lock;

	memset(&whole, 0, sizeof(whole));
	memset(&state, 0, sizeof(state));
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &whole, &error), 0);
	(void)strlcpy(state.domain, DOMAIN, sizeof(state.domain));
	if (kept != NULL)
		assert_int_equal(ks_state_append(&state, ks_state_find(&whole,
		    kept)), 0);
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	if (ks_replica_write(lock, &state, NULL, 0, HOST, NOW, &error) != 0)
		fail_msg("%s", error.text);
	ks_unlock(lock);
	ks_state_finish(&state);
	ks_state_finish(&whole);
}

static void
check_state(const char *selector)
{
	struct ks_state state;

	memset(&state, 0, sizeof(state));
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &state, &error), 0);
	assert_int_equal(state.nkeys, selector != NULL);
	assert_int_equal(state.nunfinished, 0);
	if (selector != NULL)
		assert_non_null(ks_state_find(&state, selector));
	ks_state_finish(&state);
}

static void
a_key_that_goes(void **state)
{
	(void)state;
	keydir_make(&store);
	add("s1");
	add("s2");
	push("s2");
	assert_false(has_file("s1"));
	assert_true(has_file("s2"));
	check_state("s2");
	push(NULL);
	assert_false(has_file("s2"));
	check_state(NULL);
	keydir_remove(&store);
}

/* As a host was killed that had begun to make the key. */
static void
make_unfinished(const char *selector)
{
	struct ks_state before, state;
	struct ks_lock *lock;
	struct ks_key key;
	size_t i;

	memset(&before, 0, sizeof(before));
	memset(&state, 0, sizeof(state));
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &before, &error), 0);
	(void)strlcpy(state.domain, DOMAIN, sizeof(state.domain));
	for (i = 0; i < before.nkeys; i++) {
		key = before.keys[i];
		if (strcmp(key.selector, selector) == 0) {
			key.unfinished = true;
			key.active_from = KS_NEVER;
		}
		assert_int_equal(ks_state_append(&state, &key), 0);
	}
	assert_int_equal(state.nunfinished, 1);
	assert_int_equal(ks_state_write(lock, &state, &error), 0);
	ks_unlock(lock);
	ks_state_finish(&before);
	ks_state_finish(&state);
}

/* One whose making was not finished here goes, too. */
static void
an_unfinished_key(void **state)
{
	(void)state;
	keydir_make(&store);
	add("s1");
	add("s2");
	make_unfinished("s1");
	assert_true(has_file("s1"));
	push("s2");
	assert_false(has_file("s1"));
	assert_true(has_file("s2"));
	check_state("s2");
	keydir_remove(&store);
}

/* The digest of the state, and its text. */
static void
identify(char digest[KS_DIGEST_SIZE], bool *is_whole, char text[4096])
{
	struct ks_state state;
	char *printed;
	size_t len;

	memset(&state, 0, sizeof(state));
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &state, &error), 0);
	assert_int_equal(ks_replica_digest(store.ks, &state, digest, is_whole,
	    &error), 0);
	assert_int_equal(ks_replica_print(&state, &printed, &len, &error), 0);
	assert_true(len < 4096);
	(void)memcpy(text, printed, len);
	text[len] = '\0';
	free(printed);
	ks_state_finish(&state);
}

static void
set_removed(struct ks_key *key)
{
	key->retire_at = key->revoked = key->removed = NOW;
}

static void
remove_key_file(const char *selector)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/%s.pem", store.path,
	    selector);
	assert_int_equal(remove(path), 0);
}

/*
 * The file of a removed key makes a difference, and one that a key lacks is
 * told apart; an unfinished key is not seen.
 */
static void
a_digest(void **state)
{
	char first[KS_DIGEST_SIZE], second[KS_DIGEST_SIZE], text[4096];
	bool is_whole;

	(void)state;
	keydir_make(&store);
	add("s1");
	add("s2");
	identify(first, &is_whole, text);
	assert_true(is_whole);
	assert_non_null(strstr(text, "s1"));
	make_unfinished("s1");
	identify(second, &is_whole, text);
	assert_string_not_equal(first, second);
	assert_true(is_whole);
	assert_null(strstr(text, "s1"));
	assert_non_null(strstr(text, "s2"));
	remove_key_file("s1");
	identify(first, &is_whole, text);
	assert_string_equal(first, second);
	assert_true(is_whole);

	add("s3");
	keydir_change(&store, DOMAIN, "s3", set_removed);
	identify(first, &is_whole, text);
	assert_true(is_whole);
	remove_key_file("s3");
	identify(second, &is_whole, text);
	assert_string_not_equal(first, second);
	assert_true(is_whole);
	remove_key_file("s2");
	identify(first, &is_whole, text);
	assert_string_equal(first, second);
	assert_false(is_whole);
	keydir_remove(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_that_goes),
		cmocka_unit_test(an_unfinished_key),
		cmocka_unit_test(a_digest),
	};
	int r;

	r = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return r;
}
