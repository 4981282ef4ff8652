/* SPDX-License-Identifier: ISC */

/*
 * The log: one line a call, nothing that forges another, values in logfmt.
 */

#include <sys/wait.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

static char	output[8192];
static int	saved_stderr;
static FILE	*captured;

/* Between begin and end, stderr goes to a file. */
static void
capture_begin(void)
{
	assert_non_null(captured = tmpfile());
	assert_true((saved_stderr = dup(STDERR_FILENO)) != -1);
	assert_true(dup2(fileno(captured), STDERR_FILENO) != -1);
}

/* What was written, behind stamp and program. */
static const char *
capture_end(void)
{
	char *text;
	size_t n;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	rewind(captured);
	n = fread(output, 1, sizeof(output) - 1, captured);
	output[n] = '\0';
	fclose(captured);
	if ((text = strstr(output, "]: ")) == NULL)
		return output;
	assert_int_equal(output[10], 'T');
	assert_non_null(strstr(output, "Z prog["));
	return text + 3;
}

static void
levels(void **state)
{
	(void)state;
	capture_begin();
	log_info(M_READY, "a %d", 1);
	assert_string_equal(capture_end(), "a 1 [ready]\n");
	capture_begin();
	log_warnx(M_CONFIG_KEPT, "b");
	assert_string_equal(capture_end(), "warning: b [config-kept]\n");
	capture_begin();
	errno = ENOENT;
	log_warn(M_CONFIG_KEPT, "c %s", "d");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(capture_end(),
	    "warning: c d: No such file or directory [config-kept]\n");
	capture_begin();
	log_debug("e");
	assert_string_equal(capture_end(), "");
	log_set_debug(true);
	capture_begin();
	log_debug("e");
	assert_string_equal(capture_end(), "debug: e\n");
	log_set_debug(false);
}

static void
no_text_forges_a_line(void **state)
{
	(void)state;
	capture_begin();
	log_info(M_READY, "a%sb", "\r\n\t\x1b[2J\x7f\xc3\xa4");
	assert_string_equal(capture_end(),
	    "a\\x0d\\x0a\\x09\\x1b[2J\\x7f\\xc3\\xa4" "b [ready]\n");
	capture_begin();
	log_record(M_DECISION, "Q1", "a source", "a\nb");
	assert_string_equal(capture_end(), "a\\x0ab\n");
}

static void
long_lines_are_cut(void **state)
{
	static char text[8000];
	const char *line;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	capture_begin();
	log_info(M_READY, "%s", text);
	line = capture_end();
	assert_true(strlen(line) < 4300);
	assert_string_equal(line + strlen(line) - 13, "a... [ready]\n");

	capture_begin();
	errno = EACCES;
	log_warn(M_READY, "%s", text);
	line = capture_end();
	assert_non_null(strstr(line, "a...: Permission denied [ready]\n"));

	memset(text, '\n', sizeof(text) - 1);
	capture_begin();
	log_info(M_READY, "%s", text);
	line = capture_end();
	assert_true(strlen(line) < 4300);
	assert_string_equal(line + strlen(line) - 16, "\\x0a... [ready]\n");
}

static void
fatal_exits(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	capture_begin();
	if ((pid = fork()) == 0) {
		errno = ENOENT;
		fatal(78, M_READY, "reading %s", "x");
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_string_equal(capture_end(),
	    "fatal: reading x: No such file or directory [ready]\n");
	assert_int_equal(WEXITSTATUS(status), 78);

	capture_begin();
	if ((pid = fork()) == 0)
		fatalx(2, M_STOPPED, "no");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_string_equal(capture_end(), "fatal: no [stopped]\n");
	assert_int_equal(WEXITSTATUS(status), 2);
}

static const struct {
	const char	*value, *wanted;
	size_t		 bufsize;
} values[] = {
	{ "abc",		"abc",			64 },
	{ "",			"\"\"",			64 },
	{ "a b",		"\"a b\"",		64 },
	{ "a=b",		"\"a=b\"",		64 },
	{ "a\"b",		"\"a\\\"b\"",		64 },
	{ "a\\b",		"\"a\\\\b\"",		64 },
	{ "a\nb",		"\"a\\x0ab\"",		64 },
	{ "\xc3\xa4",		"\"\\xc3\\xa4\"",	64 },
	{ "abcdefgh",		"abcdefgh",		9 },
	{ "abcdefghi",		"abcde...",		9 },
	{ "abc def",		"\"abc def\"",		10 },
	{ "abc defg",		"\"abc ...\"",		10 },
	{ "abcdef\n",		"\"abc...\"",		9 },
	{ "\n\n\n",		"\"...\"",		8 },
	{ "abc",		"",			7 },
};

static void
values_are_safe(void **state)
{
	char buf[80];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		memset(buf, 'Z', sizeof(buf));
		assert_ptr_equal(log_value(buf, values[i].bufsize,
		    values[i].value, strlen(values[i].value)), buf);
		assert_string_equal(buf, values[i].wanted);
		assert_int_equal(buf[values[i].bufsize], 'Z');
	}
	log_value(buf, sizeof(buf), "a\0b", 3);
	assert_string_equal(buf, "\"a\\x00b\"");
}

static int
begin(void **state)
{
	(void)state;
	log_init("prog", true);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels),
		cmocka_unit_test(no_text_forges_a_line),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(fatal_exits),
		cmocka_unit_test(values_are_safe),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
