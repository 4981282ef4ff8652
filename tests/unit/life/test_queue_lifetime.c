/* SPDX-License-Identifier: ISC */

/*
 * What a postconf may answer, and what is made of it.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "life/queue_lifetime.h"

#define DAY	86400

/* The shell script that plays postconf, and how long it says, or why not. */
static const struct {
	const char	*script;
	int64_t		 want;
	const char	*complaint;	/* part of it; "": none */
} cases[] = {
	{ "echo 5d",	5 * DAY,	"" },
	{ "echo 3",	3 * DAY,	"" },
	{ "echo 0",	0,		"" },
	{ "echo 90s",	90,		"" },
	{ "echo 10m",	600,		"" },
	{ "echo 36h",	36 * 3600,	"" },
	{ "echo 2w",	14 * DAY,	"" },
	{ "echo \"$*\" | grep -qx -e '-x -h maximal_queue_lifetime' && "
	    "echo 1h",	3600,		"" },
	{ "echo 'warning: unused parameter' >&2; echo 1d", DAY, "" },
	{ "printf 5d",	5 * DAY,	"is not a time" },
	{ "echo",	5 * DAY,	"is not a time" },
	{ "echo d",	5 * DAY,	"is not a time" },
	{ "echo -1d",	5 * DAY,	"is not a time" },
	{ "echo 5y",	5 * DAY,	"is not a time" },
	{ "echo '5 d'",	5 * DAY,	"is not a time" },
	{ "echo 5dd",	5 * DAY,	"is not a time" },
	{ "echo 1d; echo 2d", 5 * DAY,	"is not a time" },
	{ "echo 99999999999999999999d", 5 * DAY, "is not a time" },
	{ "exec yes 1d | head -c 100000", 5 * DAY, "is not a time" },
	{ "echo 1d; echo 'fatal: open main.cf' >&2; exit 1", 5 * DAY,
	    "fatal: open main.cf; using 5d" },
	{ "exit 1",	5 * DAY,	"no output" },
	{ "kill -9 $$",	5 * DAY,	"no output" },
};

static char folder[] = "/tmp/test_queue_lifetime.XXXXXX";

static void
write_script(const char *path, const char *script)
{
	FILE *file;

	assert_non_null(file = fopen(path, "w"));
	fprintf(file, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0700), 0);
}

static void
answers(void **state)
{
	char path[64], complaint[512];
	int64_t seconds;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/postconf", folder);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_script(path, cases[i].script);
		seconds = queue_lifetime_ask(path, complaint,
		    sizeof(complaint));
		if (seconds != cases[i].want ||
		    (complaint[0] == '\0') != (cases[i].complaint[0] == '\0') ||
		    strstr(complaint, cases[i].complaint) == NULL)
			fail_msg("%s: %jd, %s", cases[i].script,
			    (intmax_t)seconds, complaint);
		unlink(path);
	}
	assert_int_equal(queue_lifetime_ask(path, complaint,
	    sizeof(complaint)), 5 * DAY);
	assert_non_null(strstr(complaint, "No such file"));
	rmdir(folder);
}

/* With a Postfix here or without, there is an answer. */
static void
here(void **state)
{
	char complaint[512];

	(void)state;
	assert_true(queue_lifetime_ask(NULL, complaint, sizeof(complaint)) >=
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
