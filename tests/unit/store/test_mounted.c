/* SPDX-License-Identifier: ISC */

/*
 * Mounted key directories: the layouts of volumes, what is refused in them,
 * that nothing is written there, and volumes that are replaced while they are
 * read.  Everything must belong to root, so without root the tests are skipped.
 */

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "keydir.h"
#include "store/last_use.h"
#include "store/mounted.h"

#define DOMAIN	"example.com"
#define NOW	1700000000
#define SWAPS	"300"

static struct keydir store;		/* where the keys are made */
static struct keystore *ks;
static struct ks_error error;
static char scratch[] = "/tmp/countersign-test.XXXXXX";
static char volume[64], uses[64];

/* Run commands in the scratch directory; $store is the store. */
static void
shell(const char *commands)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "set -e; cd %s; store=%s; %s",
	    scratch, store.path, commands);
	if (system(text) != 0)
		fail_msg("%s", commands);
}

/* As the kubelet does: a new directory, then the link is renamed over. */
#define PUBLISH(number) \
	"mkdir volume/..v" number "; " \
	"cp -r $store/" DOMAIN " volume/..v" number "/; " \
	"rm -f volume/..v" number "/" DOMAIN "/.lock; " \
	"rm -f volume/..v" number "/" DOMAIN "/*.used; " \
	"chmod 0755 volume/..v" number "/" DOMAIN "; " \
	"chmod 0440 volume/..v" number "/" DOMAIN "/*; " \
	"ln -s ..v" number " volume/..data_tmp; " \
	"mv -T volume/..data_tmp volume/..data; "

static int
setup(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	keydir_make(&store);
	(void)keydir_add(&store, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	(void)strlcpy(scratch + strlen(scratch) - 6, "XXXXXX", 7);
	assert_non_null(mkdtemp(scratch));
	(void)snprintf(volume, sizeof(volume), "%s/volume", scratch);
	(void)snprintf(uses, sizeof(uses), "%s/uses", scratch);
	(void)umask(0022);
	shell("chmod 0755 .; mkdir volume; " PUBLISH("1")
	    "ln -s ..data/" DOMAIN " volume/" DOMAIN);
	ks = NULL;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	ks_close(ks);
	shell("rm -rf volume uses out; cd /; rmdir $OLDPWD");
	keydir_remove(&store);
	return 0;
}

static void
need_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* Open it, read the state, and load the key. */
static int
use(void)
{
	struct ks_state state;
	EVP_PKEY *pkey;
	int r;

	if (ks == NULL && (r = ks_open_mounted(&ks, volume, uses, true, NULL,
	    &error)) != 0)
		return r;
	if ((r = ks_state_read(ks, DOMAIN, &state, &error)) != 0)
		return r;
	assert_int_equal(state.nkeys, 1);
	if ((r = ks_key_load(ks, DOMAIN, &state.keys[0], &pkey, &error)) == 0)
		EVP_PKEY_free(pkey);
	ks_state_finish(&state);
	return r;
}

static int
note_domain(const char *domain, void *arg)
{
	assert_string_equal(domain, DOMAIN);
	++*(int *)arg;
	return 0;
}

static void
test_layouts(void **state)
{
	static const struct {
		const char	*name, *commands;
	} cases[] = {
		{ "one volume for all domains", "true" },
		{ "without links to domains", "rm volume/" DOMAIN },
		{ "one volume for each domain",
		    "mv volume/..v1/" DOMAIN " volume/..d; "
		    "rm -r volume/..data volume/..v1 volume/" DOMAIN "; "
		    "mkdir volume/" DOMAIN "; mv volume/..d volume/"
		    DOMAIN "/..d; ln -s ..d volume/" DOMAIN "/..data; "
		    "ln -s ..data/state ..data/s1.pem volume/" DOMAIN },
		{ "no links at all",
		    "rm volume/..data volume/" DOMAIN "; "
		    "mv volume/..v1/" DOMAIN " volume/" },
	};
	size_t i;
	int n;

	need_root();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		shell(cases[i].commands);
		if (use() != 0)
			fail_msg("%s: %s", cases[i].name, error.text);
		n = 0;
		assert_int_equal(ks_each_domain(ks, note_domain, &n, &error),
		    0);
		assert_int_equal(n, 1);
		(void)teardown(state);
		(void)setup(state);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char	*name, *commands;
		const char	*want;		/* in the error */
	} cases[] = {
		{ "link out of the volume",
		    "mv volume/..v1 out; ln -sfn ../out volume/..data",
		    "leads out of its mount" },
		{ "absolute link out of it",
		    "mv volume/..v1 out; ln -sfn $PWD/out volume/..data",
		    "leads out of its mount" },
		{ "absolute link within",
		    "ln -sfn $PWD/volume/..v1 volume/..data",
		    "leads out of its mount" },
		{ "link to itself", "ln -sfn ..data volume/..data",
		    "leads out of its mount" },
		{ "link through /proc",
		    "ln -sfn /proc/self/cwd volume/..data",
		    "leads out of its mount" },
		{ "link of a domain out of it",
		    "mv volume/..v1/" DOMAIN " out; "
		    "ln -s ../../out volume/..v1/" DOMAIN,
		    "is a symbolic link" },
		{ "link of a key out of it",
		    "mv volume/..v1/" DOMAIN "/s1.pem out; "
		    "ln -s ../../../out volume/..v1/" DOMAIN "/s1.pem",
		    "is a symbolic link" },
		{ "link of a state",
		    "mv volume/..v1/" DOMAIN "/state out; "
		    "ln -s ../../../out volume/..v1/" DOMAIN "/state",
		    "is a symbolic link" },
		{ "key of another", "chown 1 volume/..v1/" DOMAIN "/s1.pem",
		    "owner 1, want root" },
		{ "state of another", "chown 1 volume/..v1/" DOMAIN "/state",
		    "owner 1, want root" },
		{ "domain of another", "chown 1 volume/..v1/" DOMAIN,
		    "owner 1, want root" },
		{ "version of another", "chown 1 volume/..v1",
		    "owner 1, want root" },
		{ "volume of another", "chown 1 volume",
		    "owner 1, want root" },
		{ "key that its group can write",
		    "chmod 0460 volume/..v1/" DOMAIN "/s1.pem",
		    "mode 0460, want 0440" },
		{ "key that all can read",
		    "chmod 0444 volume/..v1/" DOMAIN "/s1.pem",
		    "mode 0444, want 0440" },
		{ "state that others can write",
		    "chmod 0442 volume/..v1/" DOMAIN "/state",
		    "mode 0442, want 0440" },
		{ "domain that its group can write",
		    "chmod 0775 volume/..v1/" DOMAIN,
		    "others than root can write" },
		{ "version that all can write", "chmod 01777 volume/..v1",
		    "others than root can write" },
		{ "volume that all can write", "chmod 01777 volume",
		    "others than root can write" },
		{ "FIFO", "rm volume/..v1/" DOMAIN "/s1.pem; "
		    "mkfifo -m 0440 volume/..v1/" DOMAIN "/s1.pem",
		    "not a regular file" },
		{ "state directory of another",
		    "mkdir -m 0700 uses; chmod 0777 uses",
		    "/uses: mode 0777" },
	};
	size_t i;
	int r;

	need_root();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		shell(cases[i].commands);
		error.text[0] = '\0';
		r = use();
		if (r != KS_E_UNSAFE ||
		    strstr(error.text, cases[i].want) == NULL)
			fail_msg("%s: %d, %s", cases[i].name, r, error.text);
		(void)teardown(state);
		(void)setup(state);
	}
}

static void
test_writers(void **state)
{
	struct ks_lock *lock;
	int fd;

	(void)state;
	need_root();
	assert_int_equal(use(), 0);
	assert_int_equal(ks_lock(ks, DOMAIN, true, &lock, &error),
	    KS_E_UNSAFE);
	assert_non_null(strstr(error.text, "keydir_mounted"));
	assert_int_equal(ks_lock(ks, "new.example", true, &lock, &error),
	    KS_E_UNSAFE);
	assert_int_equal(ks_run_lock(ks, &fd, &error), KS_E_UNSAFE);
	shell("test ! -e volume/..data/" DOMAIN "/.lock; "
	    "test ! -e volume/new.example; test ! -e volume/.run");
}

static void
test_last_use(void **state)
{
	int64_t last;

	(void)state;
	need_root();
	assert_int_equal(use(), 0);
	assert_int_equal(ks_used_read(ks, DOMAIN, "s1", &last, &error), 0);
	assert_int_equal(last, KS_NEVER);
	if (ks_used_record(ks, DOMAIN, "s1", NOW, &error) != 0)
		fail_msg("%s", error.text);
	assert_int_equal(ks_used_read(ks, DOMAIN, "s1", &last, &error), 0);
	assert_int_equal(last, NOW);
	/* A key that came later has no file until the store is opened again. */
	assert_int_equal(ks_used_record(ks, DOMAIN, "s2", NOW, &error),
	    KS_E_NOKEY);
	assert_non_null(strstr(error.text, "restart countersign-milter"));
	assert_int_equal(ks_used_read(ks, DOMAIN, "s2", &last, &error), 0);
	assert_int_equal(last, KS_USE_UNKNOWN);
	assert_int_equal(ks_used_record(ks, "new.example", "s1", NOW,
	    &error), KS_E_NOKEY);
	assert_non_null(strstr(error.text, "restart countersign-milter"));
	shell("test -f uses/" DOMAIN "/s1.used; "
	    "test ! -e volume/..data/" DOMAIN "/s1.used; "
	    "test $(stat -c %a uses) = 700");
}

/* Without a state directory, nothing is known, and nothing is made. */
static void
test_no_state_dir(void **state)
{
	int64_t last;

	(void)state;
	need_root();
	assert_int_equal(ks_open_mounted(&ks, volume, uses, false, NULL,
	    &error), 0);
	assert_int_equal(ks_used_read(ks, DOMAIN, "s1", &last, &error), 0);
	assert_int_equal(last, KS_USE_UNKNOWN);
	assert_int_equal(ks_used_record(ks, DOMAIN, "s1", NOW, &error),
	    KS_E_NODOMAIN);
	shell("test ! -e uses");
}

/* The volume is replaced all the time; no reader sees less than all of it. */
static void
test_replaced(void **state)
{
	struct ks_stamp stamp;
	unsigned int nreads;
	int status;
	pid_t pid;

	(void)state;
	need_root();
	assert_int_equal(use(), 0);
	if ((pid = fork()) == 0) {
		(void)execl("/bin/sh", "sh", "-ec", "cd \"$0/volume\"; "
		    "store=$1 i=1; while [ $i -lt $2 ]; do "
		    "n=$((i + 1)); mkdir ..v$n; cp -rp ..v$i/* ..v$n/; "
		    "ln -s ..v$n ..data_tmp; mv -T ..data_tmp ..data; "
		    "rm -r ..v$i; i=$n; done", scratch, store.path,
		    SWAPS, (char *)NULL);
		_exit(127);
	}
	assert_int_not_equal(pid, -1);
	nreads = 0;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (use() != 0 || ks_state_stamp(ks, DOMAIN, &stamp,
		    &error) != 0) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			fail_msg("after %u: %s", nreads, error.text);
		}
		nreads++;
	}
	assert_int_equal(status, 0);
	assert_true(nreads > 100);
}

#define GROUP	"7000"
#define USER	1

/* In a process of its own, after the commands: use it, perhaps without root. */
static int
use_apart(const char *commands, bool is_root)
{
	const gid_t group = (gid_t)atoi(GROUP);

	if (unshare(CLONE_NEWNS) == -1)
		return -1;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return -1;
	shell(commands);
	if (!is_root && (setgroups(1, &group) == -1 || setgid(USER) == -1 ||
	    setuid(USER) == -1))
		return -1;
	error.text[0] = '\0';
	return use();
}

/* Mounts, and signers that only a group lets read. */
static void
test_mounts(void **state)
{
	static const struct {
		const char	*name, *commands;
		bool		 is_root;
		int		 want;
		const char	*text;		/* in the error */
	} cases[] = {
		{ "writable by all, but mounted read-only",
		    "chmod 03777 volume volume/..v1; "
		    "mount --bind volume volume; "
		    "mount -o remount,bind,ro volume", true, 0, "" },
		{ "version that is another mount",
		    "cp -rp volume/..v1 out; "
		    "mount --bind out volume/..v1", true, KS_E_UNSAFE,
		    "leads out of its mount" },
		{ "domain that is another mount",
		    "cp -rp volume/..v1/" DOMAIN " out; "
		    "rm volume/..data volume/" DOMAIN "; mkdir volume/" DOMAIN
		    "; mount --bind out volume/" DOMAIN, true, 0, "" },
		{ "without root, through the group",
		    "chgrp -R " GROUP " volume; "
		    "install -d -o 1 -m 0700 uses", false, 0, "" },
		{ "without root and without the group",
		    "install -d -o 1 -m 0700 uses", false, KS_E_UNSAFE,
		    "use the mode 0440 and a group of the signers" },
		{ "domain without keys",
		    "rm -r volume/..v1/" DOMAIN, true, KS_E_NODOMAIN,
		    "no keys for " DOMAIN " in this volume: put its state and "
		    "key files into it" },
		{ "domain without a state",
		    "rm volume/..v1/" DOMAIN "/state", true, KS_E_NODOMAIN,
		    "no keys for " DOMAIN " in this volume: put its state and "
		    "key files into it" },
	};
	size_t i;
	int r, status;
	pid_t pid;

	need_root();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if ((pid = fork()) == 0) {
			r = use_apart(cases[i].commands, cases[i].is_root);
			if (r == cases[i].want && (r == 0 ||
			    strstr(error.text, cases[i].text) != NULL))
				_exit(0);
			(void)fprintf(stderr, "%s: %d, %s\n", cases[i].name,
			    r, error.text);
			_exit(1);
		}
		assert_int_not_equal(pid, -1);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		(void)teardown(state);
		(void)setup(state);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_layouts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mounts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_writers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_use, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_state_dir, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_replaced, setup,
		    teardown),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
