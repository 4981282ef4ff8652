/* SPDX-License-Identifier: ISC */

/*
 * The archive: which domains may go there, where they are then, and what is
 * found there afterwards.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
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
#include "store/fleet_file.h"
#include "store/replica.h"

#define DOMAIN	"example.com"
#define OTHER	"sub.example.com"
#define NOW	1790000000	/* 2026-09-21T14:13:20Z */
#define MOVED	DOMAIN ".20260921T141320Z"

static struct keydir store;
static struct ks_error error;
static int readdir_errno;	/* 0: it does not fail */

struct dirent	*__real_readdir64(DIR *dir);
struct dirent	*__wrap_readdir64(DIR *dir);

struct dirent *
__wrap_readdir64(DIR *dir)
{
	if (readdir_errno == 0)
		return __real_readdir64(dir);
	errno = readdir_errno;
	return NULL;
}

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	(void)keydir_add(&store, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	(void)keydir_add(&store, OTHER, "s1", DKIMSIG_ED25519_SHA256, 1,
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

static const char *
path_of(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", store.path, name);
	return path;
}

static bool
exists(const char *name)
{
	struct stat st;

	return stat(path_of(name), &st) == 0;
}

static void
set_removed(struct ks_key *key)
{
	key->removed = NOW - 1;
}

/* Remove all keys of a domain, and destroy them. */
static void
end_keys(const char *domain)
{
	char name[128];

	keydir_change(&store, domain, "s1", set_removed);
	(void)snprintf(name, sizeof(name), "%s/s1.pem", domain);
	assert_int_equal(unlink(path_of(name)), 0);
}

static int
archive(const char *domain, int64_t now, char *path, size_t pathsize)
{
	struct ks_lock *lock;
	int r;

	assert_int_equal(ks_lock(store.ks, domain, false, &lock, &error), 0);
	r = ks_archive(lock, now, path, pathsize, &error);
	ks_unlock(lock);
	return r;
}

static void
check_refused(const char *why)
{
	char path[256];

	error.text[0] = '\0';
	assert_int_equal(archive(DOMAIN, NOW, path, sizeof(path)),
	    KS_E_EXISTS);
	if (strstr(error.text, why) == NULL)
		fail_msg("%s", error.text);
	assert_true(exists(DOMAIN "/state"));
	assert_false(exists(".archive"));
}

/* A key that somebody may still need keeps its domain. */
static void
test_refused(void **state)
{
	FILE *fp;

	(void)state;
	check_refused("key s1 is not removed and destroyed");
	keydir_change(&store, DOMAIN, "s1", set_removed);
	check_refused("key s1 is not removed and destroyed");
	assert_int_equal(unlink(path_of(DOMAIN "/s1.pem")), 0);
	assert_non_null(fp = fopen(path_of(DOMAIN "/stray.pem"), "w"));
	assert_int_equal(fclose(fp), 0);
	check_refused("key file stray.pem is not in the state file");
	assert_int_equal(unlink(path_of(DOMAIN "/stray.pem")), 0);
}

static bool
was_archived(const char *domain)
{
	bool was = false;

	assert_int_equal(ks_was_archived(store.ks, domain, &was, &error), 0);
	return was;
}

static bool
is_archived(const char *domain)
{
	bool is = false;

	assert_int_equal(ks_is_archived(store.ks, domain, &is, &error), 0);
	return is;
}

static int
note_rows(void *context, const char *domain, char *text, size_t len)
{
	char *list = context;

	assert_int_equal(strlen(text), len);
	(void)strlcat(list, domain, 256);
	(void)strlcat(list, ":", 256);
	(void)strlcat(list, text, 256);
	return 0;
}

static void
test_rows(void **state)
{
	char list[256] = "", path[256];
	FILE *fp;

	(void)state;
	end_keys(DOMAIN);
	assert_int_equal(archive(DOMAIN, NOW, path, sizeof(path)), 0);
	assert_int_equal(ks_fleet_each_archived(store.ks, note_rows, list,
	    &error), 0);
	assert_string_equal(list, "");
	assert_non_null(fp = fopen(path_of(".archive/" MOVED "/fleet"), "w"));
	assert_true(fputs("rows", fp) >= 0);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(ks_fleet_each_archived(store.ks, note_rows, list,
	    &error), 0);
	assert_string_equal(list, DOMAIN ":rows");
	/* A folder that is not named as a domain and a time is another's. */
	assert_int_equal(mkdir(path_of(".archive/other"), 0700), 0);
	assert_int_equal(mkdir(path_of(".archive/other/fleet"), 0700), 0);
	list[0] = '\0';
	assert_int_equal(ks_fleet_each_archived(store.ks, note_rows, list,
	    &error), 0);
	assert_string_equal(list, DOMAIN ":rows");
	/* A file over the limit is not read. */
	assert_int_equal(truncate(path_of(".archive/" MOVED "/fleet"),
	    KS_MAX_FLEET_ROWS + 1), 0);
	assert_int_equal(ks_fleet_each_archived(store.ks, note_rows, list,
	    &error), KS_E_DAMAGED);
	assert_non_null(strstr(error.text, MOVED "/fleet: not a file of "
	    "rows"));
	/* Nor is what is no file, and a pipe is not waited for. */
	assert_int_equal(unlink(path_of(".archive/" MOVED "/fleet")), 0);
	assert_int_equal(mkfifo(path_of(".archive/" MOVED "/fleet"), 0600), 0);
	assert_int_equal(ks_fleet_each_archived(store.ks, note_rows, list,
	    &error), KS_E_DAMAGED);
	assert_int_equal(unlink(path_of(".archive/" MOVED "/fleet")), 0);
	assert_int_equal(mkdir(path_of(".archive/" MOVED "/fleet"), 0700), 0);
	assert_int_equal(ks_fleet_each_archived(store.ks, note_rows, list,
	    &error), KS_E_DAMAGED);
	assert_string_equal(list, DOMAIN ":rows");
	/* The others are read. */
	assert_int_equal(mkdir(path_of(".archive/a.example.1"), 0700), 0);
	assert_non_null(fp = fopen(path_of(".archive/a.example.1/fleet"),
	    "w"));
	assert_true(fputs("more", fp) >= 0);
	assert_int_equal(fclose(fp), 0);
	list[0] = '\0';
	assert_int_equal(ks_fleet_each_archived(store.ks, note_rows, list,
	    &error), KS_E_DAMAGED);
	assert_string_equal(list, "a.example:more");
}

/* The longest name that a folder can have. */
static void
test_long_rows(void **state)
{
	char domain[DKIMSIG_DOMAIN_SIZE], list[256] = "", path[1024];
	size_t len;
	FILE *fp;

	(void)state;
	(void)snprintf(domain, sizeof(domain), "%063d.%063d.%063d.%042d.com",
	    1, 2, 3, 4);
	len = (size_t)snprintf(path, sizeof(path), "%s/.archive", store.path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(snprintf(path + len, sizeof(path) - len,
	    "/%s.20260921T141320Z", domain), 1 + NAME_MAX);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)strlcat(path, "/fleet", sizeof(path));
	assert_non_null(fp = fopen(path, "w"));
	assert_true(fputs("rows", fp) >= 0);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(ks_fleet_each_archived(store.ks, note_rows, list,
	    &error), 0);
	(void)strlcat(domain, ":rows", sizeof(domain));
	assert_string_equal(list, domain);
}

static int
note_domain(const char *domain, void *arg)
{
	char *list = arg;

	(void)strlcat(list, domain, 256);
	(void)strlcat(list, " ", 256);
	return strcmp(domain, "stop.example") == 0 ? -99 : 0;
}

static void
check_list(const char *want, int r)
{
	char list[256] = "";

	assert_int_equal(ks_each_archived(store.ks, note_domain, list,
	    &error), r);
	assert_string_equal(list, want);
}

static void
test_none(void **state)
{
	(void)state;
	assert_false(was_archived(DOMAIN));
	assert_false(is_archived(DOMAIN));
	check_list("", 0);
}

static void
test_moved(void **state)
{
	char path[256];
	struct stat st;

	(void)state;
	end_keys(DOMAIN);
	assert_int_equal(archive(DOMAIN, NOW, path, sizeof(path)), 0);
	assert_string_equal(path, path_of(".archive/" MOVED));
	assert_true(exists(".archive/" MOVED "/state"));
	assert_false(exists(DOMAIN));
	assert_int_equal(stat(path_of(".archive"), &st), 0);
	assert_int_equal(st.st_mode & 0700, 0700);
	assert_int_equal(st.st_mode & 0007, 0);

	assert_true(was_archived(DOMAIN));
	assert_true(is_archived(DOMAIN));
	assert_false(was_archived("com"));
	assert_false(was_archived("example"));
	assert_false(was_archived("ample.com"));
	assert_false(was_archived(OTHER));
	assert_false(is_archived(OTHER));
	check_list(DOMAIN " ", 0);
}

/* A subdomain's folder is not that of the domain. */
static void
test_subdomain(void **state)
{
	char path[256];

	(void)state;
	end_keys(OTHER);
	assert_int_equal(archive(OTHER, NOW, path, sizeof(path)), 0);
	assert_true(was_archived(OTHER));
	assert_false(was_archived(DOMAIN));
	assert_false(is_archived(DOMAIN));
}

/* A domain that was made again is in use, and was archived. */
static void
test_again(void **state)
{
	char path[256];

	(void)state;
	end_keys(DOMAIN);
	assert_int_equal(archive(DOMAIN, NOW, path, sizeof(path)), 0);
	(void)keydir_add(&store, DOMAIN, "s2", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	assert_true(was_archived(DOMAIN));
	assert_false(is_archived(DOMAIN));
	check_list("", 0);
}

/* What else is in the archive is no domain; each ends the list. */
static void
test_list(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of(".archive"), 0700), 0);
	assert_int_equal(mkdir(path_of(".archive/README"), 0700), 0);
	assert_int_equal(mkdir(path_of(".archive/.20260921T141320Z"), 0700),
	    0);
	assert_int_equal(mkdir(path_of(".archive/a.example.2026"), 0700), 0);
	check_list("", 0);
	assert_int_equal(mkdir(path_of(
	    ".archive/stop.example.20260921T141320Z"), 0700), 0);
	check_list("stop.example ", -99);
}

static void
test_clock(void **state)
{
	char path[256];

	(void)state;
	end_keys(DOMAIN);
	assert_int_equal(archive(DOMAIN, INT64_MAX, path, sizeof(path)),
	    KS_E_ARG);
	assert_true(exists(DOMAIN "/state"));
}

/* An archive that is no folder is an error, not an empty archive. */
static void
test_no_folder(void **state)
{
	char list[256] = "", path[256];
	bool was;
	FILE *fp;

	(void)state;
	assert_non_null(fp = fopen(path_of(".archive"), "w"));
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(ks_was_archived(store.ks, DOMAIN, &was, &error),
	    KS_E_SYSTEM);
	assert_int_equal(ks_each_archived(store.ks, note_domain, list,
	    &error), KS_E_UNSAFE);
	end_keys(DOMAIN);
	assert_int_equal(archive(DOMAIN, NOW, path, sizeof(path)),
	    KS_E_UNSAFE);
	assert_true(exists(DOMAIN "/state"));
	assert_int_equal(unlink(path_of(".archive")), 0);
}

/*
 * A folder that cannot be listed is no empty one: a key file in it may be in
 * use, and rows and names in the archive count.
 */
static void
test_not_listed(void **state)
{
	char list[256] = "", path[256];
	bool was;

	(void)state;
	end_keys(DOMAIN);
	readdir_errno = EIO;
	assert_int_equal(archive(DOMAIN, NOW, path, sizeof(path)),
	    KS_E_SYSTEM);
	readdir_errno = 0;
	assert_true(exists(DOMAIN "/state"));
	assert_int_equal(archive(DOMAIN, NOW, path, sizeof(path)), 0);
	readdir_errno = EIO;
	assert_int_equal(ks_was_archived(store.ks, DOMAIN, &was, &error),
	    KS_E_SYSTEM);
	assert_non_null(strstr(error.text, "/.archive: cannot read: "));
	assert_int_equal(ks_each_archived(store.ks, note_domain, list,
	    &error), KS_E_SYSTEM);
	assert_non_null(strstr(error.text, "/.archive: cannot read: "));
	assert_int_equal(ks_fleet_each_archived(store.ks, note_rows, list,
	    &error), KS_E_SYSTEM);
	readdir_errno = 0;
	assert_string_equal(list, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(test_subdomain, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_rows, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_folder, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_not_listed, setup,
		    teardown),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
