/* SPDX-License-Identifier: ISC */

/*
 * The greeting, with servers that answer well, badly or not at all.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>
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

#include "machine/milter_hello.h"

/* Far longer than any of these takes, and never waited for. */
#define LONG_MS	60000

/* Length, 'O', version 6, actions, steps. */
static const unsigned char good[] = { 0, 0, 0, 13, 'O', 0, 0, 0, 6,
    0, 0, 0, 0x11, 0, 0, 0, 0 };

static char folder[64], name[128];

/*
 * A child that takes one connection, reads the greeting, writes the answer and
 * exits 0 if it was then left with 'Q', else 1.
 */
static pid_t
serve(int listener, const unsigned char *answer, size_t len)
{
	unsigned char buf[17], bye[5];
	pid_t pid;
	int fd;

	fflush(NULL);
	if ((pid = fork()) != 0) {
		close(listener);
		return pid;
	}
	if ((fd = accept(listener, NULL, NULL)) == -1 ||
	    recv(fd, buf, sizeof(buf), MSG_WAITALL) != sizeof(buf) ||
	    buf[3] != 13 || buf[4] != 'O' || buf[8] != 6 ||
	    send(fd, answer, len, MSG_NOSIGNAL) != (ssize_t)len)
		_exit(2);
	shutdown(fd, SHUT_WR);
	_exit(recv(fd, bye, sizeof(bye), MSG_WAITALL) == sizeof(bye) &&
	    bye[3] == 1 && bye[4] == 'Q' ? 0 : 1);
}

static int
listen_unix(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	(void)snprintf(name, sizeof(name), "unix:%s/socket", folder);
	(void)strlcpy(address.sun_path, name + 5, sizeof(address.sun_path));
	unlink(address.sun_path);
	assert_int_not_equal(fd = socket(AF_UNIX, SOCK_STREAM, 0), -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static int
status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
answers(void **state)
{
	static const struct {
		const char	*name;
		unsigned char	 answer[32];
		size_t		 len;
		enum milter_hello end;
		const char	*why;	/* NULL: well */
	} cases[] = {
		{ "good", { 0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 0, 0x11,
		    0, 0, 0, 0 }, 17, MILTER_HELLO_WELL, NULL },
		{ "old protocol", { 0, 0, 0, 13, 'O', 0, 0, 0, 2,
		    0, 0, 0, 0x11, 0, 0, 0, 0 }, 17, MILTER_HELLO_WELL, NULL },
		{ "more than numbers", { 0, 0, 0, 16, 'O', 0, 0, 0, 6,
		    0, 0, 0, 0x11, 0, 0, 0, 0, 'a', 'b', 'c' }, 20,
		    MILTER_HELLO_WELL, NULL },
		{ "nothing", { 0 }, 0, MILTER_HELLO_CLOSED,
		    "the connection was closed without an answer" },
		{ "half", { 0, 0, 0, 13, 'O' }, 5, MILTER_HELLO_CLOSED,
		    "the connection was closed without an answer" },
		{ "SMTP", "220 relay.example.net ESMTP", 27, MILTER_HELLO_OTHER,
		    "what answers there is not a milter" },
		{ "another letter", { 0, 0, 0, 13, 'c', 0, 0, 0, 6,
		    0, 0, 0, 0x11, 0, 0, 0, 0 }, 17, MILTER_HELLO_OTHER,
		    "what answers there is not a milter" },
		{ "another version", { 0, 0, 0, 13, 'O', 0, 0, 1, 6,
		    0, 0, 0, 0x11, 0, 0, 0, 0 }, 17, MILTER_HELLO_OTHER,
		    "what answers there is not a milter" },
		{ "too short", { 0, 0, 0, 12, 'O', 0, 0, 0, 6,
		    0, 0, 0, 0x11, 0, 0, 0, 0 }, 17, MILTER_HELLO_OTHER,
		    "what answers there is not a milter" },
	};
	/* NULL, and the user that the test runs as anyway. */
	const char *users[] = { NULL, geteuid() == 0 ? "root" : NULL };
	char why[256];
	size_t i, j;
	pid_t pid;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (j = 0; j < 2; j++) {
			pid = serve(listen_unix(), cases[i].answer,
			    cases[i].len);
			why[0] = '\0';
			assert_int_equal(milter_hello(name, users[j], LONG_MS,
			    why, sizeof(why)), cases[i].end);
			if (cases[i].why != NULL)
				assert_non_null(strstr(why, cases[i].why));
			assert_int_equal(status_of(pid),
			    cases[i].why == NULL ? 0 : 1);
		}
}

static void
tcp(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(address);
	char why[256];
	int fd, spelling;
	pid_t pid;

	(void)state;
	for (spelling = 0; spelling < 2; spelling++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_not_equal(fd, -1);
		address.sin_port = 0;
		assert_int_equal(bind(fd, (struct sockaddr *)&address,
		    sizeof(address)), 0);
		assert_int_equal(listen(fd, 5), 0);
		assert_int_equal(getsockname(fd,
		    (struct sockaddr *)&address, &len), 0);
		(void)snprintf(name, sizeof(name), spelling == 0 ?
		    "inet:%u@127.0.0.1" : "inet:127.0.0.1:%u",
		    ntohs(address.sin_port));
		pid = serve(fd, good, sizeof(good));
		assert_int_equal(milter_hello(name, NULL, LONG_MS, why,
		    sizeof(why)), MILTER_HELLO_WELL);
		assert_int_equal(status_of(pid), 0);
		/* Nobody listens any more. */
		assert_int_equal(milter_hello(name, NULL, LONG_MS, why,
		    sizeof(why)), MILTER_HELLO_REFUSED);
		assert_non_null(strstr(why, ": Connection refused"));
	}
}

static void
silence(void **state)
{
	const int fd = listen_unix();
	char why[256];

	(void)state;
	assert_int_equal(milter_hello(name, NULL, 50, why, sizeof(why)),
	    MILTER_HELLO_SILENT);
	assert_non_null(strstr(why, "connected, but there was no answer in "
	    "time"));
	close(fd);
}

static void
no_socket(void **state)
{
	char why[512], longest[300] = "unix:/", path[128];
	FILE *fp;

	(void)state;
	assert_int_equal(milter_hello("unix:/nowhere/socket", NULL, LONG_MS,
	    why, sizeof(why)), MILTER_HELLO_MISSING);
	assert_string_equal(why, "/nowhere/socket: No such file or "
	    "directory");
	memset(longest + 6, 'a', 200);
	assert_int_equal(milter_hello(longest, NULL, LONG_MS, why,
	    sizeof(why)), MILTER_HELLO_NAME);
	assert_non_null(strstr(why, "too long for a socket; choose one of at "
	    "most 107 octets"));
	assert_int_equal(milter_hello("inet:8891", NULL, LONG_MS, why,
	    sizeof(why)), MILTER_HELLO_NAME);
	assert_non_null(strstr(why, "not the name of a socket"));
	assert_int_equal(milter_hello("inet:no-such-port@127.0.0.1", NULL,
	    LONG_MS, why, sizeof(why)), MILTER_HELLO_HOST);
	assert_int_equal(milter_hello("unix:/nowhere/socket", "no-such-user",
	    LONG_MS, why, sizeof(why)), MILTER_HELLO_FAILED);
	assert_string_equal(why, "user no-such-user: no such user");

	(void)snprintf(path, sizeof(path), "%s/file", folder);
	assert_non_null(fp = fopen(path, "w"));
	(void)fclose(fp);
	assert_int_equal(milter_hello(path, NULL, LONG_MS, why, sizeof(why)),
	    MILTER_HELLO_NO_SOCKET);
	assert_non_null(strstr(why, "/file: not a socket"));
	(void)strlcat(path, "/below", sizeof(path));
	assert_int_equal(milter_hello(path, NULL, LONG_MS, why, sizeof(why)),
	    MILTER_HELLO_MISSING);
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	assert_int_equal(unlink(path), 0);
}

/* What root may do is not what the user may do. */
static void
user(void **state)
{
	char why[256];
	int fd;
	pid_t pid;

	(void)state;
	fd = listen_unix();
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(name + 5, 0660), 0);
	if (geteuid() != 0) {
		close(fd);
		assert_int_equal(milter_hello(name, "daemon", LONG_MS, why,
		    sizeof(why)), MILTER_HELLO_FAILED);
		assert_string_equal(why, "user daemon: only root can do "
		    "this; run the command as root");
		return;
	}
	pid = serve(fd, good, sizeof(good));
	assert_int_equal(milter_hello(name, "daemon", LONG_MS, why,
	    sizeof(why)), MILTER_HELLO_DENIED);
	assert_non_null(strstr(why, "/socket: Permission denied"));
	assert_int_equal(chown(name + 5, 0, 1), 0);
	assert_int_equal(milter_hello(name, "daemon", LONG_MS, why,
	    sizeof(why)), 0);
	assert_int_equal(status_of(pid), 0);
}

static int
make_folder(void **state)
{
	(void)state;
	(void)strlcpy(folder, "/tmp/countersign-hello.XXXXXX",
	    sizeof(folder));
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	(void)unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(tcp),
		cmocka_unit_test(silence),
		cmocka_unit_test(no_socket),
		cmocka_unit_test(user),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
