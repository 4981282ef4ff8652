/* SPDX-License-Identifier: ISC */

/*
 * Options of a verifier: each at its limit and one beyond, and what the limits
 * then do.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"

#define NOW	1790000000
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*name;
	struct dkimsig_verifier_opts opts;
	int		 r;
} cases[] = {
	{ "no time", { .now = 0 }, DKIMSIG_E_ARG },
	{ "a time before 1970", { .now = -1 }, DKIMSIG_E_ARG },
	{ "the first time", { .now = 1 }, 0 },
	{ "the last time", { .now = INT64_MAX }, 0 },
	{ "skew below 0", { .now = NOW, .clock_skew = -1 }, DKIMSIG_E_ARG },
	{ "least skew", { .now = NOW, .clock_skew = INT64_MIN },
	    DKIMSIG_E_ARG },
	{ "most skew", { .now = NOW, .clock_skew = INT64_MAX - NOW }, 0 },
	{ "skew that overflows",
	    { .now = NOW, .clock_skew = INT64_MAX - NOW + 1 },
	    DKIMSIG_E_ARG },
	{ "most signatures",
	    { .now = NOW, .max_signatures = DKIMSIG_MAX_SIGNATURES }, 0 },
	{ "too many signatures",
	    { .now = NOW, .max_signatures = DKIMSIG_MAX_SIGNATURES + 1 },
	    DKIMSIG_E_ARG },
	{ "largest header",
	    { .now = NOW, .max_header = DKIMSIG_MAX_HEADER }, 0 },
	{ "too large a header",
	    { .now = NOW, .max_header = DKIMSIG_MAX_HEADER + 1 },
	    DKIMSIG_E_ARG },
	{ "most fields", { .now = NOW, .max_fields = DKIMSIG_MAX_FIELDS },
	    0 },
	{ "too many fields",
	    { .now = NOW, .max_fields = DKIMSIG_MAX_FIELDS + 1 },
	    DKIMSIG_E_ARG },
};

static void
test_options(void **state)
{
	struct dkimsig_verifier *v;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		v = (struct dkimsig_verifier *)&v;
		r = dkimsig_verifier_new(&v, &cases[i].opts);
		if (r != cases[i].r || (v != NULL) != (r == 0))
			fail_msg("%s: %d, want %d", cases[i].name, r,
			    cases[i].r);
		dkimsig_verifier_free(v);
	}
	v = (struct dkimsig_verifier *)&v;
	assert_int_equal(dkimsig_verifier_new(&v, NULL), DKIMSIG_E_ARG);
	assert_null(v);
}

/* How many of so many signatures are looked at, by this limit. */
static size_t
count_examined(size_t n, size_t max_signatures)
{
	const struct dkimsig_verifier_opts opts = {
		.now = NOW, .max_signatures = max_signatures
	};
	struct dkimsig_verdict verdict;
	struct dkimsig_verifier *v;
	size_t examined, i;

	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	for (i = 0; i < n; i++)
		assert_int_equal(dkimsig_verifier_header(v, "DKIM-Signature",
		    14, "x", 1), 0);
	assert_int_equal(dkimsig_verifier_end_headers(v), 0);
	assert_int_equal(dkimsig_verifier_end(v), 0);
	examined = 0;
	for (i = 0; i < n; i++) {
		assert_int_equal(dkimsig_verifier_result(v, i, &verdict), 0);
		if (verdict.reason != DKIMSIG_REASON_LIMIT)
			examined++;
	}
	dkimsig_verifier_free(v);
	return examined;
}

static void
test_max_signatures(void **state)
{
	static const struct {
		size_t	 limit, examined;
	} limits[] = {
		{ 0, DKIMSIG_DEFAULT_SIGNATURES }, { 1, 1 }, { 7, 7 },
		{ DKIMSIG_MAX_SIGNATURES, DKIMSIG_MAX_SIGNATURES },
	};
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(limits); i++)
		assert_int_equal(count_examined(DKIMSIG_MAX_SIGNATURES + 1,
		    limits[i].limit), limits[i].examined);
}

static void
test_max_fields(void **state)
{
	const struct dkimsig_verifier_opts opts = {
		.now = NOW, .max_fields = 2
	};
	struct dkimsig_verifier *v;

	(void)state;
	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	assert_int_equal(dkimsig_verifier_header(v, "A", 1, " a", 2), 0);
	assert_int_equal(dkimsig_verifier_header(v, "B", 1, " b", 2), 0);
	assert_int_equal(dkimsig_verifier_header(v, "C", 1, " c", 2),
	    DKIMSIG_E_TOOBIG);
	/* From here on, all calls say the same. */
	assert_int_equal(dkimsig_verifier_header(v, "D", 1, " d", 2),
	    DKIMSIG_E_TOOBIG);
	assert_int_equal(dkimsig_verifier_end_headers(v), DKIMSIG_E_TOOBIG);
	assert_int_equal(dkimsig_verifier_set_now(v, NOW), DKIMSIG_E_TOOBIG);
	dkimsig_verifier_free(v);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_max_signatures),
		cmocka_unit_test(test_max_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
