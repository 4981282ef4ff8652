/* SPDX-License-Identifier: ISC */

/*
 * What the master tells the signers when a front ends, and what becomes of
 * one that cannot be told.
 */

#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "master/private.h"

#define NOW_MS		1000000
#define START_LIMIT_MS	30000

static struct master master;
static struct ipc_channel peers[2];	/* the signers' ends */

/* Two signers that do nothing; their control sockets end here. */
static int
setup(void **state)
{
	struct child *child;
	unsigned int i;
	int fds[2];

	(void)state;
	memset(&master, 0, sizeof(master));
	master.now_ms = NOW_MS;
	master.nsigners = 2;
	child_init(&master.front, "front", START_LIMIT_MS);
	for (i = 0; i < master.nsigners; i++) {
		child = &master.signers[i].child;
		child_init(child, i == 0 ? "signer 0" : "signer 1",
		    START_LIMIT_MS);
		child->pid = fork();
		assert_int_not_equal(child->pid, -1);
		if (child->pid == 0) {
			(void)alarm(60);
			for (;;)
				(void)pause();
		}
	}
	/* After the forks, so that this process alone has both ends. */
	for (i = 0; i < master.nsigners; i++) {
		child = &master.signers[i].child;
		assert_int_equal(ipc_pair(fds), 0);
		ipc_channel_init(&child->control, fds[0], false);
		ipc_channel_init(&peers[i], fds[1], false);
		assert_true(child_note_ready(child));
	}
	return 0;
}

static int
teardown(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < master.nsigners; i++) {
		child_finish(&master.signers[i].child);
		ipc_channel_finish(&peers[i]);
		if (master.signers[i].child.pid == 0)
			continue;
		assert_int_equal(kill(master.signers[i].child.pid, SIGKILL),
		    0);
		(void)waitpid(master.signers[i].child.pid, NULL, 0);
	}
	return 0;
}

static void
assert_told(unsigned int number)
{
	struct ipc_message message;

	assert_int_equal(ipc_receive(&peers[number], &message,
	    monotonic_ms() + 60000), 0);
	assert_int_equal(message.type, IPC_CTL_EPOCH);
	assert_int_equal(message.fd, -1);
	assert_true(master.signers[number].child.is_ready);
}

/* The signer was killed, and not by its alarm. */
static void
assert_killed(unsigned int number)
{
	struct child *child = &master.signers[number].child;
	int status;

	assert_false(child->is_ready);
	assert_int_equal(child->control.fd, -1);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	child->pid = 0;
}

static void
test_all_are_told(void **state)
{
	(void)state;
	introduce_epoch(&master);
	assert_told(0);
	assert_told(1);
}

static void
test_full_socket(void **state)
{
	(void)state;
	while (ipc_send(&master.signers[0].child.control, IPC_CTL_RELOAD, 0,
	    NULL, 0, -1, IPC_NOWAIT) == 0)
		continue;
	introduce_epoch(&master);
	assert_killed(0);
	assert_told(1);
}

static void
test_closed_socket(void **state)
{
	(void)state;
	ipc_channel_finish(&peers[0]);
	introduce_epoch(&master);
	assert_killed(0);
	assert_told(1);
}

/* Its control socket is closed, and it has some time left to end by itself. */
static void
test_lost_signer(void **state)
{
	(void)state;
	child_lose(&master.signers[0].child, NOW_MS);
	introduce_epoch(&master);
	assert_killed(0);
	assert_told(1);
}

static void
test_no_signer(void **state)
{
	(void)state;
	ipc_channel_finish(&peers[0]);
	introduce_epoch(&master);
	assert_killed(0);
	child_finish(&master.signers[0].child);
	introduce_epoch(&master);
	assert_told(1);
	assert_told(1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_are_told, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_full_socket, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_closed_socket, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_lost_signer, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_signer, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
