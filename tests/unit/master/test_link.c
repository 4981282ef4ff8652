/* SPDX-License-Identifier: ISC */

/*
 * The connection of a front's master to the signers: when it is made again, and
 * what is taken from it.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/meters.h"
#include "master/child.h"
#include "master/link.h"

#define NOW_MS		1000000
#define LIMIT_MS	30000

struct world {
	char	folder[64], path[80];
	int	listener;
};

static int
setup(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct world *world;

	assert_non_null(world = calloc(1, sizeof(*world)));
	(void)strlcpy(world->folder, "/tmp/test_link.XXXXXX",
	    sizeof(world->folder));
	assert_non_null(mkdtemp(world->folder));
	(void)snprintf(world->path, sizeof(world->path), "%s/socket",
	    world->folder);
	(void)strlcpy(un.sun_path, world->path, sizeof(un.sun_path));
	world->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_not_equal(world->listener, -1);
	assert_int_equal(bind(world->listener, (struct sockaddr *)&un,
	    sizeof(un)), 0);
	assert_int_equal(listen(world->listener, 8), 0);
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	(void)close(world->listener);
	(void)unlink(world->path);
	(void)rmdir(world->folder);
	free(world);
	return 0;
}

/* The signers' end of the connection. */
static void
accept_channel(const struct world *world, struct ipc_channel *channel)
{
	int fd;

	assert_int_not_equal(fd = accept(world->listener, NULL, NULL), -1);
	ipc_channel_init(channel, fd, true);
}

static void
without_a_path_nothing_is_due(void **state)
{
	struct link link;

	(void)state;
	link_init(&link, NULL, LIMIT_MS);
	link_attend(&link, NOW_MS);
	assert_int_equal(link.channel.fd, -1);
	assert_true(link.due_ms == INT64_MAX);
	assert_false(link_has_failed(&link));
	link_finish(&link);
}

/* Each attempt fails: the delay doubles to its limit. */
static void
attempts_are_delayed(void **state)
{
	struct world *world = *state;
	int64_t now_ms = NOW_MS, delay_ms = CHILD_MIN_DELAY_MS;
	struct link link;

	(void)unlink(world->path);
	link_init(&link, world->path, LIMIT_MS);
	for (; delay_ms <= CHILD_MAX_DELAY_MS; delay_ms *= 2) {
		link_attend(&link, now_ms);
		assert_int_equal(link.channel.fd, -1);
		assert_int_equal(link.due_ms, now_ms + delay_ms);
		assert_true(link_has_failed(&link) == (delay_ms >= 1600));
		link_attend(&link, link.due_ms - 1);
		assert_int_equal(link.due_ms, now_ms + delay_ms);
		now_ms = link.due_ms;
	}
	link_attend(&link, now_ms);
	assert_int_equal(link.due_ms, now_ms + CHILD_MAX_DELAY_MS);
	link_finish(&link);
	assert_true(link.due_ms == INT64_MAX);
}

static void
silent_signers_are_given_up(void **state)
{
	const struct world *world = *state;
	struct link link;

	link_init(&link, world->path, LIMIT_MS);
	link_attend(&link, NOW_MS);
	assert_int_not_equal(link.channel.fd, -1);
	assert_int_equal(link.due_ms, NOW_MS + LIMIT_MS);
	assert_false(link.is_ready);
	link_attend(&link, NOW_MS + LIMIT_MS);
	assert_int_equal(link.channel.fd, -1);
	assert_int_equal(link.due_ms,
	    NOW_MS + LIMIT_MS + CHILD_MIN_DELAY_MS);
	link_finish(&link);
}

static void
sockets_are_received(void **state)
{
	const struct world *world = *state;
	const unsigned char number[4] = { 0, 0, 0, 1 };
	struct ipc_channel signers;
	struct ipc_message message;
	struct link link;

	link_init(&link, world->path, LIMIT_MS);
	link.delay_ms = 400;
	link_attend(&link, NOW_MS);
	accept_channel(world, &signers);
	assert_int_equal(link_receive(&link, &message, NOW_MS), IPC_AGAIN);
	assert_false(link.is_ready);
	assert_int_equal(ipc_send(&signers, IPC_CTL_PEER, 0, number,
	    sizeof(number), STDIN_FILENO, IPC_NOWAIT), 0);
	assert_int_equal(link_receive(&link, &message, NOW_MS), 0);
	assert_int_equal(message.len, sizeof(number));
	assert_memory_equal(message.payload, number, sizeof(number));
	assert_int_not_equal(message.fd, -1);
	(void)close(message.fd);
	assert_true(link.is_ready);
	assert_int_equal(link.delay_ms, 0);
	assert_true(link.due_ms == INT64_MAX);

	/* What the front wants, in the other direction. */
	link_want(&link, &message);
	assert_int_equal(ipc_receive_packet(&signers, &message), 0);
	assert_int_equal(message.type, IPC_CTL_WANT);
	assert_memory_equal(message.payload, number, sizeof(number));

	ipc_channel_finish(&signers);
	assert_int_equal(link_receive(&link, &message, NOW_MS), IPC_E_CLOSED);
	assert_false(link.is_ready);
	assert_int_equal(link.due_ms, NOW_MS + CHILD_MIN_DELAY_MS);
	link_finish(&link);
}

/* Signers that ended are counted; what says so in another form is refused. */
static void
ends_are_counted(void **state)
{
	static const struct {
		unsigned char	octets[8];
		size_t		len;
		int		fd;
		uint64_t	n;	/* 0: refused */
	} cases[] = {
		{ { 0, 0, 0, 1 }, 4, -1, 1 },
		{ { 0, 0, 1, 2 }, 4, -1, 258 },
		{ { 255, 255, 255, 255 }, 4, -1, UINT32_MAX },
		{ { 0 }, 0, -1, 0 },
		{ { 0, 0, 1 }, 3, -1, 0 },
		{ { 0, 0, 0, 1, 0 }, 5, -1, 0 },
		{ { 0, 0, 0, 1 }, 4, STDIN_FILENO, 0 },
	};
	const struct world *world = *state;
	struct meters *meters;
	struct ipc_channel signers;
	struct ipc_message message;
	struct link link;
	uint64_t before;
	int fd, reader;
	size_t i;

	assert_non_null(meters = meters_make(&fd, &reader));
	meters_use_own(meters);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		link_init(&link, world->path, LIMIT_MS);
		link_attend(&link, NOW_MS);
		accept_channel(world, &signers);
		before = meters_read_count(meters, METERS_SIGNER_RESTARTS);
		assert_int_equal(ipc_send(&signers, IPC_CTL_ENDED, 0,
		    cases[i].octets, cases[i].len, cases[i].fd, IPC_NOWAIT),
		    0);
		assert_int_equal(link_receive(&link, &message, NOW_MS),
		    cases[i].n > 0 ? IPC_AGAIN : IPC_E_MALFORMED);
		assert_true(meters_read_count(meters, METERS_SIGNER_RESTARTS) ==
		    before + cases[i].n);
		assert_true((link.channel.fd == -1) == (cases[i].n == 0));
		assert_false(link.is_ready);
		ipc_channel_finish(&signers);
		link_finish(&link);
	}
	meters_use_own(NULL);
	meters_free(meters);
	(void)close(fd);
	(void)close(reader);
}

/* Anything but a socket to a signer ends the connection. */
static void
other_messages_are_refused(void **state)
{
	static const struct {
		enum ipc_type	type;
		int		fd;
	} cases[] = {
		{ IPC_CTL_PEER,	-1 },
		{ IPC_CTL_STOP,	-1 },
		{ IPC_CTL_RELOAD, STDIN_FILENO },
	};
	const struct world *world = *state;
	struct ipc_channel signers;
	struct ipc_message message;
	struct link link;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		link_init(&link, world->path, LIMIT_MS);
		link_attend(&link, NOW_MS);
		accept_channel(world, &signers);
		assert_int_equal(ipc_send(&signers, cases[i].type, 0, NULL, 0,
		    cases[i].fd, IPC_NOWAIT), 0);
		assert_int_equal(link_receive(&link, &message, NOW_MS),
		    IPC_E_MALFORMED);
		assert_int_equal(link.channel.fd, -1);
		assert_false(link.is_ready);
		ipc_channel_finish(&signers);
		link_finish(&link);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_path_nothing_is_due),
		cmocka_unit_test_setup_teardown(attempts_are_delayed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(silent_signers_are_given_up,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(sockets_are_received, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(ends_are_counted, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(other_messages_are_refused,
		    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
