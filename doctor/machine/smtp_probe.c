/* SPDX-License-Identifier: ISC */

/*
 * A test message by SMTP: see smtp_probe.h.
 *
 * Postfix names the queue file after its queue id, which it says in the last
 * reply: "250 2.0.0 Ok: queued as ID".  The file may be deleted before that can
 * be read, but it stays readable for who has it open.
 */

#include "machine/smtp_probe.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPLY_SECONDS	60
#define MAX_FILES	200
#define MAX_LINES	100	/* of one reply */

struct file {
	char	 name[64];
	int	 fd;
};

static void
fail(struct smtp_probe *probe, const char *why)
{
	probe->code = 0;
	(void)strlcpy(probe->reply, why, sizeof(probe->reply));
}

static void
limit_time(int fd)
{
	static const struct timeval limit = { .tv_sec = REPLY_SECONDS };

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static int
connect_to(struct smtp_probe *probe)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *i;
	int error, fd = -1;

	if ((error = getaddrinfo(probe->host, probe->port, &hints,
	    &list)) != 0) {
		fail(probe, gai_strerror(error));
		return -1;
	}
	for (i = list; i != NULL && fd == -1; i = i->ai_next) {
		if ((fd = socket(i->ai_family, SOCK_STREAM | SOCK_CLOEXEC,
		    0)) == -1)
			continue;
		limit_time(fd);
		if (connect(fd, i->ai_addr, i->ai_addrlen) == -1) {
			fail(probe, strerror(errno));
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

/*
 * Read a reply; whether it begins with that digit.  A Sendmail that is started
 * for this connection may write warnings before its greeting.
 */
static bool
expect(struct smtp_probe *probe, FILE *in, char digit)
{
	char line[sizeof(probe->reply)];
	int n;

	for (n = 0; n < MAX_LINES; n++) {
		if (fgets(line, sizeof(line), in) == NULL) {
			fail(probe, "the connection ended without a reply");
			return false;
		}
		line[strcspn(line, "\r\n")] = '\0';
		if (strspn(line, "0123456789") != 3 || line[3] == '-')
			continue;
		probe->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 +
		    line[2] - '0';
		(void)strlcpy(probe->reply, line, sizeof(probe->reply));
		return line[0] == digit;
	}
	fail(probe, "a reply of more than 100 lines");
	return false;
}

static bool
say(struct smtp_probe *probe, int fd, const char *text)
{
	const size_t len = strlen(text);

	if (send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len)
		return true;
	fail(probe, "the connection ended");
	return false;
}

/* A reply that takes the message before it was sent takes nothing. */
static bool
ask_for_data(struct smtp_probe *probe, int fd, FILE *in)
{
	if (!say(probe, fd, "DATA\r\n"))
		return false;
	if (expect(probe, in, '3'))
		return true;
	if (probe->code / 100 == 2)
		fail(probe, "the reply to DATA does not ask for the message");
	return false;
}

static size_t
open_files(const char *folder, struct file *files)
{
	const struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	if (folder == NULL || (dir = opendir(folder)) == NULL)
		return 0;
	while (n < MAX_FILES && (entry = readdir(dir)) != NULL) {
		if (entry->d_type != DT_REG || strlcpy(files[n].name,
		    entry->d_name, sizeof(files[n].name)) >=
		    sizeof(files[n].name))
			continue;
		files[n].fd = openat(dirfd(dir), entry->d_name,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		n += files[n].fd != -1;
	}
	(void)closedir(dir);
	return n;
}

/* Keep the file whose name ends the reply. */
static void
keep_file(struct smtp_probe *probe, const struct file *files, size_t n,
    bool is_accepted)
{
	const char *blank = strrchr(probe->reply, ' ');
	size_t i;

	for (i = 0; i < n; i++)
		if (is_accepted && probe->fd == -1 && blank != NULL &&
		    strcmp(blank + 1, files[i].name) == 0)
			probe->fd = files[i].fd;
		else
			close(files[i].fd);
}

static void
converse(struct smtp_probe *probe, int fd, FILE *in, struct file *files)
{
	char line[512];
	bool is_accepted;
	size_t n;

	(void)snprintf(line, sizeof(line), "RCPT TO:<%s>\r\n",
	    probe->recipient);
	if (!expect(probe, in, '2') ||
	    !say(probe, fd, "EHLO localhost\r\n") ||
	    !expect(probe, in, '2') ||
	    !say(probe, fd, "MAIL FROM:<>\r\n") || !expect(probe, in, '2') ||
	    !say(probe, fd, line) || !expect(probe, in, '2') ||
	    !ask_for_data(probe, fd, in))
		return;
	n = open_files(probe->incoming, files);
	is_accepted = say(probe, fd, probe->message) &&
	    say(probe, fd, ".\r\n") && expect(probe, in, '2');
	keep_file(probe, files, n, is_accepted);
	(void)send(fd, "QUIT\r\n", 6, MSG_NOSIGNAL);
}

void
smtp_probe(struct smtp_probe *probe)
{
	struct file *files = calloc(MAX_FILES, sizeof(*files));
	int fd = probe->is_connected ? probe->connection : -1;
	FILE *in = NULL;

	probe->fd = -1;
	fail(probe, "out of memory");
	if (fd != -1)
		limit_time(fd);
	else if (files != NULL)
		fd = connect_to(probe);
	if (files == NULL || fd == -1) {
		if (fd != -1)
			close(fd);
		free(files);
		return;
	}
	if ((in = fdopen(fd, "r")) == NULL)
		close(fd);
	else {
		converse(probe, fd, in, files);
		(void)fclose(in);
	}
	free(files);
}
