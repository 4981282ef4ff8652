/* SPDX-License-Identifier: ISC */

/*
 * go-msgauth's canonicalization rows, each chunk by chunk as given, and as
 * one, and octet by octet.  Usage: test_canonicalization FOLDER
 *
 * Rows with a CR or LF alone are left to our own tests: RFC 6376 does not say
 * what becomes of those, and that project makes line ends of them.
 */

#include <err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "dkimsig/canon.h"

static const char *folder;

static json_t *
load_rows(const char *set)
{
	char path[1024];
	json_error_t error;
	json_t *json;

	(void)snprintf(path, sizeof(path),
	    "%s/go-msgauth/canonicalization.json", folder);
	if ((json = json_load_file(path, 0, &error)) == NULL)
		errx(1, "%s:%d: %s", path, error.line, error.text);
	if (json_object_get(json, set) == NULL)
		errx(1, "%s: no %s", path, set);
	return json;
}

static bool
has_lone_line_end(const char *s)
{
	for (; *s != '\0'; s++) {
		if (s[0] == '\r' && s[1] == '\n')
			s++;
		else if (s[0] == '\r' || s[0] == '\n')
			return true;
	}
	return false;
}

static void
hash_body(enum dkimsig_canon canon, const char *text, size_t step,
    unsigned char hash[DIGEST_SIZE])
{
	struct canon_body c;
	size_t i, n, len = strlen(text);

	assert_int_equal(canon_body_init(&c, canon, CANON_BODY_ALL), 0);
	for (i = 0; i < len; i += n) {
		n = step < len - i ? step : len - i;
		assert_int_equal(canon_body_update(&c, text + i, n), 0);
	}
	assert_int_equal(canon_body_end(&c, hash), 0);
	canon_body_finish(&c);
}

static size_t
check_body(const char *set, enum dkimsig_canon canon)
{
	unsigned char want[DIGEST_SIZE], got[DIGEST_SIZE];
	json_t *json = load_rows(set), *row, *chunks, *chunk;
	const char *canonical;
	char text[4096];
	size_t i, j, step, nrun = 0;

	json_array_foreach(json_object_get(json, set), i, row) {
		chunks = json_object_get(row, "original");
		canonical = json_string_value(json_object_get(row,
		    "canonical"));
		strlcpy(text, json_is_string(chunks) ?
		    json_string_value(chunks) : "", sizeof(text));
		json_array_foreach(chunks, j, chunk)
			strlcat(text, json_string_value(chunk),
			    sizeof(text));
		if (has_lone_line_end(text))
			continue;
		nrun++;
		assert_int_equal(digest_of(canonical, strlen(canonical),
		    want), 0);
		for (step = 1; step <= strlen(text) + 1; step++) {
			hash_body(canon, text, step, got);
			if (memcmp(got, want, sizeof(want)) != 0)
				fail_msg("%s row %zu, step %zu", set, i,
				    step);
		}
	}
	json_decref(json);
	return nrun;
}

static void
test_bodies(void **state)
{
	(void)state;
	assert_true(check_body("simpleCanonicalizerBodyTests",
	    DKIMSIG_CANON_SIMPLE) >= 5);
	assert_true(check_body("relaxedCanonicalizerBodyTests",
	    DKIMSIG_CANON_RELAXED) >= 5);
}

static void
test_headers(void **state)
{
	static const char set[] = "relaxedCanonicalizerHeaderTests";
	json_t *json = load_rows(set), *row;
	const char *text, *colon;
	struct buf b;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(json, set), i, row) {
		text = json_string_value(json_object_get(row, "original"));
		colon = strchr(text, ':');
		buf_init(&b, 4096);
		canon_header(DKIMSIG_CANON_RELAXED,
		    view_of(text, (size_t)(colon - text)),
		    view_of(colon + 1, strlen(colon + 1) - 2), &b);
		buf_puts(&b, "\r\n");
		assert_string_equal(buf_str(&b), json_string_value(
		    json_object_get(row, "canonical")));
		buf_finish(&b);
	}
	assert_int_equal(i, 4);
	json_decref(json);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_headers),
	};

	if (argc != 2)
		errx(2, "usage: test_canonicalization FOLDER");
	folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
