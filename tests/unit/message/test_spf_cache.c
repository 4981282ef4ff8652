/* SPDX-License-Identifier: ISC */

/*
 * SPF answers, kept as long as they live and no longer: ages, what tells
 * clients and domains apart, room, and threads.
 */

#include <sys/socket.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/spf_cache.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define THREADS	4
#define ROUNDS	2000

static struct facts
client(int family, uint32_t n)
{
	struct facts facts = { .client_family = family };

	memcpy(facts.client_address, &n, sizeof(n));
	return facts;
}

static void
put(struct spf_cache *cache, const struct facts *facts, const char *domain,
    enum fact_answer covers, const char *text, uint32_t ttl, int64_t now)
{
	struct fact_spf answer = { .domain = domain, .covers = covers };

	(void)snprintf(answer.text, sizeof(answer.text), "%s", text);
	spf_cache_put(cache, facts, &answer, ttl, now);
}

/* What is known, FACT_UNKNOWN when nothing is; its text is that wanted. */
static enum fact_answer
get(struct spf_cache *cache, const struct facts *facts, const char *domain,
    int64_t now, const char *text)
{
	struct fact_spf answer;

	if (!spf_cache_get(cache, facts, domain, now, &answer))
		return FACT_UNKNOWN;
	assert_string_equal(answer.text, text);
	/* The caller's own, which lives longer. */
	assert_ptr_equal(answer.domain, domain);
	return answer.covers;
}

static const struct {
	const char	*name;
	uint32_t	 ttl;
	enum fact_answer put;
	int64_t		 after;
	enum fact_answer got;
} cases[] = {
	{ "at once",		60, FACT_YES, 0, FACT_YES },
	{ "no is kept",		60, FACT_NO, 0, FACT_NO },
	{ "last second",	60, FACT_YES, 59, FACT_YES },
	{ "past",		60, FACT_YES, 60, FACT_UNKNOWN },
	{ "no time to live",	0, FACT_YES, 0, FACT_UNKNOWN },
	{ "an hour at most",	UINT32_MAX, FACT_YES, 3599, FACT_YES },
	{ "no longer",		UINT32_MAX, FACT_YES, 3600, FACT_UNKNOWN },
	{ "no DNS",		60, FACT_TEMPFAIL, 0, FACT_UNKNOWN },
	{ "not asked",		60, FACT_UNKNOWN, 0, FACT_UNKNOWN },
};

static void
test_ages(void **state)
{
	const struct facts facts = client(AF_INET, 1);
	struct spf_cache *cache;
	enum fact_answer got;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		cache = spf_cache_new();
		assert_non_null(cache);
		put(cache, &facts, "example.com", cases[i].put, "why",
		    cases[i].ttl, 5);
		got = get(cache, &facts, "example.com", 5 + cases[i].after,
		    "why");
		if (got != cases[i].got)
			fail_msg("%s: %d", cases[i].name, got);
		spf_cache_free(cache);
	}
	spf_cache_free(NULL);
}

static void
test_keys(void **state)
{
	const struct facts facts = client(AF_INET, 1);
	const struct facts other = client(AF_INET, 2);
	const struct facts ipv6 = client(AF_INET6, 1);
	struct spf_cache *cache = spf_cache_new();
	char name[DKIMSIG_DOMAIN_SIZE + 8];

	(void)state;
	assert_non_null(cache);
	put(cache, &facts, "Example.com", FACT_YES, "pass", 60, 1);
	assert_int_equal(get(cache, &facts, "eXample.com", 1, "pass"),
	    FACT_YES);
	assert_int_equal(get(cache, &facts, "example.co", 1, ""),
	    FACT_UNKNOWN);
	assert_int_equal(get(cache, &other, "example.com", 1, ""),
	    FACT_UNKNOWN);
	assert_int_equal(get(cache, &ipv6, "example.com", 1, ""),
	    FACT_UNKNOWN);
	/* A later answer is in the place of the one before. */
	put(cache, &facts, "example.com", FACT_NO, "fail", 60, 2);
	assert_int_equal(get(cache, &facts, "Example.com", 2, "fail"),
	    FACT_NO);
	assert_int_equal(get(cache, &facts, "example.com", 62, ""),
	    FACT_UNKNOWN);
	/* Too long to be a domain: not kept, rather than cut. */
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	put(cache, &facts, name, FACT_YES, "pass", 60, 2);
	assert_int_equal(get(cache, &facts, name, 2, ""), FACT_UNKNOWN);
	name[DKIMSIG_DOMAIN_SIZE - 1] = '\0';
	assert_int_equal(get(cache, &facts, name, 2, ""), FACT_UNKNOWN);
	spf_cache_free(cache);
}

/* By parity, so that one client's answer is told from another's. */
static enum fact_answer
answer_for(uint32_t n)
{
	return n % 2 != 0 ? FACT_YES : FACT_NO;
}

/* More clients than there is room for; each that is found is right. */
static void
test_many(void **state)
{
	struct spf_cache *cache = spf_cache_new();
	enum fact_answer got;
	struct facts facts;
	uint32_t i;
	size_t n = 0;

	(void)state;
	assert_non_null(cache);
	for (i = 0; i < 4 * SPF_CACHE_ENTRIES; i++) {
		facts = client(AF_INET, i);
		put(cache, &facts, "example.com", answer_for(i), "why", 60,
		    i);
		assert_int_equal(get(cache, &facts, "example.com", i, "why"),
		    answer_for(i));
	}
	for (i = 0; i < 4 * SPF_CACHE_ENTRIES; i++) {
		facts = client(AF_INET, i);
		got = get(cache, &facts, "example.com", 0, "why");
		assert_true(got == FACT_UNKNOWN || got == answer_for(i));
		n += got != FACT_UNKNOWN;
	}
	assert_in_range(n, SPF_CACHE_ENTRIES / 2, SPF_CACHE_ENTRIES);
	spf_cache_free(cache);
}

static void *
work(void *arg)
{
	struct spf_cache *cache = arg;
	struct facts facts;
	struct fact_spf answer;
	uint32_t i, n;

	for (i = 0; i < ROUNDS; i++) {
		n = i % 7;
		facts = client(AF_INET, n);
		put(cache, &facts, "example.com", answer_for(n), "why", 60,
		    i);
		if (spf_cache_get(cache, &facts, "example.com", i, &answer) &&
		    answer.covers != answer_for(n))
			return cache;
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct spf_cache *cache = spf_cache_new();
	pthread_t threads[THREADS];
	void *wrong;
	size_t i;

	(void)state;
	assert_non_null(cache);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work,
		    cache), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	spf_cache_free(cache);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_threads)
	};

	return cmocka_run_group_tests_name("spf_cache", tests, NULL, NULL);
}
