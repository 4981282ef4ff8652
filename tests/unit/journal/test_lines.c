/* SPDX-License-Identifier: ISC */

/*
 * Lines out of chunks: whatever way a text is cut, its lines are the same; a
 * line over the limit is skipped, and the next one is not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal/lines.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

struct taken {
	char	 text[256];	/* the lines, each in brackets */
	size_t	 len, longest;
};

static void
take(void *arg, const char *line, size_t len)
{
	struct taken *t = arg;

	if (len > t->longest)
		t->longest = len;
	if (len > 32)
		len = 1;
	assert_true(t->len + len + 3 < sizeof(t->text));
	t->text[t->len++] = '[';
	memcpy(t->text + t->len, line, len);
	t->len += len;
	t->text[t->len++] = ']';
	t->text[t->len] = '\0';
}

static const struct {
	const char	*name, *text, *want;
} cases[] = {
	{ "nothing",		"",		"" },
	{ "one line",		"a\n",		"[a]" },
	{ "without an end",	"a\nbc",	"[a][bc]" },
	{ "empty lines",	"\n\na\n\n",	"[][][a][]" },
	{ "CR stays",		"a\r\nb\n",	"[a\r][b]" },
};

static void
test_cut_anywhere(void **state)
{
	struct lines *lines = malloc(sizeof(*lines));
	struct taken t;
	size_t i, len, size, at;

	(void)state;
	assert_non_null(lines);
	for (i = 0; i < N(cases); i++) {
		len = strlen(cases[i].text);
		for (size = 1; size <= len + 1; size++) {
			memset(&t, 0, sizeof(t));
			lines_begin(lines, take, &t);
			for (at = 0; at < len; at += size)
				lines_add(lines, cases[i].text + at,
				    len - at < size ? len - at : size);
			lines_end(lines);
			if (strcmp(t.text, cases[i].want) != 0)
				fail_msg("%s, %zu at a time: %s",
				    cases[i].name, size, t.text);
		}
	}
	free(lines);
}

/* A line of that length between two short ones, size octets at a time. */
static void
check_length(size_t linelen, size_t size, bool is_taken)
{
	struct lines *lines = malloc(sizeof(*lines));
	char *text = malloc(linelen + 5);
	struct taken t = { .len = 0 };
	size_t at, len = linelen + 5;

	assert_non_null(lines);
	assert_non_null(text);
	memcpy(text, "a\n", 2);
	memset(text + 2, 'x', linelen);
	memcpy(text + 2 + linelen, "\nb\n", 3);
	lines_begin(lines, take, &t);
	for (at = 0; at < len; at += size)
		lines_add(lines, text + at, len - at < size ? len - at : size);
	lines_end(lines);
	assert_string_equal(t.text, is_taken ? "[a][x][b]" : "[a][b]");
	assert_int_equal(t.longest, is_taken ? linelen : 1);
	assert_int_equal(lines->nlines, 3);
	assert_int_equal(lines->nskipped, is_taken ? 0 : 1);
	free(text);
	free(lines);
}

static void
test_limit(void **state)
{
	static const size_t sizes[] = { 1, 1000, LINES_MAX, LINES_MAX + 1,
	    10 * LINES_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < N(sizes); i++) {
		check_length(LINES_MAX, sizes[i], true);
		check_length(LINES_MAX + 1, sizes[i], false);
		check_length(3 * LINES_MAX, sizes[i], false);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
