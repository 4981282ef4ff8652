/* SPDX-License-Identifier: ISC */

/*
 * The highest change numbers on disk: they only rise, whatever happens.
 */

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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

#include "kept/seen.h"
#include "signed/sign.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define DOMAIN	"example.com"
#define FIRST	"countersign-fleet-seen 1\n"
#define KILLS	20

static char folder[64];
static int folder_fd = -1;
static struct fleet_seen *seen;
static struct ks_error error;

static void
open_again(void)
{
	fleet_seen_close(seen);
	assert_int_equal(fleet_seen_open(&seen, folder_fd, folder, &error), 0);
}

static int
setup(void **state)
{
	(void)state;
	(void)strlcpy(folder, "/tmp/countersign-seen.XXXXXX", sizeof(folder));
	assert_non_null(mkdtemp(folder));
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
	assert_int_not_equal(folder_fd, -1);
	seen = NULL;
	open_again();
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
teardown(void **state)
{
	(void)state;
	fleet_seen_close(seen);
	(void)close(folder_fd);
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int64_t
get(const char *domain)
{
	int64_t change;

	error.text[0] = '\0';
	if (fleet_seen_get(seen, domain, &change, &error) != 0)
		fail_msg("%s", error.text);
	return change;
}

static int
raise_to(const char *domain, int64_t change)
{
	return fleet_seen_raise(seen, domain, change, &error);
}

/* The path of a domain's file. */
static const char *
path_of(const char *domain)
{
	static char path[128];
	char hex[FLEET_HEX_SIZE];

	assert_int_equal(fleet_digest(domain, strlen(domain), hex), 0);
	(void)snprintf(path, sizeof(path), "%s/seen/%.3s", folder, hex);
	return path;
}

static void
write_file(const char *path, const char *text)
{
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	assert_int_equal(fputs(text, fp) < 0, 0);
	assert_int_equal(fclose(fp), 0);
}

static void
test_rises(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(get(DOMAIN), 0);
	assert_int_equal(raise_to(DOMAIN, 7), 0);
	assert_int_equal(get(DOMAIN), 7);
	/* The same again does not even write. */
	assert_int_equal(stat(path_of(DOMAIN), &before), 0);
	assert_int_equal(raise_to(DOMAIN, 7), 0);
	assert_int_equal(stat(path_of(DOMAIN), &after), 0);
	assert_true(before.st_ino == after.st_ino);
	assert_int_equal(raise_to(DOMAIN, 12), 0);
	assert_int_equal(stat(path_of(DOMAIN), &after), 0);
	assert_false(before.st_ino == after.st_ino);
	assert_int_equal(raise_to(DOMAIN, 11), KS_E_EXISTS);
	assert_non_null(strstr(error.text, "example.com has change number 11 "
	    "now, but 12 was seen"));
	assert_int_equal(get(DOMAIN), 12);
	open_again();
	assert_int_equal(get(DOMAIN), 12);
	assert_int_equal(raise_to(DOMAIN, 1), KS_E_EXISTS);
	assert_int_equal(raise_to(DOMAIN, FLEET_MAX_NUMBER - 1), 0);
	assert_int_equal(get(DOMAIN), FLEET_MAX_NUMBER - 1);
	assert_int_equal(get("example.org"), 0);
}

static void
test_arguments(void **state)
{
	(void)state;
	assert_int_equal(raise_to(DOMAIN, 0), KS_E_ARG);
	assert_int_equal(raise_to(DOMAIN, -1), KS_E_ARG);
	assert_int_equal(raise_to(DOMAIN, FLEET_MAX_NUMBER), KS_E_ARG);
	assert_int_equal(raise_to("Example.com", 1), KS_E_ARG);
	assert_int_equal(raise_to("example.com 9\nexample.org", 1), KS_E_ARG);
	assert_int_equal(get(DOMAIN), 0);
}

/* First, between, last, and a name that begins like another one. */
static const struct {
	const char	*others, *want;
} places[] = {
	{ "", "example.com 5\n" },
	{ "a.example 1\n", "a.example 1\nexample.com 5\n" },
	{ "z.example 1\n", "example.com 5\nz.example 1\n" },
	{ "a.example 1\nz.example 2\n",
	    "a.example 1\nexample.com 5\nz.example 2\n" },
	{ "example.co 1\nexample.community 2\n",
	    "example.co 1\nexample.com 5\nexample.community 2\n" },
	{ "a.example 1\nexample.com 4\nz.example 2\n",
	    "a.example 1\nexample.com 5\nz.example 2\n" },
	{ "example.com 4\n", "example.com 5\n" },
};

static void
test_places(void **state)
{
	char text[256], have[256];
	size_t i, n;
	FILE *fp;

	(void)state;
	for (i = 0; i < SIZE(places); i++) {
		(void)snprintf(text, sizeof(text), FIRST "%s",
		    places[i].others);
		write_file(path_of(DOMAIN), text);
		assert_int_equal(raise_to(DOMAIN, 5), 0);
		assert_int_equal(get(DOMAIN), 5);
		assert_non_null(fp = fopen(path_of(DOMAIN), "r"));
		n = fread(have, 1, sizeof(have) - 1, fp);
		have[n] = '\0';
		(void)fclose(fp);
		(void)snprintf(text, sizeof(text), FIRST "%s",
		    places[i].want);
		assert_string_equal(have, text);
	}
}

/* Damage is an error, and nothing is news because of it. */
static const struct {
	const char	*name, *text;
	int		 line;
} damages[] = {
	{ "empty", "", 1 },
	{ "another file", "countersign-hosts 1\n", 1 },
	{ "later version", "countersign-fleet-seen 2\n", 1 },
	{ "cut", FIRST "example.com 1", 2 },
	{ "no number", FIRST "example.com\n", 2 },
	{ "not a number", FIRST "example.com 1x\n", 2 },
	{ "zero", FIRST "example.com 0\n", 2 },
	{ "no name", FIRST " 1\n", 2 },
	{ "empty line", FIRST "\nexample.com 1\n", 2 },
	{ "twice", FIRST "example.com 9\nexample.com 1\n", 3 },
	{ "order", FIRST "z.example 1\nexample.com 1\n", 3 },
	{ "longer first", FIRST "example.com 1\nexample.co 1\n", 3 },
	{ "after it", FIRST "example.com 9\nz.example\n", 3 },
};

static void
test_damage(void **state)
{
	char want[64];
	int64_t change;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(damages); i++) {
		write_file(path_of(DOMAIN), damages[i].text);
		(void)snprintf(want, sizeof(want), "line %d is damaged",
		    damages[i].line);
		error.text[0] = '\0';
		if (fleet_seen_get(seen, DOMAIN, &change, &error) !=
		    KS_E_DAMAGED || strstr(error.text, want) == NULL)
			fail_msg("%s: %s", damages[i].name, error.text);
		assert_int_equal(raise_to(DOMAIN, 99), KS_E_DAMAGED);
	}
	/* Not a file, and too large. */
	assert_int_equal(unlink(path_of(DOMAIN)), 0);
	assert_int_equal(symlink("/etc/passwd", path_of(DOMAIN)), 0);
	assert_int_equal(raise_to(DOMAIN, 1), KS_E_SYSTEM);
	assert_int_equal(unlink(path_of(DOMAIN)), 0);
	assert_int_equal(mkdir(path_of(DOMAIN), 0700), 0);
	assert_int_equal(raise_to(DOMAIN, 1), KS_E_DAMAGED);
	assert_int_equal(rmdir(path_of(DOMAIN)), 0);
	assert_int_equal(mkfifo(path_of(DOMAIN), 0600), 0);
	assert_int_equal(raise_to(DOMAIN, 1), KS_E_DAMAGED);
	assert_int_equal(unlink(path_of(DOMAIN)), 0);
	write_file(path_of(DOMAIN), FIRST);
	assert_int_equal(truncate(path_of(DOMAIN), FLEET_MAX_SEEN_FILE + 1),
	    0);
	assert_int_equal(raise_to(DOMAIN, 1), KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "not a file of at most"));
}

/* A disk that is full leaves what was there. */
static void
test_full(void **state)
{
	struct rlimit old, none;
	int r;

	(void)state;
	assert_int_equal(raise_to(DOMAIN, 5), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = old;
	none.rlim_cur = 30;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	r = raise_to(DOMAIN, 6);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(r, KS_E_SYSTEM);
	assert_int_equal(get(DOMAIN), 5);
	assert_int_equal(raise_to(DOMAIN, 6), 0);
	assert_int_equal(get(DOMAIN), 6);
}

/* Raise a number without end, and tell each one that is on disk. */
static void
raise_forever(int fd)
{
	int64_t change;

	for (change = get(DOMAIN) + 1;; change++)
		if (raise_to(DOMAIN, change) != 0 ||
		    write(fd, &change, sizeof(change)) != sizeof(change))
			_exit(1);
}

static void
test_killed(void **state)
{
	int64_t told, change = 0;
	int fds[2], status, i, n;
	pid_t pid;

	(void)state;
	for (i = 0; i < KILLS; i++) {
		assert_int_equal(pipe(fds), 0);
		if ((pid = fork()) == 0) {
			(void)close(fds[0]);
			raise_forever(fds[1]);
		}
		assert_int_not_equal(pid, -1);
		(void)close(fds[1]);
		/* Another moment each time. */
		for (n = 0; n <= i; n++)
			assert_int_equal(read(fds[0], &change, sizeof(change)),
			    sizeof(change));
		(void)usleep((useconds_t)i * 37);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		for (told = change; read(fds[0], &change, sizeof(change)) ==
		    sizeof(change);)
			told = change;
		(void)close(fds[0]);
		open_again();
		/* At most one is on disk that was not told. */
		assert_in_range(get(DOMAIN), told, told + 1);
	}
}

/* Numbers that are held come to the disk together. */
static void
test_held(void **state)
{
	char domain[32];
	int i;

	(void)state;
	assert_int_equal(raise_to("d3.example", 5), 0);
	fleet_seen_hold(seen);
	for (i = 0; i < 40; i++) {
		(void)snprintf(domain, sizeof(domain), "d%d.example", i);
		assert_int_equal(raise_to(domain, 10 + i), 0);
	}
	assert_int_equal(raise_to("d3.example", 90), 0);
	assert_int_equal(get("d3.example"), 90);
	assert_int_equal(raise_to("d3.example", 89), KS_E_EXISTS);
	open_again();
	assert_int_equal(get("d3.example"), 5);
	assert_int_equal(get("d4.example"), 0);
	fleet_seen_hold(seen);
	for (i = 0; i < 40; i++) {
		(void)snprintf(domain, sizeof(domain), "d%d.example", i);
		assert_int_equal(raise_to(domain, 10 + i), 0);
	}
	assert_int_equal(fleet_seen_flush(seen, &error), 0);
	assert_int_equal(raise_to("d4.example", 99), 0);
	open_again();
	for (i = 0; i < 40; i++) {
		(void)snprintf(domain, sizeof(domain), "d%d.example", i);
		assert_int_equal(get(domain), i == 4 ? 99 : 10 + i);
	}
	assert_int_equal(fleet_seen_flush(seen, &error), 0);
}

static void
test_no_folder(void **state)
{
	struct fleet_seen *other;

	(void)state;
	assert_int_equal(fleet_seen_open(&other, -1, "/nowhere", &error),
	    KS_E_SYSTEM);
	assert_null(other);
	assert_non_null(strstr(error.text, "/nowhere/seen"));
	fleet_seen_close(NULL);
}

/* Hosts that saw the same have the same digest, in whatever order. */
static void
test_digest(void **state)
{
	char digests[4][FLEET_HEX_SIZE];

	(void)state;
	assert_int_equal(fleet_seen_digest(seen, digests[0], &error), 0);
	assert_int_equal(raise_to("a.example", 5), 0);
	assert_int_equal(raise_to("b.example", 6), 0);
	assert_int_equal(fleet_seen_digest(seen, digests[1], &error), 0);
	assert_string_not_equal(digests[0], digests[1]);
	assert_int_equal(fleet_seen_digest(seen, digests[2], &error), 0);
	assert_string_equal(digests[1], digests[2]);
	assert_int_equal(raise_to("b.example", 7), 0);
	assert_int_equal(fleet_seen_digest(seen, digests[2], &error), 0);
	assert_string_not_equal(digests[1], digests[2]);
	assert_int_equal(teardown(state), 0);
	assert_int_equal(setup(state), 0);
	assert_int_equal(raise_to("b.example", 7), 0);
	assert_int_equal(raise_to("a.example", 5), 0);
	assert_int_equal(fleet_seen_digest(seen, digests[3], &error), 0);
	assert_string_equal(digests[2], digests[3]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rises, setup, teardown),
		cmocka_unit_test_setup_teardown(test_arguments, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_folder, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
