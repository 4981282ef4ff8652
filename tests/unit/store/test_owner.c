/* SPDX-License-Identifier: ISC */

/*
 * What an operator is told of files with a wrong owner or mode: what is there,
 * what is wanted, and the command that fixes it.  Who this process and the
 * signers are, is what the test says; the files belong to who runs it.
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

#include "keydir.h"
#include "store/private.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define SIGNERS	70001	/* users without a name */
#define OTHER	70002

static struct keydir store;
static struct ks_error error;
static uid_t self;		/* who this process is said to be */
static uid_t owner;		/* of the files */
static char owner_name[USER_NAME_SIZE];

uid_t	__wrap_geteuid(void);
int64_t	__wrap_monotonic_ms(void);
void	__wrap_sleep_ms(int64_t ms);

uid_t
__wrap_geteuid(void)
{
	return self;
}

int64_t
__wrap_monotonic_ms(void)
{
	return 0;
}

void
__wrap_sleep_ms(int64_t ms)
{
	(void)ms;
}

static int
setup(void **state)
{
	struct stat st;

	(void)state;
	self = getuid();
	keydir_make(&store);
	(void)keydir_add(&store, "example.com", "s1", DKIMSIG_ED25519_SHA256,
	    1, KS_NEVER);
	assert_int_equal(stat(store.path, &st), 0);
	owner = st.st_uid;
	user_name(owner, owner_name);
	return 0;
}

/* The store belongs to that user; 0: to whom it does. */
static void
set_owner(uid_t uid)
{
	store.ks->owner = uid != 0 ? uid : owner;
	user_name(store.ks->owner, store.ks->owner_name);
}

static int
teardown(void **state)
{
	(void)state;
	self = getuid();
	set_owner(0);
	store.ks->is_mounted = false;
	keydir_remove(&store);
	return 0;
}

static void
set_signers(uid_t uid)
{
	store.ks->has_signers = true;
	store.ks->signers = uid;
	(void)strlcpy(store.ks->signers_name, "sign",
	    sizeof(store.ks->signers_name));
}

/* The error is that of a path in the store: its format has %o for the name of
 * the owner, and %p for the path. */
static void
assert_error(const char *path, const char *format)
{
	char want[sizeof(error.text)];
	size_t len;

	(void)snprintf(want, sizeof(want), "%s: ", path);
	for (; *format != '\0'; format++) {
		len = strlen(want);
		if (format[0] != '%')
			(void)snprintf(want + len, sizeof(want) - len, "%c",
			    *format);
		else
			(void)strlcat(want, *++format == 'o' ? owner_name :
			    path, sizeof(want));
	}
	assert_string_equal(error.text, want);
}

static const struct {
	const char	*name;
	uid_t		 signers, self, of_store;	/* 0: as they are */
	bool		 is_mounted;
	const char	*text;
} unreadable[] = {
	{ "the signers' store, by root", SIGNERS, 0, 0, false,
	    "mode 1607, owner %o, want owner sign: chown -R sign %p" },
	{ "their store, by them", SIGNERS, SIGNERS, 0, false,
	    "mode 1607, owner %o, want owner sign: chown -R sign %p" },
	{ "their store, by another user", SIGNERS, OTHER, 0, false,
	    "mode 1607, owner %o: run it as root or as the owner" },
	{ "no signers, and the store is ours", 0, OTHER, OTHER, false,
	    "mode 1607, owner %o, want owner 70002: chown -R 70002 %p" },
	{ "no signers, and another's store", 0, OTHER, SIGNERS, false,
	    "mode 1607, owner %o: run it as root or as the owner" },
	{ "in a volume", SIGNERS, OTHER, 0, true, NULL },
};

/* A file that exists and cannot be opened. */
static void
test_unreadable(void **state)
{
	struct place place = { .ks = store.ks, .domain = "example.com",
	    .name = "s1.pem", .dirfd = -1 };
	const char *tail;
	char path[256];
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/example.com/s1.pem",
	    store.path);
	assert_int_equal(chmod(path, 01607), 0);
	for (i = 0; i < SIZE(unreadable); i++) {
		print_message("# %s\n", unreadable[i].name);
		store.ks->has_signers = false;
		if (unreadable[i].signers != 0)
			set_signers(unreadable[i].signers);
		self = unreadable[i].self;
		set_owner(unreadable[i].of_store);
		store.ks->is_mounted = unreadable[i].is_mounted;
		assert_int_equal(store_unreadable(&place, AT_FDCWD, path,
		    &error), KS_E_UNSAFE);
		tail = strstr(error.text, "Permission denied: ");
		assert_non_null(tail);
		tail += strlen("Permission denied: ");
		if (unreadable[i].text == NULL) {
			assert_non_null(strstr(tail, "use the mode 0440 and "
			    "a group of the signers"));
			continue;
		}
		(void)memmove(error.text + strlen(path) + 2, tail,
		    strlen(tail) + 1);
		assert_error(path, unreadable[i].text);
	}
	store.ks->is_mounted = false;
	set_owner(0);
	self = OTHER;
	assert_int_equal(store_unreadable(&place, AT_FDCWD, "/none/at/all",
	    &error), KS_E_UNSAFE);
	assert_error(path, "cannot open, as user 70002: Permission denied: a "
	    "parent directory cannot be searched");
}

/* Modes of the key directory, of folders, keys and other files. */
static void
test_modes(void **state)
{
	static const struct {
		const char	*name, *domain, *file;
		unsigned int	 loose, mode;
		const char	*text;		/* NULL: it is good */
	} cases[] = {
		{ "folder", "example.com", NULL, KS_LOOSE_DIR, 0700, NULL },
		{ "open folder", "example.com", NULL, KS_LOOSE_DIR, 0701,
		    "mode 0701, owner %o, want mode 0700: chmod 0700 %p" },
		{ "key", "example.com", "s1.pem", KS_LOOSE_KEY, 0400, NULL },
		{ "key for the group", "example.com", "s1.pem", KS_LOOSE_KEY,
		    0440, "mode 0440, owner %o, want mode 0400: chmod 0400 "
		    "%p" },
		{ "state", "example.com", "state", KS_LOOSE_FILE, 0640,
		    NULL },
		{ "state for all", "example.com", "state", KS_LOOSE_FILE,
		    01645, "mode 1645, owner %o, want mode 0640: chmod 0640 "
		    "%p" },
		{ "a file for a folder", "example.com", "state",
		    KS_LOOSE_DIR, 0640, "not a regular file: remove it" },
		{ "a folder for a file", "example.com", NULL, KS_LOOSE_FILE,
		    0700, "not a regular file: remove it" },
	};
	struct place place;
	char path[256];
	size_t i;
	int fd, r;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		print_message("# %s\n", cases[i].name);
		place = (struct place){ .ks = store.ks, .dirfd = -1,
		    .domain = cases[i].domain, .name = cases[i].file };
		place_path(&place, path, sizeof(path));
		assert_int_not_equal(fd = open(path, O_RDONLY), -1);
		assert_int_equal(fchmod(fd, cases[i].mode), 0);
		r = place_check(&place, fd, cases[i].loose, &error);
		if (cases[i].text == NULL)
			assert_int_equal(r, 0);
		else {
			assert_int_equal(r, KS_E_UNSAFE);
			assert_error(path, cases[i].text);
		}
		/* Of another user: the mode does not matter. */
		set_owner(OTHER);
		r = place_check(&place, fd, cases[i].loose, &error);
		assert_int_equal(r, KS_E_UNSAFE);
		assert_int_equal(strstr(error.text, "want owner 70002: "
		    "chown ") != NULL, cases[i].text == NULL ||
		    cases[i].text[0] == 'm');
		assert_int_equal(strstr(error.text, "chown -R 70002") != NULL,
		    cases[i].loose == KS_LOOSE_DIR && cases[i].file == NULL);
		set_owner(0);
		(void)close(fd);
		(void)chmod(path, cases[i].file == NULL ? 0700 :
		    cases[i].loose == KS_LOOSE_KEY ? 0400 : 0640);
	}
}

/* The key directory as it is opened; and who may write to it. */
static void
test_keydir(void **state)
{
	(void)state;
	assert_int_equal(store_check_keydir(store.ks, &error), 0);
	assert_int_equal(store_check_writer(store.ks, &error), 0);
	assert_int_equal(chmod(store.path, 01721), 0);
	assert_int_equal(store_check_keydir(store.ks, &error), KS_E_UNSAFE);
	assert_error(store.path, "mode 1721, owner %o, want mode 0700: chmod "
	    "0700 %p");
	assert_int_equal(chmod(store.path, 0750), 0);
	assert_int_equal(store_check_keydir(store.ks, &error), 0);
	assert_int_equal(chmod(store.path, 01711), 0);
	set_signers(SIGNERS);
	self = 0;
	assert_int_equal(store_check_keydir(store.ks, &error), KS_E_UNSAFE);
	assert_error(store.path, "mode 1711, owner %o, but the signers run "
	    "as sign: chown -R sign %p");
	self = SIGNERS;
	assert_int_equal(store_check_keydir(store.ks, &error), KS_E_UNSAFE);
	assert_non_null(strstr(error.text, "chown -R sign"));
	store.ks->has_signers = false;
	self = OTHER;
	set_owner(SIGNERS);
	assert_int_equal(store_check_writer(store.ks, &error), KS_E_UNSAFE);
	assert_error(store.path, "owner 70001, but this process runs as "
	    "70002: run it as the owner or as root");
	self = 0;
	assert_int_equal(store_check_writer(store.ks, &error), 0);
	self = SIGNERS;
	assert_int_equal(store_check_writer(store.ks, &error), 0);
	store.ks->is_mounted = true;
	assert_int_equal(store_check_writer(store.ks, &error), KS_E_UNSAFE);
	assert_non_null(strstr(error.text, "mounted here"));
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unreadable),
		TEST(test_modes),
		TEST(test_keydir),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
