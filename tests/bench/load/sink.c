/* SPDX-License-Identifier: ISC */

/*
 * usage: sink PORT
 *
 * The next hop of an MTA that is measured: takes every message by SMTP on
 * 127.0.0.1, a thread for each connection, and forgets it, but counts which
 * have a DKIM-Signature field.  Each line on stdin, the number of messages to
 * wait for, is answered by a line of JSON as soon as so many have come since
 * the last one.
 *
 * It reads no more of SMTP than Postfix's client needs.  Only for tests on one
 * machine: whatever goes wrong ends the program.
 */

#include <sys/socket.h>

#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LINE_SIZE	65536		/* octets: longer lines are cut */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static unsigned long nmessages, nsigned;

static void
count_message(bool is_signed)
{
	(void)pthread_mutex_lock(&lock);
	nmessages++;
	if (is_signed)
		nsigned++;
	(void)pthread_cond_signal(&more);
	(void)pthread_mutex_unlock(&lock);
}

static bool
has_prefix(const char *line, const char *prefix)
{
	return strncasecmp(line, prefix, strlen(prefix)) == 0;
}

/* Read a message up to its dot; false if the client went away. */
static bool
read_message(FILE *in, char *line)
{
	bool in_header = true, is_signed = false;

	while (fgets(line, LINE_SIZE, in) != NULL) {
		if (strcmp(line, ".\r\n") == 0) {
			count_message(is_signed);
			return true;
		}
		if (strcmp(line, "\r\n") == 0)
			in_header = false;
		if (in_header && has_prefix(line, "DKIM-Signature:"))
			is_signed = true;
	}
	return false;
}

/* Answer a command; false after the last one. */
static bool
answer(FILE *in, FILE *out, char *line)
{
	bool go_on = true;

	if (has_prefix(line, "EHLO"))
		fprintf(out, "250-sink.example.net\r\n250-PIPELINING\r\n"
		    "250 8BITMIME\r\n");
	else if (has_prefix(line, "DATA")) {
		fprintf(out, "354 End with a dot\r\n");
		(void)fflush(out);
		go_on = read_message(in, line);
		fprintf(out, "250 2.0.0 Ok\r\n");
	} else if (has_prefix(line, "QUIT")) {
		fprintf(out, "221 2.0.0 Bye\r\n");
		go_on = false;
	} else
		fprintf(out, "250 2.0.0 Ok\r\n");
	return fflush(out) == 0 && go_on;
}

static void *
serve(void *arg)
{
	int *fd = arg;
	FILE *in, *out;
	char *line;

	if ((line = malloc(LINE_SIZE)) == NULL ||
	    (in = fdopen(*fd, "r")) == NULL ||
	    (out = fdopen(dup(*fd), "w")) == NULL)
		err(1, "connection");
	fprintf(out, "220 sink.example.net ESMTP\r\n");
	if (fflush(out) == 0)
		while (fgets(line, LINE_SIZE, in) != NULL)
			if (!answer(in, out, line))
				break;
	(void)fclose(out);
	(void)fclose(in);
	free(line);
	free(fd);
	return NULL;
}

static void *
listen_and_serve(void *arg)
{
	const int *listener = arg;
	pthread_t thread;
	int *fd;

	for (;;) {
		if ((fd = malloc(sizeof(*fd))) == NULL)
			err(1, NULL);
		if ((*fd = accept(*listener, NULL, NULL)) == -1)
			err(1, "accept");
		(void)setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 },
		    sizeof(int));
		if (pthread_create(&thread, NULL, serve, fd) != 0)
			errx(1, "no thread for a connection");
		(void)pthread_detach(thread);
	}
	return NULL;
}

static int
listen_on(const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	unsigned long n;
	char *end;
	int fd;

	n = strtoul(port, &end, 10);
	if (*port == '\0' || *end != '\0' || n < 1 || n > 65535)
		errx(2, "%s: not a port", port);
	sin.sin_port = htons((in_port_t)n);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 },
	    sizeof(int)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		err(1, "port %s", port);
	return fd;
}

int
main(int argc, char *argv[])
{
	pthread_t thread;
	char text[32];
	unsigned long wanted;
	int listener;

	if (argc != 2)
		errx(2, "usage: sink PORT");
	listener = listen_on(argv[1]);
	if (pthread_create(&thread, NULL, listen_and_serve, &listener) != 0)
		errx(1, "no thread for the socket");
	while (fgets(text, sizeof(text), stdin) != NULL) {
		wanted = strtoul(text, NULL, 10);
		(void)pthread_mutex_lock(&lock);
		while (nmessages < wanted)
			(void)pthread_cond_wait(&more, &lock);
		printf("{\"messages\": %lu, \"signed\": %lu}\n", nmessages,
		    nsigned);
		nmessages = nsigned = 0;
		(void)pthread_mutex_unlock(&lock);
		if (fflush(stdout) != 0)
			err(1, "stdout");
	}
	return 0;
}
