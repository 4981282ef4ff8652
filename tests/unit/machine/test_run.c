/* SPDX-License-Identifier: ISC */

/*
 * Programs of this machine: where they are found, what is kept of what they
 * write, and as whom they run.
 */

#include <sys/stat.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/run.h"

/* Far longer than any of these takes, and never waited for. */
#define LONG_MS	60000

static int
shell(const char *user, const char *script, unsigned int limit_ms,
    struct machine_output *out)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	return machine_run(user, argv, limit_ms, out);
}

static void
ends(void **state)
{
	static const struct {
		const char	*script;
		int		 want;
		enum program_end end;
		int		 code;
		const char	*text, *why;
	} cases[] = {
		{ "echo one; echo two", 0, PROGRAM_EXITED, 0, "one\ntwo\n",
		    "sh: exit status 0" },
		{ "echo one; echo bad >&2; exit 3", -1, PROGRAM_EXITED, 3,
		    "one\n", "sh: exit status 3: bad" },
		{ "kill -TERM $$", -1, PROGRAM_KILLED, SIGTERM, "",
		    "sh: killed by signal 15" },
	};
	/* NULL, and the user that the test runs as anyway. */
	const char *users[] = { NULL, geteuid() == 0 ? "root" : NULL };
	struct machine_output out;
	char why[MACHINE_WHY_SIZE];
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (j = 0; j < 2; j++) {
			assert_int_equal(shell(users[j], cases[i].script,
			    LONG_MS, &out), cases[i].want);
			assert_int_equal(out.end, cases[i].end);
			assert_int_equal(out.code, cases[i].code);
			assert_string_equal(out.text, cases[i].text);
			assert_false(out.cut);
			assert_string_equal(machine_why("sh", &out, why,
			    sizeof(why)), cases[i].why);
			machine_output_finish(&out);
		}
}

static void
late(void **state)
{
	struct machine_output out;
	char why[MACHINE_WHY_SIZE];

	(void)state;
	assert_int_equal(shell(NULL, "exec sleep 600", 50, &out), -1);
	assert_int_equal(out.end, PROGRAM_LATE);
	assert_string_equal(machine_why("sh", &out, why, sizeof(why)),
	    "sh: did not end in time");
	machine_output_finish(&out);
}

static void
output_has_a_limit(void **state)
{
	struct machine_output out;
	char script[80];
	int more;

	(void)state;
	for (more = 0; more <= 1; more++) {
		(void)snprintf(script, sizeof(script),
		    "head -c %d /dev/zero", MACHINE_MAX_OUTPUT + more);
		assert_int_equal(shell(NULL, script, LONG_MS, &out), 0);
		assert_int_equal(out.len, MACHINE_MAX_OUTPUT);
		assert_int_equal(out.cut, more);
		machine_output_finish(&out);
	}
}

static void
not_found(void **state)
{
	const char *const argv[] = { "no-such-program", NULL };
	struct machine_output out;
	char why[MACHINE_WHY_SIZE], path[256];

	(void)state;
	assert_false(machine_find(argv[0], path, sizeof(path)));
	assert_int_equal(machine_run(NULL, argv, LONG_MS, &out), -1);
	assert_int_equal(out.end, PROGRAM_NOT_RUN);
	assert_int_equal(out.code, ENOENT);
	assert_string_equal(machine_why("x", &out, why, sizeof(why)),
	    "x: cannot be run: No such file or directory");
	machine_output_finish(&out);
}

/* PATH is searched first, but no relative folder in it. */
static void
path(void **state)
{
	char folder[] = "/tmp/countersign-run.XXXXXX", file[80], found[256];
	char value[160];
	struct machine_output out;
	FILE *fp;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/postconf", folder);
	assert_non_null(fp = fopen(file, "w"));
	assert_int_equal(fclose(fp), 0);
	(void)snprintf(value, sizeof(value), ".::relative:%s", folder);
	assert_int_equal(setenv("PATH", value, 1), 0);
	assert_int_equal(chdir(folder), 0);
	/* Not executable: passed over. */
	assert_int_equal(chmod(file, 0644), 0);
	if (machine_find("postconf", found, sizeof(found)))
		assert_string_not_equal(found, file);
	assert_int_equal(chmod(file, 0755), 0);
	assert_true(machine_find("postconf", found, sizeof(found)));
	assert_string_equal(found, file);
	assert_int_equal(setenv("PATH", ".", 1), 0);
	if (machine_find("postconf", found, sizeof(found)))
		assert_int_equal(found[0], '/');
	assert_int_equal(unsetenv("PATH"), 0);
	/* Without PATH, where the programs of a system are. */
	assert_int_equal(shell(NULL, "echo $PATH", LONG_MS, &out), 0);
	assert_string_equal(out.text, "/usr/local/sbin:/usr/local/bin:"
	    "/usr/sbin:/usr/bin:/sbin:/bin\n");
	machine_output_finish(&out);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* Only what names an instance of Postfix is passed on. */
static void
environment(void **state)
{
	struct machine_output out;

	(void)state;
	assert_int_equal(setenv("PATH", "/usr/bin:/bin", 1), 0);
	assert_int_equal(setenv("MAIL_CONFIG", "/etc/postfix-out", 1), 0);
	assert_int_equal(setenv("LD_PRELOAD_X", "secret", 1), 0);
	assert_int_equal(shell(NULL, "env | grep -v -e ^_= -e ^PWD= -e "
	    "^SHLVL= -e ^OLDPWD= | sort", LONG_MS, &out), 0);
	assert_string_equal(out.text, "LC_ALL=C\nMAIL_CONFIG=/etc/postfix-out"
	    "\nPATH=/usr/bin:/bin\n");
	machine_output_finish(&out);
	assert_int_equal(unsetenv("MAIL_CONFIG"), 0);
}

static void
users(void **state)
{
	const bool is_root = geteuid() == 0;
	struct machine_output out;

	(void)state;
	assert_int_equal(shell("no-such-user", "true", LONG_MS, &out), -1);
	assert_string_equal(out.complaint, "user no-such-user: no such user");
	assert_int_equal(out.end, PROGRAM_NOT_RUN);
	machine_output_finish(&out);
	assert_int_equal(shell("daemon", "id -un; id -gn; id -u; "
	    "echo said >&2", LONG_MS, &out), is_root ? 0 : -1);
	assert_string_equal(out.text, is_root ? "daemon\ndaemon\n1\n" : "");
	assert_string_equal(out.complaint, is_root ? "said" :
	    "user daemon: only root can do this; run the command as root");
	machine_output_finish(&out);
	assert_int_equal(geteuid() == 0, is_root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),
		cmocka_unit_test(late),
		cmocka_unit_test(output_has_a_limit),
		cmocka_unit_test(not_found),
		cmocka_unit_test(path),
		cmocka_unit_test(environment),
		cmocka_unit_test(users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
