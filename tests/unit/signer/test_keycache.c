/* SPDX-License-Identifier: ISC */

/*
 * The signer's view of the store: what it sees when, what it holds, what it
 * logs.  Time is a parameter.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/log.h"
#include "cachecase.h"
#include "store/last_use.h"

static void
pass(int64_t seconds)
{
	now.wall += seconds;
	now.monotonic += seconds;
}

/* For how long the last answer of active() holds. */
static unsigned int trusted;

/* The active keys of an owner as "s1 s2", or the error in words. */
static const char *
active_of(const struct key_owner *owner, bool refresh)
{
	static char text[1024];
	struct keycache_key keys[64];
	size_t i, nkeys;
	int r;

	r = keycache_active(cache, owner, refresh, &now, keys, 64, &nkeys,
	    &trusted);
	text[0] = '\0';
	for (i = 0; i < nkeys; i++) {
		(void)strlcat(text, i > 0 ? " " : "", sizeof(text));
		(void)strlcat(text, keys[i].selector, sizeof(text));
	}
	switch (r) {
	case 0:
		return text;
	case KS_E_NODOMAIN:
		return "no domain";
	case KS_E_NOKEY:
		return "no key";
	case KS_E_UNSAFE:
		return "unsafe";
	case KS_E_DAMAGED:
		return "damaged";
	default:
		return "other";
	}
}

static const char *
active_or_refreshed(const char *domain, bool refresh)
{
	const struct key_owner owner = { .domain = domain, .stream = "" };

	return active_of(&owner, refresh);
}

static const char *
active(const char *domain)
{
	return active_or_refreshed(domain, false);
}

static int
find_of(const struct key_owner *owner, const char *selector)
{
	EVP_PKEY *pkey;
	int r;

	r = keycache_find(cache, owner, selector, DKIMSIG_ED25519_SHA256,
	    &now, &pkey);
	assert_true((r == 0) == (pkey != NULL));
	return r;
}

static int
find(const char *domain, const char *selector)
{
	const struct key_owner owner = { .domain = domain, .stream = "" };

	return find_of(&owner, selector);
}

static const struct key_owner example = {
	.domain = "example.com", .stream = ""
};

static void
set_mode(const char *below, mode_t mode)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", store.path, below);
	assert_int_equal(chmod(path, mode), 0);
}

/* Count the lines that a piece of a test logs: stderr goes to a file. */
static int saved_stderr;
static FILE *captured;

static void
capture(void)
{
	captured = tmpfile();
	assert_non_null(captured);
	saved_stderr = dup(STDERR_FILENO);
	assert_int_not_equal(dup2(fileno(captured), STDERR_FILENO), -1);
}

static size_t
captured_lines(void)
{
	size_t n;
	int c;

	(void)dup2(saved_stderr, STDERR_FILENO);
	(void)close(saved_stderr);
	rewind(captured);
	n = 0;
	while ((c = fgetc(captured)) != EOF)
		if (c == '\n')
			n++;
	(void)fclose(captured);
	return n;
}

/* Times, not flags: without a look at the file keys change by the clock. */
static void
test_active_by_the_clock(void **state)
{
	(void)state;
	add("example.com", "past", 1, NOW - KS_HANDOVER);
	add("example.com", "now", NOW, NOW + 5);
	add("example.com", "soon", NOW + 3, KS_NEVER);
	add("example.com", "never", KS_NEVER, KS_NEVER);
	assert_string_equal(active("example.com"), "now");
	assert_int_equal(find("example.com", "past"), KS_E_NOKEY);
	assert_int_equal(find("example.com", "now"), 0);
	assert_int_equal(find("example.com", "soon"), KS_E_NOKEY);
	assert_int_equal(find("example.com", "never"), KS_E_NOKEY);
	assert_int_equal(find("example.com", "nosuch"), KS_E_NOKEY);
	pass(3);
	assert_string_equal(active("example.com"), "now soon");
	pass(2);
	assert_string_equal(active("example.com"), "soon");
	assert_int_equal(find("example.com", "now"), 0);
	pass(KS_HANDOVER - 1);
	assert_string_equal(active("example.com"), "soon");
	assert_int_equal(find("example.com", "now"), 0);
	pass(1);
	assert_int_equal(find("example.com", "now"), KS_E_NOKEY);
	assert_int_equal(find("example.com", "soon"), 0);
}

/* An answer holds until the next look at the file, or the next change. */
static void
test_trusted(void **state)
{
	(void)state;
	add("example.com", "s1", 1, NOW + 15);
	add("example.com", "s2", NOW + 4, KS_NEVER);
	add("example.com", "past", 1, NOW - 1);
	assert_string_equal(active("example.com"), "s1");
	assert_int_equal(trusted, 3);
	pass(3);
	assert_string_equal(active("example.com"), "s1");
	assert_int_equal(trusted, 0);
	pass(1);
	assert_string_equal(active("example.com"), "s1 s2");
	assert_int_equal(trusted, KEYCACHE_RECHECK - 4 - 1);
	pass(KEYCACHE_RECHECK - 4 - 1);
	assert_string_equal(active("example.com"), "s1 s2");
	assert_int_equal(trusted, 0);
	pass(1);
	assert_string_equal(active("example.com"), "s1 s2");
	assert_int_equal(trusted, 4);
	pass(5);
	assert_string_equal(active("example.com"), "s2");
	assert_string_equal(active("example.net"), "no domain");
	assert_int_equal(trusted, KEYCACHE_RECHECK - 1);
}

static void
set_revoked(struct ks_key *key)
{
	key->revoked = NOW;
}

static void
set_removed(struct ks_key *key)
{
	key->removed = NOW;
}

static void
set_compromised(struct ks_key *key)
{
	key->compromised = true;
}

/* What ends a key for good ends it at once, and its private key is freed. */
static void
test_no_handover(void **state)
{
	static const struct {
		const char	*name;
		void		(*change)(struct ks_key *key);
	} cases[] = {
		{ "revoked",		set_revoked },
		{ "removed",		set_removed },
		{ "compromised",	set_compromised },
	};
	struct keycache_usage usage;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		add("example.com", cases[i].name, 1, NOW);
	add("example.com", "retired", 1, NOW);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(find("example.com", cases[i].name), 0);
	assert_int_equal(find("example.com", "retired"), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		keydir_change(&store, "example.com", cases[i].name,
		    cases[i].change);
	pass(KEYCACHE_RECHECK);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (find("example.com", cases[i].name) != KS_E_NOKEY)
			fail_msg("%s", cases[i].name);
	assert_int_equal(find("example.com", "retired"), 0);
	assert_string_equal(active("example.com"), "no key");
	keycache_usage(cache, &usage);
	assert_int_equal(usage.nparsed, 1);
}

/*
 * Another signer saw a new key first, and the front asks this one to sign
 * with it: it need not wait for KEYCACHE_RECHECK.
 */
static void
test_new_key_elsewhere(void **state)
{
	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	assert_string_equal(active("example.com"), "s1");
	assert_string_equal(active("example.net"), "no domain");
	add("example.com", "s2", 1, KS_NEVER);
	add("example.net", "s3", 1, KS_NEVER);
	assert_string_equal(active("example.com"), "s1");
	assert_int_equal(find("example.com", "s2"), 0);
	assert_int_equal(find("example.net", "s3"), 0);
	assert_string_equal(active("example.com"), "s1 s2");
	assert_string_equal(active("example.net"), "s3");
}

/* Another signer has refused a key: the state is checked at once. */
static void
test_refresh(void **state)
{
	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	assert_string_equal(active("example.com"), "s1");
	keydir_change(&store, "example.com", "s1", set_compromised);
	keydir_change(&store, "example.com", "s1", set_revoked);
	add("example.com", "s2", 1, KS_NEVER);
	assert_string_equal(active("example.com"), "s1");
	assert_string_equal(active_or_refreshed("example.com", true), "s2");
	assert_int_equal(trusted, KEYCACHE_RECHECK - 1);
	assert_string_equal(active("example.com"), "s2");
}

static void
test_algorithm_must_match(void **state)
{
	EVP_PKEY *pkey;

	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	assert_int_equal(keycache_find(cache, &example, "s1",
	    DKIMSIG_RSA_SHA256, &now, &pkey), KS_E_NOKEY);
	assert_null(pkey);
}

static void
set_desk(struct ks_key *key)
{
	key->stream = "desk";
}

static void
set_shop(struct ks_key *key)
{
	key->stream = "shop";
}

/* Each stream has its own keys; those of another are never found. */
static void
test_streams(void **state)
{
	static const struct key_owner desk = { "example.com", "desk" };
	static const struct key_owner shop = { "example.com", "shop" };
	static const struct key_owner news = { "example.com", "news" };
	static const struct key_owner other = { "example.net", "desk" };

	(void)state;
	add("example.com", "d1", 1, KS_NEVER);
	keydir_change(&store, "example.com", "d1", set_desk);
	add("example.com", "p1", 1, NOW - KS_HANDOVER);
	keydir_change(&store, "example.com", "p1", set_shop);
	/* A domain with streams only has no key for other mail. */
	assert_string_equal(active("example.com"), "no key");
	assert_string_equal(active_of(&desk, false), "d1");
	assert_string_equal(active_of(&shop, false), "no key");
	assert_string_equal(active_of(&news, false), "no key");
	assert_string_equal(active_of(&other, false), "no domain");
	add("example.com", "s1", 1, KS_NEVER);
	pass(KEYCACHE_RECHECK);
	assert_string_equal(active("example.com"), "s1");
	assert_string_equal(active_of(&desk, false), "d1");
	assert_string_equal(active_of(&shop, false), "no key");

	assert_int_equal(find("example.com", "s1"), 0);
	assert_int_equal(find("example.com", "d1"), KS_E_ARG);
	assert_int_equal(find("example.com", "p1"), KS_E_ARG);
	assert_int_equal(find("example.com", "x1"), KS_E_NOKEY);
	assert_int_equal(find_of(&desk, "d1"), 0);
	assert_int_equal(find_of(&desk, "s1"), KS_E_ARG);
	assert_int_equal(find_of(&desk, "p1"), KS_E_ARG);
	assert_int_equal(find_of(&desk, "x1"), KS_E_NOKEY);
	assert_int_equal(find_of(&shop, "p1"), KS_E_NOKEY);
	assert_int_equal(find_of(&news, "d1"), KS_E_ARG);
	assert_int_equal(find_of(&other, "d1"), KS_E_NODOMAIN);

	/* Compromised: its stream stops, and nothing else does. */
	keydir_set_times(&store, "example.com", "d1", 1, NOW);
	pass(KEYCACHE_RECHECK);
	assert_string_equal(active_of(&desk, false), "no key");
	assert_string_equal(active("example.com"), "s1");
	assert_int_equal(find("example.com", "s1"), 0);
}

/* A change is seen after KEYCACHE_RECHECK seconds, and not before. */
static void
test_recheck(void **state)
{
	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	assert_string_equal(active("example.com"), "s1");
	assert_string_equal(active("example.net"), "no domain");
	add("example.com", "s2", 1, KS_NEVER);
	add("example.net", "s3", 1, KS_NEVER);
	pass(KEYCACHE_RECHECK - 1);
	assert_string_equal(active("example.com"), "s1");
	assert_string_equal(active("example.net"), "no domain");
	pass(1);
	assert_string_equal(active("example.com"), "s1 s2");
	assert_string_equal(active("example.net"), "s3");
	keydir_set_times(&store, "example.com", "s1", 1, NOW);
	pass(KEYCACHE_RECHECK);
	assert_string_equal(active("example.com"), "s2");
}

/* Parsed keys outlive a change of the state, until they retire. */
static void
test_parsed_keys(void **state)
{
	struct keycache_usage usage;
	EVP_PKEY *before, *after;

	(void)state;
	add("example.com", "s1", 1, NOW + 20 - KS_HANDOVER);
	assert_int_equal(keycache_find(cache, &example, "s1",
	    DKIMSIG_ED25519_SHA256, &now, &before), 0);
	add("example.com", "s2", 1, KS_NEVER);
	pass(KEYCACHE_RECHECK);
	assert_int_equal(keycache_find(cache, &example, "s1",
	    DKIMSIG_ED25519_SHA256, &now, &after), 0);
	assert_ptr_equal(before, after);
	assert_int_equal(find("example.com", "s2"), 0);
	keycache_usage(cache, &usage);
	assert_int_equal(usage.nparsed, 2);
	pass(KEYCACHE_RECHECK);
	assert_string_equal(active("example.com"), "s2");
	keycache_usage(cache, &usage);
	assert_int_equal(usage.nparsed, 1);
}

/* Make a key the only one of the domain, generated at the same second. */
static void
replace_key(EVP_PKEY *pkey)
{
	char path[256], public[KS_PUBLIC_SIZE];
	struct ks_state keys = { .nkeys = 1 };
	struct ks_error error;
	struct ks_lock *lock;
	struct ks_key key;

	(void)snprintf(path, sizeof(path), "%s/example.com/s1.pem",
	    store.path);
	(void)unlink(path);
	ks_key_init(&key);
	(void)strlcpy(key.selector, "s1", sizeof(key.selector));
	key.algorithm = DKIMSIG_ED25519_SHA256;
	key.generated = key.active_from = 1;
	assert_int_equal(ks_public_print(pkey, public), 0);
	key.public = public;
	(void)strlcpy(keys.domain, "example.com", sizeof(keys.domain));
	keys.keys = &key;
	if (ks_lock(store.ks, "example.com", true, &lock, &error) != 0 ||
	    ks_key_store(lock, "s1", pkey, &error) != 0 ||
	    ks_state_write(lock, &keys, &error) != 0)
		fail_msg("%s", error.text);
	ks_unlock(lock);
}

/* A key under a selector that was used before is not its old key. */
static void
test_replaced_key(void **state)
{
	EVP_PKEY *pkeys[2], *found;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		pkeys[i] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		assert_non_null(pkeys[i]);
		replace_key(pkeys[i]);
		pass(KEYCACHE_RECHECK);
		assert_int_equal(keycache_find(cache, &example, "s1",
		    DKIMSIG_ED25519_SHA256, &now, &found), 0);
		assert_int_equal(EVP_PKEY_eq(found, pkeys[i]), 1);
	}
	EVP_PKEY_free(pkeys[0]);
	EVP_PKEY_free(pkeys[1]);
}

static void
record_use(const char *selector)
{
	keycache_record_use(cache, &example, selector,
	    DKIMSIG_ED25519_SHA256, &now);
}

static int64_t
last_use(const char *selector)
{
	struct ks_error error;
	int64_t last;

	if (ks_used_read(store.ks, "example.com", selector, &last,
	    &error) != 0)
		fail_msg("%s", error.text);
	return last;
}

/* The time recorded is never more than KS_USED_GRAIN behind. */
static void
test_use(void **state)
{
	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	add("example.com", "s2", 1, KS_NEVER);
	record_use("s1");
	assert_int_equal(last_use("s1"), NOW);
	assert_int_equal(last_use("s2"), KS_NEVER);
	pass(KS_USED_GRAIN - 1);
	record_use("s1");
	assert_int_equal(last_use("s1"), NOW);
	record_use("s2");
	assert_int_equal(last_use("s2"), NOW + KS_USED_GRAIN - 1);
	pass(1);
	record_use("s1");
	assert_int_equal(last_use("s1"), NOW + KS_USED_GRAIN);
	/* The clock is put on, and back. */
	now.wall += 86400;
	record_use("s1");
	assert_int_equal(last_use("s1"), NOW + KS_USED_GRAIN + 86400);
	now.wall = NOW;
	record_use("s1");
	assert_int_equal(last_use("s1"), NOW);
	/* Of a key that is not there, nothing is. */
	record_use("s3");
	assert_int_equal(last_use("s3"), KS_USE_UNKNOWN);
}

/* A change of the state makes no further record. */
static void
test_use_is_kept(void **state)
{
	char path[256];

	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	record_use("s1");
	(void)snprintf(path, sizeof(path), "%s/example.com/s1.used",
	    store.path);
	assert_int_equal(unlink(path), 0);
	add("example.com", "s2", 1, KS_NEVER);
	pass(KEYCACHE_RECHECK);
	record_use("s1");
	assert_int_equal(last_use("s1"), KS_USE_UNKNOWN);
}

/* Where it cannot be recorded, it is told once, and the key signs. */
static void
test_use_not_recorded(void **state)
{
	static const char *const selectors[] = { "s1", "s2", "s3" };
	char path[256];
	size_t i;
	int minute;

	(void)state;
	for (i = 0; i < 3; i++) {
		add("example.com", selectors[i], 1, KS_NEVER);
		(void)snprintf(path, sizeof(path), "%s/example.com/%s.used",
		    store.path, selectors[i]);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	capture();
	for (minute = 0; minute < 60; minute++) {
		for (i = 0; i < 3; i++) {
			assert_int_equal(find("example.com", selectors[i]),
			    0);
			record_use(selectors[i]);
		}
		pass(60);
	}
	assert_int_equal(captured_lines(), 1);
	capture();
	record_use("s1");
	record_use("s2");
	assert_int_equal(captured_lines(), 1);
	assert_int_equal(rmdir(path), 0);
	pass(KS_USED_GRAIN);
	record_use("s3");
	assert_int_equal(last_use("s3"), KS_USE_UNKNOWN);
	(void)close(open(path, O_CREAT | O_WRONLY, 0640));
	pass(KS_USED_GRAIN);
	record_use("s3");
	assert_int_equal(last_use("s3"), now.wall);
}

/* Unsafe files are told once, used never, and used again once fixed. */
static void
test_unsafe_state(void **state)
{
	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	assert_string_equal(active("example.com"), "s1");
	set_mode("example.com/state", 0666);
	pass(KEYCACHE_RECHECK);
	capture();
	assert_string_equal(active("example.com"), "unsafe");
	assert_int_equal(find("example.com", "s1"), KS_E_UNSAFE);
	pass(KEYCACHE_RECHECK);
	assert_string_equal(active("example.com"), "unsafe");
	pass(KEYCACHE_RECHECK);
	assert_string_equal(active("example.com"), "unsafe");
	assert_int_equal(captured_lines(), 1);
	/* Another version of the file is another line. */
	set_mode("example.com/state", 0622);
	pass(KEYCACHE_RECHECK);
	capture();
	assert_string_equal(active("example.com"), "unsafe");
	assert_int_equal(captured_lines(), 1);
	set_mode("example.com/state", 0640);
	pass(KEYCACHE_RECHECK);
	assert_string_equal(active("example.com"), "s1");
	assert_int_equal(find("example.com", "s1"), 0);
}

static void
test_unsafe_key(void **state)
{
	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	set_mode("example.com/s1.pem", 0444);
	capture();
	assert_string_equal(active("example.com"), "s1");
	assert_int_equal(find("example.com", "s1"), KS_E_UNSAFE);
	assert_int_equal(find("example.com", "s1"), KS_E_UNSAFE);
	pass(KEYCACHE_RECHECK);
	assert_int_equal(find("example.com", "s1"), KS_E_UNSAFE);
	assert_int_equal(captured_lines(), 1);
	set_mode("example.com/s1.pem", 0400);
	pass(KEYCACHE_RECHECK - 1);
	assert_int_equal(find("example.com", "s1"), KS_E_UNSAFE);
	pass(1);
	assert_int_equal(find("example.com", "s1"), 0);
}

/* A key file that is gone is no "no such key": mail is not unsigned then. */
static void
test_lost_key_file(void **state)
{
	char path[256];

	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	(void)snprintf(path, sizeof(path), "%s/example.com/s1.pem",
	    store.path);
	assert_int_equal(unlink(path), 0);
	capture();
	assert_int_equal(find("example.com", "s1"), KS_E_DAMAGED);
	assert_int_equal(captured_lines(), 1);
}

static void
test_damaged_state(void **state)
{
	char path[256];
	FILE *file;

	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	(void)snprintf(path, sizeof(path), "%s/example.com/state",
	    store.path);
	file = fopen(path, "a");
	assert_non_null(file);
	assert_int_equal(fputs("rubbish\n", file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
	capture();
	assert_string_equal(active("example.com"), "damaged");
	assert_int_equal(trusted, 0);
	assert_string_equal(active("example.com"), "damaged");
	assert_int_equal(captured_lines(), 1);
}

static void
test_missing_is_bounded(void **state)
{
	struct keycache_usage usage;
	char name[64];
	size_t i;

	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	assert_int_equal(find("example.com", "s1"), 0);
	for (i = 0; i < 3 * KEYCACHE_MISSING; i++) {
		(void)snprintf(name, sizeof(name), "d%zu.example.org", i);
		assert_string_equal(active(name), "no domain");
	}
	keycache_usage(cache, &usage);
	assert_int_equal(usage.nmissing, KEYCACHE_MISSING);
	/* And what is there stays, parsed. */
	assert_int_equal(usage.ndomains, 1);
	assert_int_equal(usage.nparsed, 1);
}

/* Make a domain's folder by linking another's files: no key is made. */
static void
copy_domain(const char *from, const char *to)
{
	static const char *const names[] = { "state", "s1.pem" };
	char old[256], new[256];
	size_t i;

	(void)snprintf(new, sizeof(new), "%s/%s", store.path, to);
	assert_int_equal(mkdir(new, 0700), 0);
	for (i = 0; i < 2; i++) {
		(void)snprintf(old, sizeof(old), "%s/%s/%s", store.path, from,
		    names[i]);
		(void)snprintf(new, sizeof(new), "%s/%s/%s", store.path, to,
		    names[i]);
		assert_int_equal(link(old, new), 0);
	}
}

static void
test_domains_are_bounded(void **state)
{
	struct keycache_usage usage;
	char name[64];
	size_t i;

	(void)state;
	add("example.com", "s1", 1, KS_NEVER);
	for (i = 0; i < KEYCACHE_DOMAINS + 50; i++) {
		(void)snprintf(name, sizeof(name), "d%zu.example.org", i);
		copy_domain("example.com", name);
		assert_string_equal(active(name), "s1");
		/* One that is asked for all the time is never given up. */
		assert_int_equal(find("d0.example.org", "s1"), 0);
	}
	keycache_usage(cache, &usage);
	assert_int_equal(usage.ndomains, KEYCACHE_DOMAINS);
	assert_int_equal(usage.nkeys, KEYCACHE_DOMAINS);
	assert_int_equal(usage.nparsed, 1);
	/* What was given up comes back when it is asked for. */
	assert_string_equal(active("d1.example.org"), "s1");
}

/* Keys are bounded in sum, however they are spread over domains. */
static void
test_keys_are_bounded(void **state)
{
	struct keycache_usage usage;
	struct ks_state many = { 0 };
	struct ks_lock *lock;
	struct ks_error error;
	char name[64];
	size_t i;

	(void)state;
	many.nkeys = 900;
	many.keys = calloc(many.nkeys, sizeof(*many.keys));
	assert_non_null(many.keys);
	for (i = 0; i < many.nkeys; i++) {
		ks_key_init(&many.keys[i]);
		(void)snprintf(many.keys[i].selector,
		    sizeof(many.keys[i].selector), "s%zu", i);
		many.keys[i].algorithm = DKIMSIG_RSA_SHA256;
		many.keys[i].generated = many.keys[i].active_from = 1;
	}
	for (i = 0; i < 6; i++) {
		(void)snprintf(name, sizeof(name), "d%zu.example.org", i);
		(void)strlcpy(many.domain, name, sizeof(many.domain));
		if (ks_lock(store.ks, name, true, &lock, &error) != 0 ||
		    ks_state_write(lock, &many, &error) != 0)
			fail_msg("%s", error.text);
		ks_unlock(lock);
		assert_int_not_equal(strlen(active(name)), 0);
		keycache_usage(cache, &usage);
		assert_true(usage.nkeys <= KEYCACHE_KEYS);
	}
	assert_int_equal(usage.ndomains, KEYCACHE_KEYS / 900);
	ks_state_finish(&many);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		CACHECASE(test_active_by_the_clock),
		CACHECASE(test_trusted),
		CACHECASE(test_no_handover),
		CACHECASE(test_new_key_elsewhere),
		CACHECASE(test_refresh),
		CACHECASE(test_algorithm_must_match),
		CACHECASE(test_streams),
		CACHECASE(test_recheck),
		CACHECASE(test_parsed_keys),
		CACHECASE(test_replaced_key),
		CACHECASE(test_use),
		CACHECASE(test_use_is_kept),
		CACHECASE(test_use_not_recorded),
		CACHECASE(test_unsafe_state),
		CACHECASE(test_unsafe_key),
		CACHECASE(test_lost_key_file),
		CACHECASE(test_damaged_state),
		CACHECASE(test_missing_is_bounded),
		CACHECASE(test_domains_are_bounded),
		CACHECASE(test_keys_are_bounded),
	};
	int r;

	log_init("test_keycache", true);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return r;
}
