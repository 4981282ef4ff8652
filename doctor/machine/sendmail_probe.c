/* SPDX-License-Identifier: ISC */

/*
 * A test message through a Sendmail of its own: see sendmail_probe.h.
 *
 * Both ends of the connection are made here, so that nobody else can get it.
 * Sendmail becomes RunAsUser by itself, if it has one, so the queue belongs to
 * that user.  Whatever fails, the queue is removed, and the reply says why.
 */

#include "machine/sendmail_probe.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/run.h"
#include "machine/sendmail_load.h"
#include "machine/sendmail_queue.h"
#include "machine/smtp_probe.h"

#define TRIES		600	/* of 100 ms, for its end after the dialogue */
#define QUEUE		"/run/countersign-doctor.XXXXXXXXXX"
#define USUAL_PROGRAM	"/usr/sbin/sendmail"
#define VERSION_MS	10000

bool
sendmail_can_probe(void)
{
	static const char *const argv[] = { USUAL_PROGRAM, "-d0.1", "-bt",
	    NULL };
	struct machine_output out;
	bool is_sendmail;

	if (sendmail_program() != NULL)
		return true;
	/* It ends with its input, of which there is none. */
	(void)machine_run(NULL, argv, VERSION_MS, &out);
	is_sendmail = strncmp(out.text, "Version 8.", 10) == 0;
	machine_output_finish(&out);
	return is_sendmail;
}

static bool
get_name(int fd, int (*function)(int, struct sockaddr *, socklen_t *),
    struct sockaddr_in *name)
{
	socklen_t len = sizeof(*name);

	return function(fd, (struct sockaddr *)name, &len) == 0;
}

/* A connection on the loopback, from ends[0] to ends[1]. */
static int
connect_ends(int ends[2])
{
	struct sockaddr_in name = { .sin_family = AF_INET }, peer;
	const socklen_t len = sizeof(name);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ends[1] = -1;
	if (listener != -1 && ends[0] != -1 &&
	    bind(listener, (struct sockaddr *)&name, len) == 0 &&
	    listen(listener, 1) == 0 &&
	    get_name(listener, getsockname, &name) &&
	    connect(ends[0], (struct sockaddr *)&name, len) == 0 &&
	    get_name(ends[0], getsockname, &name))
		/* Others may have connected before us. */
		while ((ends[1] = accept4(listener, NULL, NULL,
		    SOCK_CLOEXEC)) != -1 && (!get_name(ends[1], getpeername,
		    &peer) || peer.sin_port != name.sin_port))
			(void)close(ends[1]);
	if (listener != -1)
		(void)close(listener);
	if (ends[1] != -1)
		return 0;
	if (ends[0] != -1)
		(void)close(ends[0]);
	return -1;
}

static _Noreturn void
run_sendmail(int connection, const char *queue)
{
	static char *const environment[] = { NULL };
	const char *program = sendmail_program();
	char option[sizeof(QUEUE) + 32];
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)snprintf(option, sizeof(option), "-OQueueDirectory=%s", queue);
	if (program == NULL)
		program = USUAL_PROGRAM;
	if (null != -1 && dup2(connection, STDIN_FILENO) != -1 &&
	    dup2(connection, STDOUT_FILENO) != -1 &&
	    dup2(null, STDERR_FILENO) != -1) {
		const char *const argv[] = { "sendmail", "-Am", "-bs",
		    "-ODeliveryMode=queueonly", "-OTimeout.ident=0", option,
		    NULL };

		closefrom(STDERR_FILENO + 1);
		(void)execve(program, (char *const *)(uintptr_t)argv,
		    environment);
	}
	_exit(127);
}

/* It ends by itself, as the connection is closed. */
static void
wait_for_end(pid_t pid)
{
	int i, status;

	for (i = 0; i < TRIES; i++) {
		if (waitpid(pid, &status, WNOHANG) != 0)
			return;
		(void)usleep(100000);
	}
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
}

static int
fail(struct sendmail_probe *probe, const char *what)
{
	probe->code = 0;
	(void)snprintf(probe->reply, sizeof(probe->reply), "%s: %s", what,
	    strerror(errno));
	return -1;
}

/* A queue directory, for the user that Sendmail becomes. */
static int
make_queue(struct sendmail_probe *probe, char *queue)
{
	const struct passwd *pw;

	if (mkdtemp(queue) == NULL)
		return fail(probe, queue);
	if (probe->run_as == NULL || (pw = getpwnam(probe->run_as)) == NULL ||
	    chown(queue, pw->pw_uid, pw->pw_gid) == 0)
		return 0;
	(void)fail(probe, queue);
	(void)rmdir(queue);
	return -1;
}

static void
converse(struct sendmail_probe *probe, const char *queue)
{
	struct smtp_probe smtp = { .is_connected = true,
	    .recipient = probe->recipient, .message = probe->message };
	int ends[2];
	pid_t pid;

	if (connect_ends(ends) == -1) {
		(void)fail(probe, "127.0.0.1");
		return;
	}
	if ((pid = fork()) == 0)
		run_sendmail(ends[1], queue);
	if (pid == -1)
		(void)fail(probe, "fork");
	(void)close(ends[1]);
	if (pid == -1) {
		(void)close(ends[0]);
		return;
	}
	smtp.connection = ends[0];
	smtp_probe(&smtp);
	wait_for_end(pid);
	probe->code = smtp.code;
	(void)strlcpy(probe->reply, smtp.reply, sizeof(probe->reply));
}

void
sendmail_probe(struct sendmail_probe *probe)
{
	char queue[] = QUEUE;

	probe->queued = NULL;
	if (make_queue(probe, queue) == -1)
		return;
	converse(probe, queue);
	if (probe->code / 100 == 2)
		probe->queued = sendmail_queue_read(queue);
	sendmail_queue_remove(queue);
}
