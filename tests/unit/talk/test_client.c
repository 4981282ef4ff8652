/* SPDX-License-Identifier: ISC */

/*
 * The two sides of the socket: who may use it, what a client makes of answers,
 * and of a daemon that is not there or answers wrongly.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keydir.h"
#include "store/fleet_file.h"
#include "talk/client.h"
#include "talk/place.h"

#define OTHER_USER	65534
#define LIMIT_S		60
#define N(array)	(sizeof(array) / sizeof((array)[0]))

static struct keydir store;
static int listener = -1;

static int
prepare(void **state)
{
	struct ks_error error;
	int fd;

	(void)state;
	keydir_make(&store);
	if (ks_fleet_open(store.ks, &fd, &error) != 0)
		return -1;
	(void)close(fd);
	return 0;
}

static int
clean_up(void **state)
{
	(void)state;
	keydir_remove(&store);
	keydir_free_keys();
	return 0;
}

static void
begin(void)
{
	struct ks_error error;

	assert_int_equal(talk_listen(store.path, &listener, &error), 0);
}

static void
end(void)
{
	(void)close(listener);
	listener = -1;
}

/* A daemon that gives these answers to the greeting and one request. */
static pid_t
serve(const char *greeting, const char *answers)
{
	struct pollfd fd = { .fd = listener, .events = POLLIN };
	char request[256];
	uid_t uid;
	pid_t pid;
	int client;

	if ((pid = fork()) != 0)
		return pid;
	if (poll(&fd, 1, 60000) != 1 ||
	    (client = accept(listener, NULL, NULL)) == -1 ||
	    !talk_may_use(client, &pid, &uid) || uid != geteuid() ||
	    pid != getppid() ||
	    read(client, request, sizeof(request)) != strlen("hello 2\n") ||
	    write(client, greeting, strlen(greeting)) == -1)
		_exit(1);
	if (answers != NULL && (read(client, request, sizeof(request)) <= 0 ||
	    write(client, answers, strlen(answers)) == -1))
		_exit(1);
	_exit(0);
}

static void
reap(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
count(void *context, const struct talk_message *answer)
{
	size_t *n = context;

	assert_true(answer->kind >= TALK_READY);
	(*n)++;
}

static const struct {
	const char	*name, *answers;
	int		 want;
	size_t		 n;
	const char	*error;		/* or NULL */
} cases[] = {
	{ "done", "done\n", 0, 0, NULL },
	{ "two", "alarm a\nalarm b\ndone\n", 0, 2, NULL },
	{ "refused", "alarm a\nrefused no reason\n", KS_E_EXISTS, 1,
	    "no reason" },
	{ "cut off", "alarm a\n", KS_E_SYSTEM, 1, "closed the connection" },
	{ "not an answer", "status\n", KS_E_ARG, 0, "not understood" },
	{ "unknown", "what\n", KS_E_ARG, 0, "not understood" },
	{ "too much", "done\ndone\n", KS_E_ARG, 0, "more than was asked" },
};

static void
asks(void **state)
{
	const struct talk_message request = { .kind = TALK_STATUS };
	struct talk_message ready;
	struct ks_error error;
	struct talk *talk;
	size_t i, n;
	pid_t pid;
	int r;

	(void)state;
	begin();
	for (i = 0; i < N(cases); i++) {
		pid = serve("ready relay1 -\n", cases[i].answers);
		assert_int_equal(talk_open(&talk, store.path, LIMIT_S, &ready,
		    &error), 0);
		assert_string_equal(ready.name, "relay1");
		assert_string_equal(ready.fleet, "-");
		n = 0;
		r = talk_ask(talk, &request, count, &n, &error);
		talk_close(talk);
		reap(pid);
		if (r != cases[i].want || n != cases[i].n ||
		    (cases[i].error != NULL &&
		    strstr(error.text, cases[i].error) == NULL))
			fail_msg("%s: %d, %zu, %s", cases[i].name, r, n,
			    error.text);
	}
	end();
}

static void
take_kinds(void *context, const struct talk_message *answer)
{
	char *kinds = context;

	(void)strlcat(kinds, answer->kind == TALK_REFUSED ? "r" :
	    answer->kind == TALK_MARKED ? "m" : "?", 8);
}

static const struct {
	const char	*name, *answers;
	int		 want;
	const char	*kinds, *error;
} batches[] = {
	{ "one after the other",
	    "marked no a\ndone\nrefused b\nmarked no c\ndone\n", 0, "mrm",
	    NULL },
	{ "one missing", "marked no a\ndone\nrefused b\nmarked no c\n",
	    KS_E_SYSTEM, "mrm", "closed the connection" },
	{ "one too many", "refused a\nrefused b\nrefused c\nrefused d\n",
	    KS_E_ARG, "rrr", "more than was asked" },
};

static void
asks_for_many(void **state)
{
	const struct talk_message requests[] = {
		{ .kind = TALK_REVOKED, .domain = "a.example",
		    .selector = "s" },
		{ .kind = TALK_REVOKED, .domain = "b.example",
		    .selector = "s" },
		{ .kind = TALK_SHOWN, .domain = "c.example", .selector = "s" }
	};
	struct talk_message ready;
	struct ks_error error;
	struct talk *talk;
	char kinds[8];
	size_t i;
	pid_t pid;
	int r;

	(void)state;
	begin();
	for (i = 0; i < N(batches); i++) {
		pid = serve("ready relay1 -\n", batches[i].answers);
		assert_int_equal(talk_open(&talk, store.path, LIMIT_S, &ready,
		    &error), 0);
		kinds[0] = '\0';
		r = talk_ask_all(talk, requests, N(requests), take_kinds,
		    kinds, &error);
		talk_close(talk);
		reap(pid);
		if (r != batches[i].want ||
		    strcmp(kinds, batches[i].kinds) != 0 ||
		    (batches[i].error != NULL &&
		    strstr(error.text, batches[i].error) == NULL))
			fail_msg("%s: %d, %s, %s", batches[i].name, r, kinds,
			    error.text);
	}
	end();
}

/* A daemon that is stopped after the greeting. */
static void
tells_nobody_for_ever(void **state)
{
	const struct talk_message part = { .kind = TALK_STATUS };
	struct pollfd fd = { .events = POLLIN };
	struct talk_message ready;
	struct ks_error error;
	struct talk *talk;
	pid_t pid;
	int r, client, status;

	(void)state;
	begin();
	fd.fd = listener;
	if ((pid = fork()) == 0) {
		/* It does not wait in accept(2). */
		client = poll(&fd, 1, 60000) != 1 ? -1 :
		    accept(listener, NULL, NULL);
		if (write(client, "ready relay1 -\n", 15) == 15)
			for (;;)
				(void)pause();
		_exit(1);
	}
	(void)alarm(60);
	assert_int_equal(talk_open(&talk, store.path, 1, &ready, &error), 0);
	while ((r = talk_tell(talk, &part, &error)) == 0)
		;
	(void)alarm(0);
	assert_int_equal(r, KS_E_SYSTEM);
	assert_non_null(strstr(error.text, "has not read the request"));
	talk_close(talk);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	end();
}

/* One that was stopped before. */
static void
greets_nobody_for_ever(void **state)
{
	struct talk_message ready;
	struct ks_error error;
	struct talk *talk;

	(void)state;
	begin();
	(void)alarm(60);
	assert_int_equal(talk_open(&talk, store.path, 1, &ready, &error),
	    KS_E_SYSTEM);
	(void)alarm(0);
	assert_null(talk);
	assert_non_null(strstr(error.text, "no answer in time"));
	end();
}

/* So that others wait, too. */
static void
connects_to_nobody_for_ever(void **state)
{
	struct talk_message ready;
	struct sockaddr_un un;
	struct ks_error error;
	struct talk *talk;
	int fds[512];
	size_t n = 0;

	(void)state;
	begin();
	assert_int_equal(talk_address(store.path, &un, &error), 0);
	for (;;) {
		assert_true(n < N(fds));
		fds[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(fds[n++], (const struct sockaddr *)&un,
		    sizeof(un)) == -1)
			break;
	}
	(void)alarm(60);
	assert_int_equal(talk_open(&talk, store.path, 1, &ready, &error),
	    KS_E_SYSTEM);
	(void)alarm(0);
	assert_non_null(strstr(error.text, "has not read the request"));
	while (n > 0)
		(void)close(fds[--n]);
	end();
}

static void
refuses_greetings(void **state)
{
	static const char *const greetings[] = {
		"done\n", "refused because\n", "hello 2\n", ""
	};
	struct talk_message ready;
	struct ks_error error;
	struct talk *talk;
	size_t i;
	pid_t pid;

	(void)state;
	begin();
	for (i = 0; i < N(greetings); i++) {
		pid = serve(greetings[i], NULL);
		assert_int_not_equal(talk_open(&talk, store.path, LIMIT_S,
		    &ready, &error), 0);
		assert_null(talk);
		reap(pid);
	}
	end();
}

static void
says_that_nobody_listens(void **state)
{
	struct talk_message ready;
	struct ks_error error;
	struct talk *talk;
	char path[256];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/.fleet/socket", store.path);
	(void)unlink(path);
	assert_int_equal(talk_open(&talk, store.path, LIMIT_S, &ready,
	    &error), KS_E_NOKEY);
	/* Left behind by a daemon that was killed. */
	begin();
	end();
	assert_int_equal(talk_open(&talk, store.path, LIMIT_S, &ready,
	    &error), KS_E_NOKEY);
	assert_non_null(strstr(error.text, "it does not run"));
	begin();
	end();
}

static void
closes_the_socket_to_others(void **state)
{
	char path[256], longer[200];
	struct ks_error error;
	struct stat st;
	int fd;

	(void)state;
	begin();
	(void)snprintf(path, sizeof(path), "%s/.fleet/socket", store.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	end();
	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(talk_listen(longer, &fd, &error), KS_E_ARG);
	assert_int_equal(fd, -1);
}

/* The kernel says who it is. */
static void
refuses_other_users(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct pollfd fd = { .events = POLLIN };
	pid_t pid, peer = 0;
	uid_t uid = 0;
	int client;

	(void)state;
	if (geteuid() != 0)
		skip();
	/* An address outside the file system. */
	(void)snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1,
	    "test_client-%ld", (long)getpid());
	fd.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd.fd, (const struct sockaddr *)&un,
	    sizeof(un)), 0);
	assert_int_equal(listen(fd.fd, 1), 0);
	if ((pid = fork()) == 0) {
		client = socket(AF_UNIX, SOCK_STREAM, 0);
		if (setuid(OTHER_USER) == -1 || connect(client,
		    (const struct sockaddr *)&un, sizeof(un)) == -1)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(poll(&fd, 1, 60000), 1);
	assert_int_not_equal(client = accept(fd.fd, NULL, NULL), -1);
	assert_false(talk_may_use(client, &peer, &uid));
	assert_int_equal(peer, pid);
	assert_int_equal(uid, OTHER_USER);
	reap(pid);
	(void)close(client);
	(void)close(fd.fd);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks),
		cmocka_unit_test(asks_for_many),
		cmocka_unit_test(tells_nobody_for_ever),
		cmocka_unit_test(greets_nobody_for_ever),
		cmocka_unit_test(connects_to_nobody_for_ever),
		cmocka_unit_test(refuses_greetings),
		cmocka_unit_test(says_that_nobody_listens),
		cmocka_unit_test(closes_the_socket_to_others),
		cmocka_unit_test(refuses_other_users),
	};

	return cmocka_run_group_tests(tests, prepare, clean_up);
}
