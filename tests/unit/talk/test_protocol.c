/* SPDX-License-Identifier: ISC */

/*
 * The lines between countersign-key and countersign-fleet: each field, right
 * and broken, each kind there and back, and lines in pieces.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk/protocol.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))
#define HEX	"00112233445566778899aabbccddeeff" \
		"00112233445566778899aabbccddeeff"

static const struct {
	const char	*name, *line;
	const char	*want;		/* the error; NULL: none */
} cases[] = {
	{ "hello", "hello 2", NULL },
	{ "another version", "hello 1",
	    "line \"hello\": another version of the protocol" },
	{ "version, sign", "hello +1",
	    "line \"hello\": not a version of the protocol" },
	{ "version, zero first", "hello 01",
	    "line \"hello\": not a version of the protocol" },
	{ "version missing", "hello",
	    "line \"hello\": not a version of the protocol" },
	{ "init", "init " HEX " 12", NULL },
	{ "init, no number", "init " HEX,
	    "line \"init\": not a change number" },
	{ "init, none", "init - 0", NULL },
	{ "init, short", "init 00", "line \"init\": not a digest" },
	{ "init, long", "init " HEX "0", "line \"init\": not a digest" },
	{ "init, capitals", "init AA112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff", "line \"init\": not a digest" },
	{ "status", "status", NULL },
	{ "status and more", "status now",
	    "line \"status\": too many fields" },
	{ "status and a blank", "status ",
	    "line \"status\": too many fields" },
	{ "ready", "ready relay1 " HEX, NULL },
	{ "ready, no fleet", "ready relay1 -", NULL },
	{ "name", "ready a/b -", "line \"ready\": not a name of a host" },
	{ "name, empty", "ready  -", "line \"ready\": not a name of a host" },
	{ "name, long", "ready aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaa -",
	    "line \"ready\": not a name of a host" },
	{ "fleet", "fleet " HEX " " HEX " 1 2 3 4", NULL },
	{ "fleet, number too large", "fleet " HEX " " HEX
	    " 1 2 4611686018427387904 4",
	    "line \"fleet\": not a change number" },
	{ "fleet, largest number", "fleet " HEX " " HEX
	    " 1 2 3 4611686018427387903", NULL },
	{ "fleet, cut off", "fleet " HEX " " HEX " 1 2 3",
	    "line \"fleet\": not a cursor" },
	{ "database", "database away no connection in time", NULL },
	{ "database, state", "database gone x",
	    "line \"database\": not a state of the database" },
	{ "host", "host relay1 waiting 0 0011 2233", NULL },
	{ "host, no number", "host relay1 waiting 00",
	    "line \"host\": not a change number" },
	{ "host, state", "host relay1 used 0011",
	    "line \"host\": not a state of a host" },
	{ "keys", "keys mail.example.com", NULL },
	{ "keys, capitals", "keys Example.com",
	    "line \"keys\": not a domain" },
	{ "keys, no domain", "keys", "line \"keys\": not a domain" },
	{ "key", "key s1 relay2 yes 1700000000 confirmed", NULL },
	{ "key, never used", "key s1 relay2 no - x", NULL },
	{ "key, not reported", "key s1 relay2 no ? x", NULL },
	{ "key, selector", "key S1 relay2 no ? x",
	    "line \"key\": not a selector" },
	{ "key, taken", "key s1 relay2 maybe ? x",
	    "line \"key\": not a yes or no" },
	{ "key, time", "key s1 relay2 no -1 x", "line \"key\": not a time" },
	{ "alarm", "alarm  with  blanks ", NULL },
	{ "alarm, no text", "alarm ", "line \"alarm\": not a text" },
	{ "alarm, nothing", "alarm", "line \"alarm\": not a text" },
	{ "refused", "refused x", NULL },
	{ "done", "done", NULL },
	{ "admit", "admit relay2 0011 2233", NULL },
	{ "admit, no fingerprint", "admit relay2",
	    "line \"admit\": not a text" },
	{ "expel", "expel relay2", NULL },
	{ "expel, no name", "expel", "line \"expel\": not a name of a host" },
	{ "exposed", "exposed example.com s1", NULL },
	{ "resigned", "resigned 12", NULL },
	{ "restore", "restore", NULL },
	{ "restored", "restored 12 3", NULL },
	{ "mark", "mark example.com s1", NULL },
	{ "mark, no selector", "mark example.com",
	    "line \"mark\": not a selector" },
	{ "revoked", "revoked example.com s1", NULL },
	{ "import", "import example.com", NULL },
	{ "shown", "shown example.com s1", NULL },
	{ "marked", "marked no the database is away", NULL },
	{ "unknown", "leave relay2", "line \"leave\": unknown" },
	{ "lease", "lease", NULL },
	{ "leased", "leased 123456", NULL },
	{ "leased, no time", "leased", "line \"leased\": not a number of "
	    "milliseconds" },
	{ "waits", "waits 1000 changes may go on", NULL },
	{ "held", "held relay2 1000", NULL },
	{ "intent", "intent 7 example.com s1", NULL },
	{ "settled", "settled 7", NULL },
	{ "settled, no number", "settled x",
	    "line \"settled\": not a number of an intent" },
	{ "was", "was v=DKIM1; p=", NULL },
	{ "wanted", "wanted v=DKIM1; p=", NULL },
	{ "destroy", "destroy example.com s1", NULL },
	{ "destroy, no selector", "destroy example.com",
	    "line \"destroy\": not a selector" },
	{ "exposure", "exposure", NULL },
	{ "exposure of one", "exposure a",
	    "line \"exposure\": too many fields" },
	{ "list", "list -", NULL },
	{ "list, no digest", "list", "line \"list\": not a digest" },
	{ "wraps", "wraps", NULL },
	{ "imported", "imported", NULL },
	{ "late", "late 3600000", NULL },
	{ "late, no number", "late soon",
	    "line \"late\": not a number of milliseconds" },
	{ "begin", "begin example.com s1 s1._domainkey.example.com 18000",
	    NULL },
	{ "begin, no span", "begin example.com s1 s1._domainkey.example.com",
	    "line \"begin\": not a number of milliseconds" },
	{ "begin, no record", "begin example.com s1",
	    "line \"begin\": not a name of a record" },
	{ "begin, empty record", "begin example.com s1 ",
	    "line \"begin\": not a name of a record" },
	{ "begin, selector", "begin example.com S1 s1._domainkey.example.com",
	    "line \"begin\": not a selector" },
	{ "begun", "begun 7 123456", NULL },
	{ "end", "end 7 unchanged", NULL },
	{ "end, outcome", "end 7 settled", "line \"end\": not a word for what "
	    "became of it" },
	{ "line", "line s1 algorithm=rsa-sha256", NULL },
	{ "state", "state example.com", NULL },
	{ "state, capitals", "state Example.com",
	    "line \"state\": not a domain" },
	{ "gone", "gone example.com", NULL },
	{ "taken", "taken 9", NULL },
	{ "release", "release", NULL },
	{ "empty", "", "line \"\": unknown" },
};

static void
reads_lines(void **state)
{
	struct talk_message message;
	struct ks_error error;
	char line[512], printed[TALK_MAX_LINE];
	size_t i, len;
	int r;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		(void)strlcpy(line, cases[i].line, sizeof(line));
		error.text[0] = '\0';
		r = talk_parse(line, &message, &error);
		if ((r == 0) != (cases[i].want == NULL) ||
		    (r != 0 && strcmp(error.text, cases[i].want) != 0))
			fail_msg("%s: %d %s", cases[i].name, r, error.text);
		if (r != 0)
			continue;
		/* What was read is written as it was. */
		len = talk_print(&message, printed);
		if (len != strlen(cases[i].line) + 1 || memcmp(printed,
		    cases[i].line, len - 1) != 0 || printed[len - 1] != '\n')
			fail_msg("%s: printed %.*s", cases[i].name, (int)len,
			    printed);
	}
}

static void
tells_versions_apart(void **state)
{
	struct talk_message message;
	struct ks_error error;
	char line[] = "hello 1";

	(void)state;
	assert_int_equal(talk_parse(line, &message, &error), KS_E_FORMAT);
}

static void
prints_any_text(void **state)
{
	struct talk_message message = {
		.kind = TALK_REFUSED, .text = "a\nb\xff"
	};
	char line[TALK_MAX_LINE], longest[TALK_MAX_LINE + 100];
	size_t len;

	(void)state;
	len = talk_print(&message, line);
	assert_int_equal(len, strlen("refused a?b?\n"));
	assert_memory_equal(line, "refused a?b?\n", len);
	message.text = "";
	len = talk_print(&message, line);
	assert_memory_equal(line, "refused -\n", len);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	message.text = longest;
	len = talk_print(&message, line);
	assert_in_range(len, TALK_MAX_LINE - 4, TALK_MAX_LINE);
	assert_int_equal(line[len - 1], '\n');
	assert_memory_equal(line + len - 4, "xxx\n", 4);
}

/* Lines that arrived, each with a bar after it. */
struct arrived {
	char	text[64];
	int	r;
};

static int
take(void *context, char *line)
{
	struct arrived *arrived = context;

	(void)strlcat(arrived->text, line, sizeof(arrived->text));
	(void)strlcat(arrived->text, "|", sizeof(arrived->text));
	return arrived->r;
}

static void
puts_pieces_together(void **state)
{
	static const char text[] = "one\n\ntwo three\nfo";
	static struct talk_lines lines;
	struct arrived arrived;
	struct ks_error error;
	size_t cut, len = sizeof(text) - 1;

	(void)state;
	for (cut = 0; cut <= len; cut++) {
		memset(&lines, 0, sizeof(lines));
		memset(&arrived, 0, sizeof(arrived));
		assert_int_equal(talk_lines_add(&lines, text, cut, take,
		    &arrived, &error), 0);
		assert_int_equal(talk_lines_add(&lines, text + cut, len - cut,
		    take, &arrived, &error), 0);
		assert_string_equal(arrived.text, "one||two three|");
		assert_int_equal(lines.len, 2);
	}
}

static void
refuses_octets(void **state)
{
	static struct talk_lines lines;
	struct arrived arrived = { "", 0 };
	struct ks_error error;
	static char longest[TALK_MAX_LINE + 1];

	(void)state;
	assert_int_equal(talk_lines_add(&lines, "a\r\n", 3, take, &arrived,
	    &error), KS_E_ARG);
	assert_non_null(strstr(error.text, "character"));
	memset(&lines, 0, sizeof(lines));
	assert_int_equal(talk_lines_add(&lines, "a\0\n", 3, take, &arrived,
	    &error), KS_E_ARG);
	memset(&lines, 0, sizeof(lines));
	memset(longest, 'x', sizeof(longest));
	longest[TALK_MAX_LINE - 1] = '\n';
	assert_int_equal(talk_lines_add(&lines, longest, TALK_MAX_LINE, take,
	    &arrived, &error), 0);
	longest[TALK_MAX_LINE - 1] = 'x';
	assert_int_equal(talk_lines_add(&lines, longest, TALK_MAX_LINE, take,
	    &arrived, &error), KS_E_ARG);
	assert_non_null(strstr(error.text, "too long"));
	/* What take says ends it. */
	memset(&lines, 0, sizeof(lines));
	arrived = (struct arrived){ "", KS_E_SYSTEM };
	assert_int_equal(talk_lines_add(&lines, "a\nb\n", 4, take, &arrived,
	    &error), KS_E_SYSTEM);
	assert_string_equal(arrived.text, "a|");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lines),
		cmocka_unit_test(tells_versions_apart),
		cmocka_unit_test(prints_any_text),
		cmocka_unit_test(puts_pieces_together),
		cmocka_unit_test(refuses_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
