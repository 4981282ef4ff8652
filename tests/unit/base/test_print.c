/* SPDX-License-Identifier: ISC */

/*
 * Output that no mail can forge: every octet in a place.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/print.h"

static FILE	*fp;
static char	*text;
static size_t	 textlen;

static void
begin(void)
{
	assert_non_null(fp = open_memstream(&text, &textlen));
}

static void
end(const char *want)
{
	assert_int_equal(fclose(fp), 0);
	if (want != NULL)
		assert_string_equal(text, want);
	free(text);
}

static void
test_safe(void **state)
{
	size_t i, j;
	char c;

	(void)state;
	begin();
	print_safe(fp, "a\\b\"\r\n\t\0\033[31m\303\274~", 16);
	end("a\\\\b\"\\x0d\\x0a\\x09\\x00\\x1b[31m\\xc3\\xbc~");
	for (i = 0; i < 256; i++) {
		c = (char)i;
		begin();
		print_safe(fp, &c, 1);
		(void)fflush(fp);
		for (j = 0; j < textlen; j++)
			assert_true(text[j] >= 0x20 && text[j] < 0x7f);
		end(NULL);
	}
}

static void
test_times(void **state)
{
	static const struct {
		int64_t		 seconds;
		const char	*want;
	} spans[] = {
		{ 0, "0 seconds" }, { 1, "1 second" }, { 119, "119 seconds" },
		{ 120, "2 minutes" }, { 7199, "119 minutes" },
		{ 7200, "2 hours" }, { 172799, "47 hours" },
		{ 172800, "2 days" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		begin();
		print_span(fp, spans[i].seconds);
		end(spans[i].want);
	}
	begin();
	print_time(fp, 1790000000);
	end("2026-09-21T14:13:20Z");
	begin();
	print_time(fp, INT64_MAX);
	end("?");
}

static void
test_colours(void **state)
{
	(void)state;
	begin();
	print_colour(fp, false, PRINT_BAD);
	end("");
	begin();
	print_colour(fp, true, PRINT_BAD);
	print_colour(fp, true, PRINT_PLAIN);
	end("\033[31m\033[0m");
	assert_non_null(fp = tmpfile());
	assert_false(print_wants_colour(fp));
	(void)fclose(fp);
}

static void
test_synopsis(void **state)
{
	static const char first[] = "add [--one ONE] [--two TWO] "
	    "[--three [THREE]] OPERAND | [--four FOUR | --five] [--six]\nlist";

	(void)state;
	begin();
	print_synopsis(fp, true, "program", first);
	print_synopsis(fp, false, "program", "help");
	end("usage: program add [--one ONE] [--two TWO] [--three [THREE]] "
	    "OPERAND |\n           [--four FOUR | --five] [--six]\n"
	    "       program list\n       program help\n");

	/* 80 columns are used, and not one more. */
	begin();
	print_synopsis(fp, false, "p",
	    "0123456789012345678901234567890123456789"
	    " 123456789 123456789 1234567890");
	print_synopsis(fp, false, "p",
	    "0123456789012345678901234567890123456789"
	    " 123456789 123456789 12345678901");
	end("       p 0123456789012345678901234567890123456789 123456789 "
	    "123456789 1234567890\n"
	    "       p 0123456789012345678901234567890123456789 123456789 "
	    "123456789\n           12345678901\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_safe),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_colours),
		cmocka_unit_test(test_synopsis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
