/* SPDX-License-Identifier: ISC */

/*
 * The journal's native protocol: see journal.h.
 *
 * An entry is one datagram with a line NAME=VALUE for each field.  The socket
 * stays valid when journald restarts, because systemd keeps it.  Sending waits
 * while the journal's queue is full, as syslog(3) does.
 *
 * Fails if the journal cannot be reached, or if an entry is larger than a
 * datagram may be; our lines are far below that.
 */

#include "base/journal.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define MAX_FIELDS	8
#define PARTS		4	/* of a field: name, "=", value, line feed */

struct fields {
	struct iovec	parts[MAX_FIELDS * PARTS];
	size_t		n;
};

bool
journal_is_stderr(void)
{
	const char *stream;
	struct stat st;
	char ours[64];

	if ((stream = getenv("JOURNAL_STREAM")) == NULL ||
	    fstat(STDERR_FILENO, &st) == -1)
		return false;
	(void)snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(stream, ours) == 0;
}

int
journal_open(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd, saved;

	if (strlcpy(un.sun_path, path, sizeof(un.sun_path)) >=
	    sizeof(un.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

static void
add_part(struct fields *fields, const char *text)
{
	struct iovec *part = &fields->parts[fields->n++];

	/* sendmsg(2) only reads it; struct iovec has no const. */
	memcpy(&part->iov_base, &text, sizeof(text));
	part->iov_len = strlen(text);
}

static void
add(struct fields *fields, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0' || strchr(value, '\n') != NULL)
		return;
	add_part(fields, name);
	add_part(fields, "=");
	add_part(fields, value);
	add_part(fields, "\n");
}

bool
journal_send(int fd, const struct journal_entry *entry)
{
	char priority[16], facility[16], pid[24];
	struct fields fields = { .n = 0 };
	struct msghdr msg = { 0 };
	ssize_t n;

	(void)snprintf(priority, sizeof(priority), "%d", entry->priority);
	(void)snprintf(facility, sizeof(facility), "%d",
	    LOG_FAC(entry->facility));
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	add(&fields, "MESSAGE", entry->text);
	add(&fields, "PRIORITY", priority);
	add(&fields, "SYSLOG_FACILITY", facility);
	add(&fields, "SYSLOG_IDENTIFIER", entry->program);
	add(&fields, "SYSLOG_PID", pid);
	add(&fields, "MESSAGE_ID", entry->message_id);
	add(&fields, "QUEUE_ID", entry->queue_id);
	add(&fields, "SOURCE", entry->source);
	msg.msg_iov = fields.parts;
	msg.msg_iovlen = fields.n;
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n != -1;
}
