/* SPDX-License-Identifier: ISC */

/*
 * The replies of a server to the test message, all written before the first
 * command is read: good ones, refusals, and what is no reply.
 */

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/smtp_probe.h"

#define TAKEN	"220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n354 go\r\n"

static const struct {
	const char	*name;
	const char	*before;	/* that many times, then: */
	size_t		 nbefore;
	const char	*replies;
	int		 code;
	const char	*want;
} cases[] = {
	{ "accepted", "", 0, TAKEN "250 2.0.0 Ok: queued as ABC\r\n", 250,
	    "250 2.0.0 Ok: queued as ABC" },
	{ "lines before the last one", "220-hi\r\n", 50, TAKEN "250 ok\r\n",
	    250, "250 ok" },
	{ "warnings before the greeting", "WARNING: x\r\n", 5,
	    TAKEN "250 ok\r\n", 250, "250 ok" },
	{ "refused", "", 0, "220 hi\r\n250 hi\r\n451 later\r\n", 451,
	    "451 later" },
	{ "nothing", "", 0, "", 0, "the connection ended without a reply" },
	{ "the end of a line", "", 0, "220 hi\r\n250-hi\r\n", 0,
	    "the connection ended without a reply" },
	{ "a reply without an end", "220-hi\r\n", 200, "", 0,
	    "a reply of more than 100 lines" },
	{ "taken before it was sent", "", 0, "220 hi\r\n250 hi\r\n250 ok\r\n"
	    "250 ok\r\n250 ok\r\n", 0,
	    "the reply to DATA does not ask for the message" },
	{ "numbers that are no code", "99999999999999999999\r\n", 200, "", 0,
	    "a reply of more than 100 lines" },
};

static void
replies(void **state)
{
	struct smtp_probe probe;
	int ends[2];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].name);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		for (n = 0; n < cases[i].nbefore; n++)
			assert_int_equal(write(ends[1], cases[i].before,
			    strlen(cases[i].before)),
			    strlen(cases[i].before));
		assert_int_equal(write(ends[1], cases[i].replies,
		    strlen(cases[i].replies)), strlen(cases[i].replies));
		assert_int_equal(shutdown(ends[1], SHUT_WR), 0);
		memset(&probe, 0, sizeof(probe));
		probe.is_connected = true;
		probe.connection = ends[0];
		probe.recipient = "postmaster";
		probe.message = "Subject: test\r\n\r\n";
		smtp_probe(&probe);
		assert_string_equal(probe.reply, cases[i].want);
		assert_int_equal(probe.code, cases[i].code);
		assert_int_equal(probe.fd, -1);
		close(ends[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
