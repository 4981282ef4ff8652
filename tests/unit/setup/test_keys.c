/* SPDX-License-Identifier: ISC */

/*
 * How setup rotates the domains of a source while it waits: all of them, each
 * once, in commands that are short enough to be run.  countersign-key is a
 * shell script that keeps its arguments, and reports what ends the waiting.
 */

#include <sys/stat.h>

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

#include "setup/private.h"

#define NDOMAINS	120
#define BATCH		50	/* of setup/keys.c */

static char folder[] = "/tmp/test_keys.XXXXXX";

static int
set_up(void **state)
{
	char path[64];
	FILE *program;

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/countersign-key", folder);
	if ((program = fopen(path, "w")) == NULL)
		return -1;
	(void)fprintf(program, "#!/bin/sh\n"
	    "shift 2\n"
	    "case $* in\n"
	    "rotate*) echo \"$*\" >>%s/log ;;\n"
	    "*--monitor*) echo '{\"problems\": [{\"trouble\": "
	    "\"private-servers\", \"text\": \"private\"}]}'; exit 1 ;;\n"
	    "*) echo '[]' ;;\n"
	    "esac\n", folder);
	return fclose(program) == 0 ? chmod(path, 0755) : -1;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* keys_wait(), without what it prints: standard output is in TAP. */
static bool
wait_quietly(struct setup *setup, const struct source *source)
{
	bool done;
	int kept;

	(void)fflush(stdout);
	assert_return_code(kept = dup(STDOUT_FILENO), errno);
	assert_non_null(freopen("/dev/null", "w", stdout));
	done = keys_wait(setup, source, 600);
	(void)fflush(stdout);
	assert_return_code(dup2(kept, STDOUT_FILENO), errno);
	(void)close(kept);
	return done;
}

/* The next command names these of the domains, and only them. */
static void
check_batch(FILE *log, char names[][32], size_t from, size_t to)
{
	char wanted[4096], line[4096];
	size_t i;

	(void)strlcpy(wanted, "rotate", sizeof(wanted));
	for (i = from; i < to; i++) {
		(void)strlcat(wanted, " ", sizeof(wanted));
		(void)strlcat(wanted, names[i], sizeof(wanted));
	}
	(void)strlcat(wanted, " --no-progress\n", sizeof(wanted));
	assert_non_null(fgets(line, sizeof(line), log));
	assert_string_equal(line, wanted);
}

static void
test_batches(void **state)
{
	static char names[NDOMAINS][32], patterns[NDOMAINS][34];
	const char *texts[2 * NDOMAINS];
	struct setup_request request = {
		.config = "/nowhere/c", .programs = folder
	};
	struct config config = { .keydir = folder };
	struct setup setup = { .request = &request, .config = &config };
	struct source source = {
		.name = "s", .domains = { texts, 2 * NDOMAINS }
	};
	char path[64], line[8];
	size_t i;
	FILE *log;

	(void)state;
	for (i = 0; i < NDOMAINS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "d%zu.example", i);
		(void)snprintf(patterns[i], sizeof(patterns[i]), "*.%s",
		    names[i]);
		texts[2 * i] = names[i];
		texts[2 * i + 1] = patterns[i];
	}
	assert_false(wait_quietly(&setup, &source));
	(void)snprintf(path, sizeof(path), "%s/log", folder);
	assert_non_null(log = fopen(path, "r"));
	for (i = 0; i < NDOMAINS; i += BATCH)
		check_batch(log, names, i, i + BATCH < NDOMAINS ? i + BATCH :
		    NDOMAINS);
	assert_null(fgets(line, sizeof(line), log));
	assert_int_equal(fclose(log), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batches),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
