/* SPDX-License-Identifier: ISC */

/*
 * What --undo does with files and directories: it takes back what is as setup
 * left it, and leaves alone what is not.
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

#include "setup/private.h"

static char folder[] = "/tmp/test_undo.XXXXXX";
static char path[64], why[SETUP_WHY_SIZE];

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/d/f", folder);
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void
write_file(const char *text)
{
	const struct change_access access = { getuid(), getgid(), 0644 };

	assert_int_equal(file_write(path, text, &access, why, sizeof(why)), 0);
}

/* before, what setup writes, and what somebody else has made of it: NULL for
 * no file; and what is there in the end. */
static const struct {
	const char	*name, *before, *after, *now, *end;
	int		 status;
} cases[] = {
	{ "new",		NULL, "a", "a", NULL, SETUP_DONE },
	{ "replaced",		"old", "a", "a", "old", SETUP_DONE },
	{ "not written yet",	"old", "a", "old", "old", SETUP_DONE },
	{ "changed since",	NULL, "a", "b", "b", SETUP_NOT_YET },
	{ "gone, was new",	NULL, "a", NULL, NULL, SETUP_DONE },
	{ "gone, was there",	"old", "a", NULL, NULL, SETUP_NOT_YET },
};

/* As a run leaves it that is killed while it writes the file. */
static void
leave_half(const char *directory)
{
	char half[128];
	FILE *file;

	(void)snprintf(half, sizeof(half), "%s/.f.setup", directory);
	assert_non_null(file = fopen(half, "w"));
	assert_int_equal(fclose(file), 0);
}

static void
run_case(size_t n)
{
	struct setup_request request = {
		.config = "/nowhere/c", .mta = SETUP_MTA_NONE
	};
	struct setup setup = { .request = &request };
	struct change *file, *directory;
	char ledger[64], d[64], *end;

	(void)snprintf(ledger, sizeof(ledger), "%s/setup.json", folder);
	(void)snprintf(d, sizeof(d), "%s/d", folder);
	assert_int_equal(mkdir(d, 0755), 0);
	if (cases[n].now != NULL)
		write_file(cases[n].now);
	plan_init(&setup.plan);
	assert_int_equal(ledger_open(&setup.ledger, ledger, why, sizeof(why)),
	    0);
	directory = change_new(CHANGE_DIRECTORY, d, NULL, NULL, "");
	file = change_new(CHANGE_FILE, path, NULL, cases[n].before,
	    cases[n].after);
	assert_true(directory != NULL && file != NULL);
	if (cases[n].before == NULL)
		assert_int_equal(ledger_record(&setup.ledger, directory, why,
		    sizeof(why)), 0);
	assert_int_equal(ledger_record(&setup.ledger, file, why, sizeof(why)),
	    0);
	leave_half(d);
	if (undo_run(&setup) != cases[n].status)
		fail_msg("%s", cases[n].name);
	assert_int_equal(file_read(path, &end, NULL, why, sizeof(why)), 0);
	if (!plan_is_same(end, cases[n].end))
		fail_msg("%s: %s", cases[n].name, end);
	/* A directory that setup made goes when it is empty. */
	assert_int_equal(access(d, F_OK) == 0, cases[n].end != NULL ||
	    cases[n].before != NULL);
	/* Again: nothing that is left is forgotten, or done twice. */
	assert_int_equal(undo_run(&setup), cases[n].status);
	free(end);
	change_free(file);
	change_free(directory);
	while (setup.nnotes > 0)
		free(setup.notes[--setup.nnotes]);
	ledger_close(&setup.ledger);
	(void)unlink(path);
	(void)rmdir(d);
	(void)unlink(ledger);
}

static void
test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run_case(i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
