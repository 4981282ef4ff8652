/* SPDX-License-Identifier: ISC */

/*
 * The memory of used signatures: counts, age, fullness, clocks that go back,
 * and threads.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/replay.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NOW	1790000000
#define THREADS	4
#define ROUNDS	500
#define USES	100

/* The digest of number n; all but the end is the same for all. */
static const unsigned char *
digest_of(uint32_t n, unsigned char digest[REPLAY_DIGEST_SIZE])
{
	memset(digest, 0, REPLAY_DIGEST_SIZE);
	memcpy(digest + REPLAY_DIGEST_SIZE - sizeof(n), &n, sizeof(n));
	return digest;
}

static enum replay_result
use(struct replay *replay, uint32_t n, int64_t expires, unsigned int max,
    int64_t now)
{
	unsigned char digest[REPLAY_DIGEST_SIZE];

	return replay_use(replay, digest_of(n, digest), expires, max, now);
}

static void
forget(struct replay *replay, uint32_t n)
{
	unsigned char digest[REPLAY_DIGEST_SIZE];

	replay_return(replay, digest_of(n, digest));
}

static const struct {
	const char		*name;
	char			 what;	/* use, forget */
	uint32_t		 n;
	unsigned int		 max;
	int64_t			 after;
	enum replay_result	 result;
} steps[] = {
	{ "first",			'u', 1, 1, 0, REPLAY_OK },
	{ "again",			'u', 1, 1, 0, REPLAY_SEEN },
	{ "another",			'u', 2, 1, 0, REPLAY_OK },
	{ "at its last second",		'u', 1, 1, 100, REPLAY_SEEN },
	{ "later than its age",		'u', 1, 1, 101, REPLAY_SEEN },
	{ "the clock went back",	'u', 1, 1, -5000, REPLAY_SEEN },
	{ "more are allowed now",	'u', 1, 3, 0, REPLAY_OK },
	{ "and one more",		'u', 1, 3, 0, REPLAY_OK },
	{ "no more",			'u', 1, 3, 0, REPLAY_SEEN },
	{ "fewer again",		'u', 1, 1, 0, REPLAY_SEEN },
	{ "one is given back",		'f', 1, 0, 0, REPLAY_OK },
	{ "and used",			'u', 1, 3, 0, REPLAY_OK },
	{ "as before",			'u', 1, 3, 0, REPLAY_SEEN },
	{ "the only one given back",	'f', 2, 0, 0, REPLAY_OK },
	{ "forgotten already",		'f', 2, 0, 0, REPLAY_OK },
	{ "never there",		'f', 3, 0, 0, REPLAY_OK },
	{ "new again",			'u', 2, 1, 0, REPLAY_OK },
	{ "once",			'u', 2, 1, 0, REPLAY_SEEN },
};

static void
test_steps(void **state)
{
	struct replay *replay = replay_new();
	enum replay_result result = REPLAY_OK;
	size_t i;

	(void)state;
	assert_non_null(replay);
	for (i = 0; i < SIZE(steps); i++) {
		if (steps[i].what == 'f')
			forget(replay, steps[i].n);
		else
			result = use(replay, steps[i].n, NOW + 100,
			    steps[i].max, NOW + steps[i].after);
		if (steps[i].what == 'u' && result != steps[i].result)
			fail_msg("%s: %d", steps[i].name, result);
	}
	replay_free(replay);
	replay_free(NULL);
}

static void
test_full(void **state)
{
	struct replay *replay = replay_new();
	uint32_t i;

	(void)state;
	assert_non_null(replay);
	/* Half of them live until 100 seconds from now, half until 200. */
	for (i = 0; i < REPLAY_ENTRIES; i++)
		assert_int_equal(use(replay, i, NOW + (i % 2 + 1) * 100, 1,
		    NOW), REPLAY_OK);
	assert_int_equal(use(replay, i, NOW + 100, 1, NOW), REPLAY_FULL);
	assert_int_equal(use(replay, i, NOW + 100, 1, NOW), REPLAY_FULL);
	/* Those that are there are still known. */
	assert_int_equal(use(replay, 5, NOW + 200, 1, NOW), REPLAY_SEEN);
	assert_int_equal(use(replay, 5, NOW + 200, 2, NOW), REPLAY_OK);
	/* One that is given back makes room. */
	forget(replay, 7);
	assert_int_equal(use(replay, i, NOW + 200, 1, NOW), REPLAY_OK);
	assert_int_equal(use(replay, 7, NOW + 200, 1, NOW), REPLAY_FULL);
	/* None is past yet, neither then nor for a clock that goes back. */
	assert_int_equal(use(replay, 7, NOW + 200, 1, NOW + 100),
	    REPLAY_FULL);
	assert_int_equal(use(replay, 7, NOW + 200, 1, NOW - 100),
	    REPLAY_FULL);
	/* Half is past. */
	assert_int_equal(use(replay, 7, NOW + 300, 1, NOW + 101), REPLAY_OK);
	assert_int_equal(use(replay, 5, NOW + 200, 2, NOW + 101),
	    REPLAY_SEEN);
	for (i = 1; i < REPLAY_ENTRIES / 2; i++)
		assert_int_equal(use(replay, i * 2 + REPLAY_ENTRIES,
		    NOW + 300, 1, NOW + 101), REPLAY_OK);
	replay_free(replay);
}

struct worker {
	struct replay	*replay;
	unsigned int	 ok;
};

static void *
work(void *arg)
{
	struct worker *worker = arg;
	uint32_t i;

	for (i = 0; i < ROUNDS; i++) {
		if (use(worker->replay, 1, NOW + 100, USES, NOW) == REPLAY_OK)
			worker->ok++;
		if (use(worker->replay, 2 + i % 3, NOW + 100, THREADS, NOW) ==
		    REPLAY_OK)
			forget(worker->replay, 2 + i % 3);
	}
	return NULL;
}

/* Whoever comes at the same time: no use too many, and none lost. */
static void
test_threads(void **state)
{
	struct replay *replay = replay_new();
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	unsigned int ok = 0;
	size_t i;

	(void)state;
	assert_non_null(replay);
	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .replay = replay };
		assert_int_equal(pthread_create(&threads[i], NULL, work,
		    &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		ok += workers[i].ok;
	}
	assert_int_equal(ok, USES);
	for (i = 2; i < 5; i++) {
		assert_int_equal(use(replay, (uint32_t)i, NOW, 1, NOW),
		    REPLAY_OK);
		assert_int_equal(use(replay, (uint32_t)i, NOW, 1, NOW),
		    REPLAY_SEEN);
	}
	replay_free(replay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_threads)
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
