/* SPDX-License-Identifier: ISC */

/*
 * Storing new keys while writing the state fails: at no moment is a key left
 * in memory, on disk, or as a file, unless it is in the state that could be
 * written last.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keydir.h"

#define DOMAIN	"example.com"
#define NOW	1790000000

static struct keydir store;
static struct ks_error error;
static EVP_PKEY *pkey;
static unsigned int nwrites, fails_from, fails_to;

int	__real_ks_state_write(struct ks_lock *lock,
	    const struct ks_state *state, struct ks_error *why);
int	__wrap_ks_state_write(struct ks_lock *lock,
	    const struct ks_state *state, struct ks_error *why);

/* The writes from one to another, counted from 1, fail. */
int
__wrap_ks_state_write(struct ks_lock *lock, const struct ks_state *state,
    struct ks_error *why)
{
	nwrites++;
	if (nwrites < fails_from || nwrites > fails_to)
		return __real_ks_state_write(lock, state, why);
	if (why != NULL)
		(void)strlcpy(why->text, "no space", sizeof(why->text));
	return KS_E_SYSTEM;
}

static int
setup(void **state)
{
	(void)state;
	fails_from = fails_to = 0;
	keydir_make(&store);
	pkey = keydir_add(&store, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	return 0;
}

static struct ks_new
make_new(const char *selector)
{
	struct ks_new new = {
		.pkey = pkey, .step = "generate", .text = "ed25519"
	};

	ks_key_init(&new.key);
	(void)strlcpy(new.key.selector, selector, sizeof(new.key.selector));
	new.key.algorithm = DKIMSIG_ED25519_SHA256;
	new.key.generated = NOW;
	return new;
}

/* Store two keys; *keys is the state in memory then. */
static int
store_two(struct ks_state *keys, unsigned int from, unsigned int to)
{
	const struct ks_new new[] = { make_new("s2"), make_new("s3") };
	struct ks_lock *lock;
	int r;

	assert_int_equal(ks_state_read(store.ks, DOMAIN, keys, &error), 0);
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	nwrites = 0;
	fails_from = from;
	fails_to = to;
	r = ks_keys_store(lock, keys, new, 2, NOW, &error);
	fails_from = fails_to = 0;
	ks_unlock(lock);
	return r;
}

static void
check_state(const struct ks_state *keys, size_t nkeys, size_t nunfinished)
{
	assert_int_equal(keys->nkeys, nkeys);
	assert_int_equal(keys->nunfinished, nunfinished);
	assert_string_equal(keys->keys[0].selector, "s1");
}

static void
check_disk(size_t nkeys, size_t nunfinished, bool has_files)
{
	static const char *const selectors[] = { "s2", "s3" };
	struct ks_state keys;
	char path[256];
	size_t i;

	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	check_state(&keys, nkeys, nunfinished);
	ks_state_finish(&keys);
	for (i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/%s.pem",
		    store.path, selectors[i]);
		assert_int_equal(access(path, F_OK) == 0, has_files);
	}
}

static void
test_stored(void **state)
{
	struct ks_state keys;

	(void)state;
	assert_int_equal(store_two(&keys, 0, 0), 0);
	check_state(&keys, 3, 0);
	ks_state_finish(&keys);
	check_disk(3, 0, true);
}

/* They cannot be announced. */
static void
test_first_write(void **state)
{
	struct ks_state keys;

	(void)state;
	assert_int_equal(store_two(&keys, 1, 1), KS_E_SYSTEM);
	assert_string_equal(error.text, "no space");
	assert_int_equal(keys.nkeys, 1);
	ks_state_finish(&keys);
	check_disk(1, 0, false);
}

/* Their files exist, and they cannot be made finished keys. */
static void
test_second_write(void **state)
{
	struct ks_state keys;

	(void)state;
	assert_int_equal(store_two(&keys, 2, 2), KS_E_SYSTEM);
	assert_string_equal(error.text, "no space");
	check_state(&keys, 1, 0);
	ks_state_finish(&keys);
	check_disk(1, 0, false);
}

/* Nor can that be undone on disk: the next writer will. */
static void
test_later_writes(void **state)
{
	struct ks_state keys;
	struct ks_lock *lock;

	(void)state;
	assert_int_equal(store_two(&keys, 2, 9), KS_E_SYSTEM);
	check_state(&keys, 1, 0);
	ks_state_finish(&keys);
	check_disk(1, 2, false);

	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	assert_int_equal(ks_recover(lock, &keys, NOW, &error), 0);
	assert_int_equal(ks_state_write(lock, &keys, &error), 0);
	ks_unlock(lock);
	ks_state_finish(&keys);
	check_disk(1, 0, false);
	assert_int_equal(store_two(&keys, 0, 0), 0);
	ks_state_finish(&keys);
	check_disk(3, 0, true);
}

static void
test_adopt(void **state)
{
	const struct ks_new new = make_new("s2");
	struct ks_state keys;
	struct ks_lock *lock;

	(void)state;
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	assert_int_equal(ks_key_store(lock, "s2", pkey, &error), 0);
	nwrites = 0;
	fails_from = fails_to = 1;
	assert_int_equal(ks_key_adopt(lock, &keys, &new, NOW, &error),
	    KS_E_SYSTEM);
	ks_state_finish(&keys);
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	check_state(&keys, 1, 0);
	assert_int_equal(ks_key_adopt(lock, &keys, &new, NOW, &error), 0);
	check_state(&keys, 2, 0);
	ks_state_finish(&keys);
	ks_unlock(lock);
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	check_state(&keys, 2, 0);
	assert_string_equal(keys.keys[1].selector, "s2");
	ks_state_finish(&keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(test_first_write, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_second_write, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_later_writes, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_adopt, setup, teardown),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
