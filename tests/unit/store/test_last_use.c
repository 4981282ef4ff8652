/* SPDX-License-Identifier: ISC */

/*
 * When a key last signed: what is recorded and read, and what is refused.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keydir.h"
#include "store/last_use.h"

#define DOMAIN	"example.com"
#define NOW	1700000000

static struct keydir store;
static struct ks_error error;
static char path[128];		/* of the file of s1 */

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	(void)keydir_add(&store, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/s1.used",
	    store.path);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	return 0;
}

static int
record(int64_t now)
{
	return ks_used_record(store.ks, DOMAIN, "s1", now, &error);
}

static int64_t
last_use(void)
{
	int64_t last;

	if (ks_used_read(store.ks, DOMAIN, "s1", &last, &error) != 0)
		fail_msg("%s", error.text);
	return last;
}

static void
test_record(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(last_use(), KS_NEVER);
	assert_int_equal(record(NOW), 0);
	assert_int_equal(last_use(), NOW);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_uid, geteuid());
	/* The same file. */
	assert_int_equal(record(NOW + 1), 0);
	assert_int_equal(last_use(), NOW + 1);
}

/* Two signers may record in the wrong order; a clock may be set back. */
static void
test_order(void **state)
{
	static const struct {
		const char	*name;
		int64_t		 before, now, want;
	} cases[] = {
		{ "later",		NOW, NOW + 5, NOW + 5 },
		{ "the same",		NOW, NOW, NOW },
		{ "a little earlier",	NOW, NOW - 1, NOW },
		{ "a grain earlier",	NOW, NOW - KS_USED_GRAIN, NOW },
		{ "set back",		NOW, NOW - KS_USED_GRAIN - 1,
		    NOW - KS_USED_GRAIN - 1 },
		{ "set back by years",	NOW, 1000, 1000 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ks_used_record(store.ks, DOMAIN, "s1",
		    1, &error), 0);
		assert_int_equal(record(cases[i].before), 0);
		assert_int_equal(record(cases[i].now), 0);
		if (last_use() != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
}

/* What is in its place, and how it gets there. */
static void
put_link(void)
{
	assert_int_equal(symlink("/etc/hostname", path), 0);
}

static void
put_dangling(void)
{
	assert_int_equal(symlink("../made-elsewhere", path), 0);
}

static void
put_fifo(void)
{
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void
put_folder(void)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
put_file(void)
{
	struct ks_lock *lock;

	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	assert_int_equal(ks_used_make(lock, "s1", &error), 0);
	ks_unlock(lock);
}

static void
put_open_file(void)
{
	put_file();
	assert_int_equal(chmod(path, 0666), 0);
}

static void
put_foreign(void)
{
	put_file();
	if (geteuid() == 0)
		assert_int_equal(chown(path, 1, (gid_t)-1), 0);
	else
		assert_int_equal(chmod(path, 0660), 0);
}

static void
test_refused(void **state)
{
	static const struct {
		const char	*name;
		void		(*put)(void);
		const char	*fix;
	} cases[] = {
		{ "symbolic link",	put_link,	": remove it" },
		{ "dangling link",	put_dangling,	": remove it" },
		{ "fifo",		put_fifo,	": remove it" },
		{ "folder",		put_folder,	": remove it" },
		{ "open to others",	put_open_file,	": chmod 0640 " },
		{ "another's",		put_foreign,	": ch" },
	};
	struct stat st;
	int64_t last;
	size_t i;

	(void)state;
	assert_int_equal(remove(path), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cases[i].put();
		if (record(NOW + 5) != KS_E_UNSAFE ||
		    strstr(error.text, path) == NULL ||
		    strstr(error.text, cases[i].fix) == NULL)
			fail_msg("%s: recorded: %s", cases[i].name,
			    error.text);
		last = 5;
		if (ks_used_read(store.ks, DOMAIN, "s1", &last, &error) !=
		    KS_E_UNSAFE || last != KS_USE_UNKNOWN)
			fail_msg("%s: read", cases[i].name);
		assert_int_equal(remove(path), 0);
	}
	(void)snprintf(path, sizeof(path), "%s/made-elsewhere", store.path);
	assert_int_equal(lstat(path, &st), -1);
}

static void
test_arguments(void **state)
{
	static const struct {
		const char	*domain, *selector;
		int		 want;
	} cases[] = {
		{ "example.net", "s1", KS_E_NODOMAIN },
		{ "../example.com", "s1", KS_E_ARG },
		{ "Example.com", "s1", KS_E_ARG },
		{ DOMAIN, "../s1", KS_E_ARG },
		{ DOMAIN, "", KS_E_ARG },
		{ DOMAIN, "S1", KS_E_ARG },
	};
	int64_t last;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(ks_used_record(store.ks, cases[i].domain,
		    cases[i].selector, NOW, &error), cases[i].want);
		assert_int_equal(ks_used_read(store.ks, cases[i].domain,
		    cases[i].selector, &last, NULL), cases[i].want);
		assert_int_equal(last, KS_USE_UNKNOWN);
	}
}

/* A selector of the greatest length has a last use, too. */
static void
test_longest_selector(void **state)
{
	char selector[KS_SELECTOR_SIZE];
	struct ks_lock *lock;
	int64_t last;

	(void)state;
	memset(selector, 'a', sizeof(selector) - 1);
	selector[sizeof(selector) - 1] = '\0';
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	assert_int_equal(ks_used_make(lock, selector, &error), 0);
	ks_unlock(lock);
	assert_int_equal(ks_used_record(store.ks, DOMAIN, selector, NOW,
	    &error), 0);
	assert_int_equal(ks_used_read(store.ks, DOMAIN, selector, &last,
	    &error), 0);
	assert_int_equal(last, NOW);
}

/* It needs no lock, no writer is in its way, and no reader minds it. */
static void
test_beside_writers(void **state)
{
	struct ks_state keys;
	struct ks_lock *lock;
	struct ks_key key;

	(void)state;
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	assert_int_equal(record(NOW), 0);
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	assert_int_equal(keys.nkeys, 1);

	assert_int_equal(ks_used_discard(lock, "s1", &error), 0);
	assert_int_equal(last_use(), KS_USE_UNKNOWN);
	assert_int_equal(ks_used_discard(lock, "s1", &error), 0);
	assert_int_equal(ks_used_discard(lock, "../s1", &error), KS_E_ARG);
	/* A key file that goes takes it along. */
	ks_key_init(&key);
	(void)strcpy(key.selector, "s2");
	key.removed = NOW;
	assert_int_equal(ks_state_append(&keys, &key), 0);
	assert_int_equal(ks_state_write(lock, &keys, &error), 0);
	ks_state_finish(&keys);
	assert_int_equal(ks_used_make(lock, "s2", &error), 0);
	assert_int_equal(ks_used_record(store.ks, DOMAIN, "s2", NOW, &error),
	    0);
	assert_int_equal(ks_key_destroy(lock, "s2", &error), 0);
	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/s2.used",
	    store.path);
	assert_int_equal(access(path, F_OK), -1);
	ks_unlock(lock);
}

/* A signer makes none, and says who does. */
static void
test_missing(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(remove(path), 0);
	assert_int_equal(record(NOW), KS_E_NOKEY);
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text,
	    ": does not exist: run 'countersign-key rotate'"));
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(last_use(), KS_USE_UNKNOWN);
}

/*
 * The keys of an earlier version, which made files when they were used: which
 * get one, and with which time.
 */
static void
test_complete(void **state)
{
	static const struct {
		const char	*name;
		int64_t		 active_from, retire_at, revoked, removed;
		bool		 has_key, has_use;
		int64_t		 want;
	} cases[] = {
		{ "waits", KS_NEVER, KS_NEVER, KS_NEVER, KS_NEVER, true,
		    false, KS_NEVER },
		{ "signs later", NOW + 1, KS_NEVER, KS_NEVER, KS_NEVER, true,
		    false, KS_NEVER },
		{ "signs", NOW, KS_NEVER, KS_NEVER, KS_NEVER, true, false,
		    NOW },
		{ "retires later", 1, NOW + 1, KS_NEVER, KS_NEVER, true,
		    false, NOW },
		{ "retired", 1, NOW, KS_NEVER, KS_NEVER, true, false,
		    KS_USE_UNKNOWN },
		{ "revoked", 1, KS_NEVER, NOW, KS_NEVER, true, false,
		    KS_USE_UNKNOWN },
		{ "removed", 1, KS_NEVER, KS_NEVER, NOW, true, false,
		    KS_USE_UNKNOWN },
		{ "has no key file", 1, KS_NEVER, KS_NEVER, KS_NEVER, false,
		    false, KS_USE_UNKNOWN },
		{ "has a file", 1, KS_NEVER, KS_NEVER, KS_NEVER, true, true,
		    NOW - 9 },
	};
	struct ks_state keys;
	struct ks_lock *lock;
	char pem[128];
	size_t i;

	(void)state;
	(void)snprintf(pem, sizeof(pem), "%s/" DOMAIN "/s1.pem", store.path);
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		keys.keys[0].active_from = cases[i].active_from;
		keys.keys[0].retire_at = cases[i].retire_at;
		keys.keys[0].revoked = cases[i].revoked;
		keys.keys[0].removed = cases[i].removed;
		(void)remove(path);
		if (cases[i].has_use) {
			assert_int_equal(ks_used_make(lock, "s1", &error), 0);
			assert_int_equal(record(cases[i].want), 0);
		}
		assert_int_equal(chmod(pem, 0400), 0);
		assert_true(cases[i].has_key || remove(pem) == 0);
		if (ks_used_complete(lock, &keys, NOW, &error) != 0)
			fail_msg("%s: %s", cases[i].name, error.text);
		if (last_use() != cases[i].want)
			fail_msg("%s: last use %lld", cases[i].name,
			    (long long)last_use());
		if (!cases[i].has_key)
			(void)close(open(pem, O_CREAT | O_WRONLY, 0400));
	}
	ks_state_finish(&keys);
	ks_unlock(lock);
}

static bool
is_complete(void)
{
	struct ks_state keys;
	bool is;

	assert_int_equal(ks_state_read(store.ks, DOMAIN, &keys, &error), 0);
	is = ks_used_is_complete(store.ks, &keys, NOW);
	ks_state_finish(&keys);
	return is;
}

static void
test_is_complete(void **state)
{
	(void)state;
	assert_true(is_complete());
	assert_int_equal(remove(path), 0);
	assert_false(is_complete());
	keydir_set_times(&store, DOMAIN, "s1", 1, NOW);
	assert_true(is_complete());
	/* Each key that signs needs one. */
	(void)keydir_add(&store, DOMAIN, "s2", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	assert_true(is_complete());
	(void)snprintf(path, sizeof(path), "%s/" DOMAIN "/s2.used",
	    store.path);
	assert_int_equal(remove(path), 0);
	assert_false(is_complete());
}

/* A writer was killed between the two files: the first one goes. */
static void
test_leftover(void **state)
{
	struct ks_lock *lock;
	char pem[128];

	(void)state;
	(void)snprintf(pem, sizeof(pem), "%s/" DOMAIN "/s1.pem", store.path);
	assert_int_equal(remove(pem), 0);
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	assert_int_equal(record(NOW), 0);
	assert_int_equal(ks_key_discard(lock, "s1", &error), 0);
	assert_int_equal(last_use(), NOW);
	assert_int_equal(remove(path), 0);
	assert_int_equal(ks_used_make(lock, "s1", &error), 0);
	assert_int_equal(ks_key_discard(lock, "s1", &error), 0);
	assert_int_equal(access(path, F_OK), -1);
	ks_unlock(lock);
}

/* Made by root for the store's owner. */
static void
test_owner(void **state)
{
	struct ks_error why;
	struct keystore *ks;
	struct ks_lock *lock = NULL;
	struct stat st;
	char folder[128];

	(void)state;
	if (geteuid() != 0)
		skip();
	(void)snprintf(folder, sizeof(folder), "%s/" DOMAIN, store.path);
	assert_int_equal(chown(store.path, 1, 1), 0);
	assert_int_equal(chown(folder, 1, 1), 0);
	assert_int_equal(remove(path), 0);
	(void)snprintf(folder, sizeof(folder), "%s/" DOMAIN "/.lock",
	    store.path);
	assert_int_equal(remove(folder), 0);
	if (ks_open(&ks, store.path, NULL, &why) != 0 ||
	    ks_lock(ks, DOMAIN, false, &lock, &why) != 0 ||
	    ks_used_make(lock, "s1", &why) != 0 ||
	    ks_used_record(ks, DOMAIN, "s1", NOW, &why) != 0)
		fail_msg("%s", why.text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 1);
	assert_int_equal(st.st_gid, 1);
	assert_int_equal(st.st_mtim.tv_sec, NOW);
	ks_unlock(lock);
	ks_close(ks);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_record),
		TEST(test_order),
		TEST(test_refused),
		TEST(test_arguments),
		TEST(test_longest_selector),
		TEST(test_beside_writers),
		TEST(test_missing),
		TEST(test_complete),
		TEST(test_is_complete),
		TEST(test_leftover),
		TEST(test_owner),
	};
	int r;

	r = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return r;
}
