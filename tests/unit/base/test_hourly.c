/* SPDX-License-Identifier: ISC */

/*
 * Signatures per domain and hour: the number is kept by several processes
 * together, across hours, and when the table is full.
 */

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/hourly.h"

#define HOUR		3600
#define PROCESSES	4
#define EACH		50000

static struct hourly *hourly;
static int fd;
static int64_t begin;		/* monotonic: of an hour to come */

static int
setup(void **state)
{
	const int64_t now = monotonic_ms() / 1000;
	const int64_t wall = (int64_t)time(NULL);

	(void)state;
	hourly = hourly_make(&fd);
	/* Two hours on, so that the clock cannot reach it meanwhile. */
	begin = now + 2 * HOUR + HOUR - wall % HOUR + 1;
	return hourly == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	hourly_free(hourly);
	(void)close(fd);
	return 0;
}

static unsigned int
take_all(uint64_t tag, int64_t when, unsigned int n)
{
	unsigned int taken = 0;

	while (n-- > 0)
		taken += hourly_take(hourly, tag, when);
	return taken;
}

static void
test_number(void **state)
{
	(void)state;
	/* Any number, and none of them counts later. */
	assert_int_equal(take_all(7, begin, 1000), 1000);
	hourly_set_limit(hourly, 5);
	assert_int_equal(hourly_limit(hourly), 5);
	assert_int_equal(take_all(7, begin, 1000), 5);
	assert_int_equal(take_all(8, begin, 1000), 5);
	/* A tag that means a free slot elsewhere. */
	assert_int_equal(take_all(0, begin, 1000), 5);
	hourly_set_limit(hourly, 7);
	assert_int_equal(take_all(7, begin, 1000), 2);
	hourly_set_limit(hourly, 3);
	assert_int_equal(take_all(7, begin, 1000), 0);
	hourly_set_limit(hourly, 0);
	assert_int_equal(take_all(7, begin, 1000), 1000);
	assert_false(hourly_is_full(hourly));
}

static void
test_hours(void **state)
{
	static const struct {
		const char	*name;
		int64_t		 after;		/* begin */
		unsigned int	 want;
	} cases[] = {
		{ "the first hour",		0,		5 },
		{ "nearly all of it",		HOUR - 3,	0 },
		{ "the next one",		HOUR,		5 },
		{ "a process that is late",	HOUR - 3,	0 },
		{ "the next one again",		HOUR + 9,	0 },
		{ "long after",			50 * HOUR,	5 },
		{ "far back",			-HOUR,		0 },
	};
	size_t i;

	(void)state;
	hourly_set_limit(hourly, 5);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (take_all(7, begin + cases[i].after, 9) != cases[i].want)
			fail_msg("%s", cases[i].name);
}

/* Also the processes that see the next hour first, and those that are late. */
static void
test_several_processes(void **state)
{
	unsigned int *taken;
	struct hourly *own;
	unsigned int i, j, sum = 0;
	int status;

	(void)state;
	hourly_set_limit(hourly, EACH);
	taken = mmap(NULL, PROCESSES * sizeof(*taken), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(taken, MAP_FAILED);
	for (i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		if ((own = hourly_map(fd)) == NULL)
			_exit(1);
		for (j = 0; j < EACH; j++)
			taken[i] += hourly_take(own, 7, begin);
		for (j = 0; j < EACH; j++)
			taken[i] += hourly_take(own, 7, begin + HOUR);
		_exit(0);
	}
	for (i = 0; i < PROCESSES; i++) {
		assert_int_not_equal(wait(&status), -1);
		assert_int_equal(status, 0);
	}
	for (i = 0; i < PROCESSES; i++)
		sum += taken[i];
	/* The first hour may end before all of it was taken, but no more is. */
	assert_true(sum <= 2 * EACH);
	assert_int_equal(take_all(7, begin + HOUR, 9), 0);
	assert_true(sum >= EACH);
	/* In a single hour, none is lost. */
	memset(taken, 0, PROCESSES * sizeof(*taken));
	for (i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		for (j = 0; j < EACH; j++)
			taken[i] += hourly_take(hourly, 9, begin);
		_exit(0);
	}
	for (i = 0; i < PROCESSES; i++)
		assert_int_not_equal(wait(&status), -1);
	for (i = 0, sum = 0; i < PROCESSES; i++)
		sum += taken[i];
	assert_int_equal(sum, EACH);
	(void)munmap(taken, PROCESSES * sizeof(*taken));
}

/* Nobody gets more than the number; some get less. */
static void
test_full(void **state)
{
	uint64_t tag;

	(void)state;
	hourly_set_limit(hourly, 2);
	for (tag = 1; tag <= HOURLY_SLOTS; tag++)
		assert_int_equal(take_all(tag, begin, 9), 2);
	assert_false(hourly_is_full(hourly));
	assert_int_equal(take_all(HOURLY_SLOTS + 5, begin, 9), 0);
	assert_true(hourly_is_full(hourly));
	assert_int_equal(take_all(HOURLY_SLOTS + 5, begin + HOUR, 9), 2);
	assert_int_equal(take_all(5, begin + HOUR, 9), 0);
	assert_int_equal(take_all(6, begin + HOUR, 9), 2);
}

/* Tags are hashes, so many domains want a slot that another one has. */
static void
test_random_tags(void **state)
{
	static uint64_t tags[HOURLY_SLOTS];
	size_t i;

	(void)state;
	hourly_set_limit(hourly, 2);
	arc4random_buf(tags, sizeof(tags));
	for (i = 0; i < HOURLY_SLOTS; i++)
		assert_int_equal(take_all(tags[i], begin, 1), 1);
	assert_false(hourly_is_full(hourly));
	for (i = 0; i < HOURLY_SLOTS; i++)
		assert_int_equal(take_all(tags[i], begin, 2), 1);
	assert_false(hourly_is_full(hourly));
}

/* Whoever has the descriptor cannot take the memory from the others. */
static void
test_sealed(void **state)
{
	struct hourly *other;
	int other_fd;

	(void)state;
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 1 << 24), -1);
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_null(hourly_map(-1));
	other_fd = memfd_create("other", 0);
	assert_int_not_equal(other_fd, -1);
	assert_null(hourly_map(other_fd));
	(void)close(other_fd);
	assert_non_null(other = hourly_make(&other_fd));
	assert_memory_not_equal(hourly_key(other), hourly_key(hourly),
	    HOURLY_KEY_SIZE);
	hourly_free(other);
	(void)close(other_fd);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_number),
		TEST(test_hours),
		TEST(test_several_processes),
		TEST(test_random_tags),
		TEST(test_full),
		TEST(test_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
