/* SPDX-License-Identifier: ISC */

/*
 * usage: test_store FOLDER
 *
 * The files of the key store that an earlier version left in FOLDER/store: each
 * is read, with the values that it is known to have, and written again, which
 * must give the same octets.  A writer that makes others has a new format, and
 * needs a new number; a reader that fails has dropped one.
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
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "seal/seal.h"
#include "seal/sealfile.h"
#include "store/generation.h"
#include "store/hosts_file.h"
#include "store/keystore.h"
#include "store/last_run.h"
#include "store/notified.h"
#include "store/rotator.h"
#include "store/silence_file.h"
#include "store/state.h"
#include "store/trouble_file.h"

#define COMMAND_SIZE	1024
#define FILE_SIZE	65536
#define END		INT64_C(1804064400)	/* 2027-03-03T09:00:00Z */

static const char *folder;
static char scratch[] = "/tmp/countersign-formats.XXXXXX";
static struct keystore *ks;
static struct ks_error error;

/* The text of a file below a folder; its length. */
static size_t
take(const char *base, const char *name, char text[FILE_SIZE])
{
	char path[COMMAND_SIZE];
	size_t len;
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/%s", base, name);
	if ((fp = fopen(path, "r")) == NULL)
		fail_msg("%s: cannot be read", path);
	len = fread(text, 1, FILE_SIZE - 1, fp);
	assert_int_equal(ferror(fp), 0);
	(void)fclose(fp);
	text[len] = '\0';
	return len;
}

/* What was written to the copy is what the folder has. */
static void
is_same(const char *name)
{
	char want[FILE_SIZE], got[FILE_SIZE], path[COMMAND_SIZE];

	(void)snprintf(path, sizeof(path), "%s/store", folder);
	(void)take(path, name, want);
	(void)take(scratch, name, got);
	assert_string_equal(got, want);
}

/* Remove it from the copy, so that what is there then was written. */
static void
forget(const char *name)
{
	char path[COMMAND_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s", scratch, name);
	assert_int_equal(unlink(path), 0);
}

static int
setup(void **state)
{
	char command[COMMAND_SIZE];

	(void)state;
	if (mkdtemp(scratch) == NULL)
		return -1;
	(void)snprintf(command, sizeof(command), "cp -R '%s/store/.' %s && "
	    "find %s -type d -exec chmod 0700 {} + && "
	    "find %s -type f -exec chmod 0640 {} + && "
	    "find %s -name '*.pem' -exec chmod 0400 {} + && "
	    "mkdir %s/.kek && cp '%s/kek' %s/.kek/countersign.kek && "
	    "chmod 0400 %s/.kek/countersign.kek",
	    folder, scratch, scratch, scratch, scratch, scratch, folder,
	    scratch, scratch);
	if (system(command) != 0)
		return -1;
	return ks_open(&ks, scratch, NULL, &error);
}

static int
teardown(void **state)
{
	char command[COMMAND_SIZE];

	(void)state;
	ks_close(ks);
	(void)snprintf(command, sizeof(command), "rm -rf %s", scratch);
	return system(command);
}

static void
test_states(void **state)
{
	static const struct {
		const char	*domain;
		size_t		 nkeys;
		bool		 has_stream;
	} cases[] = {
		{ "example.com", 5, false }, { "example.org", 8, true },
	};
	char name[256], want[FILE_SIZE], base[COMMAND_SIZE], *text;
	struct ks_state keys;
	size_t i, len;

	(void)state;
	(void)snprintf(base, sizeof(base), "%s/store", folder);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (ks_state_read(ks, cases[i].domain, &keys, &error) != 0)
			fail_msg("%s", error.text);
		assert_int_equal(keys.nkeys, cases[i].nkeys);
		assert_int_equal(keys.keys[cases[i].nkeys - 1].stream != NULL,
		    cases[i].has_stream);
		assert_true(keys.keys[0].verified != KS_NEVER);
		assert_int_equal(keys.keys[0].compromised,
		    !cases[i].has_stream);
		assert_int_equal(state_print(&keys, &text, &len), 0);
		(void)snprintf(name, sizeof(name), "%s/state",
		    cases[i].domain);
		assert_int_equal(take(base, name, want), len);
		assert_memory_equal(text, want, len);
		free(text);
		ks_state_finish(&keys);
	}
}

/* The first format, which is only read. */
static void
test_first_state(void **state)
{
	char text[FILE_SIZE];
	struct ks_state keys;
	size_t len, line;
	const char *why;

	(void)state;
	len = take(folder, "state.1", text);
	memset(&keys, 0, sizeof(keys));
	if (state_parse(text, len, &keys, &line, &why) != 0)
		fail_msg("line %zu: %s", line, why);
	assert_int_equal(keys.nkeys, 2);
	assert_string_equal(keys.keys[0].selector, "20261123r1");
	assert_true(keys.keys[0].active_from != KS_NEVER);
	assert_null(keys.keys[0].public);
	assert_true(keys.keys[1].strict && keys.keys[1].compromised);
	ks_state_finish(&keys);
}

static void
test_troubles(void **state)
{
	struct ks_troubles troubles;
	struct ks_lock *lock;

	(void)state;
	if (ks_troubles_read(ks, "example.com", &troubles, &error) != 0)
		fail_msg("%s", error.text);
	assert_non_null(ks_troubles_find(&troubles, "no-reserve", "-"));
	forget("example.com/troubles");
	assert_int_equal(ks_lock(ks, "example.com", false, &lock, &error), 0);
	assert_int_equal(ks_troubles_write(lock, &troubles, &error), 0);
	ks_unlock(lock);
	ks_troubles_finish(&troubles);
	is_same("example.com/troubles");
}

static void
test_hosts(void **state)
{
	struct ks_hosts hosts;

	(void)state;
	if (ks_hosts_read(ks, &hosts, &error) != 0)
		fail_msg("%s", error.text);
	assert_int_equal(hosts.n, 2);
	assert_int_equal(hosts.list[0].reached, END);
	assert_int_equal(hosts.list[1].reached, KS_NEVER);
	forget("hosts");
	assert_int_equal(ks_hosts_write(ks, &hosts, 0, &error), 0);
	ks_hosts_finish(&hosts);
	is_same("hosts");
}

static struct ks_silence silences[8];
static size_t nsilences;

static int
add_silence(void *context, const struct ks_silence *silence)
{
	(void)context;
	assert_true(nsilences < sizeof(silences) / sizeof(silences[0]));
	silences[nsilences] = *silence;
	silences[nsilences].name = strdup(silence->name);
	return silences[nsilences++].name == NULL ? KS_E_NOMEM : 0;
}

static void
test_servers(void **state)
{
	(void)state;
	if (ks_silences_read(ks, add_silence, NULL, &error) != 0)
		fail_msg("%s", error.text);
	assert_int_equal(nsilences, 2);
	assert_string_equal(silences[0].name, "example.com 192.0.2.53");
	forget("servers");
	assert_int_equal(ks_silences_write(ks, silences, nsilences, &error),
	    0);
	while (nsilences > 0)
		free((void *)(uintptr_t)silences[--nsilences].name);
	is_same("servers");
}

static void
test_notified(void **state)
{
	struct ks_notified notified;

	(void)state;
	if (ks_notified_read(ks, &notified, &error) != 0)
		fail_msg("%s", error.text);
	assert_string_equal(notified.hook, "/usr/local/libexec/tell");
	assert_int_equal(notified.ncontacts, 1);
	assert_true(notified.ntold > 5);
	forget("notified");
	assert_int_equal(ks_notified_write(ks, &notified, &error), 0);
	ks_notified_finish(&notified);
	is_same("notified");
}

static void
test_last_run(void **state)
{
	int64_t when;

	(void)state;
	assert_int_equal(ks_last_run_read(ks, &when, &error), 0);
	assert_true(when == END);
	forget("last-run");
	assert_int_equal(ks_last_run_write(ks, when, &error), 0);
	is_same("last-run");
}

/* A push is counted on, in the same form. */
static void
test_generation(void **state)
{
	struct ks_generation generation;
	char text[FILE_SIZE], want[64];

	(void)state;
	assert_int_equal(ks_generation_read(ks, &generation, &error), 0);
	assert_true(generation.term > 0 && generation.push > 1);
	(void)snprintf(want, sizeof(want), "%lld %lld\n",
	    (long long)generation.term, (long long)generation.push + 1);
	assert_int_equal(ks_generation_next(ks, END, 0, &generation, &error),
	    0);
	(void)take(scratch, "generation", text);
	assert_string_equal(text, want);
}

/* This host rotates, as it is named in the configuration. */
static void
test_rotator(void **state)
{
	static const struct ks_host host = {
		.name = "first.example", .secret = "host first.example"
	};
	struct ks_rotator rotator;
	char command[COMMAND_SIZE];

	(void)state;
	if (ks_rotator_read(ks, &host, &rotator, &error) != 0)
		fail_msg("%s", error.text);
	assert_int_equal(rotator.state, KS_ROTATOR_SELF);
	/* Written again: where it is lost, the same host takes over. */
	(void)snprintf(command, sizeof(command), "mv %s/log %s/.log 2>/dev/null"
	    "; rm %s/rotator", scratch, scratch, scratch);
	assert_int_equal(system(command), 0);
	assert_int_equal(ks_rotator_take(ks, &host, &rotator, END, 0, &error),
	    0);
	is_same("rotator");
	is_same("store-id");
}

static EVP_PKEY *
plain_key(const char *selector)
{
	char text[FILE_SIZE], name[256];
	EVP_PKEY *pkey;
	size_t len;
	BIO *bio;

	(void)snprintf(name, sizeof(name), "plain/%s.pem", selector);
	len = take(folder, name, text);
	assert_non_null(bio = BIO_new_mem_buf(text, (int)len));
	pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	assert_non_null(pkey);
	return pkey;
}

static void
test_sealed(void **state)
{
	char path[COMMAND_SIZE];
	EVP_PKEY *opened, *plain;
	struct ks_state keys;
	struct seal *seal;
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/.kek", scratch);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", path, 1), 0);
	if (seal_new(&seal, NULL, &error) != 0)
		fail_msg("%s", error.text);
	seal_attach(seal, ks);
	assert_int_equal(ks_state_read(ks, "example.org", &keys, &error), 0);
	for (i = 0; i < keys.nkeys; i++) {
		if (ks_key_load(ks, "example.org", &keys.keys[i], &opened,
		    &error) != 0)
			fail_msg("%s", error.text);
		plain = plain_key(keys.keys[i].selector);
		assert_int_equal(EVP_PKEY_eq(opened, plain), 1);
		EVP_PKEY_free(opened);
		EVP_PKEY_free(plain);
	}
	ks_state_finish(&keys);
	ks_close(ks);
	seal_free(seal);
	assert_int_equal(ks_open(&ks, scratch, NULL, &error), 0);
}

static void
test_seal(void **state)
{
	char base[COMMAND_SIZE], text[FILE_SIZE], *printed;
	struct sealfile file;
	size_t len, printedlen;

	(void)state;
	(void)snprintf(base, sizeof(base), "%s/store", folder);
	len = take(base, "seal", text);
	assert_int_equal(sealfile_parse(&file, text, len), 0);
	assert_true(file.is_on);
	assert_int_equal(sealfile_print(&file, &printed, &printedlen), 0);
	assert_int_equal(printedlen, len);
	assert_memory_equal(printed, text, len);
	free(printed);
	sealfile_finish(&file);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_first_state),
		cmocka_unit_test(test_troubles),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_notified),
		cmocka_unit_test(test_last_run),
		cmocka_unit_test(test_generation),
		cmocka_unit_test(test_rotator),
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_seal)
	};

	if (argc != 2) {
		(void)fprintf(stderr, "usage: test_store FOLDER\n");
		return 2;
	}
	folder = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
