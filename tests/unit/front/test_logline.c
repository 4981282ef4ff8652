/* SPDX-License-Identifier: ISC */

/*
 * Lines of names and values: whatever a value is, the line is one, printable,
 * and says what was put in.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "front/logline.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*name, *value, *logfmt, *json;
} texts[] = {
	{ "plain",	"salesforce",	"salesforce",	"\"salesforce\"" },
	{ "empty",	"",		"\"\"",		"\"\"" },
	{ "blank",	"a b",		"\"a b\"",	"\"a b\"" },
	{ "quote",	"a\"b",		"\"a\\\"b\"",	"\"a\\\"b\"" },
	{ "backslash",	"a\\b",		"\"a\\\\b\"",	"\"a\\\\b\"" },
	{ "equals sign", "a=b",		"\"a=b\"",	"\"a=b\"" },
	{ "line end",	"a\r\nqid=X",	"\"a\\x0d\\x0aqid=X\"",
	    "\"a\\u000d\\u000aqid=X\"" },
	{ "escape",	"\033[2J\007",	"\"\\x1b[2J\\x07\"",
	    "\"\\u001b[2J\\u0007\"" },
	{ "DEL",	"\177",		"\"\\x7f\"",	"\"\\u007f\"" },
	{ "U+0080, U+07FF", "\302\200\337\277",
	    "\"\\xc2\\x80\\xdf\\xbf\"",	"\"\\u0080\\u07ff\"" },
	{ "U+0800, U+FFFF", "\340\240\200\357\277\277",
	    "\"\\xe0\\xa0\\x80\\xef\\xbf\\xbf\"",	"\"\\u0800\\uffff\"" },
	{ "U+10000, U+10FFFF", "\360\220\200\200\364\217\277\277",
	    "\"\\xf0\\x90\\x80\\x80\\xf4\\x8f\\xbf\\xbf\"",
	    "\"\\ud800\\udc00\\udbff\\udfff\"" },
	{ "a longer form of '/'", "\300\257\340\200\257\360\200\200\257",
	    "\"\\xc0\\xaf\\xe0\\x80\\xaf\\xf0\\x80\\x80\\xaf\"",
	    "\"\\u00c0\\u00af\\u00e0\\u0080\\u00af"
	    "\\u00f0\\u0080\\u0080\\u00af\"" },
	{ "a surrogate", "\355\240\200",	"\"\\xed\\xa0\\x80\"",
	    "\"\\u00ed\\u00a0\\u0080\"" },
	{ "over U+10FFFF", "\364\220\200\200\365",
	    "\"\\xf4\\x90\\x80\\x80\\xf5\"",
	    "\"\\u00f4\\u0090\\u0080\\u0080\\u00f5\"" },
	{ "cut off",	"\342\202",	"\"\\xe2\\x82\"",
	    "\"\\u00e2\\u0082\"" },
	{ "cut off by a letter", "\360\237\230a", "\"\\xf0\\x9f\\x98a\"",
	    "\"\\u00f0\\u009f\\u0098a\"" },
	{ "second octets alone", "\200\277",	"\"\\x80\\xbf\"",
	    "\"\\u0080\\u00bf\"" },
};

static void
check_text(const char *name, bool is_json, const char *value,
    const char *want)
{
	struct logline line;

	logline_begin(&line, is_json);
	logline_text(&line, "k", value);
	if (strcmp(logline_end(&line), want) != 0)
		fail_msg("%s: %s", name, line.text);
	assert_int_equal(line.len, strlen(want));
}

static void
test_texts(void **state)
{
	char want[256];
	size_t i;

	(void)state;
	for (i = 0; i < N(texts); i++) {
		(void)snprintf(want, sizeof(want), "k=%s", texts[i].logfmt);
		check_text(texts[i].name, false, texts[i].value, want);
		(void)snprintf(want, sizeof(want), "{\"k\":%s}",
		    texts[i].json);
		check_text(texts[i].name, true, texts[i].value, want);
	}
}

static void
test_pairs(void **state)
{
	static const char *const list[] = { "a", "b c", "d\"" };
	static const char *const wants[] = {
		"t=x n=-9223372036854775807 b=true c=false "
		    "l=\"a,b c,d\\\"\" none=\"\"",
		"{\"t\":\"x\",\"n\":-9223372036854775807,\"b\":true,"
		    "\"c\":false,\"l\":[\"a\",\"b c\",\"d\\\"\"],\"none\":[]}",
	};
	struct logline line;
	int is_json;

	(void)state;
	for (is_json = 0; is_json < 2; is_json++) {
		logline_begin(&line, is_json != 0);
		logline_text(&line, "t", "x");
		logline_number(&line, "n", -INT64_MAX);
		logline_bool(&line, "b", true);
		logline_bool(&line, "c", false);
		logline_list(&line, "l", list, N(list));
		logline_list(&line, "none", list, 0);
		assert_string_equal(logline_end(&line), wants[is_json]);
	}
	logline_begin(&line, false);
	assert_string_equal(logline_end(&line), "");
	logline_begin(&line, true);
	assert_string_equal(logline_end(&line), "{}");
}

/* One octet as long as it may be, and longer: quotes, escapes, letters. */
static void
test_long_texts(void **state)
{
	static const char octets[] = { 'a', ' ', '"', '\\', '\n', '\377' };
	char value[2 * LOGLINE_VALUE_SIZE];
	struct logline line;
	const char *got;
	json_t *root;
	size_t i, n, len;

	(void)state;
	for (i = 0; i < N(octets); i++)
		for (n = LOGLINE_VALUE_SIZE / 8; n < sizeof(value); n++) {
			memset(value, octets[i], n);
			value[n] = '\0';
			logline_begin(&line, false);
			logline_text(&line, "k", value);
			len = strlen(logline_end(&line));
			assert_int_equal(len, line.len);
			assert_true(len <= LOGLINE_VALUE_SIZE + 1);
			assert_true(len > n || strcmp(line.text + len - 3,
			    "...") == 0 || strcmp(line.text + len - 4,
			    "...\"") == 0);
			logline_begin(&line, true);
			logline_text(&line, "k", value);
			logline_bool(&line, "end", true);
			assert_non_null(root = json_loads(logline_end(&line),
			    JSON_REJECT_DUPLICATES, NULL));
			assert_false(line.is_truncated);
			got = json_string_value(json_object_get(root, "k"));
			assert_non_null(got);
			if (octets[i] == '\377')
				assert_memory_equal(got, "\303\277", 2);
			else if ((len = strlen(got)) != n)
				assert_string_equal(got + len - 3, "...");
			json_decref(root);
		}
}

/* Lists of n texts of size octets each. */
static void
list_of(size_t n, size_t size)
{
	static char text[2 * LOGLINE_VALUE_SIZE];
	const char *list[300];
	struct logline line;
	const char *got = "";
	json_t *root, *array;
	size_t i, len;

	memset(text, 'a', size);
	text[size] = '\0';
	for (i = 0; i < n; i++)
		list[i] = text;
	logline_begin(&line, true);
	logline_list(&line, "k", list, n);
	assert_non_null(root = json_loads(logline_end(&line), 0, NULL));
	assert_true(line.len < LOGLINE_VALUE_SIZE + 6);
	array = json_object_get(root, "k");
	len = json_array_size(array);
	for (i = 0; i < len; i++) {
		got = json_string_value(json_array_get(array, i));
		if (i + 1 == len && strcmp(got, text) != 0)
			assert_string_equal(got, "...");
		else
			assert_string_equal(got, text);
	}
	assert_true(len == n || strcmp(got, "...") == 0);
	json_decref(root);

	logline_begin(&line, false);
	logline_list(&line, "k", list, n);
	len = strlen(logline_end(&line));
	assert_true(len <= LOGLINE_VALUE_SIZE + 1);
	if (len != 2 + n * (size + 1) - 1)
		assert_string_equal(line.text + len - 3, "...");
}

static void
test_long_lists(void **state)
{
	static const size_t sizes[] = { 1, 3, 7, 100, 1000, 1010, 1015 };
	size_t i, n;

	(void)state;
	for (i = 0; i < N(sizes); i++)
		for (n = 1; n <= 300; n++)
			list_of(n, sizes[i]);
	for (i = LOGLINE_VALUE_SIZE - 40; i < LOGLINE_VALUE_SIZE + 40; i++)
		list_of(1, i);
}

/* So many pairs that some do not fit: those that do are whole. */
static void
fill(bool is_json, size_t size)
{
	char value[LOGLINE_VALUE_SIZE], key[16];
	struct logline line;
	json_t *root;
	size_t i;

	memset(value, 'b', size);
	value[size] = '\0';
	logline_begin(&line, is_json);
	for (i = 0; i < LOGLINE_SIZE / size + 2; i++) {
		(void)snprintf(key, sizeof(key), "k%zu", i);
		logline_text(&line, key, value);
	}
	assert_true(line.is_truncated);
	logline_number(&line, "n", 1);
	assert_true(strlen(logline_end(&line)) < sizeof(line.text));
	assert_int_equal(line.len, strlen(line.text));
	if (!is_json) {
		assert_non_null(strstr(line.text, " truncated=true"));
		return;
	}
	root = json_loads(line.text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_true(json_is_true(json_object_get(root, "truncated")));
	assert_string_equal(json_string_value(json_object_get(root, "k0")),
	    value);
	json_decref(root);
}

static void
test_full_lines(void **state)
{
	size_t size;

	(void)state;
	for (size = 1; size < LOGLINE_VALUE_SIZE - 8; size++) {
		fill(false, size);
		fill(true, size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_long_lists),
		cmocka_unit_test(test_full_lines)
	};

	return cmocka_run_group_tests_name("logline", tests, NULL, NULL);
}
