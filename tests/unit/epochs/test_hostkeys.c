/* SPDX-License-Identifier: ISC */

/*
 * The keys of a host on disk: made once, sealed with a sealed store, and never
 * used if others can read them; and its keys of epochs.
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

#include "epochs/file.h"
#include "epochs/hostkeys.h"
#include "fleethosts.h"
#include "seal/seal.h"
#include "store/fleet_file.h"

#define KEK	"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static char dir[64], credentials[96];
static struct keystore *ks;
static struct seal *sealer;
static struct ks_error error;

static const char *
path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

/* As another process would open the store. */
static void
open_again(void)
{
	ks_close(ks);
	seal_free(sealer);
	(void)seal_new(&sealer, NULL, NULL);
	assert_non_null(sealer);
	assert_int_equal(ks_open(&ks, path_of("keys"), NULL, &error), 0);
	seal_attach(sealer, ks);
}

static int
setup(void **state)
{
	(void)state;
	(void)strlcpy(dir, "/tmp/countersign-host.XXXXXX", sizeof(dir));
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(path_of("keys"), 0700), 0);
	assert_int_equal(mkdir(path_of("credentials"), 0700), 0);
	(void)strlcpy(credentials, path_of("credentials"),
	    sizeof(credentials));
	(void)setenv("CREDENTIALS_DIRECTORY", credentials, 1);
	ks = NULL;
	sealer = NULL;
	open_again();
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	ks_close(ks);
	seal_free(sealer);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void
make(struct fleet_hostkeys *keys)
{
	error.text[0] = '\0';
	if (fleet_hostkeys_make(ks, "a.example", keys, &error) != 0)
		fail_msg("%s", error.text);
}

static void
assert_same(const struct fleet_hostkeys *a, const struct fleet_hostkeys *b)
{
	struct fleet_host one, two;

	assert_int_equal(EVP_PKEY_eq(a->sign, b->sign), 1);
	assert_int_equal(EVP_PKEY_eq(a->wrap, b->wrap), 1);
	assert_int_equal(fleet_hostkeys_host(a, "a", &one), 0);
	assert_int_equal(fleet_hostkeys_host(b, "a", &two), 0);
	assert_memory_equal(one.sign, two.sign, sizeof(one.sign));
	assert_string_equal(one.wrap, two.wrap);
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(path_of(name), &st), 0);
	return st.st_mode & 07777;
}

static void
test_made_once(void **state)
{
	struct fleet_hostkeys keys, again;

	(void)state;
	assert_int_equal(fleet_hostkeys_load(ks, &keys, &error), KS_E_NOKEY);
	make(&keys);
	assert_int_equal(mode_of("keys/.fleet"), 0700);
	assert_int_equal(mode_of("keys/.fleet/host.key"), 0400);
	assert_int_equal(mode_of("keys/.fleet/wrap.key"), 0400);
	assert_int_equal(mode_of("keys/.fleet/wrap.crt"), 0400);
	make(&again);
	assert_same(&keys, &again);
	fleet_hostkeys_finish(&again);
	assert_int_equal(ks_fleet_key_store(ks, KS_FLEET_SIGN_KEY, keys.sign,
	    &error), KS_E_EXISTS);
	/* Killed before the certificate: it is made for the same key. */
	assert_int_equal(unlink(path_of("keys/.fleet/wrap.crt")), 0);
	assert_int_equal(fleet_hostkeys_load(ks, &again, &error), KS_E_NOKEY);
	make(&again);
	assert_int_equal(EVP_PKEY_eq(keys.wrap, again.wrap), 1);
	fleet_hostkeys_finish(&again);
	fleet_hostkeys_finish(&keys);
}

static void
test_refused(void **state)
{
	static const char *const names[] = { "keys/.fleet/host.key",
	    "keys/.fleet/wrap.key", "keys/.fleet/wrap.crt" };
	struct fleet_hostkeys keys;
	char other[256];
	size_t i;

	(void)state;
	make(&keys);
	fleet_hostkeys_finish(&keys);
	for (i = 0; i < 2; i++) {
		assert_int_equal(chmod(path_of(names[i]), 0440), 0);
		assert_int_equal(fleet_hostkeys_load(ks, &keys, &error),
		    KS_E_UNSAFE);
		assert_null(keys.sign);
		assert_int_equal(chmod(path_of(names[i]), 0400), 0);
	}
	/* One in the place of the other. */
	(void)strlcpy(other, path_of(names[1]), sizeof(other));
	assert_int_equal(unlink(path_of(names[0])), 0);
	assert_int_equal(link(other, path_of(names[0])), 0);
	assert_int_equal(fleet_hostkeys_load(ks, &keys, &error),
	    KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "not an Ed25519 key"));
	write_file(path_of(names[2]), "not a certificate\n", 0400);
	assert_int_equal(fleet_hostkeys_make(ks, "a.example", &keys, &error),
	    KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "not a certificate"));
	assert_null(keys.sign);
}

/* The keys of two hosts, mixed. */
static void
test_mixed(void **state)
{
	struct fleet_hostkeys keys;

	(void)state;
	make(&keys);
	fleet_hostkeys_finish(&keys);
	assert_int_equal(unlink(path_of("keys/.fleet/wrap.key")), 0);
	assert_int_equal(fleet_hostkeys_make(ks, "a.example", &keys, &error),
	    KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "not the key of the certificate"));
}

static bool
is_sealed(const char *name)
{
	bool is;

	assert_int_equal(ks_fleet_key_is_sealed(ks, name, &is, &error), 0);
	return is;
}

static void
convert(bool sealed, bool want)
{
	static const char *const names[] = { KS_FLEET_SIGN_KEY,
	    KS_FLEET_WRAP_KEY };
	bool is_changed;
	size_t i;

	for (i = 0; i < SIZE(names); i++) {
		error.text[0] = '\0';
		if (ks_fleet_key_convert(ks, names[i], sealed, &is_changed,
		    &error) != 0)
			fail_msg("%s", error.text);
		assert_int_equal(is_changed, want);
		assert_int_equal(is_sealed(names[i]), sealed);
	}
}

static void
start_sealing(void)
{
	char keks[SEAL_KEKS_SIZE], path[128];
	bool is_changed;

	(void)snprintf(path, sizeof(path), "%s/" KEK_CREDENTIAL, credentials);
	write_file(path, KEK, 0400);
	open_again();
	assert_int_equal(seal_start(sealer, NULL, &is_changed, keks, &error),
	    0);
}

static void
test_sealed(void **state)
{
	struct fleet_hostkeys keys, again;
	char path[128], text[64];
	ssize_t n;
	int fd;

	(void)state;
	start_sealing();
	make(&keys);
	assert_true(is_sealed(KS_FLEET_SIGN_KEY));
	assert_true(is_sealed(KS_FLEET_WRAP_KEY));
	fd = open(path_of("keys/.fleet/host.key"), O_RDONLY);
	n = read(fd, text, sizeof(text));
	(void)close(fd);
	assert_true(n > 19);
	assert_memory_equal(text, "countersign-sealed 1", 20);
	/* A copy of the store, without the KEK. */
	(void)snprintf(path, sizeof(path), "%s/" KEK_CREDENTIAL, credentials);
	assert_int_equal(unlink(path), 0);
	open_again();
	assert_int_equal(fleet_hostkeys_load(ks, &again, &error),
	    KS_E_SEALED);
	assert_null(again.sign);
	/* Not made anew either. */
	assert_int_equal(fleet_hostkeys_make(ks, "a.example", &again, &error),
	    KS_E_SEALED);
	write_file(path, KEK, 0400);
	open_again();
	assert_int_equal(fleet_hostkeys_load(ks, &again, &error), 0);
	assert_same(&keys, &again);
	fleet_hostkeys_finish(&again);
	/* One sealed file does not open as the other. */
	assert_int_equal(unlink(path_of("keys/.fleet/host.key")), 0);
	(void)strlcpy(path, path_of("keys/.fleet/wrap.key"), sizeof(path));
	assert_int_equal(link(path, path_of("keys/.fleet/host.key")), 0);
	assert_int_equal(fleet_hostkeys_load(ks, &again, &error),
	    KS_E_DAMAGED);
	fleet_hostkeys_finish(&keys);
}

static void
test_converted(void **state)
{
	struct fleet_hostkeys keys, again;

	(void)state;
	make(&keys);
	assert_false(is_sealed(KS_FLEET_SIGN_KEY));
	start_sealing();
	convert(true, true);
	convert(true, false);
	assert_int_equal(fleet_hostkeys_load(ks, &again, &error), 0);
	assert_same(&keys, &again);
	fleet_hostkeys_finish(&again);
	assert_int_equal(seal_stop(sealer, &error), 0);
	convert(false, true);
	assert_int_equal(seal_end(sealer, &error), 0);
	open_again();
	assert_int_equal(fleet_hostkeys_load(ks, &again, &error), 0);
	assert_same(&keys, &again);
	assert_int_equal(mode_of("keys/.fleet/host.key"), 0400);
	fleet_hostkeys_finish(&again);
	fleet_hostkeys_finish(&keys);
}

/* -- Epochs --------------------------------------------------------------- */

/* A fleet of this host and another one, which is expelled later. */
static struct testhost a, b;
static struct fleet_members members;
static struct fleet_hostkeys own;
static struct fleet_epochs epochs;

static void
begin_fleet(void)
{
	make(&own);
	fleethosts_make(&a, "a.example", 1);
	assert_int_equal(fleet_hostkeys_host(&own, "a.example", &a.host), 0);
	EVP_PKEY_free(a.pkey);
	a.pkey = own.sign;
	fleethosts_make(&b, "b.example", 2);
	fleethosts_begin(&members, &a);
	fleethosts_change(&members, &b, 10, &a);
	memset(&epochs, 0, sizeof(epochs));
	assert_int_equal(fleet_epoch_make(&epochs, 1, &error), 0);
}

static void
end_fleet(void)
{
	fleet_epochs_finish(&epochs);
	fleet_members_finish(&members);
	fleethosts_free(&b);
	fleet_hostkeys_finish(&own);
}

static void
add_epoch(char **text, size_t *len, unsigned int number, const char *name,
    const struct testhost *by)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_wrap wrap;

	assert_int_equal(fleet_wrap_make(&wrap, &epochs, number, &members,
	    "a.example", own.cert, name, &error), 0);
	fleethosts_sign(by, wrap.octets, wrap.len, signature);
	assert_int_equal(fleet_epochs_add(text, len, &wrap, signature), 0);
	fleet_wrap_finish(&wrap);
}

static int
load(const char *text, size_t len, size_t want)
{
	struct fleet_epochs loaded;
	int r;

	error.text[0] = '\0';
	r = fleet_epochs_load(&loaded, text, len, &members, "a.example", &own,
	    &error);
	assert_int_equal(loaded.n, r == 0 ? want : 0);
	fleet_epochs_finish(&loaded);
	return r;
}

static void
test_epochs(void **state)
{
	char *text = NULL;
	size_t len = 0, i;

	(void)state;
	begin_fleet();
	assert_true(fleet_hostkeys_are_of(&own, &members, "a.example"));
	assert_false(fleet_hostkeys_are_of(&own, &members, "b.example"));
	assert_false(fleet_hostkeys_are_of(&own, &members, "c.example"));
	add_epoch(&text, &len, 1, "b.example", &b);
	assert_int_equal(load(text, len, 1), 0);
	/* Its signer was expelled since: it was taken before, so it counts. */
	b.host.to = 15;
	fleethosts_change(&members, &b, 20, &a);
	assert_int_equal(load(text, len, 1), 0);
	assert_int_equal(fleet_epoch_make(&epochs, 2, &error), 0);
	add_epoch(&text, &len, 2, "a.example", &a);
	assert_int_equal(load(text, len, 2), 0);
	/* Cut off anywhere but after a line, or with a line that is damaged. */
	for (i = 0; i < len; i += 7)
		if (text[i] != '\n' && load(text, i + 1, 0) == 0)
			fail_msg("cut off after %zu of %zu", i, len);
	for (i = 40; i < len; i += 11) {
		text[i] ^= 1;
		if (load(text, len, 0) != KS_E_DAMAGED)
			fail_msg("octet %zu: %s", i, error.text);
		text[i] ^= 1;
	}
	free(text);
	end_fleet();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made_once, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mixed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sealed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_converted, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_epochs, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
