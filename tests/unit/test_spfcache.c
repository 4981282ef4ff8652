/* SPDX-License-Identifier: ISC */

/*
 * SPF answers, kept as long as they live and no longer.
 */

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "spfcache.h"

static struct facts
client(unsigned char last)
{
	struct facts facts = { .client_family = AF_INET };

	facts.client_address[3] = last;
	return facts;
}

static struct fact_spf
answer_of(const char *domain, enum fact_answer covers, const char *text)
{
	struct fact_spf answer = { .domain = domain, .covers = covers };

	strlcpy(answer.text, text, sizeof(answer.text));
	return answer;
}

static void
keeps_until_the_ttl(void **state)
{
	struct spfcache *cache = spfcache_new();
	struct fact_spf in = answer_of("a.example", FACT_YES, "pass"), out;
	struct facts facts = client(1), other = client(2);

	(void)state;
	assert_non_null(cache);
	assert_false(spfcache_get(cache, &facts, "a.example", 100, &out));
	spfcache_put(cache, &facts, &in, 60, 100);
	assert_true(spfcache_get(cache, &facts, "A.example", 159, &out));
	assert_int_equal(out.covers, FACT_YES);
	assert_string_equal(out.text, "pass");
	assert_false(spfcache_get(cache, &facts, "a.example", 160, &out));
	assert_false(spfcache_get(cache, &other, "a.example", 100, &out));
	assert_false(spfcache_get(cache, &facts, "b.example", 100, &out));
	other = facts;
	other.client_family = AF_INET6;
	assert_false(spfcache_get(cache, &other, "a.example", 100, &out));

	/* A newer answer stands in the place of the old one. */
	in = answer_of("a.example", FACT_NO, "fail");
	spfcache_put(cache, &facts, &in, 10, 120);
	assert_true(spfcache_get(cache, &facts, "a.example", 129, &out));
	assert_int_equal(out.covers, FACT_NO);
	assert_false(spfcache_get(cache, &facts, "a.example", 130, &out));
	spfcache_free(cache);
	spfcache_free(NULL);
}

static void
keeps_no_more_than_it_may(void **state)
{
	struct spfcache *cache = spfcache_new();
	struct fact_spf in = answer_of("a.example", FACT_TEMPFAIL, ""), out;
	struct facts facts = client(1);

	(void)state;
	assert_non_null(cache);
	spfcache_put(cache, &facts, &in, 60, 100);
	assert_false(spfcache_get(cache, &facts, "a.example", 100, &out));
	in.covers = FACT_YES;
	spfcache_put(cache, &facts, &in, 0, 100);
	assert_false(spfcache_get(cache, &facts, "a.example", 100, &out));
	spfcache_put(cache, &facts, &in, UINT32_MAX, 100);
	assert_true(spfcache_get(cache, &facts, "a.example",
	    99 + SPFCACHE_MAX_TTL, &out));
	assert_false(spfcache_get(cache, &facts, "a.example",
	    100 + SPFCACHE_MAX_TTL, &out));
	spfcache_free(cache);
}

/* Many more than there is room for; each that is found is right. */
static void
is_bounded(void **state)
{
	struct spfcache *cache = spfcache_new();
	struct fact_spf in = answer_of("a.example", FACT_YES, ""), out;
	struct facts facts = client(0);
	unsigned int i, n = 0;

	(void)state;
	assert_non_null(cache);
	for (i = 0; i < 4 * SPFCACHE_ENTRIES; i++) {
		memcpy(facts.client_address, &i, sizeof(i));
		in.covers = i % 2 == 0 ? FACT_YES : FACT_NO;
		spfcache_put(cache, &facts, &in, 60 + i, 100);
		assert_true(spfcache_get(cache, &facts, "a.example", 100,
		    &out));
	}
	for (i = 0; i < 4 * SPFCACHE_ENTRIES; i++) {
		memcpy(facts.client_address, &i, sizeof(i));
		if (!spfcache_get(cache, &facts, "a.example", 100, &out))
			continue;
		assert_int_equal(out.covers, i % 2 == 0 ? FACT_YES : FACT_NO);
		n++;
	}
	assert_true(n > 0 && n <= SPFCACHE_ENTRIES);
	spfcache_free(cache);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_until_the_ttl),
		cmocka_unit_test(keeps_no_more_than_it_may),
		cmocka_unit_test(is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
