/* SPDX-License-Identifier: ISC */

/*
 * Base64: the rows of RFC 4648 section 10, white space, and what is wrong.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dkimsig/base64.h"
#include "dkimsig/dkimsig.h"

static const struct {
	const char	*plain, *text;
} rows[] = {
	{ "",		"" },
	{ "f",		"Zg==" },
	{ "fo",		"Zm8=" },
	{ "foo",	"Zm9v" },
	{ "foob",	"Zm9vYg==" },
	{ "fooba",	"Zm9vYmE=" },
	{ "foobar",	"Zm9vYmFy" },
};

static const char *const spaced[] = {
	"Zm9vYmFy", " Zm9vYmFy", "Zm9v\r\n\tYmFy", "Z m 9 v\tY m F y ",
	"Zm9vYmFy\r\n ",
};

static const char *const wrong[] = {
	"Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zm9v=", "Zg==Zg==",
	"Zh==", "Zm9=", "Zm9v!", "Zm9v\x80===", "Zm_v", "Zm-v", "Zg==;", "Zg=A",
};

static void
test_rows(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&b, 100);
		base64_encode(&b, rows[i].plain, strlen(rows[i].plain));
		assert_string_equal(buf_str(&b), rows[i].text);
		buf_reset(&b);
		assert_int_equal(base64_decode(&b, view_str(rows[i].text)),
		    0);
		assert_string_equal(buf_str(&b), rows[i].plain);
		buf_finish(&b);
	}
}

static void
test_spaced(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(spaced) / sizeof(spaced[0]); i++) {
		buf_init(&b, 100);
		assert_int_equal(base64_decode(&b, view_str(spaced[i])), 0);
		assert_string_equal(buf_str(&b), "foobar");
		buf_finish(&b);
	}
}

static void
test_wrong(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		buf_init(&b, 100);
		assert_int_equal(base64_decode(&b, view_str(wrong[i])),
		    DKIMSIG_E_SYNTAX);
		buf_finish(&b);
	}
}

static void
test_long_round_trip(void **state)
{
	unsigned char data[7001];
	struct buf text, back;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	for (len = sizeof(data) - 4; len <= sizeof(data); len++) {
		buf_init(&text, 10000);
		buf_init(&back, 10000);
		base64_encode(&text, data, len);
		assert_int_equal(text.len, (len + 2) / 3 * 4);
		assert_int_equal(base64_decode(&back, buf_view(&text)), 0);
		assert_int_equal(back.len, len);
		assert_memory_equal(back.data, data, len);
		buf_finish(&text);
		buf_finish(&back);
	}
}

static void
test_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_int_equal(base64_decode(&b, view_str("Zm9vYmFy")),
	    DKIMSIG_E_TOOBIG);
	buf_finish(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_spaced),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_long_round_trip),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
