/* SPDX-License-Identifier: ISC */

/*
 * Files of the key directory itself are written although another process, such
 * as a command for one domain, has the lock of the directory at that moment:
 * otherwise a run of rotation would fail because of it.  But not by a process
 * of another user, which would leave files that the owner cannot read.
 */

#include <sys/file.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "keydir.h"
#include "store/last_run.h"
#include "store/master.h"
#include "store/notified.h"
#include "store/sealer.h"
#include "store/silence_file.h"

#define NOW	1700000000
#define FOREVER	1000000

static struct keydir store;
static struct ks_error error;
static int holder;		/* has the lock of the key directory, or -1 */
static unsigned int nnaps, naps_held;
static int64_t clock_ms;
static bool is_stranger;

uid_t	__real_geteuid(void);
uid_t	__wrap_geteuid(void);
int64_t	__wrap_monotonic_ms(void);
void	__wrap_sleep_ms(int64_t ms);

uid_t
__wrap_geteuid(void)
{
	return __real_geteuid() + is_stranger;
}

int64_t
__wrap_monotonic_ms(void)
{
	return clock_ms;
}

/* The other process gives the lock back in the last of the naps. */
void
__wrap_sleep_ms(int64_t ms)
{
	clock_ms += ms;
	if (++nnaps == naps_held) {
		(void)close(holder);
		holder = -1;
	}
}

/* Another process takes the lock, for so many naps. */
static void
hold(unsigned int naps)
{
	nnaps = 0;
	naps_held = naps;
	holder = open(store.path, O_RDONLY | O_DIRECTORY);
	assert_int_not_equal(holder, -1);
	assert_int_equal(flock(holder, LOCK_EX | LOCK_NB), 0);
}

static int
write_last_run(void)
{
	return ks_last_run_write(store.ks, NOW, &error);
}

static int
write_notified(void)
{
	struct ks_notified notified;
	int r;

	ks_notified_init(&notified);
	r = ks_notified_write(store.ks, &notified, &error);
	ks_notified_finish(&notified);
	return r;
}

static int
write_silences(void)
{
	const struct ks_silence silence = {
		.name = "ns1.example.com 192.0.2.1", .since = NOW,
		.last = NOW, .nlooks = 1
	};

	return ks_silences_write(store.ks, &silence, 1, &error);
}

static int
write_seal(void)
{
	return ks_seal_write(store.ks, "seal\n", 5, &error);
}

static int
remove_seal(void)
{
	return ks_seal_remove(store.ks, &error);
}

static const struct {
	const char	*name;
	int		 (*write)(void);
} cases[] = {
	{ "last-run",		write_last_run },
	{ "notified",		write_notified },
	{ "servers",		write_silences },
	{ "seal",		write_seal },
	{ "seal removed",	remove_seal },
};

static void
test_waits(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hold(3);
		if (cases[i].write() != 0)
			fail_msg("%s: %s", cases[i].name, error.text);
		assert_int_equal(nnaps, 3);
	}
}

/* A process that never gives it back does not keep others forever. */
static void
test_gives_up(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hold(FOREVER);
		if (cases[i].write() != KS_E_LOCKED)
			fail_msg("%s: written", cases[i].name);
		assert_non_null(strstr(error.text, "locked"));
		(void)close(holder);
	}
}

static int
lock_domain(void)
{
	struct ks_lock *lock;

	return ks_lock(store.ks, "example.com", true, &lock, &error);
}

static int
lock_lent(void)
{
	struct ks_lock *lock;

	return ks_lock_lent(store.ks, "example.com", &lock, &error);
}

static int
lock_run(void)
{
	int fd;

	return ks_run_lock(store.ks, &fd, &error);
}

static int
lock_push(void)
{
	int fd;

	return ks_push_lock(store.ks, 1, &fd, &error);
}

static void
check_refused(const char *name, int (*write)(void))
{
	int r;

	error.text[0] = '\0';
	is_stranger = true;
	r = write();
	is_stranger = false;
	if (r != KS_E_UNSAFE || strstr(error.text,
	    "run it as the owner or as root") == NULL)
		fail_msg("%s: %d: %s", name, r, error.text);
}

static void
test_stranger(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_refused(cases[i].name, cases[i].write);
	check_refused("a domain", lock_domain);
	check_refused("a lent lock", lock_lent);
	check_refused("runs", lock_run);
	check_refused("pushes", lock_push);
}

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gives_up, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_stranger, setup,
		    teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
