/* SPDX-License-Identifier: ISC */

/*
 * The body hash that can be asked for at any place: at each octet of a body
 * it is that of a body which ends there, and asking changes nothing.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/canon.h"
#include "dkimsig/dkimsig.h"

static const char *const bodies[] = {
	"",
	"\r\n\r\n",
	"one\r\ntwo \t words \r\n\r\n\r\nthree\r\n \r\n",
	"no end",
	"a\rb\nc\r\r\n",
};

static void
hash_of(enum dkimsig_canon canon, int64_t length, const char *body,
    size_t len, unsigned char hash[DKIMSIG_HASH_SIZE])
{
	struct canon_body c;

	assert_int_equal(canon_body_init(&c, canon,
	    length == -1 ? CANON_BODY_ALL : (uint64_t)length), 0);
	assert_int_equal(canon_body_update(&c, body, len), 0);
	assert_int_equal(canon_body_end(&c, hash), 0);
	canon_body_finish(&c);
}

static void
check(const char *body, enum dkimsig_canon canon, int64_t length)
{
	unsigned char got[DKIMSIG_HASH_SIZE], want[DKIMSIG_HASH_SIZE];
	struct dkimsig_bodyhash *b;
	size_t i;

	assert_int_equal(dkimsig_bodyhash_new(&b, canon, length), 0);
	for (i = 0;; i++) {
		hash_of(canon, length, body, i, want);
		assert_int_equal(dkimsig_bodyhash_hash(b, got), 0);
		assert_memory_equal(got, want, sizeof(want));
		if (body[i] == '\0')
			break;
		assert_int_equal(dkimsig_bodyhash_update(b, body + i, 1), 0);
	}
	dkimsig_bodyhash_free(b);
}

static void
test_any_place(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		check(bodies[i], DKIMSIG_CANON_SIMPLE, -1);
		check(bodies[i], DKIMSIG_CANON_RELAXED, -1);
		check(bodies[i], DKIMSIG_CANON_SIMPLE, 0);
		check(bodies[i], DKIMSIG_CANON_RELAXED, 7);
	}
}

/* A long body, so that more than what waits is copied. */
static void
test_copy(void **state)
{
	unsigned char got[DKIMSIG_HASH_SIZE], want[DKIMSIG_HASH_SIZE];
	static char body[3 * CANON_BODY_BUFFER + 100];
	struct dkimsig_bodyhash *a, *b;
	size_t cut;

	(void)state;
	memset(body, 'x', sizeof(body));
	assert_int_equal(dkimsig_bodyhash_new(&b, DKIMSIG_CANON_RELAXED, -1),
	    0);
	for (cut = 0; cut < sizeof(body); cut += 1111) {
		assert_int_equal(dkimsig_bodyhash_new(&a,
		    DKIMSIG_CANON_RELAXED, -1), 0);
		assert_int_equal(dkimsig_bodyhash_update(a, body, cut), 0);
		assert_int_equal(dkimsig_bodyhash_copy(b, a), 0);
		assert_int_equal(dkimsig_bodyhash_update(a, "gone", 4), 0);
		assert_int_equal(dkimsig_bodyhash_update(b, body + cut,
		    sizeof(body) - cut), 0);
		dkimsig_bodyhash_free(a);
		assert_int_equal(dkimsig_bodyhash_hash(b, got), 0);
		hash_of(DKIMSIG_CANON_RELAXED, -1, body, sizeof(body), want);
		assert_memory_equal(got, want, sizeof(want));
	}
	dkimsig_bodyhash_free(b);
	dkimsig_bodyhash_free(NULL);
}

static void
test_arguments(void **state)
{
	struct dkimsig_bodyhash *b;

	(void)state;
	assert_int_equal(dkimsig_bodyhash_new(&b, DKIMSIG_CANON_SIMPLE, -2),
	    DKIMSIG_E_ARG);
	assert_null(b);
	assert_int_equal(dkimsig_bodyhash_new(&b, (enum dkimsig_canon)2, -1),
	    DKIMSIG_E_ARG);
	assert_null(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_place),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
