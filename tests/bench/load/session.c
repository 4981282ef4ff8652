/* SPDX-License-Identifier: ISC */

/*
 * The MTA's side of a milter connection: see session.h.
 *
 * A packet is a 32-bit length, a command and its data.  Commands that the
 * filter does not answer are gathered and leave with the next one that it
 * does, as an MTA's buffered stream does it; a body chunk goes out by itself,
 * without a copy.
 */

#include "session.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <err.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#define VERSION		6
#define ACTIONS		0x1ff		/* all that an MTA can do */
#define STEPS		0x1fffff	/* all that a filter can decline */
#define CHUNK		65535		/* octets of a body packet */
#define OUT_SIZE	65536		/* octets gathered before a write */
#define IN_SIZE		65536

struct session {
	int		 fd;
	uint32_t	 steps;		/* what the filter declined */
	bool		 want_fields;
	uint64_t	 noctets;

	unsigned char	 out[OUT_SIZE];
	size_t		 outlen;
	unsigned char	 in[IN_SIZE];
	size_t		 inpos, inlen;

	unsigned char	*data;		/* of the last packet read */
	size_t		 datalen, datasize;
};

static void
put_u32(unsigned char *p, uint32_t value)
{
	p[0] = (unsigned char)(value >> 24);
	p[1] = (unsigned char)(value >> 16);
	p[2] = (unsigned char)(value >> 8);
	p[3] = (unsigned char)value;
}

static uint32_t
get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* Write what was gathered, and then len octets of data. */
static void
flush(struct session *s, const void *data, size_t len)
{
	struct iovec iov[2] = {
		{ .iov_base = s->out, .iov_len = s->outlen },
		{ .iov_len = len },
	};
	size_t i = 0;
	ssize_t n;

	/* writev(2) only reads it; struct iovec has no const. */
	memcpy(&iov[1].iov_base, &data, sizeof(data));
	s->noctets += s->outlen + len;
	while (i < 2) {
		if (iov[i].iov_len == 0) {
			i++;
			continue;
		}
		if ((n = writev(s->fd, &iov[i], (int)(2 - i))) == -1)
			err(1, "write to the filter");
		for (; i < 2 && (size_t)n >= iov[i].iov_len; i++)
			n -= (ssize_t)iov[i].iov_len;
		if (i < 2) {
			iov[i].iov_base = (char *)iov[i].iov_base + n;
			iov[i].iov_len -= (size_t)n;
		}
	}
	s->outlen = 0;
}

static void
gather(struct session *s, const void *data, size_t len)
{
	if (len > sizeof(s->out))
		errx(1, "a field of %zu octets", len);
	if (len > sizeof(s->out) - s->outlen)
		flush(s, NULL, 0);
	memcpy(s->out + s->outlen, data, len);
	s->outlen += len;
}

static void
begin(struct session *s, unsigned char command, size_t len)
{
	unsigned char head[5];

	put_u32(head, (uint32_t)len + 1);
	head[4] = command;
	gather(s, head, sizeof(head));
}

static void
read_exactly(struct session *s, void *data, size_t len)
{
	unsigned char *p = data;
	size_t part;
	ssize_t n;

	while (len > 0) {
		if (s->inpos == s->inlen) {
			n = read(s->fd, s->in, sizeof(s->in));
			if (n == -1)
				err(1, "read from the filter");
			if (n == 0)
				errx(1, "the filter closed the connection");
			s->inpos = 0;
			s->inlen = (size_t)n;
		}
		part = s->inlen - s->inpos < len ? s->inlen - s->inpos : len;
		memcpy(p, s->in + s->inpos, part);
		s->inpos += part;
		p += part;
		len -= part;
	}
}

/* Read a packet into data, with a NUL after it; returns its command. */
static unsigned char
read_packet(struct session *s)
{
	unsigned char head[5];

	read_exactly(s, head, sizeof(head));
	s->datalen = get_u32(head) - 1;
	if (s->datalen > 16U << 20)
		errx(1, "a packet of %zu octets", s->datalen);
	if (s->datalen >= s->datasize) {
		s->datasize = s->datalen + 4096;
		if ((s->data = realloc(s->data, s->datasize)) == NULL)
			err(1, NULL);
	}
	read_exactly(s, s->data, s->datalen);
	s->data[s->datalen] = '\0';
	return head[4];
}

/* Wait for the reply to a command, unless the filter does not give one. */
static unsigned char
reply(struct session *s, uint32_t silent)
{
	unsigned char command;

	if ((s->steps & silent) != 0)
		return SMFIR_CONTINUE;
	flush(s, NULL, 0);
	do
		command = read_packet(s);
	while (command == SMFIR_PROGRESS);
	return command;
}

static void
strings(struct session *s, unsigned char command, const char *const texts[])
{
	size_t i, len = 0;

	for (i = 0; texts[i] != NULL; i++)
		len += strlen(texts[i]) + 1;
	begin(s, command, len);
	for (i = 0; texts[i] != NULL; i++)
		gather(s, texts[i], strlen(texts[i]) + 1);
}

/* Macros for a command: pairs of name and value, and NULL. */
static void
macros(struct session *s, char command, const char *const pairs[])
{
	size_t i, len = 1;

	for (i = 0; pairs[i] != NULL; i++)
		len += strlen(pairs[i]) + 1;
	begin(s, SMFIC_MACRO, len);
	gather(s, &command, 1);
	for (i = 0; pairs[i] != NULL; i++)
		gather(s, pairs[i], strlen(pairs[i]) + 1);
}

static void
negotiate(struct session *s)
{
	unsigned char data[12];

	put_u32(data, VERSION);
	put_u32(data + 4, ACTIONS);
	put_u32(data + 8, STEPS);
	begin(s, SMFIC_OPTNEG, sizeof(data));
	gather(s, data, sizeof(data));
	flush(s, NULL, 0);
	if (read_packet(s) != SMFIC_OPTNEG || s->datalen < 12)
		errx(1, "the filter does not negotiate");
	s->steps = get_u32(s->data + 8);
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		errx(1, "%s: too long", path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", path);
	return fd;
}

static int
connect_inet(const char *text)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	const char *host;
	char port[16];
	int fd, r;

	if ((host = strchr(text, '@')) == NULL ||
	    (size_t)(host - text) >= sizeof(port))
		errx(1, "inet:%s: not PORT@HOST", text);
	memcpy(port, text, (size_t)(host - text));
	port[host - text] = '\0';
	if ((r = getaddrinfo(host + 1, port, &hints, &found)) != 0)
		errx(1, "inet:%s: %s", text, gai_strerror(r));
	if ((fd = socket(found->ai_family, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, found->ai_addr, found->ai_addrlen) == -1)
		err(1, "inet:%s", text);
	freeaddrinfo(found);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
	    sizeof(int));
	return fd;
}

/* The command, its macros, and what follows until the next reply. */
static void
introduce(struct session *s, const char *client_name,
    const char *client_address)
{
	static const char *const names[] = {
		"j", "relay.example.com", "{daemon_name}", "smtpd", "v",
		"Postfix 3.7.11", NULL
	};
	const unsigned char port[3] = { SMFIA_INET, 0x9c, 0x40 };

	macros(s, SMFIC_CONNECT, names);
	if ((s->steps & SMFIP_NOCONNECT) == 0) {
		begin(s, SMFIC_CONNECT, strlen(client_name) + 1 +
		    sizeof(port) + strlen(client_address) + 1);
		gather(s, client_name, strlen(client_name) + 1);
		gather(s, port, sizeof(port));
		gather(s, client_address, strlen(client_address) + 1);
		if (reply(s, SMFIP_NR_CONN) != SMFIR_CONTINUE)
			errx(1, "the filter does not want the connection");
	}
	if ((s->steps & SMFIP_NOHELO) == 0) {
		strings(s, SMFIC_HELO,
		    (const char *const[]){ client_name, NULL });
		if (reply(s, SMFIP_NR_HELO) != SMFIR_CONTINUE)
			errx(1, "the filter does not want the client");
	}
}

struct session *
session_open(const char *socket, const char *client_name,
    const char *client_address, bool want_fields)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		err(1, NULL);
	s->want_fields = want_fields;
	if (strncmp(socket, "inet:", 5) == 0)
		s->fd = connect_inet(socket + 5);
	else
		s->fd = connect_unix(strncmp(socket, "unix:", 5) == 0 ?
		    socket + 5 : socket);
	negotiate(s);
	introduce(s, client_name, client_address);
	return s;
}

void
session_close(struct session *s)
{
	begin(s, SMFIC_QUIT, 0);
	flush(s, NULL, 0);
	(void)close(s->fd);
	free(s->data);
	free(s);
}

/* Each envelope command; the reply of the last one that was not "go on". */
static unsigned char
send_envelope(struct session *s, const struct load_message *message,
    const char *queue_id)
{
	unsigned char r = SMFIR_CONTINUE;

	macros(s, SMFIC_MAIL, (const char *const[]){ "i", queue_id,
	    "{mail_addr}", message->sender, NULL });
	if ((s->steps & SMFIP_NOMAIL) == 0) {
		strings(s, SMFIC_MAIL,
		    (const char *const[]){ message->sender, NULL });
		r = reply(s, SMFIP_NR_MAIL);
	}
	if (r == SMFIR_CONTINUE && (s->steps & SMFIP_NORCPT) == 0) {
		macros(s, SMFIC_RCPT, (const char *const[]){ "i", queue_id,
		    "{rcpt_addr}", message->recipient, NULL });
		strings(s, SMFIC_RCPT,
		    (const char *const[]){ message->recipient, NULL });
		r = reply(s, SMFIP_NR_RCPT);
	}
	if (r == SMFIR_CONTINUE && (s->steps & SMFIP_NODATA) == 0) {
		begin(s, SMFIC_DATA, 0);
		r = reply(s, SMFIP_NR_DATA);
	}
	return r;
}

static unsigned char
send_header(struct session *s, const struct load_message *message)
{
	const bool keep_blank = (s->steps & SMFIP_HDR_LEADSPC) != 0;
	unsigned char r = SMFIR_CONTINUE;
	const char *value;
	size_t i;

	if ((s->steps & SMFIP_NOHDRS) != 0)
		return r;
	for (i = 0; i < message->nfields && r == SMFIR_CONTINUE; i++) {
		value = message->fields[i].value;
		if (!keep_blank && value[0] == ' ')
			value++;
		strings(s, SMFIC_HEADER, (const char *const[]){
		    message->fields[i].name, value, NULL });
		r = reply(s, SMFIP_NR_HDR);
	}
	if (r == SMFIR_CONTINUE && (s->steps & SMFIP_NOEOH) == 0) {
		begin(s, SMFIC_EOH, 0);
		r = reply(s, SMFIP_NR_EOH);
	}
	return r;
}

static unsigned char
send_body(struct session *s, const struct load_message *message)
{
	unsigned char r = SMFIR_CONTINUE;
	size_t part, sent;

	if ((s->steps & SMFIP_NOBODY) != 0)
		return r;
	for (sent = 0; sent < message->bodylen && r == SMFIR_CONTINUE;
	    sent += part) {
		part = message->bodylen - sent < CHUNK ?
		    message->bodylen - sent : CHUNK;
		begin(s, SMFIC_BODY, part);
		if (part < OUT_SIZE / 4)
			gather(s, message->body + sent, part);
		else
			flush(s, message->body + sent, part);
		r = reply(s, SMFIP_NR_BODY);
	}
	return r == SMFIR_SKIP ? SMFIR_CONTINUE : r;
}

/* Note a field that the filter adds; index 0 or 1 is the topmost. */
static void
note_field(struct session *s, const char *name, struct load_result *result)
{
	const char *value = name + strlen(name) + 1;

	if (strcmp(name, "DKIM-Signature") != 0)
		return;
	result->nsignatures++;
	if (!s->want_fields)
		return;
	free(result->first);
	if ((result->first = strdup(value)) == NULL)
		err(1, NULL);
}

/* Read changes until the reply that ends the message. */
static unsigned char
read_end(struct session *s, struct load_result *result)
{
	unsigned char command;

	for (;;) {
		switch (command = read_packet(s)) {
		case SMFIR_ADDHEADER:
			note_field(s, (const char *)s->data, result);
			break;
		case SMFIR_INSHEADER:
			if (s->datalen < 6)
				errx(1, "a short packet");
			note_field(s, (const char *)s->data + 4, result);
			break;
		case SMFIR_ACCEPT:
		case SMFIR_CONTINUE:
		case SMFIR_DISCARD:
		case SMFIR_REJECT:
		case SMFIR_REPLYCODE:
		case SMFIR_TEMPFAIL:
			return command;
		default:	/* other changes, progress */
			break;
		}
	}
}

void
session_send(struct session *s, const struct load_message *message,
    const char *queue_id, struct load_result *result)
{
	memset(result, 0, sizeof(*result));
	result->reply = send_envelope(s, message, queue_id);
	if (result->reply == SMFIR_CONTINUE)
		result->reply = send_header(s, message);
	if (result->reply == SMFIR_CONTINUE)
		result->reply = send_body(s, message);
	if (result->reply == SMFIR_CONTINUE) {
		macros(s, SMFIC_BODYEOB, (const char *const[]){ "i", queue_id,
		    NULL });
		begin(s, SMFIC_BODYEOB, 0);
		flush(s, NULL, 0);
		result->reply = read_end(s, result);
	} else {
		begin(s, SMFIC_ABORT, 0);
		flush(s, NULL, 0);
	}
	if (result->reply == SMFIR_REPLYCODE)
		result->class = (char)s->data[0];
}

uint64_t
session_octets(const struct session *s)
{
	return s->noctets;
}

void
load_name(struct load_names *names, const char *domain, unsigned int number)
{
	(void)snprintf(names->from, sizeof(names->from),
	    " Service <service@%s>", domain);
	(void)snprintf(names->sender, sizeof(names->sender), "<service@%s>",
	    domain);
	(void)snprintf(names->id, sizeof(names->id),
	    " <%u.4d5e6f@mta.example.net>", number);
	(void)snprintf(names->queue_id, sizeof(names->queue_id), "Q%u",
	    number);
}

unsigned int
load_number(const char *text, unsigned int most)
{
	char *end;
	unsigned long n;

	n = strtoul(text, &end, 10);
	if (*text == '\0' || *end != '\0' || n < 1 || n > most)
		errx(2, "%s: not a number from 1 to %u", text, most);
	return (unsigned int)n;
}
