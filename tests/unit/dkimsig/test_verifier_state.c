/* SPDX-License-Identifier: ISC */

/*
 * The order of calls to a verifier: each call at each stage, and after an
 * error, which every later call returns again.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"

#define NOW	1790000000
#define SIGNATURE " v=1; a=rsa-sha256; d=example.com; s=s; c=simple; " \
	"bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; h=from; b=QUI="

static int
call_header(struct dkimsig_verifier *v)
{
	return dkimsig_verifier_header(v, "To", 2, " a", 2);
}

static int
call_author(struct dkimsig_verifier *v)
{
	char domain[DKIMSIG_DOMAIN_SIZE];

	return dkimsig_verifier_author(v, domain, sizeof(domain));
}

static int
call_body(struct dkimsig_verifier *v)
{
	return dkimsig_verifier_body(v, "x\r\n", 3);
}

static int
call_set_now(struct dkimsig_verifier *v)
{
	return dkimsig_verifier_set_now(v, NOW + 1);
}

static int
call_query(struct dkimsig_verifier *v)
{
	const char *name;

	return dkimsig_verifier_query(v, 0, &name);
}

static int
call_key(struct dkimsig_verifier *v)
{
	return dkimsig_verifier_key(v, 0, DKIMSIG_DNS_NONE, NULL, 0);
}

static int
call_result(struct dkimsig_verifier *v)
{
	struct dkimsig_verdict verdict;

	return dkimsig_verifier_result(v, 0, &verdict);
}

static int
call_signs(struct dkimsig_verifier *v)
{
	const char *name;
	size_t len;

	return dkimsig_verifier_signs(v, 0, 0, &name, &len);
}

static int
call_block(struct dkimsig_verifier *v)
{
	const unsigned char *block;
	size_t len;

	return dkimsig_verifier_block(v, 0, DKIMSIG_CANON_SIMPLE, &block,
	    &len);
}

enum { HEADER, BODY, KEYS, RESULT, NSTAGES };

static const struct {
	const char	*name;
	int		(*make)(struct dkimsig_verifier *v);
	bool		 is_allowed[NSTAGES];
} calls[] = {
	{ "header",	call_header,		{ true } },
	{ "end_headers", dkimsig_verifier_end_headers, { true } },
	{ "author",	call_author,		{ false, true, true, true } },
	{ "body",	call_body,		{ false, true } },
	{ "end",	dkimsig_verifier_end,	{ false, true } },
	{ "set_now",	call_set_now,		{ true, true, true } },
	{ "query",	call_query,		{ false, true, true, true } },
	{ "key",	call_key,		{ false, true, true } },
	{ "result",	call_result,		{ false, false, true, true } },
	{ "signs",	call_signs,		{ false, true, true, true } },
	{ "block",	call_block,		{ false, true, true, true } },
};
#define NCALLS	(sizeof(calls) / sizeof(calls[0]))

static void
feed(struct dkimsig_verifier *v)
{
	static const char from[] = " joe@example.com";

	assert_int_equal(dkimsig_verifier_header(v, "DKIM-Signature", 14,
	    SIGNATURE, strlen(SIGNATURE)), 0);
	assert_int_equal(dkimsig_verifier_header(v, "From", 4, from,
	    strlen(from)), 0);
}

/* A verifier at a stage. */
static struct dkimsig_verifier *
verifier_at(unsigned int stage)
{
	const struct dkimsig_verifier_opts opts = { .now = NOW };
	struct dkimsig_verifier *v;

	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	feed(v);
	if (stage >= BODY)
		assert_int_equal(dkimsig_verifier_end_headers(v), 0);
	if (stage >= KEYS)
		assert_int_equal(dkimsig_verifier_end(v), 0);
	if (stage >= RESULT)
		assert_int_equal(call_result(v), 0);
	return v;
}

static void
test_stages(void **state)
{
	struct dkimsig_verifier *v;
	unsigned int stage;
	size_t i;
	int r;

	(void)state;
	for (stage = HEADER; stage < NSTAGES; stage++)
		for (i = 0; i < NCALLS; i++) {
			v = verifier_at(stage);
			r = calls[i].make(v);
			if (r != (calls[i].is_allowed[stage] ? 0 :
			    DKIMSIG_E_STATE))
				fail_msg("%s at stage %u: %d", calls[i].name,
				    stage, r);
			dkimsig_verifier_free(v);
		}
}

/* A call that is refused for its order changes nothing. */
static void
test_refused(void **state)
{
	struct dkimsig_verifier *v;
	unsigned int stage;
	size_t i;

	(void)state;
	for (stage = HEADER; stage < NSTAGES; stage++) {
		v = verifier_at(stage);
		for (i = 0; i < NCALLS; i++)
			if (!calls[i].is_allowed[stage])
				assert_int_equal(calls[i].make(v),
				    DKIMSIG_E_STATE);
		for (i = 0; i < NCALLS; i++)
			if (calls[i].is_allowed[stage]) {
				assert_int_equal(calls[i].make(v), 0);
				break;
			}
		dkimsig_verifier_free(v);
	}
}

static void
test_error(void **state)
{
	const struct dkimsig_verifier_opts opts = {
		.now = NOW, .max_fields = 2
	};
	struct dkimsig_verifier *v;
	size_t i;
	int r;

	(void)state;
	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	feed(v);
	for (i = 0; i < NCALLS; i++) {
		/* The first of them adds a field. */
		r = calls[i].make(v);
		if (r != DKIMSIG_E_TOOBIG)
			fail_msg("%s: %d", calls[i].name, r);
	}
	dkimsig_verifier_free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stages),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
