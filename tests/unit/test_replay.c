/* SPDX-License-Identifier: ISC */

/*
 * The memory of used signatures: counts, age, fullness, and threads.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay.h"

#define NOW	1000000

static unsigned char *
digest(unsigned int n)
{
	static unsigned char octets[REPLAY_DIGEST_SIZE];

	memset(octets, 0, sizeof(octets));
	memcpy(octets + 5, &n, sizeof(n));
	return octets;
}

static void
counts_uses(void **state)
{
	struct replay *r = replay_new();

	(void)state;
	assert_non_null(r);
	assert_int_equal(replay_use(r, digest(1), NOW + 9, 1, NOW), REPLAY_OK);
	assert_int_equal(replay_use(r, digest(1), NOW + 9, 1, NOW),
	    REPLAY_SEEN);
	assert_int_equal(replay_use(r, digest(2), NOW + 9, 2, NOW), REPLAY_OK);
	assert_int_equal(replay_use(r, digest(2), NOW + 9, 2, NOW), REPLAY_OK);
	assert_int_equal(replay_use(r, digest(2), NOW + 9, 2, NOW),
	    REPLAY_SEEN);

	replay_forget(r, digest(2));
	assert_int_equal(replay_use(r, digest(2), NOW + 9, 2, NOW), REPLAY_OK);
	assert_int_equal(replay_use(r, digest(2), NOW + 9, 2, NOW),
	    REPLAY_SEEN);
	replay_forget(r, digest(1));
	assert_int_equal(replay_use(r, digest(1), NOW + 9, 1, NOW), REPLAY_OK);
	replay_forget(r, digest(3));
	replay_free(r);
	replay_free(NULL);
}

/* What could still be used is never forgotten for want of room. */
static void
full_is_full(void **state)
{
	struct replay *r = replay_new();
	unsigned int i;

	(void)state;
	assert_non_null(r);
	for (i = 0; i < REPLAY_ENTRIES; i++)
		assert_int_equal(replay_use(r, digest(i), NOW + (i < 3 ? 1 :
		    9), 1, NOW), REPLAY_OK);
	assert_int_equal(replay_use(r, digest(i), NOW + 9, 1, NOW + 1),
	    REPLAY_FULL);
	assert_int_equal(replay_use(r, digest(7), NOW + 9, 1, NOW + 1),
	    REPLAY_SEEN);
	/* Three are past now, and make room for three. */
	for (i = 0; i < 3; i++)
		assert_int_equal(replay_use(r, digest(REPLAY_ENTRIES + i),
		    NOW + 9, 1, NOW + 2), REPLAY_OK);
	assert_int_equal(replay_use(r, digest(REPLAY_ENTRIES + 3), NOW + 9, 1,
	    NOW + 2), REPLAY_FULL);
	assert_int_equal(replay_use(r, digest(3), NOW + 9, 1, NOW + 2),
	    REPLAY_SEEN);
	/* A clock that goes back frees nothing. */
	assert_int_equal(replay_use(r, digest(REPLAY_ENTRIES + 4), NOW + 9, 1,
	    NOW - 99), REPLAY_FULL);
	replay_free(r);
}

static struct replay *shared;
static atomic_uint accepted;

static void *
use_all(void *arg)
{
	unsigned char octets[REPLAY_DIGEST_SIZE];
	unsigned int i;

	for (i = 0; i < 500; i++) {
		memset(octets, (int)(i & 0xff), sizeof(octets));
		octets[0] = (unsigned char)(i >> 8);
		if (replay_use(shared, octets, NOW + 9, 2, NOW) == REPLAY_OK)
			atomic_fetch_add(&accepted, 1);
	}
	return arg;
}

static void
threads_share_counts(void **state)
{
	pthread_t threads[4];
	size_t i;

	(void)state;
	assert_non_null(shared = replay_new());
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_all,
		    NULL), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&accepted), 2 * 500);
	replay_free(shared);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_uses),
		cmocka_unit_test(full_is_full),
		cmocka_unit_test(threads_share_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
