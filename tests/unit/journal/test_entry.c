/* SPDX-License-Identifier: ISC */

/*
 * Log lines: where syslog, stderr, the audit file and the journal have the
 * decision, and its time; and lines of others that look like one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "journal/entry.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

#define DECISION	"qid=Q1 action=passed"
#define TAG		"countersign-milter[12]: "

static struct logged_decision d;

/* 2026-11-27T04:00:00Z; the zone is that of Berlin. */
static const int64_t now = 1795752000;

static const struct {
	const char	*line;
	int64_t		 time;
} good[] = {
	{ "Nov 23 13:37:00 relay " TAG DECISION,	1795437420 },
	{ "Nov  3 13:37:00 relay " TAG DECISION,	1793709420 },
	{ "Jul 23 13:37:00 relay " TAG DECISION,	1784806620 },
	/* Tomorrow: the clock of a host may be ahead. */
	{ "Nov 28 04:59:00 relay " TAG DECISION,	1795838340 },
	/* Last year. */
	{ "Nov 28 05:01:00 relay " TAG DECISION,	1764302460 },
	{ "Dec 31 23:59:59 relay " TAG DECISION,	1767221999 },
	/* The last leap year. */
	{ "Feb 29 12:00:00 relay " TAG DECISION,	1709204400 },
	{ "Nov 23 13:37:00 2001:db8::1 " TAG DECISION,	1795437420 },
	{ "Nov 23 13:37:00 relay countersign-milter: " DECISION,
	    1795437420 },
	{ "2026-11-23T13:37:00.123456+01:00 relay " TAG DECISION,
	    1795437420 },
	{ "2026-11-23T13:37:00-05:30 relay " TAG DECISION, 1795460820 },
	{ "2026-11-23T13:37:00Z relay.example.com " TAG DECISION,
	    1795441020 },
	{ "2026-11-23T13:37:00Z " TAG DECISION,		1795441020 },
	{ "2026-11-23T13:37:00Z " TAG
	    "{\"qid\":\"Q1\",\"action\":\"passed\"}",	1795441020 },
	{ "{\"time\":\"2026-11-23T13:37:00.000Z\",\"qid\":\"Q1\","
	    "\"action\":\"passed\"}",			1795441020 },
};

static const char *const bad[] = {
	"",
	DECISION,
	TAG DECISION,
	"Nov 23 13:37:00",
	"Nov 23 13:37:00 " TAG DECISION,
	"Nov 23 13:37:00 relay postfix/smtpd[1]: " TAG DECISION,
	"Nov 23 13:37:00 relay postfix/smtpd[1]: warning: " DECISION,
	"Nov 23 13:37:00 postfix/smtpd[1]: " TAG DECISION,
	"Nov 23 13:37:00 relay: " TAG DECISION,
	"Nov 23 13:37:00 relay countersign-milter[12]:" DECISION,
	"Nov 23 13:37:00 relay countersign-milter[x]: " DECISION,
	"Nov 23 13:37:00 relay countersign-milter[12: " DECISION,
	"Nov 23 13:37:00 relay countersign-milter[12",
	"Nov 23 13:37:00 relay countersign-milters[12]: " DECISION,
	"Nov 23 13:37:00 relay " TAG "ready: socket /run/x, 1 signers",
	"Nov 23 13:37:00 relay " TAG "warning: " DECISION,
	"Nov 23 13:37:00 relay " TAG,
	"Nok 23 13:37:00 relay " TAG DECISION,
	"Nov 31 13:37:00 relay " TAG DECISION,
	"Nov 00 13:37:00 relay " TAG DECISION,
	"Nov 23 13.37:00 relay " TAG DECISION,
	"2026-11-23T13:37:00 relay " TAG DECISION,
	"2026-11-23T13:37:00+0100 relay " TAG DECISION,
	"2026-13-23T13:37:00Z relay " TAG DECISION,
	"2026-11-23T13:37:00.Zx relay " TAG DECISION,
	"2026-11-23T13:37:00Z postfix/smtpd[1]: " TAG DECISION,
	/* In a file, JSON has the time. */
	"{\"qid\":\"Q1\",\"action\":\"passed\"}",
};

static void
test_lines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(good); i++) {
		if (!entry_read_line(&d, good[i].line, strlen(good[i].line),
		    now))
			fail_msg("not read: %s", good[i].line);
		if (d.time != good[i].time)
			fail_msg("%s: %lld", good[i].line, (long long)d.time);
		assert_string_equal(d.qid, "Q1");
	}
	for (i = 0; i < N(bad); i++)
		if (entry_read_line(&d, bad[i], strlen(bad[i]), now))
			fail_msg("read: %s", bad[i]);
}

/* However short a line is cut, it is read within its bounds. */
static void
test_cut_lines(void **state)
{
	size_t i, len, most;
	char *copy;

	(void)state;
	for (i = 0; i < N(good); i++) {
		most = strlen(good[i].line);
		for (len = 0; len < most; len++) {
			copy = malloc(len + 1);
			assert_non_null(copy);
			memcpy(copy, good[i].line, len);
			/* A shorter action is none; a shorter JSON is none. */
			assert_false(entry_read_line(&d, copy, len, now));
			free(copy);
		}
	}
}

static const struct {
	const char	*entry;
	bool		 is_read;
} entries[] = {
	{ "{\"__REALTIME_TIMESTAMP\":\"1795441020123456\","
	    "\"MESSAGE\":\"" DECISION "\"}",	true },
	{ "{\"MESSAGE\":\"{\\\"qid\\\":\\\"Q1\\\",\\\"action\\\":"
	    "\\\"passed\\\"}\",\"__REALTIME_TIMESTAMP\":"
	    "\"1795441020123456\"}",		true },
	/* From the stderr of a service. */
	{ "{\"__REALTIME_TIMESTAMP\":\"1795441020123456\",\"MESSAGE\":"
	    "\"2026-11-23T13:36:59Z " TAG DECISION "\"}", true },
	{ "{\"__REALTIME_TIMESTAMP\":\"1795441020123456\","
	    "\"MESSAGE\":\"ready: socket /run/x\"}", false },
	{ "{\"__REALTIME_TIMESTAMP\":\"1795441020123456\","
	    "\"MESSAGE\":null}",		false },
	{ "{\"__REALTIME_TIMESTAMP\":\"1795441020123456\","
	    "\"MESSAGE\":[113,105]}",		false },
	{ "{\"MESSAGE\":\"" DECISION "\"}",	false },
	{ "{\"__REALTIME_TIMESTAMP\":\"17954x1020123456\","
	    "\"MESSAGE\":\"" DECISION "\"}",	false },
	{ "{\"__REALTIME_TIMESTAMP\":\"1795441020123456000\","
	    "\"MESSAGE\":\"" DECISION "\"}",	false },
	{ "{\"__REALTIME_TIMESTAMP\":1795441020123456,"
	    "\"MESSAGE\":\"" DECISION "\"}",	false },
	{ "[]",					false },
	{ "",					false },
	{ "-- No entries --",			false },
};

static void
test_journal(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(entries); i++) {
		if (entry_read_json(&d, entries[i].entry,
		    strlen(entries[i].entry), now) != entries[i].is_read)
			fail_msg("%s", entries[i].entry);
		if (!entries[i].is_read)
			continue;
		assert_string_equal(d.qid, "Q1");
		assert_int_equal(d.time, 1795441020);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cut_lines),
		cmocka_unit_test(test_journal),
	};

	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
