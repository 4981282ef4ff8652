/* SPDX-License-Identifier: ISC */

/*
 * Entries for systemd's journal, as a socket in its place receives them.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/journal.h"

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
	(void)snprintf(world->folder, sizeof(world->folder),
	    "/tmp/test_journal.XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	(void)snprintf(world->path, sizeof(world->path), "%s/socket",
	    world->folder);
	(void)strlcpy(un.sun_path, world->path, sizeof(un.sun_path));
	world->listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(world->listener, -1);
	assert_int_equal(bind(world->listener, (struct sockaddr *)&un,
	    sizeof(un)), 0);
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

static void
receive(const struct world *world, char *text, size_t size)
{
	ssize_t n;

	n = recv(world->listener, text, size - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	text[n] = '\0';
}

static void
all_fields_arrive_as_one_entry(void **state)
{
	const struct journal_entry entry = {
		.priority = LOG_WARNING, .facility = LOG_MAIL,
		.program = "countersign-milter", .text = "qid=Q1 action=signed",
		.message_id = "d8bf770858c04c1a9733fd4177e5377b",
		.queue_id = "Q1", .source = "salesforce production",
	};
	const struct world *world = *state;
	char text[1024], want[1024];
	int fd;

	assert_int_not_equal(fd = journal_open(world->path), -1);
	assert_true(journal_send(fd, &entry));
	receive(world, text, sizeof(text));
	(void)snprintf(want, sizeof(want),
	    "MESSAGE=qid=Q1 action=signed\nPRIORITY=4\nSYSLOG_FACILITY=2\n"
	    "SYSLOG_IDENTIFIER=countersign-milter\nSYSLOG_PID=%ld\n"
	    "MESSAGE_ID=d8bf770858c04c1a9733fd4177e5377b\nQUEUE_ID=Q1\n"
	    "SOURCE=salesforce production\n", (long)getpid());
	assert_string_equal(text, want);
	(void)close(fd);
}

/* A line feed in a value would begin another field. */
static void
empty_and_unsafe_fields_are_left_out(void **state)
{
	const struct journal_entry entry = {
		.priority = LOG_INFO, .facility = LOG_MAIL, .program = "p",
		.text = "t", .message_id = "", .queue_id = "Q\n_UID=0",
	};
	const struct world *world = *state;
	char text[1024], want[1024];
	int fd;

	assert_int_not_equal(fd = journal_open(world->path), -1);
	assert_true(journal_send(fd, &entry));
	receive(world, text, sizeof(text));
	(void)snprintf(want, sizeof(want), "MESSAGE=t\nPRIORITY=6\n"
	    "SYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=p\nSYSLOG_PID=%ld\n",
	    (long)getpid());
	assert_string_equal(text, want);
	(void)close(fd);
}

static void
a_lost_journal_is_reported(void **state)
{
	const struct journal_entry entry = {
		.priority = LOG_INFO, .facility = LOG_MAIL, .program = "p",
		.text = "t", .message_id = "",
	};
	struct world *world = *state;
	int fd;

	assert_int_not_equal(fd = journal_open(world->path), -1);
	(void)close(world->listener);
	assert_false(journal_send(fd, &entry));
	(void)close(fd);
	assert_int_equal(journal_open(world->path), -1);
	assert_int_equal(errno, ECONNREFUSED);
	(void)unlink(world->path);
	assert_int_equal(journal_open(world->path), -1);
	assert_int_equal(errno, ENOENT);
}

static void
a_long_path_is_refused(void **state)
{
	char path[200];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(journal_open(path), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

/* The variable may be inherited while stderr leads elsewhere by now. */
static void
stderr_must_be_what_the_variable_says(void **state)
{
	char text[64];
	struct stat st;

	(void)state;
	(void)unsetenv("JOURNAL_STREAM");
	assert_false(journal_is_stderr());
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	(void)setenv("JOURNAL_STREAM", text, 1);
	assert_true(journal_is_stderr());
	(void)snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + 1);
	(void)setenv("JOURNAL_STREAM", text, 1);
	assert_false(journal_is_stderr());
	(void)setenv("JOURNAL_STREAM", "", 1);
	assert_false(journal_is_stderr());
	(void)unsetenv("JOURNAL_STREAM");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_fields_arrive_as_one_entry,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    empty_and_unsafe_fields_are_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(a_lost_journal_is_reported,
		    setup, teardown),
		cmocka_unit_test(a_long_path_is_refused),
		cmocka_unit_test(stderr_must_be_what_the_variable_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
