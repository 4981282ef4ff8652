/* SPDX-License-Identifier: ISC */

/*
 * Children that never say that they are ready: the master terminates them
 * when their time is over, and starts them again with a delay.
 *
 * The master runs in a process of its own with a short limit.  This program
 * also plays its children: the master starts it as a front ("-c FILE") or as
 * a signer ("-k DIRECTORY").  Folders in the scratch folder count their
 * lives, and FOLDER_ENV and READY_ENV tell them where, and from which life of
 * the front on it is ready.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/ipc.h"
#include "base/log.h"
#include "config/config.h"
#include "master/master.h"

#define FOLDER_ENV	"START_LIMIT_FOLDER"
#define READY_ENV	"START_LIMIT_READY"
#define LIMIT_MS	500
#define MAX_LIVES	9

static char program[4096];
static char folder[] = "/tmp/countersign.XXXXXX";

/* -- A child of the master ----------------------------------------------- */

/* Which life of a front or signer this is, from 1. */
static int
count_life(const char *name)
{
	char path[sizeof(folder) + 32];
	int life;

	for (life = 1; life < MAX_LIVES; life++) {
		(void)snprintf(path, sizeof(path), "%s/%s.%d",
		    getenv(FOLDER_ENV), name, life);
		if (mkdir(path, 0700) == 0)
			break;
	}
	return life;
}

/* Never ready; the second one does not obey SIGTERM either. */
static _Noreturn void
be_silent(int life)
{
	if (life == 2)
		(void)signal(SIGTERM, SIG_IGN);
	(void)alarm(60);
	for (;;)
		(void)pause();
}

static int
be_ready(void)
{
	struct ipc_channel control;
	struct ipc_message message;

	ipc_channel_init(&control, IPC_CONTROL_FD, true);
	if (ipc_send(&control, IPC_CTL_READY, 0, NULL, 0, -1,
	    IPC_FOREVER) != 0)
		return 1;
	while (ipc_receive(&control, &message, IPC_FOREVER) == 0) {
		if (message.fd != -1)
			(void)close(message.fd);
		if (message.type == IPC_CTL_STOP)
			break;
	}
	ipc_channel_finish(&control);
	return 0;
}

static int
be_child(bool is_front)
{
	const char *ready = getenv(READY_ENV);
	int life = count_life(is_front ? "front" : "signer");
	int first = atoi(ready);

	/* The signer's first life is silent if the front's last one is not. */
	if (!is_front)
		first = first < MAX_LIVES ? 2 : 1;
	if (life < first)
		be_silent(life);
	return be_ready();
}

/* -- The master ----------------------------------------------------------- */

struct run {
	pid_t	 pid;
	FILE	*log;		/* what it and its children write */
	char	 text[16384];
};

static void
run_master(struct run *run, int ready_life)
{
	char life[8];
	const struct config config = { .signers = 1, .socket = "unix:/s",
	    .keydir = "/", .keys_user = "nobody" };
	const struct master_opts opts = { .kept = -1, .front = program,
	    .signer = program, .file = "/dev/null", .config = &config,
	    .to_stderr = true, .start_limit_ms = LIMIT_MS };
	int fds[2];

	(void)snprintf(life, sizeof(life), "%d", ready_life);
	assert_int_equal(setenv(READY_ENV, life, 1), 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_not_equal(run->pid = fork(), -1);
	if (run->pid == 0) {
		(void)dup2(fds[1], STDERR_FILENO);
		(void)close(fds[0]);
		(void)close(fds[1]);
		log_init("master", true);
		_exit(master_run(&opts));
	}
	(void)close(fds[1]);
	assert_non_null(run->log = fdopen(fds[0], "r"));
	run->text[0] = '\0';
}

/* Read lines until one has the word, or to the end of the log. */
static bool
read_to(struct run *run, const char *word)
{
	char line[512];

	while (fgets(line, sizeof(line), run->log) != NULL) {
		assert_true(strlcat(run->text, line, sizeof(run->text)) <
		    sizeof(run->text));
		if (word != NULL && strstr(line, word) != NULL)
			return true;
	}
	return false;
}

static int
wait_for_end(struct run *run)
{
	int status;

	(void)read_to(run, NULL);
	(void)fclose(run->log);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* How many lines have both texts. */
static unsigned int
count(const struct run *run, const char *name, const char *what)
{
	char text[sizeof(run->text)], *rest = text, *line;
	unsigned int n = 0;

	memcpy(text, run->text, sizeof(text));
	while ((line = strsep(&rest, "\n")) != NULL)
		n += strstr(line, name) != NULL && strstr(line, what) != NULL;
	return n;
}

static int
setup(void **state)
{
	ssize_t n;

	(void)state;
	(void)strlcpy(folder + strlen(folder) - 6, "XXXXXX", 7);
	if (mkdtemp(folder) == NULL || setenv(FOLDER_ENV, folder, 1) == -1)
		return -1;
	n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	return n > 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "front", "signer" };
	char path[sizeof(folder) + 32];
	size_t i;
	int life;

	(void)state;
	for (i = 0; i < 2; i++)
		for (life = 1; life < MAX_LIVES; life++) {
			(void)snprintf(path, sizeof(path), "%s/%s.%d", folder,
			    names[i], life);
			(void)rmdir(path);
		}
	return rmdir(folder);
}

/* -- Tests ---------------------------------------------------------------- */

static void
test_late_children_are_replaced(void **state)
{
	struct run run;

	(void)state;
	run_master(&run, 3);
	assert_true(read_to(&run, "ready: socket unix:/s"));
	/* Those that are ready are left alone. */
	(void)usleep(2 * LIMIT_MS * 1000);
	assert_int_equal(kill(run.pid, SIGTERM), 0);
	assert_int_equal(wait_for_end(&run), 0);
	assert_int_equal(count(&run, "front: process ",
	    "was not ready within 500 ms: terminated, to be restarted"), 2);
	assert_int_equal(count(&run, "front: process ",
	    "was killed by signal 15"), 1);
	assert_int_equal(count(&run, "front: ",
	    "did not stop in time: killed"), 1);
	assert_int_equal(count(&run, "front: process ",
	    "was killed by signal 9"), 1);
	assert_int_equal(count(&run, "front: ", "restarting in 100 ms"), 1);
	assert_int_equal(count(&run, "front: ", "restarting in 200 ms"), 1);
	assert_int_equal(count(&run, "front: ", "restarting"), 2);
	assert_int_equal(count(&run, "signer 0: process ",
	    "was not ready within 500 ms: terminated, to be restarted"), 1);
	assert_int_equal(count(&run, "signer 0: ", "restarting in 100 ms"),
	    1);
	assert_int_equal(count(&run, "signer 0: ", "restarting"), 1);
}

/* One that is never ready at the first start ends it. */
static void
test_first_start_is_given_up(void **state)
{
	struct run run;

	(void)state;
	run_master(&run, MAX_LIVES);
	assert_int_equal(wait_for_end(&run), EX_OSERR);
	assert_int_equal(count(&run, "front: ",
	    "failed each time it was started: giving up"), 1);
	assert_int_equal(count(&run, "front: process ",
	    "was not ready within 500 ms"), 5);
	assert_int_equal(count(&run, "signer 0: ", "not ready"), 0);
	assert_int_equal(count(&run, "", "ready: socket"), 0);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_late_children_are_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_first_start_is_given_up, setup, teardown),
	};

	if (argc > 1)
		return be_child(strcmp(argv[1], "-c") == 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
