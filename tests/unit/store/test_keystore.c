/* SPDX-License-Identifier: ISC */

/*
 * The key store in a scratch directory: what the signer and the helper do
 * with it, and what each refuses.
 */

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
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "store/keystore.h"
#include "store/last_use.h"

struct fixture {
	char		 dir[64];
	struct keystore	*ks;
	struct ks_lock	*lock;
	struct ks_error	 error;
};

static int
setup(void **state)
{
	struct fixture *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return -1;
	(void)strcpy(f->dir, "/tmp/countersign-keystore.XXXXXX");
	if (mkdtemp(f->dir) == NULL ||
	    ks_open(&f->ks, f->dir, NULL, &f->error) != 0)
		return -1;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	int r;

	ks_unlock(f->lock);
	ks_close(f->ks);
	(void)snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	r = system(command);
	free(f);
	return r;
}

/* A path in the scratch directory; overwritten by the next call. */
static const char *
path_of(const struct fixture *f, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

/* A store with one Ed25519 key "s1" in example.com, and its lock held. */
static struct ks_key
fill(struct fixture *f)
{
	struct ks_key key = {
		.selector = "s1", .algorithm = DKIMSIG_ED25519_SHA256,
		.generated = 100, .published = KS_NEVER,
		.seen = KS_NEVER, .verified = KS_NEVER, .active_from = 200,
		.retire_at = 300, .revoked = KS_NEVER, .removed = KS_NEVER
	};
	struct ks_state state = { .domain = "example.com" };
	EVP_PKEY *pkey;

	assert_int_equal(ks_state_append(&state, &key), 0);
	assert_int_equal(ks_lock(f->ks, "example.com", true, &f->lock,
	    &f->error), 0);
	assert_non_null(pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	assert_int_equal(ks_key_store(f->lock, "s1", pkey, &f->error), 0);
	EVP_PKEY_free(pkey);
	assert_int_equal(ks_state_write(f->lock, &state, &f->error), 0);
	ks_state_finish(&state);
	return key;
}

static void
test_empty(void **arg)
{
	struct fixture *f = *arg;
	struct ks_state state;
	struct ks_stamp stamp;
	struct ks_lock *lock;

	assert_int_equal(ks_state_read(f->ks, "example.com", &state,
	    &f->error), KS_E_NODOMAIN);
	ks_state_finish(&state);
	assert_int_equal(ks_state_stamp(f->ks, "example.com", &stamp,
	    &f->error), KS_E_NODOMAIN);
	assert_int_equal(ks_lock(f->ks, "example.com", false, &lock,
	    &f->error), KS_E_NODOMAIN);
	assert_null(lock);
	/* What is advised acts on this store. */
	assert_non_null(strstr(f->error.text,
	    ": create them with 'countersign-key add example.com'"));
	ks_set_command(f->ks, "countersign-key -k /srv/keys");
	assert_int_equal(ks_state_read(f->ks, "example.com", &state,
	    &f->error), KS_E_NODOMAIN);
	assert_non_null(strstr(f->error.text, "with 'countersign-key -k "
	    "/srv/keys add example.com'"));
	/* Errors need not be asked for. */
	assert_int_equal(ks_state_read(f->ks, "example.com", &state, NULL),
	    KS_E_NODOMAIN);
	/* A folder without a state has no keys. */
	assert_int_equal(ks_lock(f->ks, "example.com", true, &f->lock,
	    &f->error), 0);
	assert_int_equal(ks_state_read(f->ks, "example.com", &state,
	    &f->error), KS_E_NODOMAIN);
}

static void
test_names(void **arg)
{
	static const char *const bad[] = {
		"", ".", "..", "../x.example", "a/b.example", "Example.COM",
		"example.com.", ".lock", "example.com/../example.org"
	};
	struct fixture *f = *arg;
	struct ks_state state;
	struct ks_lock *lock;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ks_state_read(f->ks, bad[i], &state,
		    &f->error), KS_E_ARG);
		assert_int_equal(ks_lock(f->ks, bad[i], true, &lock,
		    &f->error), KS_E_ARG);
	}
}

static void
test_round_trip(void **arg)
{
	struct fixture *f = *arg;
	struct ks_state state;
	struct ks_stamp first, second;
	static const struct timespec times[2] = {
		{ .tv_sec = 1700000000, .tv_nsec = 123 },
		{ .tv_sec = 1700000000, .tv_nsec = 123 }
	};
	const struct ks_key *found;
	struct ks_key key;
	struct stat st;
	char path[128];
	EVP_PKEY *pkey;

	key = fill(f);
	assert_int_equal(ks_state_read(f->ks, "example.com", &state,
	    &f->error), 0);
	assert_string_equal(state.domain, "example.com");
	assert_int_equal(state.nkeys, 1);
	assert_non_null(found = ks_state_find(&state, "s1"));
	assert_null(ks_state_find(&state, "s2"));
	assert_true(found->active_from == 200 && found->retire_at == 300 &&
	    found->removed == KS_NEVER);
	assert_int_equal(ks_key_load(f->ks, "example.com", &key, &pkey,
	    &f->error), 0);
	assert_true(EVP_PKEY_is_a(pkey, "ED25519"));
	EVP_PKEY_free(pkey);

	assert_int_equal(ks_state_stamp(f->ks, "example.com", &first,
	    &f->error), 0);
	assert_int_equal(ks_state_stamp(f->ks, "example.com", &second,
	    &f->error), 0);
	assert_memory_equal(&first, &second, sizeof(first));
	(void)snprintf(path, sizeof(path), "%s/example.com/state", f->dir);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(ks_state_stamp(f->ks, "example.com", &first,
	    &f->error), 0);
	assert_int_equal(first.mtime_ns, INT64_C(1700000000000000123));
	assert_int_equal(first.ctime_ns, (int64_t)st.st_ctim.tv_sec *
	    1000000000 + st.st_ctim.tv_nsec);
	assert_int_equal(ks_state_write(f->lock, &state, &f->error), 0);
	assert_int_equal(ks_state_stamp(f->ks, "example.com", &second,
	    &f->error), 0);
	assert_memory_not_equal(&first, &second, sizeof(first));
	ks_state_finish(&state);
}

static void
test_active(void **arg)
{
	struct ks_key key = {
		.active_from = 200, .retire_at = 300, .revoked = KS_NEVER,
		.removed = KS_NEVER
	};

	(void)arg;
	assert_false(ks_key_is_active(&key, 199));
	assert_true(ks_key_is_active(&key, 200));
	assert_true(ks_key_is_active(&key, 299));
	assert_false(ks_key_is_active(&key, 300));
	/* The clock may have been set back since. */
	key.revoked = 350;
	assert_false(ks_key_is_active(&key, 250));
	key.revoked = KS_NEVER;
	key.removed = 350;
	assert_false(ks_key_is_active(&key, 250));
	key.removed = KS_NEVER;
	key.retire_at = KS_NEVER;
	assert_true(ks_key_is_active(&key, INT64_MAX));
	key.active_from = KS_NEVER;
	assert_false(ks_key_is_active(&key, INT64_MAX));
}

/* After its retirement a key goes on with what had begun, for a while. */
static void
test_handover(void **arg)
{
	static const struct {
		const char	*name;
		int64_t		 active_from, retire_at, revoked, removed;
		bool		 compromised;
		int64_t		 now;
		bool		 want;
	} cases[] = {
		{ "not yet", 200, 300, -1, -1, false, 199, false },
		{ "active", 200, 300, -1, -1, false, 299, true },
		{ "active for good", 200, -1, -1, -1, false, 9999, true },
		{ "just retired", 200, 300, -1, -1, false, 300, true },
		{ "last second", 200, 300, -1, -1, false,
		    299 + KS_HANDOVER, true },
		{ "over", 200, 300, -1, -1, false, 300 + KS_HANDOVER, false },
		{ "revoked later", 200, 300, 310, -1, false, 309, false },
		{ "revoked", 200, 300, 310, -1, false, 310, false },
		{ "revoked at once", 200, 300, 300, -1, false, 300, false },
		{ "removed", 200, 300, -1, 310, false, 310, false },
		{ "compromised", 200, 300, -1, -1, true, 300, false },
		{ "compromised, active", 200, 300, -1, -1, true, 299, true },
		{ "never active", -1, 300, -1, -1, false, 300, false },
		{ "retired before it began", 300, 300, -1, -1, false, 300,
		    false },
	};
	struct ks_key key;
	size_t i;

	(void)arg;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ks_key_init(&key);
		key.active_from = cases[i].active_from;
		key.retire_at = cases[i].retire_at;
		key.revoked = cases[i].revoked;
		key.removed = cases[i].removed;
		key.compromised = cases[i].compromised;
		if (ks_key_may_sign(&key, cases[i].now) != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
}

static void
test_never_overwritten(void **arg)
{
	struct fixture *f = *arg;
	struct ks_key key;
	EVP_PKEY *before, *after, *other;

	key = fill(f);
	assert_int_equal(ks_key_load(f->ks, "example.com", &key, &before,
	    &f->error), 0);
	assert_non_null(other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	assert_int_equal(ks_key_store(f->lock, "s1", other, &f->error),
	    KS_E_EXISTS);
	assert_int_equal(ks_key_discard(f->lock, "s1", &f->error),
	    KS_E_EXISTS);
	assert_int_equal(ks_key_load(f->ks, "example.com", &key, &after,
	    &f->error), 0);
	assert_int_equal(EVP_PKEY_eq(before, after), 1);
	assert_int_equal(ks_key_store(f->lock, "../x", other, &f->error),
	    KS_E_ARG);

	/* One that the state does not have is nobody's to remove. */
	assert_int_equal(ks_key_store(f->lock, "s2", other, &f->error), 0);
	assert_int_equal(ks_key_discard(f->lock, "s2", &f->error),
	    KS_E_EXISTS);
	assert_int_equal(ks_key_destroy(f->lock, "s2", &f->error),
	    KS_E_NOKEY);
	assert_int_equal(access(path_of(f, "example.com/s2.pem"), F_OK), 0);
	/* What is not there need not go. */
	assert_int_equal(ks_key_discard(f->lock, "s3", &f->error), 0);
	EVP_PKEY_free(before);
	EVP_PKEY_free(after);
	EVP_PKEY_free(other);
}

/* A new key, "s2" of example.com; pkey is the caller's. */
static struct ks_new
make_new(void)
{
	struct ks_new new = { .step = "generate", .text = "ed25519" };

	ks_key_init(&new.key);
	(void)strcpy(new.key.selector, "s2");
	new.key.algorithm = DKIMSIG_ED25519_SHA256;
	new.key.generated = 1000;
	assert_non_null(new.pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	return new;
}

/* What a writer leaves that is killed when it has written the file. */
static struct ks_new
leave(struct fixture *f)
{
	struct ks_new new = make_new();
	char public[KS_PUBLIC_SIZE];
	struct ks_state state;
	struct ks_key key;

	(void)fill(f);
	key = new.key;
	assert_int_equal(ks_public_print(new.pkey, public), 0);
	key.public = public;
	key.unfinished = true;
	assert_int_equal(ks_state_read(f->ks, "example.com", &state,
	    &f->error), 0);
	assert_int_equal(ks_state_append(&state, &key), 0);
	assert_int_equal(state.nkeys, 1);
	assert_int_equal(state.nunfinished, 1);
	assert_null(ks_state_find(&state, "s2"));
	assert_int_equal(ks_state_write(f->lock, &state, &f->error), 0);
	ks_state_finish(&state);
	assert_int_equal(ks_key_store(f->lock, "s2", new.pkey, &f->error), 0);
	return new;
}

/* Take back what was left.  Whether the file of s2 is there after that. */
static bool
recover(struct fixture *f)
{
	struct ks_state state;

	assert_int_equal(ks_state_read(f->ks, "example.com", &state,
	    &f->error), 0);
	assert_int_equal(ks_recover(f->lock, &state, 2000, &f->error), 0);
	assert_int_equal(state.nkeys, 1);
	assert_int_equal(state.nunfinished, 0);
	assert_int_equal(ks_state_write(f->lock, &state, &f->error), 0);
	ks_state_finish(&state);
	return access(path_of(f, "example.com/s2.pem"), F_OK) == 0;
}

/* Keys are stored all, or none, and under a free selector alone. */
static void
test_new(void **arg)
{
	struct fixture *f = *arg;
	struct ks_new new[2];
	struct ks_state state;

	(void)fill(f);
	new[0] = make_new();
	new[1] = make_new();
	(void)strcpy(new[1].key.selector, "s1");
	assert_int_equal(ks_state_read(f->ks, "example.com", &state,
	    &f->error), 0);
	assert_int_equal(ks_keys_store(f->lock, &state, new, 2, 1000,
	    &f->error), KS_E_EXISTS);
	(void)strcpy(new[1].key.selector, "s2");
	assert_int_equal(ks_keys_store(f->lock, &state, new, 2, 1000,
	    &f->error), KS_E_ARG);
	(void)strcpy(new[1].key.selector, "s3");
	new[1].text = "two\nlines";
	assert_int_equal(ks_keys_store(f->lock, &state, new, 2, 1000,
	    &f->error), KS_E_ARG);
	assert_int_equal(state.nkeys, 1);
	assert_int_equal(state.nunfinished, 0);
	ks_state_finish(&state);
	assert_int_equal(access(path_of(f, "example.com/s2.pem"), F_OK), -1);
	assert_int_equal(access(path_of(f, "example.com/s3.pem"), F_OK), -1);

	assert_int_equal(ks_state_read(f->ks, "example.com", &state,
	    &f->error), 0);
	assert_int_equal(state.nkeys, 1);
	assert_int_equal(state.nunfinished, 0);
	new[1].text = "ed25519";
	assert_int_equal(ks_keys_store(f->lock, &state, new, 2, 1000,
	    &f->error), 0);
	assert_int_equal(state.nkeys, 3);
	assert_string_equal(state.keys[1].selector, "s2");
	assert_string_equal(state.keys[2].selector, "s3");
	assert_non_null(state.keys[2].public);
	assert_int_equal(state.nunfinished, 0);
	ks_state_finish(&state);
	assert_int_equal(ks_key_discard(f->lock, "s2", &f->error),
	    KS_E_EXISTS);
	assert_int_equal(access(path_of(f, "example.com/s2.pem"), F_OK), 0);
	assert_int_equal(access(path_of(f, "example.com/s3.pem"), F_OK), 0);
	EVP_PKEY_free(new[0].pkey);
	EVP_PKEY_free(new[1].pkey);
}

/* What a killed writer left goes, and nothing else. */
static void
test_recover(void **arg)
{
	static const char *const cases[] = {
		"as it was left", "no file", "another key", "damaged",
		"has signed", "signed before", "loose mode"
	};
	struct fixture *f;
	struct ks_new new, other;
	struct ks_key key;
	const char *path;
	EVP_PKEY *pkey;
	size_t i;
	bool stays;

	(void)arg;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(setup((void **)&f), 0);
		new = leave(f);
		path = path_of(f, "example.com/s2.pem");
		stays = false;
		if (i == 1 || i == 2)
			assert_int_equal(unlink(path), 0);
		if (i == 2) {
			other = make_new();
			assert_int_equal(ks_key_store(f->lock, "s2",
			    other.pkey, &f->error), 0);
			EVP_PKEY_free(other.pkey);
			stays = true;
		} else if (i == 3) {
			assert_int_equal(truncate(path, 20), 0);
			stays = true;
		} else if (i == 4 || i == 5) {
			stays = i == 4;
			assert_int_equal(ks_used_record(f->ks, "example.com",
			    "s2", stays ? 1000 : 900, &f->error), 0);
		} else if (i == 6) {
			assert_int_equal(chmod(path, 0444), 0);
			stays = true;
		}
		if (recover(f) != stays)
			fail_msg("%s", cases[i]);
		/* The other key has nothing to do with it. */
		ks_key_init(&key);
		(void)strcpy(key.selector, "s1");
		key.algorithm = DKIMSIG_ED25519_SHA256;
		assert_int_equal(ks_key_load(f->ks, "example.com", &key,
		    &pkey, &f->error), 0);
		EVP_PKEY_free(pkey);
		EVP_PKEY_free(new.pkey);
		assert_int_equal(teardown((void **)&f), 0);
	}
}

static void
test_lock(void **arg)
{
	struct fixture *f = *arg;
	struct ks_lock *second;
	char pid[32];

	assert_int_equal(ks_lock(f->ks, "example.com", true, &f->lock,
	    &f->error), 0);
	assert_int_equal(ks_lock(f->ks, "example.com", true, &second,
	    &f->error), KS_E_LOCKED);
	(void)snprintf(pid, sizeof(pid), "by process %ld:", (long)getpid());
	assert_non_null(strstr(f->error.text, pid));
	/* Another domain is another lock. */
	assert_int_equal(ks_lock(f->ks, "example.org", true, &second,
	    &f->error), 0);
	ks_unlock(second);
	ks_unlock(f->lock);
	f->lock = NULL;
	assert_int_equal(ks_lock(f->ks, "example.com", false, &f->lock,
	    &f->error), 0);
}

static void
test_leftover(void **arg)
{
	struct fixture *f = *arg;
	int fd;

	(void)fill(f);
	ks_unlock(f->lock);
	fd = open(path_of(f, "example.com/.new"), O_WRONLY | O_CREAT, 0400);
	assert_true(fd != -1);
	(void)close(fd);
	assert_int_equal(ks_lock(f->ks, "example.com", false, &f->lock,
	    &f->error), 0);
	assert_int_equal(access(path_of(f, "example.com/.new"), F_OK), -1);
}

/* What is in the way of a new file is named. */
static void
test_in_the_way(void **arg)
{
	struct fixture *f = *arg;
	struct ks_state state;

	(void)fill(f);
	assert_int_equal(ks_state_read(f->ks, "example.com", &state,
	    &f->error), 0);
	assert_int_equal(mkdir(path_of(f, "example.com/.new"), 0700), 0);
	assert_int_equal(ks_state_write(f->lock, &state, &f->error),
	    KS_E_UNSAFE);
	assert_non_null(strstr(f->error.text, "cannot remove .new beside it"));
	assert_int_equal(rmdir(path_of(f, "example.com/.new")), 0);
	assert_int_equal(ks_state_write(f->lock, &state, &f->error), 0);
	ks_state_finish(&state);
}

/* A file that cannot be removed is tried again. */
static void
test_destroy_fails(void **arg)
{
	struct fixture *f = *arg;
	struct ks_state state = { .domain = "example.com" };
	struct ks_key key = fill(f);

	key.revoked = key.removed = 400;
	assert_int_equal(ks_state_append(&state, &key), 0);
	assert_int_equal(ks_state_write(f->lock, &state, &f->error), 0);
	ks_state_finish(&state);
	assert_int_equal(remove(path_of(f, "example.com/s1.pem")), 0);
	assert_int_equal(mkdir(path_of(f, "example.com/s1.pem"), 0700), 0);
	assert_int_equal(ks_key_destroy(f->lock, "s1", &f->error),
	    KS_E_UNSAFE);
	assert_non_null(strstr(f->error.text, "s1.pem: cannot remove: "));
	assert_int_equal(rmdir(path_of(f, "example.com/s1.pem")), 0);
	assert_int_equal(ks_key_destroy(f->lock, "s1", &f->error), 0);
}

static void
test_modes(void **arg)
{
	static const struct {
		const char	*name;
		mode_t		 bad, good;
	} cases[] = {
		{ "example.com",	0770, 0750 },
		{ "example.com",	0705, 0700 },
		{ "example.com/state",	0660, 0640 },
		{ "example.com/state",	0604, 0600 },
		{ "example.com/s1.pem",	0440, 0400 },
		{ "example.com/s1.pem",	0600, 0400 }
	};
	struct fixture *f = *arg;
	struct ks_state state;
	struct ks_key key;
	struct keystore *ks;
	EVP_PKEY *pkey;
	const char *path;
	size_t i;
	int r;

	key = fill(f);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		path = path_of(f, cases[i].name);
		assert_int_equal(chmod(path, cases[i].bad), 0);
		r = ks_state_read(f->ks, "example.com", &state, &f->error);
		ks_state_finish(&state);
		if (r == 0)
			r = ks_key_load(f->ks, "example.com", &key, &pkey,
			    &f->error);
		assert_int_equal(r, KS_E_UNSAFE);
		assert_non_null(strstr(f->error.text, path));
		assert_non_null(strstr(f->error.text, ": chmod 0"));
		assert_int_equal(chmod(path, cases[i].good), 0);
		assert_int_equal(ks_key_load(f->ks, "example.com", &key,
		    &pkey, &f->error), 0);
		EVP_PKEY_free(pkey);
	}
	assert_int_equal(chmod(f->dir, 0720), 0);
	assert_int_equal(ks_open(&ks, f->dir, NULL, &f->error), KS_E_UNSAFE);
	assert_null(ks);
	assert_int_equal(chmod(f->dir, 0750), 0);
	assert_int_equal(ks_open(&ks, f->dir, NULL, &f->error), 0);
	ks_close(ks);
	assert_int_equal(ks_open(&ks, path_of(f, "none"), NULL, &f->error),
	    KS_E_SYSTEM);
	assert_non_null(strstr(f->error.text, "install -d"));
}

static void
test_wrong_key(void **arg)
{
	struct fixture *f = *arg;
	struct ks_key key;
	EVP_PKEY *pkey;

	key = fill(f);
	key.algorithm = DKIMSIG_RSA_SHA256;
	assert_int_equal(ks_key_load(f->ks, "example.com", &key, &pkey,
	    &f->error), KS_E_DAMAGED);
	assert_null(pkey);
	(void)strcpy(key.selector, "s2");
	assert_int_equal(ks_key_load(f->ks, "example.com", &key, &pkey,
	    &f->error), KS_E_NOKEY);
	(void)strcpy(key.selector, "../s1");
	assert_int_equal(ks_key_load(f->ks, "example.com", &key, &pkey,
	    &f->error), KS_E_ARG);
}

/* The private half of one RSA key, with the modulus of another. */
static EVP_PKEY *
make_unfit(void)
{
	OSSL_PARAM *ours, *others, *to, *from;
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *pkey, *other;

	assert_non_null(pkey = EVP_RSA_gen(2048));
	assert_non_null(other = EVP_RSA_gen(2048));
	assert_int_equal(EVP_PKEY_todata(pkey, EVP_PKEY_KEYPAIR, &ours), 1);
	assert_int_equal(EVP_PKEY_todata(other, EVP_PKEY_KEYPAIR, &others),
	    1);
	to = OSSL_PARAM_locate(ours, OSSL_PKEY_PARAM_RSA_N);
	from = OSSL_PARAM_locate(others, OSSL_PKEY_PARAM_RSA_N);
	assert_int_equal(to->data_size, from->data_size);
	memcpy(to->data, from->data, to->data_size);
	EVP_PKEY_free(pkey);
	EVP_PKEY_free(other);
	assert_non_null(ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL));
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	pkey = NULL;
	assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR,
	    ours), 1);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(ours);
	OSSL_PARAM_free(others);
	return pkey;
}

static void
test_halves_that_do_not_fit(void **arg)
{
	struct fixture *f = *arg;
	struct ks_key key;
	EVP_PKEY *pkey;

	key = fill(f);
	key.algorithm = DKIMSIG_RSA_SHA256;
	(void)strcpy(key.selector, "s2");
	pkey = make_unfit();
	assert_int_equal(ks_key_store(f->lock, "s2", pkey, &f->error), 0);
	EVP_PKEY_free(pkey);
	assert_int_equal(ks_key_load(f->ks, "example.com", &key, &pkey,
	    &f->error), KS_E_DAMAGED);
	assert_null(pkey);
	assert_non_null(strstr(f->error.text, "do not match"));
}

static int
join_name(const char *domain, void *arg)
{
	char *names = arg;

	(void)strlcat(names, domain, 256);
	(void)strlcat(names, " ", 256);
	return strcmp(domain, "example.org") == 0 ? 7 : 0;
}

static void
test_each(void **arg)
{
	struct fixture *f = *arg;
	struct ks_state state = { .domain = "" };
	static const char *const domains[] = {
		"example.com", "zz.example", "example.org", "empty.example"
	};
	struct ks_lock *lock;
	char names[256];
	size_t i;

	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		assert_int_equal(ks_lock(f->ks, domains[i], true, &lock,
		    &f->error), 0);
		if (strcmp(domains[i], "empty.example") != 0)
			assert_int_equal(ks_state_write(lock, &state,
			    &f->error), 0);
		ks_unlock(lock);
	}
	assert_int_equal(mkdir(path_of(f, "lost+found"), 0700), 0);
	names[0] = '\0';
	assert_int_equal(ks_each_domain(f->ks, join_name, names, &f->error),
	    7);
	assert_string_equal(names, "example.com example.org ");
}

static void
test_log(void **arg)
{
	struct fixture *f = *arg;
	char line[256], want[256];
	FILE *fp;

	(void)fill(f);
	assert_int_equal(ks_log_append(f->lock, 0, "s1", "generate", "first",
	    &f->error), 0);
	/* An unfinished line of a killed writer is ended. */
	assert_non_null(fp = fopen(path_of(f, "example.com/log"), "a"));
	assert_true(fputs("unfinished", fp) >= 0);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(ks_log_append(f->lock, 1, "s1", "retire", "last",
	    &f->error), 0);
	assert_int_equal(ks_log_append(f->lock, 1, "s1", "retire", "two\nlines",
	    &f->error), KS_E_ARG);
	assert_int_equal(ks_log_append(f->lock, -5, "s1", "retire", "when",
	    &f->error), KS_E_ARG);

	assert_non_null(fp = fopen(path_of(f, "example.com/log"), "r"));
	assert_non_null(fgets(line, sizeof(line), fp));
	assert_int_equal(strncmp(line, "1970-01-01T00:00:00Z ", 21), 0);
	(void)strcpy(want, " s1 generate: first\n");
	assert_non_null(strstr(line, want));
	assert_non_null(fgets(line, sizeof(line), fp));
	assert_string_equal(line, "unfinished\n");
	assert_non_null(fgets(line, sizeof(line), fp));
	assert_non_null(strstr(line, " s1 retire: last\n"));
	assert_null(fgets(line, sizeof(line), fp));
	(void)fclose(fp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_round_trip, setup,
		    teardown),
		cmocka_unit_test(test_active),
		cmocka_unit_test(test_handover),
		cmocka_unit_test(test_recover),
		cmocka_unit_test_setup_teardown(test_new, setup, teardown),
		cmocka_unit_test_setup_teardown(test_never_overwritten,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_lock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leftover, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_in_the_way, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_destroy_fails, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_halves_that_do_not_fit,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_key, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_each, setup, teardown),
		cmocka_unit_test_setup_teardown(test_log, setup, teardown)
	};

	return cmocka_run_group_tests_name("keystore", tests, NULL, NULL);
}
