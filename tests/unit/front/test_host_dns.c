/* SPDX-License-Identifier: ISC */

/*
 * A resolver that is stuck is replaced; if that happens too often, the process
 * ends.  The test breaks it by ending the pipes between our thread and
 * libunbound's.
 */

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "config/private.h"
#include "front/counters.h"
#include "front/host_dns.h"
#include "front/snapshot.h"

#define DESCRIPTORS	1024	/* enough for all resolvers */
#define LIMIT		120	/* seconds */
#define PAUSE_US	20000

static const char text[] = "dns { servers = \"127.0.0.254@5353\" timeout = 1s }"
    "\nsource \"s\" { domains = example.com\ndkim { domains = a.example } }\n";

const char *__tsan_default_options(void);

/* For ThreadSanitizer: threads of contexts that are left are not joined. */
const char *
__tsan_default_options(void)
{
	return "report_thread_leaks=0";
}

static bool
is_pair(int fd)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);

	return getsockname(fd, (struct sockaddr *)&name, &len) == 0 &&
	    name.ss_family == AF_UNIX;
}

/* End all socket pairs: none are open but those of resolvers. */
static void
break_pipes(void)
{
	int fd;

	for (fd = 3; fd < DESCRIPTORS; fd++)
		if (is_pair(fd))
			(void)shutdown(fd, SHUT_RDWR);
}

static bool
answers(struct dns_resolver *resolver)
{
	struct dns_answer found;
	enum dns_status status;

	status = dns_lookup(resolver, "localhost", DNS_A, &found);
	dns_answer_free(&found);
	return status == DNS_OK;
}

static int
start(void)
{
	struct config *config;
	struct dns_resolver *resolver;
	char error[256];
	size_t nfaults;

	config = config_load_text("f", text, sizeof(text) - 1, stderr,
	    &nfaults);
	return config != NULL && host_dns_open(config, &resolver, error,
	    sizeof(error)) == 0 ? snapshot_replace_take(config, resolver) :
	    -1;
}

/* Break it, and wait until another one has its place: whether that works. */
static bool
is_replaced(void)
{
	struct snapshot *before, *now;
	bool works;

	before = snapshot_acquire();
	break_pipes();
	for (now = before; now == before; ) {
		(void)usleep(PAUSE_US);
		(void)answers(before->resolver);
		host_dns_attend();
		snapshot_release(now);
		now = snapshot_acquire();
	}
	works = answers(now->resolver);
	snapshot_release(now);
	return works;
}

static _Noreturn void
wear_out(void)
{
	unsigned long n;

	for (n = 1; n <= HOST_DNS_MAX_LEFT; n++)
		if (!is_replaced() || counters_get(COUNTER_DNS_RESTARTS) != n)
			_exit(EX_USAGE);
	(void)is_replaced();
	_exit(EX_OK);
}

static _Noreturn void
work(bool is_worn_out)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(LIMIT);
	log_init("test", true);
	closefrom(STDERR_FILENO + 1);
	if (start() != 0)
		_exit(EX_CONFIG);
	if (is_worn_out)
		wear_out();
	if (!is_replaced())
		_exit(EX_SOFTWARE);
	/* What works stays. */
	host_dns_attend();
	if (counters_get(COUNTER_DNS_RESTARTS) != 1 ||
	    dns_contexts_left() != 1)
		_exit(EX_USAGE);
	snapshot_clear();
	_exit(EX_OK);
}

/* The exit status of a process of its own. */
static int
status_of(bool is_worn_out)
{
	int status;
	pid_t pid;

	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		work(is_worn_out);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_replaced(void **state)
{
	(void)state;
	assert_int_equal(status_of(false), EX_OK);
}

static void
test_too_often(void **state)
{
	(void)state;
	assert_int_equal(status_of(true), EX_SOFTWARE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_too_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
