/* SPDX-License-Identifier: ISC */

/*
 * The page of a report: what a reader would not see, the parts of a period, the
 * most keys, and the digest of the style sheet.  tests/doctor/report.sh reads
 * whole pages.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "page/keys.h"
#include "page/markup.h"
#include "page/period.h"
#include "page/style.h"
#include "page/visible.h"

#define DAY	INT64_C(86400)
#define NOON	INT64_C(1795780800)	/* 2026-11-27T12:00:00Z, a Friday */

static void
check_next(const char *text, size_t n, uint32_t code, bool is_octet)
{
	uint32_t got;
	bool was_octet;

	assert_int_equal(visible_next(text, strlen(text), &got, &was_octet),
	    n);
	assert_int_equal(got, code);
	assert_int_equal(was_octet, is_octet);
}

static void
test_utf8(void **state)
{
	(void)state;
	check_next("a", 1, 'a', false);
	check_next("\xc3\xa9", 2, 0xe9, false);
	check_next("\xe2\x80\xae", 3, 0x202e, false);
	check_next("\xf0\x9f\x98\x80", 4, 0x1f600, false);
	check_next("\xf4\x8f\xbf\xbf", 4, 0x10ffff, false);
	/* A tail alone, none, too few; two forms; surrogates; too high. */
	check_next("\x80", 1, 0x80, true);
	check_next("\xc3", 1, 0xc3, true);
	check_next("\xc3(", 1, 0xc3, true);
	check_next("\xe2\x80", 1, 0xe2, true);
	check_next("\xe2\x80(", 1, 0xe2, true);
	check_next("\xc0\x80", 1, 0xc0, true);
	check_next("\xc1\xbf", 1, 0xc1, true);
	check_next("\xe0\x9f\xbf", 1, 0xe0, true);
	check_next("\xed\xa0\x80", 1, 0xed, true);
	check_next("\xf0\x8f\xbf\xbf", 1, 0xf0, true);
	check_next("\xf4\x90\x80\x80", 1, 0xf4, true);
	check_next("\xf5\x80\x80\x80", 1, 0xf5, true);
	check_next("\xff", 1, 0xff, true);
}

static void
test_visible(void **state)
{
	static const uint32_t hidden[] = {
		0, '\n', '\r', '\t', 0x1f, 0x7f, 0x85, 0xa0, 0xad, 0x301, 0x61c,
		0x115f, 0x180e, 0x200b, 0x200d, 0x200e, 0x2028, 0x202a, 0x202e,
		0x2060, 0x2066, 0x2069, 0x3000, 0x3164, 0xe000, 0xfe0f, 0xfeff,
		0xfff9, 0xffff, 0xe0041, 0xf0000, 0x10ffff
	};
	static const uint32_t visible[] = {
		' ', '<', '~', 0xa1, 0xe9, 0x416, 0x5d0, 0x627, 0x20ac, 0x3042,
		0x4e2d, 0xac00, 0xfffd, 0x1f600
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		assert_false(visible_is(hidden[i]));
	for (i = 0; i < sizeof(visible) / sizeof(visible[0]); i++)
		assert_true(visible_is(visible[i]));
}

static void
check_markup(void (*put)(FILE *, const char *), const char *text,
    const char *want)
{
	char *got;
	size_t size;
	FILE *fp;

	assert_non_null(fp = open_memstream(&got, &size));
	put(fp, text);
	assert_int_equal(fclose(fp), 0);
	assert_string_equal(got, want);
	free(got);
}

static void
put_numbers(FILE *fp, const char *text)
{
	(void)text;
	markup_number(fp, 0);
	(void)putc(' ', fp);
	markup_number(fp, 999);
	(void)putc(' ', fp);
	markup_number(fp, 1000);
	(void)putc(' ', fp);
	markup_number(fp, 1234567);
	(void)putc(' ', fp);
	markup_share(fp, 1, 3);
	markup_share(fp, 0, 0);
}

static void
put_times(FILE *fp, const char *text)
{
	(void)text;
	markup_time(fp, NOON);
	markup_time(fp, -1);
}

static void
test_markup(void **state)
{
	(void)state;
	check_markup(markup_text, "<a href='x' id=\"&\">",
	    "&lt;a href=&#39;x&#39; id=&quot;&amp;&quot;&gt;");
	check_markup(markup_text, "a\xe2\x80\xae\xff\n",
	    "a[U+202E][0xFF][U+000A]");
	check_markup(markup_value, "b\xc3\xbc\xe2\x80\xae<",
	    "<bdi>b\xc3\xbc<span class=\"code\">[U+202E]</span>&lt;</bdi>");
	check_markup(put_numbers, "",
	    "0 999 1,000 1,234,567 33.3&#8239;%");
	check_markup(put_times, "", "<time datetime=\"2026-11-27T12:00:00Z\">"
	    "2026-11-27 12:00</time>&#8211;");
}

static void
check_period(int64_t since, int64_t until, const char *name, int64_t begin,
    size_t n)
{
	struct period period;

	period_begin(&period, since, until);
	assert_string_equal(period_width_name(&period), name);
	assert_int_equal(period.begin, begin);
	assert_int_equal(period.n, n);
}

static void
test_period(void **state)
{
	(void)state;
	check_period(NOON - 1, NOON, "15 minutes", NOON - 900, 2);
	check_period(NOON - DAY, NOON, "hour", NOON - DAY, 25);
	check_period(NOON - 7 * DAY, NOON, "3 hours", NOON - 7 * DAY, 57);
	check_period(NOON - 30 * DAY, NOON, "day",
	    NOON - 30 * DAY - DAY / 2, 31);
	/* Weeks begin on Mondays. */
	check_period(NOON - 365 * DAY, NOON, "week",
	    NOON - DAY / 2 - 368 * DAY, 53);
	check_period(NOON - 3660 * DAY, NOON, "13 weeks",
	    INT64_C(4) * DAY + (NOON - 3660 * DAY - 4 * DAY) / (91 * DAY) *
	    91 * DAY, 41);
	/* More than parts allow: the last one has the rest. */
	check_period(0, NOON, "13 weeks", -87 * DAY, PERIOD_MAX);
}

static void
test_count(void **state)
{
	struct logged_decision d = { .action = "signed" };
	struct period period;

	(void)state;
	period_begin(&period, NOON - DAY, NOON);
	d.time = DECISION_NO_TIME;
	period_add(&period, &d);
	d.time = NOON - 2 * DAY;
	period_add(&period, &d);
	assert_int_equal(period.nundated, 2);
	d.time = NOON - DAY;
	period_add(&period, &d);
	d.time = NOON;
	period_add(&period, &d);
	d.action = "rejected";
	period_add(&period, &d);
	d.time = NOON + 10 * DAY;
	period_add(&period, &d);
	assert_int_equal(period.counts[0][LOGGED_SIGNED], 1);
	assert_int_equal(period.counts[24][LOGGED_SIGNED], 1);
	assert_int_equal(period.counts[24][LOGGED_REJECTED], 2);
	assert_int_equal(period_highest(&period), 3);
}

/* Those with an alarm come first, and what does not fit is counted. */
static void
test_many_keys(void **state)
{
	static struct page_keys keys;
	char *json = NULL;
	size_t len = 0, i;
	FILE *fp;

	(void)state;
	assert_non_null(fp = open_memstream(&json, &len));
	for (i = 0; i < PAGE_MAX_KEYS + 3; i++)
		(void)fprintf(fp, "%s{\"domain\": \"d%zu.example\", "
		    "\"alarm\": %s}", i == 0 ? "[" : ", ", i,
		    i == PAGE_MAX_KEYS + 2 ? "\"late\"" : "null");
	(void)fputs("]", fp);
	assert_int_equal(fclose(fp), 0);
	assert_true(page_keys_read(&keys, json, len, NOON));
	assert_int_equal(keys.n, PAGE_MAX_KEYS);
	assert_int_equal(keys.nleft_out, 3);
	assert_string_equal(keys.list[0].domain, "d202.example");
	free(json);
}

static void
test_style(void **state)
{
	char digest[STYLE_DIGEST_SIZE];

	(void)state;
	assert_true(style_digest(digest));
	assert_int_equal(strlen(digest), 44);
	assert_null(strstr(style_sheet, "url("));
	assert_null(strstr(style_sheet, "</"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_markup),
		cmocka_unit_test(test_period),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_style),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
