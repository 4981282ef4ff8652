/* SPDX-License-Identifier: ISC */

/*
 * Disclosed keys: when, under which name, and that another file of that name
 * is left as it is.
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
#include <openssl/pem.h>

#include "keydir.h"
#include "rotate/disclose.h"

#define NOW		1790000000
#define LABEL63		"a12345678901234567890123456789012345678901234567890" \
			"123456789012"
#define LABEL48		"b12345678901234567890123456789012345678901234567"
/* Its key file has the longest name that a file can have. */
#define LONGEST		LABEL63 "." LABEL63 "." LABEL48

static struct keydir store;
static struct ks_error error;
static EVP_PKEY *pkey;
static char folder[128], path[512];

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	pkey = keydir_add(&store, "example.com", "s1", DKIMSIG_ED25519_SHA256,
	    1, KS_NEVER);
	(void)snprintf(folder, sizeof(folder), "%s/disclosed", store.path);
	(void)snprintf(path, sizeof(path), "%s/s1._domainkey.example.com.pem",
	    folder);
	return mkdir(folder, 0755);
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	return 0;
}

static int
disclose(const char *domain, const char *record, int64_t removed)
{
	struct ks_state state;
	int r;

	assert_int_equal(ks_state_read(store.ks, domain, &state, &error), 0);
	state.keys[0].removed = removed;
	(void)strlcpy(state.keys[0].record, record,
	    sizeof(state.keys[0].record));
	r = disclose_key(store.ks, domain, &state.keys[0], folder, &error);
	ks_state_finish(&state);
	return r;
}

static void
assert_key(const char *name)
{
	struct stat st;
	EVP_PKEY *read;
	FILE *fp;

	assert_non_null(fp = fopen(name, "r"));
	assert_non_null(read = PEM_read_PrivateKey(fp, NULL, NULL, NULL));
	(void)fclose(fp);
	assert_int_equal(EVP_PKEY_eq(read, pkey), 1);
	EVP_PKEY_free(read);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0444);
	assert_int_equal(st.st_nlink, 1);
}

static void
put(const char *name, const char *text)
{
	FILE *fp;

	assert_non_null(fp = fopen(name, "w"));
	(void)fputs(text, fp);
	assert_int_equal(fclose(fp), 0);
}

static void
test_when(void **state)
{
	(void)state;
	assert_int_equal(disclose("example.com", "", KS_NEVER), KS_E_ARG);
	assert_string_equal(error.text, "example.com: key s1: not disclosed: "
	    "its record has not been removed from DNS");
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(disclose("example.com", "", NOW), 0);
	assert_key(path);
	/* Once more, as after a run that was killed. */
	assert_int_equal(disclose("example.com", "", NOW), 0);
	assert_key(path);
}

/* A name that is used again has the time in it: keydir_add() makes keys at the
 * second 1. */
static void
test_reused_name(void **state)
{
	(void)state;
	assert_int_equal(disclose("example.com", "s1.keys.example.net", NOW),
	    0);
	assert_int_equal(access(path, F_OK), -1);
	(void)snprintf(path, sizeof(path),
	    "%s/s1._domainkey.example.com.1.pem", folder);
	assert_key(path);
}

/* What is there under that name, or under the temporary one. */
static void
test_other_files(void **state)
{
	char temp[512], text[8] = "";
	FILE *fp;

	(void)state;
	(void)snprintf(temp, sizeof(temp),
	    "%s/.s1._domainkey.example.com.pem", folder);
	put(path, "other\n");
	assert_int_equal(disclose("example.com", "", NOW), KS_E_SYSTEM);
	assert_non_null(strstr(error.text, path));
	assert_non_null(strstr(error.text, "another file has this name: move "
	    "it away"));
	assert_non_null(fp = fopen(path, "r"));
	assert_non_null(fgets(text, sizeof(text), fp));
	(void)fclose(fp);
	assert_string_equal(text, "other\n");
	assert_int_equal(access(temp, F_OK), -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(disclose("example.com", "", NOW), KS_E_SYSTEM);
	assert_int_equal(unlink(path), 0);
	put(path, "");
	assert_int_equal(disclose("example.com", "", NOW), KS_E_SYSTEM);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nowhere", path), 0);
	assert_int_equal(disclose("example.com", "", NOW), KS_E_SYSTEM);
	assert_int_equal(unlink(path), 0);
	put(temp, "a run that was killed\n");
	assert_int_equal(disclose("example.com", "", NOW), 0);
	assert_key(path);
	assert_int_equal(access(temp, F_OK), -1);
}

static void
test_no_folder(void **state)
{
	(void)state;
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(disclose("example.com", "", NOW), KS_E_SYSTEM);
	assert_non_null(strstr(error.text, path));
	put(folder, "a file\n");
	assert_int_equal(disclose("example.com", "", NOW), KS_E_SYSTEM);
}

static void
test_long_names(void **state)
{
	(void)state;
	(void)keydir_add(&store, LONGEST, LABEL63, DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	(void)keydir_add(&store, LONGEST "c", LABEL63, DKIMSIG_ED25519_SHA256,
	    1, KS_NEVER);
	assert_int_equal(disclose(LONGEST, "", NOW), 0);
	(void)snprintf(path, sizeof(path), "%s/%s._domainkey.%s.pem", folder,
	    LABEL63, LONGEST);
	assert_key(path);
	assert_int_equal(disclose(LONGEST "c", "", NOW), KS_E_SYSTEM);
	assert_non_null(strstr(error.text, "File name too long"));
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_when),
		TEST(test_reused_name),
		TEST(test_other_files),
		TEST(test_no_folder),
		TEST(test_long_names),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
