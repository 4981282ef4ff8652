/* SPDX-License-Identifier: ISC */

/*
 * What --undo does with files and directories: it takes back what is as setup
 * left it, leaves alone what is not, and says what it has done; and what it
 * says of keys, which stay.
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
	char ledger[64], d[64], line[128], *end, *said, *again;

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
	(void)snprintf(line, sizeof(line), "undone: %s\n", path);
	assert_int_equal(strstr(said, line) != NULL, cases[n].status ==
	    SETUP_DONE && !plan_is_same(cases[n].now, cases[n].before));
	(void)snprintf(line, sizeof(line), "%s: already as it was before "
	    "setup\n", path);
	assert_int_equal(strstr(said, line) != NULL, plan_is_same(cases[n].now,
	    cases[n].before));
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

#define CONF	"host = \"test\"\nuser = \"daemon\"\nkeys_user = \"backup\"\n"
#define SOURCE	"source \"x\" {\n    networks = { \"192.0.2.1\" }\n" \
		"    trust_network = true\n    domains = { \"%s\" }\n}\n"

/* The state of the domain and the configuration that are left, NULL for none;
 * FILE is its file. */
static const struct {
	const char	*state, *domain, *said;
} left[] = {
	{ NULL,	"example.net", "there are no keys of example.com\n" },
	{ NULL,	NULL, "there are no keys of example.com\n" },
	{ "s1 generated=x\n", "example.net",
	    "keys of example.com and their records stay; to remove them: "
	    "countersign-key -c FILE domain remove example.com\n" },
	{ "s1 generated=x\n", "example.com",
	    "keys of example.com and their records stay, because source "
	    "\"x\" names the domain\n" },
	{ "s1 generated=x\n", NULL,
	    "keys of example.com and their records stay: removing them needs "
	    "a valid configuration in FILE\n" },
	{ "s1 generated=x leaving=yes\n", "example.net",
	    "keys of example.com and their records stay until "
	    "'countersign-key rotate' has removed them: 'domain remove' was "
	    "run\n" },
};

/* Write FILE for the path. */
static void
hide(char *text, const char *of)
{
	char *at = strstr(text, of);

	if (at == NULL)
		return;
	memmove(at + 4, at + strlen(of), strlen(at + strlen(of)) + 1);
	memcpy(at, "FILE", 4);
}

static void
write_text(const char *file, const char *text)
{
	const struct change_access access = { getuid(), getgid(), 0600 };

	assert_int_equal(file_write(file, text, &access, why, sizeof(why)), 0);
}

static void
run_left(size_t n)
{
	struct setup_request request = { .mta = SETUP_MTA_NONE };
	struct setup setup = { .request = &request };
	char conf[64], state[64], ledger[64], text[512], *said;
	struct change *keys;

	(void)snprintf(conf, sizeof(conf), "%s/c", folder);
	(void)snprintf(state, sizeof(state), "%s/example.com/state", folder);
	(void)snprintf(ledger, sizeof(ledger), "%s/setup.json", folder);
	request.config = conf;
	(void)strlcpy(setup.keydir, folder, sizeof(setup.keydir));
	if (left[n].domain != NULL) {
		(void)snprintf(text, sizeof(text), CONF SOURCE,
		    left[n].domain);
		write_text(conf, text);
	}
	if (left[n].state != NULL)
		write_text(state, left[n].state);
	plan_init(&setup.plan);
	assert_int_equal(ledger_open(&setup.ledger, ledger, why, sizeof(why)),
	    0);
	assert_non_null(keys = change_new(CHANGE_KEYS, "example.com", NULL,
	    NULL, "made"));
	assert_int_equal(ledger_record(&setup.ledger, keys, why, sizeof(why)),
	    0);
	assert_int_equal(undo(&setup, &said), SETUP_DONE);
	hide(said, conf);
	assert_string_equal(said, left[n].said);
	free(said);
	change_free(keys);
	while (setup.nnotes > 0)
		free(setup.notes[--setup.nnotes]);
	config_unref(setup.config);
	ledger_close(&setup.ledger);
	(void)unlink(conf);
	(void)unlink(state);
	(void)unlink(ledger);
}

static void
test_left(void **state)
{
	char directory[64];
	size_t i;

	(void)state;
	(void)snprintf(directory, sizeof(directory), "%s/example.com", folder);
	assert_int_equal(mkdir(directory, 0700), 0);
	for (i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		run_left(i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_left),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
