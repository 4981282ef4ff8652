/* SPDX-License-Identifier: ISC */

/*
 * Values that are made once, whoever wants them first.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/cache.h"

#define THREADS		8
#define KEYS		50
#define KEEP		3600	/* s */

/* How values are made; how often that was done, and undone. */
struct maker {
	pthread_mutex_t	 lock;
	int64_t		 seconds;
	unsigned int	 nmade;
	bool		 fails;
};

static pthread_mutex_t freed_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int nfreed;

static void
free_value(void *value)
{
	free(value);
	(void)pthread_mutex_lock(&freed_lock);
	nfreed++;
	(void)pthread_mutex_unlock(&freed_lock);
}

static void *
make_value(void *context, int64_t *seconds)
{
	struct maker *maker = context;
	unsigned int *value;

	(void)pthread_mutex_lock(&maker->lock);
	*seconds = maker->seconds;
	value = maker->fails ? NULL : malloc(sizeof(*value));
	if (value != NULL)
		*value = maker->nmade;
	maker->nmade++;
	(void)pthread_mutex_unlock(&maker->lock);
	return value;
}

static struct maker
maker_for(int64_t seconds)
{
	struct maker maker = { .seconds = seconds };

	(void)pthread_mutex_init(&maker.lock, NULL);
	nfreed = 0;
	return maker;
}

/* Take a value and give it back; which one it was. */
static unsigned int
look(struct dns_cache *cache, const char *key, struct maker *maker)
{
	struct dns_cache_entry *entry;
	const unsigned int *value;
	unsigned int which;

	value = dns_cache_take(cache, key, make_value, maker, &entry);
	assert_non_null(value);
	which = *value;
	dns_cache_release(cache, entry);
	return which;
}

static void
test_once(void **state)
{
	struct dns_cache *cache = dns_cache_new(10, free_value);
	struct maker maker = maker_for(KEEP);

	(void)state;
	assert_int_equal(look(cache, "a", &maker), 0);
	assert_int_equal(look(cache, "b", &maker), 1);
	assert_int_equal(look(cache, "a", &maker), 0);
	assert_int_equal(maker.nmade, 2);
	dns_cache_free(cache);
	assert_int_equal(nfreed, 2);
}

/* One that is over is made again, and lives while it is used. */
static void
test_expiry(void **state)
{
	struct dns_cache *cache = dns_cache_new(10, free_value);
	struct maker maker = maker_for(0);
	struct dns_cache_entry *entry;
	const unsigned int *value;

	(void)state;
	value = dns_cache_take(cache, "a", make_value, &maker, &entry);
	assert_non_null(value);
	assert_int_equal(look(cache, "a", &maker), 1);
	assert_int_equal(*value, 0);
	assert_int_equal(nfreed, 0);
	dns_cache_release(cache, entry);
	assert_int_equal(nfreed, 1);
	dns_cache_free(cache);
	assert_int_equal(nfreed, 2);
}

/* Those used least lately go, but for those in use. */
static void
test_bound(void **state)
{
	struct dns_cache *cache = dns_cache_new(3, free_value);
	struct maker maker = maker_for(KEEP);
	struct dns_cache_entry *entry;

	(void)state;
	assert_non_null(dns_cache_take(cache, "held", make_value, &maker,
	    &entry));
	(void)look(cache, "a", &maker);
	(void)look(cache, "b", &maker);
	(void)look(cache, "a", &maker);
	(void)look(cache, "c", &maker);
	assert_int_equal(nfreed, 1);
	assert_int_equal(look(cache, "held", &maker), 0);
	assert_int_equal(look(cache, "a", &maker), 1);
	assert_int_equal(look(cache, "c", &maker), 3);
	assert_int_equal(look(cache, "b", &maker), 4);
	dns_cache_release(cache, entry);
	dns_cache_free(cache);
	assert_int_equal(nfreed, 5);
}

/* What could not be made is not remembered. */
static void
test_failure(void **state)
{
	struct dns_cache *cache = dns_cache_new(3, free_value);
	struct maker maker = maker_for(KEEP);
	struct dns_cache_entry *entry;

	(void)state;
	maker.fails = true;
	assert_null(dns_cache_take(cache, "a", make_value, &maker, &entry));
	assert_null(entry);
	dns_cache_release(cache, entry);
	maker.fails = false;
	assert_int_equal(look(cache, "a", &maker), 1);
	dns_cache_free(cache);
}

struct crowd {
	struct dns_cache	*cache;
	struct maker		*maker;
};

static void *
take_all(void *context)
{
	struct crowd *crowd = context;
	struct dns_cache_entry *entry;
	const void *value = NULL;
	char key[16];
	unsigned int i;

	for (i = 0; i < 20 * KEYS; i++) {
		(void)snprintf(key, sizeof(key), "key%u", i % KEYS);
		value = dns_cache_take(crowd->cache, key, make_value,
		    crowd->maker, &entry);
		if (value == NULL)
			return NULL;
		dns_cache_release(crowd->cache, entry);
	}
	return crowd;
}

static void
join_crowd(size_t max, int64_t seconds, struct maker *maker)
{
	struct crowd crowd = { dns_cache_new(max, free_value), maker };
	pthread_t threads[THREADS];
	void *result;
	size_t i;

	*maker = maker_for(seconds);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_all,
		    &crowd), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_non_null(result);
	}
	dns_cache_free(crowd.cache);
	assert_int_equal(nfreed, maker->nmade);
}

static void
test_threads(void **state)
{
	struct maker maker;

	(void)state;
	join_crowd(KEYS, KEEP, &maker);
	assert_int_equal(maker.nmade, KEYS);
	/* Too few places, and values that are never good for long. */
	join_crowd(3, KEEP, &maker);
	join_crowd(KEYS, 0, &maker);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_threads)
	};

	return cmocka_run_group_tests_name("dns_cache", tests, NULL, NULL);
}
