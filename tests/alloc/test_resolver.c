/* SPDX-License-Identifier: ISC */

/*
 * A lookup during which the n-th allocation fails, in libunbound's thread or in
 * ours, alone and with all that follow: when memory is back, the name is found
 * again.  As in the front, a resolver that is stuck is replaced.
 *
 * Each attempt has a process of its own, for libunbound may crash; then another
 * front is started.  They run at the same time, as they mostly wait.
 */

#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "failing.h"
#include "resolver/resolver.h"

#define MOST		60	/* more than a lookup allocates */
#define TIMEOUT_MS	500
#define STUCK_MS	1000
#define PAUSE_US	100000
#define ROUNDS		200
#define LIMIT		120	/* seconds of one attempt */
#define HEADER		12	/* octets of a DNS message */

enum { FOUND, NOT_FOUND, NO_RESOLVER };

static char server[32];
static pid_t server_pid;

/* An A record for every question, of the name in it. */
static size_t
answer(unsigned char *packet, size_t len, size_t size)
{
	static const unsigned char record[] = { 0xc0, HEADER, 0, 1, 0, 1,
	    0, 0, 0, 0, 0, 4, 192, 0, 2, 1 };
	size_t end = HEADER;

	while (end < len && packet[end] != 0)
		end += packet[end] + 1U;
	end += 5;	/* the root, type and class */
	if (end > len || end + sizeof(record) > size)
		return 0;
	packet[2] = 0x84;	/* QR, AA */
	packet[3] = 0x80;	/* RA */
	memset(packet + 4, 0, HEADER - 4);
	packet[5] = packet[7] = 1;	/* one question, one answer */
	memcpy(packet + end, record, sizeof(record));
	return end + sizeof(record);
}

static _Noreturn void
serve(int fd)
{
	unsigned char packet[512];
	struct sockaddr_in from;
	socklen_t fromlen;
	ssize_t n;
	size_t len;

	for (;;) {
		fromlen = sizeof(from);
		n = recvfrom(fd, packet, sizeof(packet), 0,
		    (struct sockaddr *)&from, &fromlen);
		if (n < HEADER || (len = answer(packet, (size_t)n,
		    sizeof(packet))) == 0)
			continue;
		(void)sendto(fd, packet, len, 0,
		    (const struct sockaddr *)&from, fromlen);
	}
}

static int
start_server(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd;

	(void)state;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1 ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) == -1 ||
	    (server_pid = fork()) == -1)
		return -1;
	if (server_pid == 0)
		serve(fd);
	(void)close(fd);
	(void)snprintf(server, sizeof(server), "127.0.0.1@%u",
	    ntohs(at.sin_port));
	return 0;
}

static int
stop_server(void **state)
{
	(void)state;
	return kill(server_pid, SIGKILL) == 0 &&
	    waitpid(server_pid, NULL, 0) == server_pid ? 0 : -1;
}

static struct dns_resolver *
open_resolver(void)
{
	static const char *const servers[] = { server };
	const struct dns_options options = {
		.servers = servers, .nservers = 1, .timeout_ms = TIMEOUT_MS
	};
	struct dns_resolver *resolver;
	char error[256];

	resolver = dns_resolver_new(&options, error, sizeof(error));
	if (resolver == NULL)
		(void)fprintf(stderr, "%s\n", error);
	return resolver;
}

static bool
is_found(struct dns_resolver *resolver)
{
	struct dns_answer found;
	enum dns_status status;

	status = dns_lookup(resolver, "a.example", DNS_A, &found);
	dns_answer_free(&found);
	return status == DNS_OK;
}

/* What the front does, until the name is found. */
static bool
recover(struct dns_resolver **resolver)
{
	char why[128];
	int i;

	for (i = 0; i < ROUNDS && !is_found(*resolver); i++) {
		(void)usleep(PAUSE_US);
		if (!dns_resolver_is_stuck(*resolver, STUCK_MS, why,
		    sizeof(why)))
			continue;
		dns_resolver_free(*resolver);
		if ((*resolver = open_resolver()) == NULL)
			return false;
	}
	return i < ROUNDS;
}

static int
try(size_t n, bool all_later)
{
	struct dns_resolver *resolver;
	bool is_good;

	(void)signal(SIGSEGV, SIG_DFL);	/* cmocka's would exit */
	(void)alarm(LIMIT);
	if ((resolver = open_resolver()) == NULL)
		return NO_RESOLVER;
	if (!recover(&resolver))
		return NOT_FOUND;
	failing_arm(n, all_later);
	(void)is_found(resolver);
	(void)failing_disarm();
	is_good = recover(&resolver);
	dns_resolver_free(resolver);
	return is_good ? FOUND : NOT_FOUND;
}

static void
run_out(bool all_later)
{
	pid_t pids[MOST];
	size_t i, nbad = 0;
	int status;

	for (i = 0; i < MOST; i++) {
		assert_int_not_equal(pids[i] = fork(), -1);
		if (pids[i] == 0)
			_exit(try(i + 1, all_later));
	}
	for (i = 0; i < MOST; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
			print_message("# allocation %zu: a crash\n", i + 1);
		else if (!WIFEXITED(status) || WEXITSTATUS(status) != FOUND) {
			print_error("# allocation %zu: status %x\n", i + 1,
			    (unsigned int)status);
			nbad++;
		}
	}
	assert_int_equal(nbad, 0);
}

static void
test_one(void **state)
{
	(void)state;
	run_out(false);
}

static void
test_all_later(void **state)
{
	(void)state;
	run_out(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_all_later),
	};

	return cmocka_run_group_tests_name("resolver", tests, start_server,
	    stop_server);
}
