/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what an SMTP server says while doctor sends a test message.
 *
 * It never hears more than its replies allow: no recipient without a sender
 * that was taken, no message without "3".  The last reply is text on one line,
 * and only an accepted message has a queue file, which the reply names.
 */

#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/smtp_probe.h"

#define MAX_LENGTH	65536	/* octets of input */
#define QUEUED		"4XyZ12"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *const lines[] = {
	"EHLO localhost\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<a@b.example>\r\n",
	"DATA\r\n", "Subject: test\r\n\r\nx\r\n", ".\r\n"
};
#define NLINES	(sizeof(lines) / sizeof(lines[0]))

static char folder[] = "/tmp/countersign-fuzz.XXXXXX";
static char file[sizeof(folder) + sizeof(QUEUED)];

static void
remove_all(void)
{
	(void)unlink(file);
	(void)rmdir(folder);
}

static void
make_all(void)
{
	int fd;

	if (mkdtemp(folder) == NULL)
		abort();
	(void)snprintf(file, sizeof(file), "%s/" QUEUED, folder);
	if ((fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600)) == -1)
		abort();
	(void)close(fd);
	(void)atexit(remove_all);
}

/* The lines that were said, in order; how many. */
static size_t
count_lines(int other)
{
	char said[1024], *p = said;
	ssize_t n;
	size_t i;

	n = recv(other, said, sizeof(said) - 1, MSG_DONTWAIT);
	said[n > 0 ? n : 0] = '\0';
	for (i = 0; i < NLINES && strncmp(p, lines[i], strlen(lines[i])) == 0;
	    i++)
		p += strlen(lines[i]);
	if (strcmp(p, i == NLINES ? "QUIT\r\n" : "") != 0)
		abort();
	return i;
}

static void
check(const struct smtp_probe *probe, size_t nlines)
{
	const size_t len = strlen(probe->reply);
	struct stat st;

	if (probe->code < 0 || probe->code > 999 || len == 0 ||
	    strpbrk(probe->reply, "\r\n") != NULL)
		abort();
	if (probe->code / 100 == 2 ? nlines < NLINES :
	    probe->code / 100 == 3 && nlines == NLINES - 2)
		abort();
	if (probe->fd == -1)
		return;
	if (probe->code / 100 != 2 || nlines != NLINES || len <=
	    sizeof(QUEUED) || strcmp(probe->reply + len - sizeof(QUEUED),
	    " " QUEUED) != 0 || fstat(probe->fd, &st) == -1)
		abort();
	(void)close(probe->fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct smtp_probe probe = { .is_connected = true,
	    .recipient = "a@b.example", .incoming = folder,
	    .message = "Subject: test\r\n\r\nx\r\n" };
	int fds[2];

	if (len > MAX_LENGTH)
		return 0;
	if (file[0] == '\0')
		make_all();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1)
		return 0;
	if (len > 0 && send(fds[1], data, len, MSG_NOSIGNAL) != (ssize_t)len)
		abort();
	(void)shutdown(fds[1], SHUT_WR);
	probe.connection = fds[0];
	smtp_probe(&probe);
	check(&probe, count_lines(fds[1]));
	(void)close(fds[1]);
	return 0;
}
