/* SPDX-License-Identifier: ISC */

/*
 * The lines by which hosts push keys: each field, right and broken, and lines
 * in pieces.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/protocol.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define HEX	"00112233445566778899aabbccddeeff" \
		"00112233445566778899aabbccddeeff"

static const struct {
	const char	*name, *line;
	const char	*want;		/* the error; NULL: none */
} cases[] = {
	{ "hello", "countersign-sync 1 " HEX " " HEX " a.example 9 1 " HEX,
	    NULL },
	{ "another version", "countersign-sync 2 whatever",
	    "version 2 of the protocol is not known here, but 1 is" },
	{ "no version", "countersign-sync x",
	    "countersign-sync: VERSION must be a number" },
	{ "version missing", "countersign-sync",
	    "countersign-sync: VERSION is missing" },
	{ "store", "countersign-sync 1 x " HEX " a.example 9 1 " HEX,
	    "countersign-sync: STORE must be 64 hexadecimal digits" },
	{ "hash", "countersign-sync 1 " HEX " " HEX "0 a.example 9 1 " HEX,
	    "countersign-sync: HASH must be 64 hexadecimal digits" },
	{ "name", "countersign-sync 1 " HEX " " HEX " a/b 9 1 " HEX,
	    "countersign-sync: NAME must be the name of a host" },
	{ "term", "countersign-sync 1 " HEX " " HEX " a.example 0 1 " HEX,
	    "countersign-sync: TERM must be seconds since 1970" },
	{ "term, sign", "countersign-sync 1 " HEX " " HEX " a +9 1 " HEX,
	    "countersign-sync: TERM must be seconds since 1970" },
	{ "push", "countersign-sync 1 " HEX " " HEX " a 9 0 " HEX,
	    "countersign-sync: PUSH must be a number from 1" },
	{ "push, too large", "countersign-sync 1 " HEX " " HEX
	    " a 9 1000000000 " HEX,
	    "countersign-sync: PUSH must be a number from 1" },
	{ "challenge", "countersign-sync 1 " HEX " " HEX " a 9 1 " HEX "0",
	    "countersign-sync: CHALLENGE must be 64 hexadecimal digits" },
	{ "challenge missing", "countersign-sync 1 " HEX " " HEX " a 9 1",
	    "countersign-sync: CHALLENGE is missing" },
	{ "one more", "countersign-sync 1 " HEX " " HEX " a 9 1 " HEX " ",
	    "countersign-sync: has more fields than it may have" },
	{ "have", "have example.com " HEX, NULL },
	{ "capitals", "have Example.com " HEX,
	    "have: DOMAIN must be a domain in lower case" },
	{ "no domain", "have . " HEX,
	    "have: DOMAIN must be a domain in lower case" },
	{ "a path", "have ../etc " HEX,
	    "have: DOMAIN must be a domain in lower case" },
	{ "digest", "have example.com " HEX "A",
	    "have: DIGEST must be 64 hexadecimal digits" },
	{ "gone", "gone example.com", NULL },
	{ "gone, more", "gone example.com x",
	    "gone: has more fields than it may have" },
	{ "domain", "domain example.com 3 2", NULL },
	{ "lines", "domain example.com 1002 2",
	    "domain: NLINES must be a number of lines" },
	{ "keys", "domain example.com 3 1001",
	    "domain: NKEYS must be a number of keys" },
	{ "negative", "domain example.com 3 -1",
	    "domain: NKEYS must be a number of keys" },
	{ "line", "line any  text at all", NULL },
	{ "line, empty", "line ", NULL },
	{ "line without text", "line", "line: TEXT is missing" },
	{ "key", "key s1 QUJD", NULL },
	{ "selector", "key S1 QUJD",
	    "key: SELECTOR must be a selector in lower case" },
	{ "selector, a path", "key ../s1 QUJD",
	    "key: SELECTOR must be a selector in lower case" },
	{ "base64", "key s1 QUJ!", "key: BASE64 must be base64" },
	{ "base64, cut", "key s1 QUJ", "key: BASE64 must be base64" },
	{ "base64, empty", "key s1 ", "key: BASE64 must be base64" },
	{ "commit", "commit example.com " HEX, NULL },
	{ "end", "end", NULL },
	{ "end, more", "end ", "end: has more fields than it may have" },
	{ "ready", "ready b.example", NULL },
	{ "refused", "refused for some reason", NULL },
	{ "used", "used example.com s1 1700000000", NULL },
	{ "used, never", "used example.com s1 -", NULL },
	{ "used, time", "used example.com s1 tomorrow",
	    "used: TIME must be seconds since 1970, or -" },
	{ "used, too late", "used example.com s1 253402300800",
	    "used: TIME must be seconds since 1970, or -" },
	{ "proof", "proof example.com s1 QUJD", NULL },
	{ "same", "same example.com", NULL },
	{ "want", "want example.com", NULL },
	{ "taken", "taken example.com", NULL },
	{ "failed", "failed example.com disk is full", NULL },
	{ "done", "done", NULL },
	{ "unknown", "hello", "a line that begins with an unknown word" },
	{ "empty", "", "a line that begins with an unknown word" },
	{ "a blank first", " end", "a line that begins with an unknown word" },
};

static void
test_fields(void **state)
{
	struct sync_message message;
	struct ks_error error;
	char line[1024];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		(void)strlcpy(line, cases[i].line, sizeof(line));
		error.text[0] = '\0';
		r = sync_message_parse(line, &message, &error);
		if (cases[i].want == NULL ? r != 0 : r == 0 || strncmp(
		    error.text, cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s: %d %s", cases[i].name, r, error.text);
	}
}

static void
test_values(void **state)
{
	struct sync_message message;
	struct ks_error error;
	char hello[] = "countersign-sync 1 " HEX " " HEX " a.example 9 7 " HEX;
	char used[] = "used example.com s1 -";
	char domain[] = "domain example.com 3 2";

	(void)state;
	assert_int_equal(sync_message_parse(hello, &message, &error), 0);
	assert_int_equal(message.kind, SYNC_HELLO);
	assert_string_equal(message.holder.id, HEX);
	assert_string_equal(message.holder.name, "a.example");
	assert_int_equal(message.generation.term, 9);
	assert_int_equal(message.generation.push, 7);
	assert_string_equal(message.challenge, HEX);
	assert_int_equal(sync_message_parse(used, &message, &error), 0);
	assert_string_equal(message.selector, "s1");
	assert_int_equal(message.when, KS_NEVER);
	assert_int_equal(sync_message_parse(domain, &message, &error), 0);
	assert_string_equal(message.domain, "example.com");
	assert_int_equal(message.nlines, 3);
	assert_int_equal(message.nkeys, 2);
}

static int
collect(void *context, char *line)
{
	char *all = context;

	(void)strlcat(all, "<", 256);
	(void)strlcat(all, line, 256);
	(void)strlcat(all, ">", 256);
	return strcmp(line, "stop") == 0 ? KS_E_EXISTS : 0;
}

static void
test_lines(void **state)
{
	static const char text[] = "one\n\ntwo three\nfo";
	struct sync_lines lines;
	struct ks_error error;
	char all[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text); i++) {
		memset(&lines, 0, sizeof(lines));
		all[0] = '\0';
		assert_int_equal(sync_lines_add(&lines, text, i, collect, all,
		    &error), 0);
		assert_int_equal(sync_lines_add(&lines, text + i,
		    sizeof(text) - 1 - i, collect, all, &error), 0);
		assert_string_equal(all, "<one><><two three>");
	}
	assert_int_equal(sync_lines_add(&lines, "ur\nstop\nno\n", 11, collect,
	    all, &error), KS_E_EXISTS);
	assert_string_equal(all, "<one><><two three><four><stop>");
}

static void
test_bad_lines(void **state)
{
	static struct sync_lines lines;
	static char text[SYNC_MAX_LINE + 2];
	struct ks_error error;
	char all[256] = "";

	(void)state;
	memset(&lines, 0, sizeof(lines));
	memset(text, 'x', sizeof(text));
	text[SYNC_MAX_LINE - 1] = '\n';
	assert_int_equal(sync_lines_add(&lines, text, SYNC_MAX_LINE, collect,
	    all, &error), 0);
	text[SYNC_MAX_LINE - 1] = 'x';
	text[SYNC_MAX_LINE] = '\n';
	assert_int_equal(sync_lines_add(&lines, text, SYNC_MAX_LINE + 1,
	    collect, all, &error), KS_E_ARG);
	assert_string_equal(error.text, "line 2 is too long");
	memset(&lines, 0, sizeof(lines));
	assert_int_equal(sync_lines_add(&lines, "a\tb\n", 4, collect, all,
	    &error), KS_E_ARG);
	assert_string_equal(error.text,
	    "line 1 contains a character that no line can contain");
	assert_int_equal(sync_lines_add(&lines, "\0\n", 2, collect, all,
	    &error), KS_E_ARG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
