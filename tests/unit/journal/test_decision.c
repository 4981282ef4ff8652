/* SPDX-License-Identifier: ISC */

/*
 * Lines of decisions: what the front writes, in both formats, is read back as
 * it was; anything else is no decision.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "front/logline.h"
#include "journal/decision.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const values[] = {
	"salesforce production",
	"",
	"a\"b\\c=d,e",
	"\033[2J\r\nqid=X action=signed",
	"x\xff\x80y",
	"\\x0a",
	"{\"action\":\"signed\"}",
	"example.com action=rejected",
};

static struct logged_decision d;	/* it is large */

static bool
parse(const char *line)
{
	return decision_parse(&d, line, strlen(line));
}

/* JSON has an octet that is not UTF-8 as if it were Latin-1. */
static bool
is_same(const char *found, const char *want, bool is_json)
{
	if (is_json && strcmp(want, "x\xff\x80y") == 0)
		want = "x\xc3\xbf\xc2\x80y";
	return found != NULL && strcmp(found, want) == 0;
}

static void
check_back(bool is_json, const char *value)
{
	static const char *const authors[] = { "a.example", "b.example" };
	struct logline line;

	logline_begin(&line, is_json);
	logline_text(&line, "qid", value);
	logline_text(&line, "action", "rejected");
	logline_bool(&line, "observed", true);
	logline_list(&line, "authors", authors, 2);
	logline_text(&line, "source", value);
	logline_number(&line, "removed_fields", 3);
	logline_text(&line, "reason", value);
	logline_text(&line, "of_a_later_version", value);
	if (!parse(logline_end(&line)))
		fail_msg("not read: %s", line.text);
	assert_true(is_same(d.qid, value, is_json));
	assert_true(is_same(d.source, value, is_json));
	assert_true(is_same(d.reason, value, is_json));
	assert_string_equal(d.action, "rejected");
	assert_true(d.observed);
	assert_int_equal(d.removed_fields, 3);
	assert_int_equal(d.authors.n, 2);
	assert_string_equal(d.authors.texts[1], "b.example");
	assert_false(d.authors.is_cut);
	assert_null(d.client);
	assert_int_equal(d.factors.n, 0);
	assert_int_equal(d.time, DECISION_NO_TIME);
}

static void
test_read_back(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(values); i++) {
		check_back(false, values[i]);
		check_back(true, values[i]);
	}
}

/* A line of the greatest length, with lists and texts that were cut. */
static void
test_cut(void **state)
{
	const char *many[200];
	struct logline line;
	char text[2000];
	size_t i;
	int is_json;

	(void)state;
	memset(text, '"', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < N(many); i++)
		many[i] = "domain.example";
	for (is_json = 0; is_json <= 1; is_json++) {
		logline_begin(&line, is_json);
		logline_text(&line, "qid", "Q1");
		logline_text(&line, "action", "passed");
		logline_list(&line, "mentioned", many, N(many));
		logline_text(&line, "source", text);
		logline_text(&line, "reason", text);
		logline_text(&line, "author", text);
		assert_true(parse(logline_end(&line)));
		assert_true(d.mentioned.is_cut);
		assert_in_range(d.mentioned.n, 50, DECISION_MAX_LIST);
		assert_string_equal(d.mentioned.texts[0], "domain.example");
		assert_string_equal(d.source + strlen(d.source) - 4, "\"...");
		assert_true(d.truncated);
		assert_null(d.author);
	}
}

static void
test_list_limit(void **state)
{
	char line[DECISION_MAX_LINE] = "qid=Q action=passed authors=a";
	size_t i, len = strlen(line);

	(void)state;
	for (i = 1; i < DECISION_MAX_LIST; i++, len += 2)
		memcpy(line + len, ",a", 3);
	assert_true(parse(line));
	assert_int_equal(d.authors.n, DECISION_MAX_LIST);
	assert_false(d.authors.is_cut);
	memcpy(line + len, ",a", 3);
	assert_true(parse(line));
	assert_int_equal(d.authors.n, DECISION_MAX_LIST);
	assert_true(d.authors.is_cut);
}

static const char *const good[] = {
	"qid=Q action=signed",
	"qid=\"\" action=passed",
	"qid=Q action=passed x=y",
	"{\"qid\":\"Q\",\"action\":\"tempfailed\"}",
	"{\"action\":\"quarantined\",\"x\":{\"y\":[null]},\"qid\":\"Q\"}",
	("{\"time\":\"2026-11-23T13:37:00Z\",\"qid\":\"Q\","
	    "\"action\":\"signed\"}"),
};

static const char *const bad[] = {
	"",
	"ready: socket unix:/run/x, 2 signers",
	"qid=Q",
	"action=signed",
	"qid=Q action=",
	"qid=Q action=signs",
	"qid=Q action=signed ",
	" qid=Q action=signed",
	"qid=Q  action=signed",
	"qid=Q action=signed x",
	"qid=Q action=signed =y",
	"qid=Q action=signed X=y",
	"qid=Q qid=R action=signed",
	"qid=Q action=signed action=signed",
	"qid=a\"b action=signed",
	"qid=a=b action=signed",
	"qid=\"Q action=signed",
	"qid=\"Q\"R action=signed",
	"qid=\"a\\x4\" action=signed",
	"qid=\"a\\xZZ\" action=signed",
	"qid=\"a\\",
	"qid=\"a\\x00b\" action=signed",
	"qid=Q action=signed observed=yes",
	"qid=Q action=signed removed_fields=",
	"qid=Q action=signed removed_fields=1x",
	"qid=Q action=signed removed_fields=-",
	"qid=Q action=signed removed_fields=9999999999999999999",
	"{}",
	"{\"qid\":\"Q\",\"action\":\"signed\"",
	"{\"qid\":\"Q\",\"action\":\"signed\"} x",
	"{\"qid\":\"Q\",\"qid\":\"R\",\"action\":\"signed\"}",
	"{\"qid\":1,\"action\":\"signed\"}",
	"{\"qid\":\"Q\",\"action\":[\"signed\"]}",
	"{\"qid\":\"Q\",\"action\":\"signed\",\"authors\":\"a\"}",
	"{\"qid\":\"Q\",\"action\":\"signed\",\"authors\":[1]}",
	"{\"qid\":\"Q\",\"action\":\"signed\",\"observed\":1}",
	"{\"qid\":\"Q\",\"action\":\"signed\",\"removed_fields\":1.5}",
	"{\"qid\":\"a\\u0000b\",\"action\":\"signed\"}",
	"{\"qid\":\"Q\",\"action\":\"signed\",\"time\":\"yesterday\"}",
	("{\"qid\":\"Q\",\"action\":\"signed\","
	    "\"time\":\"2026-11-23T13:37:00+01:00\"}"),
};

static void
test_syntax(void **state)
{
	static char longest[DECISION_MAX_LINE + 1] = "qid=Q action=signed x=";
	size_t i;

	(void)state;
	for (i = 0; i < N(good); i++)
		if (!parse(good[i]))
			fail_msg("not read: %s", good[i]);
	for (i = 0; i < N(bad); i++)
		if (parse(bad[i]))
			fail_msg("read: %s", bad[i]);
	assert_false(decision_parse(&d, "qid=Q action=signed\0", 20));
	memset(longest + strlen(longest), 'y',
	    sizeof(longest) - strlen(longest));
	assert_true(decision_parse(&d, longest, DECISION_MAX_LINE - 1));
	assert_false(decision_parse(&d, longest, DECISION_MAX_LINE));
}

static void
test_time(void **state)
{
	(void)state;
	assert_true(parse("{\"time\":\"2026-11-23T13:37:00.123Z\","
	    "\"qid\":\"Q\",\"action\":\"signed\"}"));
	assert_int_equal(d.time, 1795441020);
}

/* A copy does not need the original. */
static void
test_copy(void **state)
{
	struct logged_decision *copy = malloc(sizeof(*copy));

	(void)state;
	assert_non_null(copy);
	assert_true(parse("qid=Q1 action=rejected authors=a.example,b.example "
	    "factors=login:absent reason=r"));
	decision_copy(copy, &d);
	memset(&d, 0xff, sizeof(d));
	assert_string_equal(copy->qid, "Q1");
	assert_string_equal(copy->reason, "r");
	assert_null(copy->author);
	assert_int_equal(copy->authors.n, 2);
	assert_string_equal(copy->authors.texts[1], "b.example");
	assert_string_equal(decision_domain(copy), "a.example");
	assert_string_equal(copy->factors.texts[0], "login:absent");
	assert_true(decision_is(copy, "rejected"));
	free(copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_list_limit),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
