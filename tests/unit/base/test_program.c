/* SPDX-License-Identifier: ISC */

/*
 * Programs that are run: how they end, what is kept of what they write, and
 * what they inherit.
 */

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/clock.h"
#include "base/program.h"

/*
 * Shared: the child that has stopped before it becomes a program, once it has
 * looked at the clock; NULL: none does.
 */
static volatile pid_t *halted;
static pid_t starter;	/* its parent */

bool	__real_monotonic_has_passed(int64_t ms);
bool	__wrap_monotonic_has_passed(int64_t ms);

bool
__wrap_monotonic_has_passed(int64_t ms)
{
	const bool has_passed = __real_monotonic_has_passed(ms);

	if (halted != NULL && getpid() != starter) {
		*halted = getpid();
		(void)raise(SIGSTOP);
	}
	return has_passed;
}

/* Far longer than any of these takes, and never waited for. */
#define LONG_MS	60000

static const char *const environment[] = { PROGRAM_PATH, "WORD=a b", NULL };

static void
run(const char *script, unsigned int limit_ms, struct program_result *result)
{
	const char *argv[] = { "/bin/sh", "-c", script, "name", "one", NULL };

	program_run(argv, environment, limit_ms, result);
}

static void
ends(void **state)
{
	static const struct {
		const char	*script;
		enum program_end end;
		int		 code;
		const char	*output, *complaint;
	} cases[] = {
		{ "exit 0", PROGRAM_EXITED, 0, "", "" },
		{ "exit 75", PROGRAM_EXITED, 75, "", "" },
		{ "kill -TERM $$", PROGRAM_KILLED, SIGTERM, "", "" },
		{ "echo one; echo two", PROGRAM_EXITED, 0, "one\ntwo\n", "" },
		{ "echo one >&2; echo two >&2; echo >&2", PROGRAM_EXITED, 0,
		    "", "two" },
		{ "printf 'a\\nb' >&2; printf 'c' >&2; exit 1",
		    PROGRAM_EXITED, 1, "", "bc" },
		{ "printf 'a\\033[2Jb\\342\\n' >&2", PROGRAM_EXITED, 0, "",
		    "a?[2Jb?" },
		{ "echo \"$0 $1 $WORD $HOME\"", PROGRAM_EXITED, 0,
		    "name one a b \n", "" },
		{ "cat; echo end", PROGRAM_EXITED, 0, "end\n", "" },
		{ "exec /does/not/exist", PROGRAM_EXITED, 127, "", NULL },
		/* Its end counts, not that of a child that holds the pipes. */
		{ "yes >&2 & echo one; exit 3", PROGRAM_EXITED, 3, "one\n",
		    NULL },
		/* One that closes its output is waited for. */
		{ "exec >&- 2>&-; read x; exit 4", PROGRAM_EXITED, 4, "", "" },
	};
	struct program_result result;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(cases[i].script, LONG_MS, &result);
		if (result.end != cases[i].end || result.code != cases[i].code)
			fail_msg("%s: end %d, code %d", cases[i].script,
			    (int)result.end, result.code);
		assert_string_equal(result.output, cases[i].output);
		if (cases[i].complaint != NULL)
			assert_string_equal(result.complaint,
			    cases[i].complaint);
	}
}

static void
not_run(void **state)
{
	const char *argv[] = { "/does/not/exist", NULL };
	struct program_result result;

	(void)state;
	program_run(argv, environment, LONG_MS, &result);
	assert_int_equal(result.end, PROGRAM_NOT_RUN);
	assert_int_equal(result.code, ENOENT);
	argv[0] = "/etc/passwd";
	program_run(argv, environment, LONG_MS, &result);
	assert_int_equal(result.end, PROGRAM_NOT_RUN);
	assert_int_equal(result.code, EACCES);
}

/* The time in which a program may start. */
static void
latest(void **state)
{
	static const struct {
		const char	*name;
		int64_t		 latest_ms;	/* from now on */
		enum program_end end;
		int		 code;
		const char	*output;
	} cases[] = {
		{ "in time", LONG_MS, PROGRAM_EXITED, 3, "one\n" },
		{ "just now", 0, PROGRAM_NOT_RUN, ETIME, "" },
		{ "past", -1, PROGRAM_NOT_RUN, ETIME, "" },
	};
	static const char *const argv[] = {
		"/bin/sh", "-c", "echo one; exit 3", NULL
	};
	struct program_talk talk = { .input = -1, .limit_ms = LONG_MS };
	struct program_result result;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		talk.latest_ms = monotonic_ms() + cases[i].latest_ms;
		program_talk(argv, environment, &talk, &result);
		if (result.end != cases[i].end ||
		    result.code != cases[i].code ||
		    strcmp(result.output, cases[i].output) != 0)
			fail_msg("%s: end %d, code %d, %s", cases[i].name,
			    (int)result.end, result.code, result.output);
	}
}

/* Neither one that sleeps nor one that writes without end goes on. */
static void
late(void **state)
{
	static const char *const scripts[] = {
		"echo one; sleep 300", "trap '' TERM; while :; do :; done",
		"exec yes", "exec yes >&2", "sleep 300 & wait",
		"exec >&- 2>&-; sleep 300",
	};
	struct program_result result;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		run(scripts[i], 100, &result);
		if (result.end != PROGRAM_LATE)
			fail_msg("%s: end %d, code %d", scripts[i],
			    (int)result.end, result.code);
	}
}

/* Wait until that text is in a file of /proc; false: it does not come. */
static bool
await_text(const char *path, const char *text)
{
	const struct timespec nap = { .tv_nsec = 20000000L };
	char buf[4096];
	size_t i, n;
	FILE *fp;

	for (i = 0; i < LONG_MS / 20; i++) {
		if ((fp = fopen(path, "r")) == NULL)
			return false;
		n = fread(buf, 1, sizeof(buf) - 1, fp);
		(void)fclose(fp);
		buf[n] = '\0';
		if (strstr(buf, text) != NULL)
			return true;
		(void)nanosleep(&nap, NULL);
	}
	return false;
}

/* The process ID that a program has written to a file. */
static pid_t
await_pid(const char *path)
{
	const struct timespec nap = { .tv_nsec = 20000000L };
	long pid = 0;
	FILE *fp;

	while (pid == 0) {
		(void)nanosleep(&nap, NULL);
		if ((fp = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(fp, "%ld\n", &pid) != 1)
			pid = 0;
		(void)fclose(fp);
	}
	return (pid_t)pid;
}

/*
 * A program is ended although who ran it is dead, and although it was stopped
 * itself until its time was over.
 */
static void
abandoned(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX], script[PATH_MAX + 64], proc[64];
	struct program_result result;
	pid_t runner, pid;
	int status, fd;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	(void)snprintf(path, sizeof(path), "%s/countersign.pid.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	assert_int_not_equal(fd = mkstemp(path), -1);
	(void)close(fd);
	(void)snprintf(script, sizeof(script), "echo $$ > %s; exec sleep 300",
	    path);
	if ((runner = fork()) == 0) {
		run(script, 1000, &result);
		_exit(0);
	}
	pid = await_pid(path);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(kill(runner, SIGKILL), 0);
	assert_int_equal(waitpid(runner, &status, 0), runner);
	(void)snprintf(proc, sizeof(proc), "/proc/%ld/status", (long)pid);
	/* SIGALRM waits for it to go on. */
	assert_true(await_text(proc, "ShdPnd:\t0000000000002000"));
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGALRM);
	assert_int_equal(unlink(path), 0);
}

/* A process that starts a script, whose process stops before it is one. */
static pid_t
start_halted(const char *script, unsigned int limit_ms)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	const struct program_talk talk = {
		.input = -1, .limit_ms = limit_ms,
		.latest_ms = monotonic_ms() + LONG_MS
	};
	struct program_result result;
	char proc[64];
	pid_t pid;

	*halted = 0;
	if ((pid = fork()) == 0) {
		starter = getpid();
		program_talk(argv, environment, &talk, &result);
		_exit((int)result.end);
	}
	while (*halted == 0 && waitpid(pid, NULL, WNOHANG) == 0)
		sleep_ms(5);
	assert_int_not_equal(*halted, 0);
	(void)snprintf(proc, sizeof(proc), "/proc/%ld/status", (long)*halted);
	assert_true(await_text(proc, "State:\tT"));
	return pid;
}

/*
 * What is stopped between its look at the clock and the start of the program,
 * starts it in its time, but neither after that nor without who waits for it.
 */
static void
stopped_before(void **state)
{
	char path[] = "/tmp/countersign.halted.XXXXXX";
	char script[64], proc[64];
	int status, fd;
	pid_t pid;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	assert_int_not_equal(fd = mkstemp(path), -1);
	(void)close(fd);
	(void)snprintf(script, sizeof(script), "rm %s", path);
	halted = mmap(NULL, sizeof(*halted), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(halted, MAP_FAILED);

	/* The alarm waits for it to go on. */
	pid = start_halted(script, 100);
	(void)snprintf(proc, sizeof(proc), "/proc/%ld/status", (long)*halted);
	assert_true(await_text(proc, "ShdPnd:\t0000000000002000"));
	assert_int_equal(kill(*halted, SIGCONT), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), PROGRAM_LATE);
	assert_int_equal(access(path, F_OK), 0);

	pid = start_halted(script, LONG_MS);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(kill(*halted, SIGCONT), 0);
	assert_int_equal(waitpid(*halted, &status, 0), *halted);
	assert_int_equal(access(path, F_OK), 0);

	pid = start_halted(script, LONG_MS);
	assert_int_equal(kill(*halted, SIGCONT), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), PROGRAM_EXITED);
	assert_int_equal(access(path, F_OK), -1);
	*halted = 0;
}

static int
halt_no_more(void **state)
{
	(void)state;
	/* If the test has failed. */
	if (*halted != 0)
		(void)kill(*halted, SIGKILL);
	halted = NULL;
	return 0;
}

static char taken[64];

static void
take_output(void *context, const char *chunk, size_t len)
{
	assert_ptr_equal(context, taken);
	(void)strncat(taken, chunk, len);
}

/* Runs a script with this as its standard input. */
static void
talk(const char *script, const char *input, unsigned int silence_ms,
    struct program_result *result)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	struct program_talk how = {
		.limit_ms = LONG_MS, .silence_ms = silence_ms,
		.take_output = take_output, .context = taken
	};
	FILE *file;

	taken[0] = '\0';
	assert_non_null(file = tmpfile());
	assert_true(fputs(input, file) >= 0 && fflush(file) == 0);
	rewind(file);
	how.input = fileno(file);
	program_talk(argv, environment, &how, result);
	fclose(file);
}

/* It reads what it is given to the end, and may take its time for more. */
static void
talks(void **state)
{
	struct program_result result;

	(void)state;
	talk("cat; echo end", "one\ntwo\n", 0, &result);
	assert_int_equal(result.end, PROGRAM_EXITED);
	assert_string_equal(taken, "one\ntwo\nend\n");
	assert_string_equal(result.output, "");
	talk("exit 3", "is not read\n", 0, &result);
	assert_int_equal(result.code, 3);
	talk("for i in 1 2 3; do sleep 0.1; echo $i; done", "", 20000,
	    &result);
	assert_int_equal(result.end, PROGRAM_EXITED);
	assert_string_equal(taken, "1\n2\n3\n");
}

/* What it says on standard error is no answer. */
static void
is_silent(void **state)
{
	struct program_result result;

	(void)state;
	talk("echo 1; while :; do echo wait >&2; sleep 0.02; done", "", 200,
	    &result);
	assert_int_equal(result.end, PROGRAM_LATE);
	assert_string_equal(taken, "1\n");
	assert_string_equal(result.complaint, "wait");
}

static void
much_output(void **state)
{
	struct program_result result;

	(void)state;
	run("i=0; while [ $i -lt 2000 ]; do echo 0123456789; "
	    "printf 0123456789 >&2; i=$((i + 1)); done", LONG_MS, &result);
	assert_int_equal(result.end, PROGRAM_EXITED);
	assert_int_equal(strlen(result.output), PROGRAM_OUTPUT_SIZE - 1);
	assert_int_equal(strlen(result.complaint), PROGRAM_COMPLAINT_SIZE - 1);
}

/* Files of the caller, be they marked or not, are not the program's. */
static void
inherits_no_file(void **state)
{
	struct program_result result;
	int fd;

	(void)state;
	assert_int_not_equal(fd = open("/etc/passwd", O_RDONLY), -1);
	/* No pipeline: for its making the shell has other files for a while. */
	run("ls /proc/$$/fd; :", LONG_MS, &result);
	assert_string_equal(result.output, "0\n1\n2\n");
	close(fd);
	/* Nor are its signals: an ignored one is not ignored there. */
	signal(SIGPIPE, SIG_IGN);
	run("kill -PIPE $$", LONG_MS, &result);
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(result.end, PROGRAM_KILLED);
	assert_int_equal(result.code, SIGPIPE);
}

/* All of it where the kernel gives no descriptor of a process. */
static void
without_pidfd(void **state)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]), .filter = filter
	};

	/* For this process from now on: the last test. */
	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program),
	    0);
	assert_int_equal(syscall(SYS_pidfd_open, getpid(), 0), -1);
	ends(state);
	late(state);
	much_output(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),
		cmocka_unit_test(not_run),
		cmocka_unit_test(latest),
		cmocka_unit_test(late),
		cmocka_unit_test(abandoned),
		cmocka_unit_test_teardown(stopped_before, halt_no_more),
		cmocka_unit_test(talks),
		cmocka_unit_test(is_silent),
		cmocka_unit_test(much_output),
		cmocka_unit_test(inherits_no_file),
		cmocka_unit_test(without_pidfd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
