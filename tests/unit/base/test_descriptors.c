/* SPDX-License-Identifier: ISC */

/*
 * The limit on open files: how it is raised, and what is logged when there is
 * no descriptor left.
 */

#include <sys/resource.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/descriptors.h"
#include "base/log.h"

static void
set_limit(rlim_t soft)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = soft;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static rlim_t
soft_limit(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	return limit.rlim_cur;
}

static void
test_raise(void **state)
{
	struct rlimit limit;

	(void)state;
	set_limit(100);
	assert_int_equal(descriptors_raise(200), 200);
	assert_int_equal(soft_limit(), 200);
	/* Never lowered. */
	assert_int_equal(descriptors_raise(50), 200);
	assert_int_equal(soft_limit(), 200);
	/* More than anybody may have: the hard limit. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(descriptors_raise(1UL << 40), limit.rlim_max);
	assert_int_equal(soft_limit(), limit.rlim_max);
	set_limit(100);
}

/* What was logged to stderr by one call. */
static void
capture(void (*call)(void), char *buf, size_t size)
{
	int fds[2], saved;
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	assert_int_not_equal(saved = dup(STDERR_FILENO), -1);
	assert_int_not_equal(dup2(fds[1], STDERR_FILENO), -1);
	call();
	assert_int_not_equal(dup2(saved, STDERR_FILENO), -1);
	(void)close(saved);
	(void)close(fds[1]);
	n = read(fds[0], buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	(void)close(fds[0]);
}

static void
want_some(void)
{
	descriptors_want(200);
}

/* More than the kernel allows anybody. */
static void
want_too_many(void)
{
	descriptors_want(1UL << 40);
}

static void
test_want(void **state)
{
	const rlim_t before = soft_limit();
	char text[1024];

	(void)state;
	set_limit(100);
	capture(want_some, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(soft_limit(), 200);
	capture(want_too_many, text, sizeof(text));
	assert_non_null(strstr(text, ", not 1099511627776: this process may "));
	assert_non_null(strstr(text, "[descriptors-exhausted]"));
	set_limit(before);
}

static void
note_others(void)
{
	descriptors_note(0);
	descriptors_note(ENOENT);
	errno = EPERM;
	descriptors_check();
	assert_int_equal(errno, EPERM);
}

static void
note_twice(void)
{
	const rlim_t before = soft_limit();

	set_limit(3);
	descriptors_check();
	set_limit(before);
	descriptors_note(EMFILE);
	descriptors_note(ENFILE);
}

static void
test_note(void **state)
{
	char text[1024];

	(void)state;
	capture(note_others, text, sizeof(text));
	assert_string_equal(text, "");
	capture(note_twice, text, sizeof(text));
	assert_non_null(strstr(text, "the limit of this process is 3: mail is "
	    "deferred: raise LimitNOFILE"));
	assert_non_null(strstr(text, "[descriptors-exhausted]"));
	/* One line a minute. */
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raise),
		cmocka_unit_test(test_want),
		cmocka_unit_test(test_note),
	};

	log_init("test", true);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
