/* SPDX-License-Identifier: ISC */

/*
 * A key store that cannot be listed as a whole: that is told, and nothing is
 * said of all of its files.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/user_name.h"
#include "chain/chain.h"

static char keydir[] = "/tmp/chain-keydir.XXXXXX";
static char folder[sizeof(keydir) + 16];
static ino_t failing;		/* the folder that is not listed; 0: none */

struct dirent	*__real_readdir64(DIR *dir);
struct dirent	*__wrap_readdir64(DIR *dir);

struct dirent *
__wrap_readdir64(DIR *dir)
{
	struct stat st;

	assert_int_equal(fstat(dirfd(dir), &st), 0);
	if (st.st_ino != failing)
		return __real_readdir64(dir);
	errno = EIO;
	return NULL;
}

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(keydir) == NULL)
		return -1;
	(void)snprintf(folder, sizeof(folder), "%s/example.com", keydir);
	return mkdir(folder, 0700);
}

static int
teardown(void **state)
{
	(void)state;
	(void)rmdir(folder);
	return rmdir(keydir);
}

static size_t
count(const struct findings *findings, const char *id,
    enum finding_state state, const char *subject)
{
	size_t i, n = 0;

	for (i = 0; i < findings->n; i++)
		n += strcmp(findings->list[i].id, id) == 0 &&
		    findings->list[i].state == state &&
		    strcmp(findings->list[i].subject, subject) == 0;
	return n;
}

static void
check(const char *unlisted)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct findings findings = { .n = 0 };
	char user[USER_NAME_SIZE];
	struct config config = { .keydir = keydir, .keys_user = user };
	struct chain chain = { .config = &config };
	struct stat st;
	const size_t nwell = unlisted == NULL ? 1 : 0;

	assert_non_null(pw);
	(void)strlcpy(user, pw->pw_name, sizeof(user));
	failing = 0;
	if (unlisted != NULL) {
		assert_int_equal(stat(unlisted, &st), 0);
		failing = st.st_ino;
	}
	chain_keydir(&chain, &findings);
	failing = 0;
	assert_int_equal(count(&findings, "key-owner", FINDING_WELL, keydir),
	    nwell);
	assert_int_equal(count(&findings, "key-mode", FINDING_WELL, keydir),
	    nwell);
	assert_int_equal(count(&findings, "key-directory", FINDING_PROBLEM,
	    unlisted == NULL ? "" : unlisted), 1 - nwell);
	findings_finish(&findings);
}

static void
test_listed(void **state)
{
	(void)state;
	check(NULL);
}

static void
test_not_listed(void **state)
{
	(void)state;
	check(keydir);
	check(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_not_listed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
