/* SPDX-License-Identifier: ISC */

/*
 * What --undo does with files and directories: it takes back what is as setup
 * left it, and leaves alone what is not.
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

/*
 * undo_run(), and what it prints, in *said for free(3): standard output is that
 * of the test, in TAP.
 */
static int
undo(struct setup *setup, char **said)
{
	char out[64];
	int kept, status;

	(void)snprintf(out, sizeof(out), "%s/out", folder);
	(void)fflush(stdout);
	assert_return_code(kept = dup(STDOUT_FILENO), errno);
	assert_non_null(freopen(out, "w", stdout));
	status = undo_run(setup);
	(void)fflush(stdout);
	assert_return_code(dup2(kept, STDOUT_FILENO), errno);
	(void)close(kept);
	assert_int_equal(file_read(out, said, NULL, why, sizeof(why)), 0);
	assert_return_code(unlink(out), errno);
	return status;
}

#define SECRET	"secret_header \"X-Key\" {\n    value = \"0123abcd\"\n}\n"

/* before, what setup writes, and what somebody else has made of it: NULL for
 * no file; what is there in the end, and is said, besides what is undone. */
static const struct {
	const char	*name, *before, *after, *now, *end;
	int		 status;
	const char	*said;
} cases[] = {
	{ "new",		NULL, "a", "a", NULL, SETUP_DONE, NULL },
	{ "replaced",		"old", "a", "a", "old", SETUP_DONE, NULL },
	{ "not written yet",	"old", "a", "old", "old", SETUP_DONE, NULL },
	{ "changed since",	NULL, "a", "b", "b", SETUP_NOT_YET,
	    "is left:\n-a\n+b\n" },
	{ "gone, was new",	NULL, "a", NULL, NULL, SETUP_DONE, NULL },
	{ "gone, was there",	"old", "a", NULL, NULL, SETUP_NOT_YET,
	    "no longer exists; nothing to undo\n" },
	{ "secret changed",	NULL, SECRET, SECRET "#", SECRET "#",
	    SETUP_NOT_YET, "is left:\n(it holds a secret and is not shown)\n" },
	{ "secret taken out",	NULL, SECRET, "b", "b", SETUP_NOT_YET,
	    "is left:\n(it holds a secret and is not shown)\n" },
	{ "secret gone",	"old", SECRET, NULL, NULL, SETUP_NOT_YET,
	    "no longer exists; nothing to undo\n" },
};

/* As runs leave it that are killed while they make the file or directory. */
static void
leave_half(const char *directory)
{
	char half[128];
	FILE *file;

	(void)snprintf(half, sizeof(half), "%s/.f.setup", directory);
	assert_non_null(file = fopen(half, "w"));
	assert_int_equal(fclose(file), 0);
	(void)snprintf(half, sizeof(half), "%s/.d.setup", folder);
	assert_int_equal(mkdir(half, 0700), 0);
}

/* What was half made goes with what it was to become, or waits for it. */
static void
check_half(bool has_directory)
{
	char half[128];

	(void)snprintf(half, sizeof(half), "%s/.d.setup", folder);
	assert_int_equal(access(half, F_OK), has_directory ? -1 : 0);
	(void)rmdir(half);
}

static void
run_case(size_t n)
{
	struct setup_request request = {
		.config = "/nowhere/c", .mta = SETUP_MTA_NONE
	};
	struct setup setup = { .request = &request };
	struct change *file, *directory;
	char ledger[64], d[64], *end, *said, *again;

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
	if (undo(&setup, &said) != cases[n].status)
		fail_msg("%s", cases[n].name);
	if (strstr(said, "0123abcd") != NULL || (cases[n].said == NULL ?
	    strstr(said, " left") != NULL :
	    strstr(said, cases[n].said) == NULL))
		fail_msg("%s: %s", cases[n].name, said);
	assert_int_equal(file_read(path, &end, NULL, why, sizeof(why)), 0);
	if (!plan_is_same(end, cases[n].end))
		fail_msg("%s: %s", cases[n].name, end);
	/* A directory that setup made goes when it is empty. */
	assert_int_equal(access(d, F_OK) == 0, cases[n].end != NULL ||
	    cases[n].before != NULL);
	check_half(cases[n].before == NULL);
	/* Again: nothing that is left is forgotten, or done twice. */
	assert_int_equal(undo(&setup, &again), cases[n].status);
	if (cases[n].status == SETUP_DONE)
		assert_string_equal(again, "There is nothing to undo.\n");
	else
		assert_non_null(strstr(again, cases[n].said));
	free(again);
	free(said);
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
