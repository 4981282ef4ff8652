/* SPDX-License-Identifier: ISC */

/*
 * The text of a state file, read and written.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "state.h"

#define HEAD	"countersign-keys 1\n"
#define TIME	"2026-11-23T09:00:00Z"
#define MARK(mark)	" - - - - - - - - " mark "\n"
#define NONE	" - - - - - - - -\n"

static const struct {
	const char	*name, *text;
	size_t		 nkeys;
} good[] = {
	{ "a strict key", HEAD "s1 rsa-sha256" MARK("strict")
	    "s2 rsa-sha256" NONE, 2 },
	{ "no keys", HEAD, 0 },
	{ "one key", HEAD "s1 rsa-sha256" NONE, 1 },
	{ "dotted selector", HEAD "a.b-c rsa-sha256" NONE, 1 },
	{ "all times", HEAD "s1 ed25519-sha256 " TIME " " TIME " " TIME " "
	    TIME " " TIME " " TIME " " TIME " " TIME "\n", 1 },
	{ "a compromised key", HEAD "s1 rsa-sha256" MARK("compromised"), 1 },
	{ "a record elsewhere", HEAD "s1 rsa-sha256"
	    MARK("record=r1._at.example.com.dkim.example.net"), 1 },
	{ "all marks", HEAD "s1 rsa-sha256"
	    MARK("strict compromised record=r1.example"), 1 },
	{ "two keys", HEAD "s1 rsa-sha256" NONE "s2 ed25519-sha256" NONE, 2 }
};

static const struct {
	const char	*name, *text;
	size_t		 line;
	const char	*why;
} bad[] = {
	{ "empty", "", 1, "file empty" },
	{ "no newline", "countersign-keys 1", 1, "no newline" },
	{ "version", "countersign-keys 2\n", 1, "first line" },
	{ "version cut", "countersign-keys\n", 1, "first line" },
	{ "CRLF", "countersign-keys 1\r\n", 1, "first line" },
	{ "key cut", HEAD "s1 rsa-sha256 - -", 2, "no newline" },
	{ "empty line", HEAD "\n", 2, "ten fields" },
	{ "nine fields", HEAD "s1 rsa-sha256 - - - - - - -\n", 2,
	    "ten fields" },
	{ "eleven fields", HEAD "s1 rsa-sha256" MARK("-"), 2, "after the" },
	{ "mark", HEAD "s1 rsa-sha256" MARK("lax"), 2, "after the" },
	{ "mark twice", HEAD "s1 rsa-sha256" MARK("strict strict"), 2,
	    "after the" },
	{ "marks in another order", HEAD "s1 rsa-sha256"
	    MARK("compromised strict"), 2, "after the" },
	{ "four marks", HEAD "s1 rsa-sha256"
	    MARK("strict compromised record=a b"), 2, "ten fields" },
	{ "mark for a time", HEAD "s1 rsa-sha256 - - - - - - - strict\n", 2,
	    "time" },
	{ "record without a name", HEAD "s1 rsa-sha256" MARK("record="), 2,
	    "after the" },
	{ "record in capitals", HEAD "s1 rsa-sha256" MARK("record=A.b"), 2,
	    "after the" },
	{ "record with a final dot", HEAD "s1 rsa-sha256" MARK("record=a.b."),
	    2, "after the" },
	{ "record with an empty label", HEAD "s1 rsa-sha256"
	    MARK("record=a..b"), 2, "after the" },
	{ "blank at the end", HEAD "s1 rsa-sha256" MARK(""), 2, "after the" },
	{ "two blanks", HEAD "s1  rsa-sha256" NONE, 2, "algorithm" },
	{ "tab", HEAD "s1\trsa-sha256 - - - - - - - - -\n", 2, "selector" },
	{ "no selector", HEAD " rsa-sha256" NONE, 2, "selector" },
	{ "path", HEAD "../s rsa-sha256" NONE, 2, "selector" },
	{ "capitals", HEAD "S1 rsa-sha256" NONE, 2, "selector" },
	{ "long selector", HEAD
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    " rsa-sha256" NONE, 2, "selector" },
	{ "algorithm", HEAD "s1 rsa-sha1" NONE, 2, "algorithm" },
	{ "algorithm's capitals", HEAD "s1 RSA-SHA256" NONE, 2,
	    "algorithm" },
	{ "time", HEAD "s1 rsa-sha256 - - 2026-11-23 - - - - -\n", 2, "time" },
	{ "no time", HEAD "s1 rsa-sha256 - - -- - - - - -\n", 2, "time" },
	{ "twice", HEAD "s1 rsa-sha256" NONE "s2 rsa-sha256" NONE
	    "s1 ed25519-sha256" NONE, 4, "twice" }
};

static void
test_good(void **unused)
{
	struct ks_state state;
	const char *why;
	char *text;
	size_t i, len, line;

	(void)unused;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (state_parse(good[i].text, strlen(good[i].text), &state,
		    &line, &why) != 0)
			fail_msg("%s: line %zu: %s", good[i].name, line,
			    why);
		assert_int_equal(state.nkeys, good[i].nkeys);
		assert_int_equal(state_print(&state, &text, &len), 0);
		assert_int_equal(len, strlen(good[i].text));
		assert_string_equal(text, good[i].text);
		free(text);
		ks_state_finish(&state);
	}
}

static void
test_bad(void **unused)
{
	struct ks_state state;
	const char *why;
	size_t i, line;

	(void)unused;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (state_parse(bad[i].text, strlen(bad[i].text), &state,
		    &line, &why) != KS_E_DAMAGED)
			fail_msg("%s: accepted", bad[i].name);
		if (line != bad[i].line || strstr(why, bad[i].why) == NULL)
			fail_msg("%s: line %zu: %s", bad[i].name, line, why);
		assert_null(state.keys);
	}
}

/* No prefix of a state but whole lines is one: a cut is always noticed. */
static void
test_cut(void **unused)
{
	static const char text[] = HEAD "s1 rsa-sha256" NONE;
	struct ks_state state;
	const char *why;
	size_t line, n;

	(void)unused;
	for (n = 0; n < sizeof(text) - 1; n++) {
		if (n == strlen(HEAD))
			continue;
		assert_int_equal(state_parse(text, n, &state, &line, &why),
		    KS_E_DAMAGED);
	}
}

/* A NUL anywhere is damage. */
static void
test_nul(void **unused)
{
	static const char text[] = HEAD "s1 rsa-sha256" NONE;
	char copy[sizeof(text)];
	struct ks_state state;
	const char *why;
	size_t line, n;

	(void)unused;
	for (n = 0; n < sizeof(text) - 1; n++) {
		memcpy(copy, text, sizeof(text));
		copy[n] = '\0';
		assert_int_equal(state_parse(copy, sizeof(text) - 1, &state,
		    &line, &why), KS_E_DAMAGED);
	}
}

static void
test_limits(void **unused)
{
	struct ks_state state;
	struct ks_key *keys;
	const char *why;
	char *text;
	size_t i, len, line;

	(void)unused;
	keys = calloc(KS_MAX_KEYS + 1, sizeof(*keys));
	assert_non_null(keys);
	for (i = 0; i <= KS_MAX_KEYS; i++) {
		(void)snprintf(keys[i].selector, sizeof(keys[i].selector),
		    "s%zu", i);
		keys[i].published = keys[i].removed = KS_NEVER;
	}
	memset(&state, 0, sizeof(state));
	state.keys = keys;
	state.nkeys = KS_MAX_KEYS;
	assert_int_equal(state_print(&state, &text, &len), 0);
	assert_true(len <= KS_MAX_STATE);
	free(text);
	state.nkeys = KS_MAX_KEYS + 1;
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	assert_null(text);

	/* What could not be read again is not written. */
	state.nkeys = 1;
	keys[0].revoked = -2;
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	keys[0].revoked = 0;
	(void)strcpy(keys[0].selector, "a b");
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	free(keys);

	text = malloc(KS_MAX_STATE + 1);
	assert_non_null(text);
	memset(text, '\n', KS_MAX_STATE + 1);
	assert_int_equal(state_parse(text, KS_MAX_STATE + 1, &state, &line,
	    &why), KS_E_DAMAGED);
	assert_string_equal(why, "file too large");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_limits)
	};

	return cmocka_run_group_tests_name("state_parse", tests, NULL, NULL);
}
