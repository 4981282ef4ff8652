/* SPDX-License-Identifier: ISC */

/*
 * Publishing by a program: what it is given, what its end means, and which
 * programs are not run.
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

#include "base/clock.h"
#include "config/config.h"
#include "config/user_file.h"
#include "publish/private.h"

#define NAME	"s._domainkey.example.com"

static char folder[] = "/tmp/test_publish_hook.XXXXXX";
static char hook[64], calls[64];
static struct file_user user;	/* who runs this */

static int64_t
read_clock(void)
{
	return 1790000000;
}

/*
 * A hook that knows single changes alone, keeps what it is given, and goes on
 * as the script says.
 */
static void
write_hook(const char *script, mode_t mode)
{
	FILE *file;

	assert_non_null(file = fopen(hook, "w"));
	fprintf(file, "#!/bin/sh\n[ $1 != batch ] || exit 64\n"
	    "for word; do printf '[%%s]' \"$word\"; done >>%s\n"
	    "echo \" $COUNTERSIGN_DOMAIN $HOME\" >>%s\n%s\n", calls, calls,
	    script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(hook, mode), 0);
	unlink(calls);
}

/* All that the hook was given, one call a line. */
static void
read_calls(char *buf, size_t bufsize)
{
	FILE *file;
	size_t n = 0;

	if ((file = fopen(calls, "r")) != NULL) {
		n = fread(buf, 1, bufsize - 1, file);
		fclose(file);
	}
	buf[n] = '\0';
}

static struct publish_crew crew;
static const struct publish_means means = {
	.user = &user, .crew = &crew, .read_clock = read_clock
};
static const struct rotation rotation = {
	.publish = ROTATION_HOOK, .hook = hook, .ttl = 60
};

/* What is called for a change, when the calls end as the script says. */
static const struct {
	const char		*name, *from, *to, *script;
	enum publish_result	 want;
	const char		*calls;
	const char		*text;		/* part of the account */
} cases[] = {
	{ "added", NULL, "v=DKIM1; p=a \"b\" $c", "", PUBLISH_DONE,
	    "[add][" NAME "][v=DKIM1; p=a \"b\" $c][60] example.com \n",
	    "done" },
	{ "removed", "v=DKIM1; p=", NULL, "", PUBLISH_DONE,
	    "[remove][" NAME "][v=DKIM1; p=][60] example.com \n", "done" },
	{ "replaced: never two", "v=DKIM1; p=a", "v=DKIM1; p=", "",
	    PUBLISH_DONE,
	    "[remove][" NAME "][v=DKIM1; p=a][60] example.com \n"
	    "[add][" NAME "][v=DKIM1; p=][60] example.com \n", "done" },
	{ "the first call fails", "v=DKIM1; p=a", "v=DKIM1; p=", "exit 76",
	    PUBLISH_FAILED,
	    "[remove][" NAME "][v=DKIM1; p=a][60] example.com \n",
	    "exit status 76" },
	{ "the second call fails", "a", "b", "[ $1 = remove ]",
	    PUBLISH_FAILED, "[remove][" NAME "][a][60] example.com \n"
	    "[add][" NAME "][b][60] example.com \n", "exit status 1" },
	{ "its last words", NULL, "a", "echo one >&2; echo 'no, \033' >&2\n"
	    "exit 3", PUBLISH_FAILED, "[add][" NAME "][a][60] example.com \n",
	    "exit status 3: no, ?" },
	{ "killed", NULL, "a", "kill -9 $$", PUBLISH_FAILED,
	    "[add][" NAME "][a][60] example.com \n", "signal 9" },
};

static void
changes(void **state)
{
	struct publish_change change = {
		.domain = "example.com", .name = NAME, .ttl = 60
	};
	struct publisher *publisher;
	enum publish_result result;
	struct ks_error error;
	char given[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_hook(cases[i].script, 0700);
		change.from = cases[i].from;
		change.to = cases[i].to;
		assert_int_equal(publisher_new(&publisher, &rotation, &means,
		    &error), 0);
		result = publish_change(publisher, &change, &error);
		publisher_free(publisher);
		read_calls(given, sizeof(given));
		if (result != cases[i].want ||
		    strcmp(given, cases[i].calls) != 0 ||
		    strstr(error.text, cases[i].text) == NULL)
			fail_msg("%s: %d, %s\n%s", cases[i].name, (int)result,
			    error.text, given);
	}
}

#define ADD	"[add][" NAME "][a][60] example.com \n"

/* How often it is tried; each call leaves a line in the file of calls. */
static const struct {
	const char		*name, *script;
	int64_t			 left_ms;	/* of the patience; 0: all */
	enum publish_result	 want;
	const char		*calls;
} delays[] = {
	{ "always later", "exit 75", 0, PUBLISH_LATER, ADD ADD ADD },
	{ "once later", "[ $(wc -l <${0%/*}/calls) -gt 1 ] || exit 75", 0,
	    PUBLISH_DONE, ADD ADD },
	{ "later, then a failure", "[ $(wc -l <${0%/*}/calls) -gt 2 ] && "
	    "exit 1; exit 75", 0, PUBLISH_FAILED, ADD ADD ADD },
	{ "no time for another try", "exit 75", HOOK_LIMIT_MS,
	    PUBLISH_LATER, ADD },
	{ "just time for another try", "exit 75", HOOK_LIMIT_MS + 5000,
	    PUBLISH_LATER, ADD ADD },
	{ "a failure is tried once", "exit 1", 0, PUBLISH_FAILED, ADD },
};

static void
later(void **state)
{
	const struct publish_change change = {
		.domain = "example.com", .name = NAME, .to = "a", .ttl = 60
	};
	char given[1024];
	struct publisher *publisher;
	enum publish_result result;
	struct ks_error error;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		write_hook(delays[i].script, 0700);
		assert_int_equal(publisher_new(&publisher, &rotation, &means,
		    &error), 0);
		/* The second is too long for what is left in the tests. */
		publisher->pauses_ms[0] = 1;
		publisher->pauses_ms[1] = delays[i].left_ms == 0 ? 1 : 60000;
		if (delays[i].left_ms != 0)
			publisher->patient_until = monotonic_ms() +
			    delays[i].left_ms;
		result = publish_change(publisher, &change, &error);
		publisher_free(publisher);
		read_calls(given, sizeof(given));
		if (result != delays[i].want ||
		    strcmp(given, delays[i].calls) != 0)
			fail_msg("%s: %d, %s\n%s", delays[i].name,
			    (int)result, error.text, given);
	}
}

/* With each program's limit, all tries end within the patience. */
static void
patience(void **state)
{
	const unsigned int pauses[] = HOOK_PAUSES_MS;
	struct publisher *publisher;
	struct ks_error error;

	(void)state;
	assert_int_equal(sizeof(pauses) / sizeof(pauses[0]), HOOK_TRIES - 1);
	assert_true(pauses[0] + pauses[1] + HOOK_TRIES * HOOK_LIMIT_MS <=
	    HOOK_PATIENCE_MS);
	write_hook("", 0700);
	assert_int_equal(publisher_new(&publisher, &rotation, &means,
	    &error), 0);
	assert_memory_equal(publisher->pauses_ms, pauses, sizeof(pauses));
	publisher_free(publisher);
}

static void
refused(void **state)
{
	struct publisher *publisher;
	struct ks_error error;

	(void)state;
	write_hook("", 0600);
	assert_int_not_equal(publisher_new(&publisher, &rotation, &means,
	    &error), 0);
	assert_non_null(strstr(error.text, "not an executable file"));
	write_hook("", 0770);
	assert_int_not_equal(publisher_new(&publisher, &rotation, &means,
	    &error), 0);
	assert_non_null(strstr(error.text, "others can change it"));
	unlink(hook);
	assert_int_not_equal(publisher_new(&publisher, &rotation, &means,
	    &error), 0);
	assert_non_null(strstr(error.text, "No such file"));
	assert_null(publisher);
}

static int
make_folder(void **state)
{
	(void)state;
	user_file_find_user(&user, "", NULL);
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(hook, sizeof(hook), "%s/hook", folder);
	snprintf(calls, sizeof(calls), "%s/calls", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(hook);
	unlink(calls);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes),
		cmocka_unit_test(later),
		cmocka_unit_test(patience),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
