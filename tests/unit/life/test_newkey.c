/* SPDX-License-Identifier: ISC */

/*
 * New keys in a store: which selectors they get, which of them are free again,
 * and which lines are forgotten.
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
#include <openssl/evp.h>

#include "keydir.h"
#include "life/newkey.h"

#define DOMAIN	"example.com"
#define NOW	1790000000	/* 2026-09-21T14:13:20Z */
#define HOUR	3600
#define DAY	(24 * HOUR)

static struct keydir store;
static struct ks_error error;
static struct ks_state keys;
static EVP_PKEY *pkey;

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	pkey = keydir_add(&store, DOMAIN, "old", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ks_state_finish(&keys);
	keydir_remove(&store);
	return 0;
}

static const struct keygen_kind *
ed25519(void)
{
	const struct keygen_kind *kind;

	kind = keygen_find("ed25519");
	assert_non_null(kind);
	return kind;
}

/* Store a key: its selector, or an error of the store as text. */
static const char *
store_key(const struct newkey_wish *wish)
{
	static char text[1024];
	struct newkey new = { .kind = ed25519(), .pkey = pkey };
	struct ks_lock *lock;
	int r;

	error.text[0] = '\0';
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	r = newkey_store(store.ks, lock, &keys, wish, &new, 1, &error);
	ks_unlock(lock);
	(void)snprintf(text, sizeof(text), "%s%s%s", r == 0 ? "" :
	    r == KS_E_EXISTS ? "exists: " : r == KS_E_ARG ? "wrong: " :
	    "damaged: ", r == 0 ? new.key.selector : error.text,
	    r == 0 && new.key.fresh ? " fresh" : "");
	return text;
}

/* Add a line that has ended: removed, and revoked before that. */
static void
add_line(const char *selector, int64_t revoked, int64_t removed)
{
	struct ks_key key;

	ks_key_init(&key);
	(void)strlcpy(key.selector, selector, sizeof(key.selector));
	key.algorithm = DKIMSIG_ED25519_SHA256;
	key.generated = 1;
	key.active_from = 1;
	key.retire_at = 2;
	key.revoked = revoked;
	key.removed = removed;
	assert_int_equal(ks_state_append(&keys, &key), 0);
}

static void
set_removed(const char *selector, int64_t revoked, int64_t removed)
{
	size_t i;

	for (i = 0; i < keys.nkeys; i++)
		if (strcmp(keys.keys[i].selector, selector) == 0) {
			keys.keys[i].revoked = revoked;
			keys.keys[i].removed = removed;
		}
}

static void
remove_file(const char *selector)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/%s.pem", store.path,
	    selector);
	assert_int_equal(unlink(path), 0);
}

static void
test_dated(void **state)
{
	const struct newkey_wish wish = { .now = NOW }, desk = {
		.now = NOW, .stream = "desk"
	};
	const struct ks_key *key;

	(void)state;
	assert_string_equal(store_key(&wish), "20260921e1 fresh");
	assert_string_equal(store_key(&wish), "20260921e2 fresh");
	assert_string_equal(store_key(&desk), "desk-20260921e1 fresh");
	key = ks_state_find(&keys, "desk-20260921e1");
	assert_non_null(key);
	assert_string_equal(key->stream, "desk");
	assert_int_equal(key->generated, NOW);
	assert_int_equal(key->active_from, KS_NEVER);
	/* The line is lost, and the file is not. */
	ks_state_finish(&keys);
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	assert_int_equal(keys.nkeys, 4);
	keys.nkeys = 1;
	assert_string_equal(store_key(&wish), "20260921e3 fresh");
}

static void
test_named(void **state)
{
	const struct newkey_wish named = { .now = NOW, .selector = "mine" };

	(void)state;
	assert_string_equal(store_key(&named), "mine");
	assert_string_equal(store_key(&named), "exists: example.com: selector "
	    "mine was used before and cannot be reused: choose another");
}

static void
test_too_long(void **state)
{
	char longest[DKIMSIG_DOMAIN_SIZE];
	struct newkey_wish wish = {
		.now = NOW, .cname_zone = longest, .revoked_for = KS_NEVER
	};
	const size_t most = DKIMSIG_MAX_DOMAIN -
	    strlen("countersign-e1._domainkey." DOMAIN ".");
	size_t i;

	(void)state;
	for (i = 0; i < most + 1; i++)
		longest[i] = i % 2 == 0 ? 'a' : '.';
	longest[most + 1] = '\0';
	assert_string_equal(store_key(&wish), "wrong: example.com: too long: "
	    "with the selector and cname_zone the name of its record would be "
	    "longer than 253 octets");
	longest[most] = '\0';
	assert_string_equal(store_key(&wish), "countersign-e1");
}

static void
test_slots(void **state)
{
	struct newkey_wish wish = {
		.now = NOW, .cname_zone = "zone", .slot_rest = HOUR,
		.revoked_for = KS_NEVER
	};
	const struct ks_key *key;

	(void)state;
	assert_string_equal(store_key(&wish), "countersign-e1");
	assert_string_equal(store_key(&wish), "countersign-e2");
	assert_string_equal(store_key(&wish), "countersign-e3");
	key = ks_state_find(&keys, "countersign-e3");
	assert_non_null(key);
	assert_string_equal(key->record,
	    "countersign-e3._domainkey.example.com.zone");
	assert_string_equal(store_key(&wish), "exists: example.com: all 3 "
	    "selectors for ed25519 keys behind CNAMEs are in use: wait until "
	    "an old key is removed");
	wish.stream = "desk";
	assert_string_equal(store_key(&wish), "countersign-desk-e1");
}

/* A slot is free an hour after its record was removed. */
static void
test_slot_rests(void **state)
{
	struct newkey_wish wish = {
		.now = NOW, .cname_zone = "zone", .slot_rest = HOUR,
		.revoked_for = KS_NEVER
	};
	size_t n;

	(void)state;
	(void)store_key(&wish);
	(void)store_key(&wish);
	(void)store_key(&wish);
	n = keys.nkeys;
	set_removed("countersign-e3", NOW - DAY, NOW - HOUR + 9);
	set_removed("countersign-e2", NOW - DAY, NOW - HOUR + 7);
	assert_string_equal(store_key(&wish), "exists: example.com: all 3 "
	    "selectors for ed25519 keys behind CNAMEs are in use, the next is "
	    "free at 2026-09-21T14:13:27Z");
	wish.now = NOW + 7;
	/* Its private key still exists. */
	assert_memory_equal(store_key(&wish), "exists: ", 8);
	remove_file("countersign-e2");
	assert_string_equal(store_key(&wish), "countersign-e2");
	assert_int_equal(keys.nkeys, n);
	assert_int_equal(ks_state_find(&keys, "countersign-e2")->removed,
	    KS_NEVER);
}

/* One that was revoked for long enough is free as soon as it is removed. */
static void
test_slot_needed_soon(void **state)
{
	struct newkey_wish wish = {
		.now = NOW, .cname_zone = "zone", .slot_rest = HOUR,
		.revoked_for = DAY
	};

	(void)state;
	(void)store_key(&wish);
	(void)store_key(&wish);
	(void)store_key(&wish);
	remove_file("countersign-e1");
	set_removed("countersign-e1", NOW - DAY + 1, NOW);
	assert_memory_equal(store_key(&wish), "exists: ", 8);
	set_removed("countersign-e1", KS_NEVER, NOW);
	assert_memory_equal(store_key(&wish), "exists: ", 8);
	set_removed("countersign-e1", NOW - DAY, NOW);
	assert_string_equal(store_key(&wish), "countersign-e1");
}

/* A fourth slot is used as long as the state has a key in it. */
static void
test_old_slot(void **state)
{
	struct newkey_wish wish = {
		.now = NOW, .cname_zone = "zone", .slot_rest = HOUR,
		.revoked_for = KS_NEVER
	};

	(void)state;
	(void)store_key(&wish);
	(void)store_key(&wish);
	(void)store_key(&wish);
	add_line("countersign-e4", NOW - DAY, NOW - HOUR);
	assert_string_equal(store_key(&wish), "countersign-e4");
}

/* A slot with a file and no line: the state has lost a key. */
static void
test_lost_line(void **state)
{
	struct newkey_wish wish = {
		.now = NOW, .cname_zone = "zone", .revoked_for = KS_NEVER
	};

	(void)state;
	(void)store_key(&wish);
	keys.nkeys = 1;
	assert_memory_equal(store_key(&wish), "damaged: example.com: key "
	    "countersign-e1 has a key file but is not in the state file",
	    strlen("damaged: example.com: key countersign-e1 has a key file "
	    "but is not in the state file"));
}

/* Of many lines, those of dated keys that ended a year ago are deleted. */
static void
test_forgets(void **state)
{
	const struct newkey_wish wish = { .now = NOW };
	char selector[KS_SELECTOR_SIZE];
	size_t i;

	(void)state;
	add_line("named", 2, NOW - NEWKEY_FORGET);
	add_line("20250101e1", 2, NOW - NEWKEY_FORGET + 1);
	add_line("20250101e2", 2, NOW - NEWKEY_FORGET);
	add_line("20250101e3", 2, KS_NEVER);
	add_line("20250101e4", 2, NOW - NEWKEY_FORGET);
	keys.keys[keys.nkeys - 1].unconfirmed = true;
	add_line("desk-20250101e1", 2, NOW - NEWKEY_FORGET);
	keys.keys[keys.nkeys - 1].stream = "desk";
	for (i = keys.nkeys; i < NEWKEY_MANY_LINES + 3; i++) {
		(void)snprintf(selector, sizeof(selector), "20240101e%zu", i);
		add_line(selector, 2, NOW - NEWKEY_FORGET - DAY);
	}
	assert_string_equal(store_key(&wish), "20260921e1 fresh");
	/* Three more than many were enough; then the new one was added. */
	assert_int_equal(keys.nkeys, NEWKEY_MANY_LINES + 1);
	assert_non_null(ks_state_find(&keys, "named"));
	assert_non_null(ks_state_find(&keys, "20250101e1"));
	assert_null(ks_state_find(&keys, "20250101e2"));
	assert_non_null(ks_state_find(&keys, "20250101e3"));
	assert_non_null(ks_state_find(&keys, "20250101e4"));
	assert_null(ks_state_find(&keys, "desk-20250101e1"));
	assert_null(ks_state_find(&keys, "20240101e7"));
	assert_non_null(ks_state_find(&keys, "20240101e8"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_named, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_slots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slot_rests, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_slot_needed_soon, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_old_slot, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_lost_line, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_forgets, setup, teardown),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
