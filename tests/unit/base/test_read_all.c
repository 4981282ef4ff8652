/* SPDX-License-Identifier: ISC */

/*
 * Reading to the end: pieces, a buffer that is too small, and failures.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/read_all.h"

/* A pipe gives what each write put in. */
static void
test_pieces(void **state)
{
	char buf[8];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	assert_int_equal(write(fds[1], "defg", 4), 4);
	assert_int_equal(read_all(fds[0], buf, 5), 5);
	assert_memory_equal(buf, "abcde", 5);
	(void)close(fds[1]);
	assert_int_equal(read_all(fds[0], buf, sizeof(buf)), 2);
	assert_memory_equal(buf, "fg", 2);
	assert_int_equal(read_all(fds[0], buf, sizeof(buf)), 0);
	assert_int_equal(read_all(fds[0], buf, 0), 0);
	(void)close(fds[0]);
}

static void
test_failures(void **state)
{
	char buf[8];
	int fds[2];

	(void)state;
	assert_int_equal(read_all(-1, buf, sizeof(buf)), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(write(fds[1], "a", 1), 1);
	assert_int_equal(read_all(fds[0], buf, sizeof(buf)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(buf[0], '\0');
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
