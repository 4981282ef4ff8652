/* SPDX-License-Identifier: ISC */

/*
 * The files of a fleet in the key store: their names, owners and modes; that a
 * secret is never replaced; and that writers wait for each other.  Time passes
 * only while somebody waits.  The sealer is this program's: it puts a line
 * before the text.
 */

#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>
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

#include "base/clock.h"
#include "keydir.h"
#include "store/fleet_file.h"
#include "store/sealer.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define LINE		"sealed\n"
#define NAME63		"0123456789012345678901234567890123456789012345678901" \
			"23456789012"

static struct keydir store;
static struct ks_error error;
static char folder[128];
static EVP_PKEY *pkey, *other;
static int holder = -1;		/* has the lock of the folder */
static int64_t clock_ms, held_ms;
static bool is_sealing, can_open, is_stranger;

uid_t	__real_geteuid(void);
uid_t	__wrap_geteuid(void);
int64_t	__wrap_monotonic_ms(void);
void	__wrap_sleep_ms(int64_t ms);

uid_t
__wrap_geteuid(void)
{
	return __real_geteuid() + is_stranger;
}

int64_t
__wrap_monotonic_ms(void)
{
	return clock_ms;
}

void
__wrap_sleep_ms(int64_t ms)
{
	clock_ms += ms;
	if (holder != -1 && clock_ms >= held_ms) {
		(void)close(holder);
		holder = -1;
	}
}

static int
is_on(struct ks_sealer *sealer, bool *on, struct ks_error *e)
{
	(void)sealer;
	(void)e;
	*on = is_sealing;
	return 0;
}

static int
seal(struct ks_sealer *sealer, const struct ks_sealed_id *id,
    const char *text, size_t len, char **out, size_t *outlen,
    struct ks_error *e)
{
	(void)sealer;
	(void)e;
	assert_string_equal(id->domain, KS_FLEET_FOLDER);
	assert_string_equal(id->selector, KS_FLEET_WRAP_KEY);
	*outlen = sizeof(LINE) - 1 + len;
	assert_non_null(*out = malloc(*outlen + 1));
	memcpy(*out, LINE, sizeof(LINE) - 1);
	memcpy(*out + sizeof(LINE) - 1, text, len + 1);
	return 0;
}

static int
unseal(struct ks_sealer *sealer, const struct ks_sealed_id *id,
    const char *text, size_t len, char **out, size_t *outlen,
    struct ks_error *e)
{
	(void)sealer;
	(void)id;
	(void)strlcpy(e->text, "no KEK", sizeof(e->text));
	if (!can_open)
		return KS_E_SEALED;
	*outlen = len - (sizeof(LINE) - 1);
	assert_non_null(*out = malloc(*outlen + 1));
	memcpy(*out, text + sizeof(LINE) - 1, *outlen);
	(*out)[*outlen] = '\0';
	return 0;
}

static struct ks_sealer sealer = {
	.is_on = is_on, .seal = seal, .open = unseal
};

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	(void)snprintf(folder, sizeof(folder), "%s/" KS_FLEET_FOLDER,
	    store.path);
	pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	is_sealing = false;
	can_open = true;
	return pkey == NULL || other == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(pkey);
	EVP_PKEY_free(other);
	keydir_remove(&store);
	return 0;
}

static int
write_file(const char *name, bool is_secret, const char *text)
{
	return ks_fleet_write(store.ks, name, is_secret, text, strlen(text),
	    &error);
}

static void
assert_file(const char *name, const char *want, unsigned int mode)
{
	char path[256], *text;
	struct stat st;
	size_t len;

	if (ks_fleet_read(store.ks, name, &text, &len, &error) != 0)
		fail_msg("%s", error.text);
	assert_string_equal(text, want);
	assert_int_equal(len, strlen(want));
	ks_fleet_free(text, len);
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void
test_files(void **state)
{
	struct stat st;
	char *text;
	size_t len;
	int fd;

	(void)state;
	assert_int_equal(ks_fleet_read(store.ks, "marks", &text, &len,
	    &error), KS_E_NOKEY);
	assert_non_null(strstr(error.text, "this host is in no fleet"));
	assert_null(text);
	assert_int_equal(access(folder, F_OK), -1);
	assert_int_equal(write_file("marks", false, "one\n"), 0);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_file("marks", "one\n", 0640);
	assert_int_equal(write_file("marks", false, ""), 0);
	assert_file("marks", "", 0640);
	assert_int_equal(ks_fleet_read(store.ks, "other", &text, &len,
	    &error), KS_E_NOKEY);
	/* A secret is written once. */
	assert_int_equal(write_file("secret", true, "one\n"), 0);
	assert_int_equal(write_file("secret", true, "two\n"), KS_E_EXISTS);
	assert_file("secret", "one\n", 0400);
	assert_int_equal(write_file("marks", true, "two\n"), KS_E_EXISTS);
	assert_file("marks", "", 0640);
	assert_int_equal(ks_fleet_open(store.ks, &fd, &error), 0);
	assert_int_equal(faccessat(fd, "secret", F_OK, 0), 0);
	assert_int_equal(close(fd), 0);
}

static void
test_names(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".hidden", "a/b",
	    "/etc/passwd", NAME63 "x" };
	static const char *const good[] = { "a", "a.b", "host.key", NAME63 };
	bool is_sealed;
	EVP_PKEY *loaded;
	char *text;
	size_t i, len;

	(void)state;
	for (i = 0; i < SIZE(bad); i++) {
		print_message("# bad: %zu\n", i);
		assert_int_equal(write_file(bad[i], false, "x"), KS_E_ARG);
		assert_int_equal(write_file(bad[i], true, "x"), KS_E_ARG);
		assert_int_equal(ks_fleet_read(store.ks, bad[i], &text, &len,
		    &error), KS_E_ARG);
		assert_int_equal(ks_fleet_key_load(store.ks, bad[i], &loaded,
		    &error), KS_E_ARG);
		assert_int_equal(ks_fleet_key_is_sealed(store.ks, bad[i],
		    &is_sealed, &error), KS_E_ARG);
		assert_int_equal(ks_fleet_key_store(store.ks, bad[i], pkey,
		    &error), KS_E_ARG);
		assert_non_null(strstr(error.text, "not a file name"));
	}
	assert_int_equal(access(folder, F_OK), -1);
	for (i = 0; i < SIZE(good); i++) {
		assert_int_equal(write_file(good[i], false, good[i]), 0);
		assert_file(good[i], good[i], 0640);
	}
}

/* What others may open, or could have put there, is not used. */
static void
test_unsafe(void **state)
{
	char path[256], *text;
	EVP_PKEY *loaded;
	size_t len;

	(void)state;
	assert_int_equal(ks_fleet_key_store(store.ks, KS_FLEET_WRAP_KEY, pkey,
	    &error), 0);
	assert_int_equal(write_file("marks", false, "one\n"), 0);
	(void)snprintf(path, sizeof(path), "%s/" KS_FLEET_WRAP_KEY, folder);
	assert_int_equal(chmod(path, 0440), 0);
	assert_int_equal(ks_fleet_key_load(store.ks, KS_FLEET_WRAP_KEY,
	    &loaded, &error), KS_E_UNSAFE);
	assert_null(loaded);
	assert_int_equal(chmod(path, 0400), 0);
	(void)snprintf(path, sizeof(path), "%s/marks", folder);
	assert_int_equal(chmod(path, 0660), 0);
	assert_int_equal(ks_fleet_read(store.ks, "marks", &text, &len,
	    &error), KS_E_UNSAFE);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(chmod(folder, 0770), 0);
	assert_int_equal(ks_fleet_read(store.ks, "marks", &text, &len,
	    &error), KS_E_UNSAFE);
	assert_int_equal(ks_fleet_key_load(store.ks, KS_FLEET_WRAP_KEY,
	    &loaded, &error), KS_E_UNSAFE);
	/* A writer may find what a killed one left. */
	assert_int_equal(write_file("marks", false, "two\n"), 0);
	assert_file("marks", "two\n", 0640);
	is_stranger = true;
	assert_int_equal(write_file("marks", false, "three\n"),
	    KS_E_UNSAFE);
	assert_int_equal(ks_fleet_open(store.ks, &holder, &error),
	    KS_E_UNSAFE);
	assert_int_equal(holder, -1);
	is_stranger = false;
	assert_file("marks", "two\n", 0640);
}

static void
hold(int64_t ms)
{
	held_ms = clock_ms + ms;
	assert_int_not_equal(holder = open(folder, O_RDONLY | O_DIRECTORY),
	    -1);
	assert_int_equal(flock(holder, LOCK_EX | LOCK_NB), 0);
}

static void
test_waits(void **state)
{
	const int64_t most = KS_FLEET_WAIT_S * 1000;
	int64_t began;

	(void)state;
	assert_int_equal(write_file("marks", false, "one\n"), 0);
	began = clock_ms;
	assert_int_equal(write_file("marks", false, "one\n"), 0);
	assert_int_equal(clock_ms, began);
	hold(most - 1000);
	assert_int_equal(write_file("marks", false, "two\n"), 0);
	assert_int_equal(holder, -1);
	hold(4 * most);
	began = clock_ms;
	assert_int_equal(write_file("marks", false, "three\n"),
	    KS_E_LOCKED);
	assert_true(clock_ms - began >= most &&
	    clock_ms - began < most + 1000);
	assert_int_equal(ks_fleet_key_store(store.ks, KS_FLEET_SIGN_KEY, pkey,
	    &error), KS_E_LOCKED);
	(void)close(holder);
	holder = -1;
	assert_file("marks", "two\n", 0640);
	assert_int_equal(ks_fleet_key_store(store.ks, KS_FLEET_SIGN_KEY, pkey,
	    &error), 0);
}

static void
assert_key(EVP_PKEY *want, bool want_sealed)
{
	EVP_PKEY *loaded;
	bool is_sealed;

	if (ks_fleet_key_load(store.ks, KS_FLEET_WRAP_KEY, &loaded, &error) !=
	    0)
		fail_msg("%s", error.text);
	assert_int_equal(EVP_PKEY_eq(loaded, want), 1);
	EVP_PKEY_free(loaded);
	assert_int_equal(ks_fleet_key_is_sealed(store.ks, KS_FLEET_WRAP_KEY,
	    &is_sealed, &error), 0);
	assert_int_equal(is_sealed, want_sealed);
}

static int
convert(bool to_sealed, bool *is_changed)
{
	return ks_fleet_key_convert(store.ks, KS_FLEET_WRAP_KEY, to_sealed,
	    is_changed, &error);
}

static void
test_keys(void **state)
{
	EVP_PKEY *loaded;
	bool is;

	(void)state;
	assert_int_equal(ks_fleet_key_load(store.ks, KS_FLEET_WRAP_KEY,
	    &loaded, &error), KS_E_NOKEY);
	is = true;
	assert_int_equal(ks_fleet_key_is_sealed(store.ks, KS_FLEET_WRAP_KEY,
	    &is, &error), KS_E_NOKEY);
	assert_false(is);
	assert_int_equal(convert(true, &is), KS_E_NOKEY);
	/* Without a sealer, or if new keys are not sealed. */
	assert_int_equal(ks_fleet_key_store(store.ks, KS_FLEET_WRAP_KEY, pkey,
	    &error), 0);
	assert_key(pkey, false);
	assert_int_equal(ks_fleet_key_store(store.ks, KS_FLEET_WRAP_KEY,
	    other, &error), KS_E_EXISTS);
	assert_key(pkey, false);
	ks_set_sealer(store.ks, &sealer);
	assert_int_equal(convert(false, &is), 0);
	assert_false(is);
	assert_int_equal(convert(true, &is), 0);
	assert_true(is);
	assert_key(pkey, true);
	assert_int_equal(convert(true, &is), 0);
	assert_false(is);
	assert_int_equal(ks_fleet_key_store(store.ks, KS_FLEET_WRAP_KEY,
	    other, &error), KS_E_EXISTS);
	assert_key(pkey, true);
	/* Nothing is converted that cannot be opened. */
	can_open = false;
	assert_int_equal(ks_fleet_key_load(store.ks, KS_FLEET_WRAP_KEY,
	    &loaded, &error), KS_E_SEALED);
	assert_null(loaded);
	assert_int_equal(convert(false, &is), KS_E_SEALED);
	assert_false(is);
	can_open = true;
	assert_key(pkey, true);
	assert_int_equal(convert(false, &is), 0);
	assert_true(is);
	can_open = false;
	assert_key(pkey, false);
	/* Nor sealed if it could not be opened again. */
	assert_int_equal(convert(true, &is), KS_E_SEALED);
	assert_false(is);
	assert_key(pkey, false);
	ks_set_sealer(store.ks, NULL);
}

static void
test_new_keys_are_sealed(void **state)
{
	(void)state;
	is_sealing = true;
	ks_set_sealer(store.ks, &sealer);
	assert_int_equal(ks_fleet_key_store(store.ks, KS_FLEET_WRAP_KEY, pkey,
	    &error), 0);
	assert_key(pkey, true);
	ks_set_sealer(store.ks, NULL);
}

static void
test_rows(void **state)
{
	struct ks_lock *lock;
	struct stat st;
	char path[256], *text;
	size_t len;

	(void)state;
	assert_int_equal(ks_fleet_read_rows(store.ks, "example.com", &text,
	    &len, &error), KS_E_NODOMAIN);
	assert_null(text);
	(void)keydir_add(&store, "example.com", "s1", DKIMSIG_ED25519_SHA256,
	    1, KS_NEVER);
	assert_int_equal(ks_fleet_read_rows(store.ks, "example.com", &text,
	    &len, &error), KS_E_NOKEY);
	assert_int_equal(ks_lock(store.ks, "example.com", false, &lock,
	    &error), 0);
	assert_int_equal(ks_fleet_write_rows(lock, "a\nb\n", 4, &error), 0);
	assert_int_equal(ks_fleet_write_rows(lock, "c\n", 2, &error), 0);
	ks_unlock(lock);
	assert_int_equal(ks_fleet_read_rows(store.ks, "example.com", &text,
	    &len, &error), 0);
	assert_string_equal(text, "c\n");
	assert_int_equal(len, 2);
	ks_fleet_free(text, len);
	(void)snprintf(path, sizeof(path), "%s/example.com/fleet",
	    store.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_files),
		TEST(test_names),
		TEST(test_unsafe),
		TEST(test_waits),
		TEST(test_keys),
		TEST(test_new_keys_are_sealed),
		TEST(test_rows),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
