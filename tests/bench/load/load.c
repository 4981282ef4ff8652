/* SPDX-License-Identifier: ISC */

/*
 * usage: load -s SOCKET -b BODY [-c CONNECTIONS] [-n MESSAGES] [-d DOMAINS]
 *            [-w SAMPLE]
 *
 * Load for a milter: CONNECTIONS threads, each with a connection of its own
 * that it keeps, send MESSAGES messages in sum with the body in the file BODY,
 * and a line of JSON says how long that took.  Before, each connection sends
 * one message that is not measured, so that all threads of both sides have run.
 * A message that is not accepted, or comes back without a signature, is
 * counted.
 *
 * With -d the author is in d0.example.net, d1.example.net, ... chosen at
 * random; else in example.com.  With -w one message, with the field that was
 * added to it, is written to SAMPLE, for other programs to verify.
 *
 * Only for tests on one machine: whatever goes wrong ends the program.
 */

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

#define MAX_CONNECTIONS	1000
#define MAX_BODY	(64U << 20)
#define STACK_SIZE	131072		/* octets: of a connection's thread */

struct load {
	const char	*socket;
	const char	*sample;
	unsigned char	*body;
	size_t		 bodylen;
	unsigned int	 nconnections, nmessages, ndomains;

	pthread_barrier_t start;
	atomic_uint	 next;
	atomic_uint	 nrefused, nunsigned;
	atomic_uint_fast64_t noctets;
	double		*latencies;	/* ms, of each message */
};

struct worker {
	pthread_t	 thread;
	struct load	*load;
	unsigned int	 number;
};

static double
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1000 + (double)ts.tv_nsec / 1e6;
}

/* A number for a message that differs from its neighbours'. */
static unsigned int
scatter(unsigned int number)
{
	number = (number ^ (number >> 16)) * 0x7feb352dU;
	number = (number ^ (number >> 15)) * 0x846ca68bU;
	return number ^ (number >> 16);
}

static void
write_sample(const struct load *load, const struct load_message *message,
    const char *signature)
{
	FILE *f;
	size_t i;

	if (signature == NULL)
		return;
	if ((f = fopen(load->sample, "w")) == NULL)
		err(1, "%s", load->sample);
	fprintf(f, "DKIM-Signature:%s", signature[0] == ' ' ? "" : " ");
	/* A filter folds with LF, and the MTA writes CRLF. */
	for (; *signature != '\0'; signature++) {
		if (*signature == '\n')
			(void)fputc('\r', f);
		if (*signature != '\r')
			(void)fputc(*signature, f);
	}
	fprintf(f, "\r\n");
	for (i = 0; i < message->nfields; i++)
		fprintf(f, "%s:%s\r\n", message->fields[i].name,
		    message->fields[i].value);
	fprintf(f, "\r\n");
	(void)fwrite(message->body, 1, message->bodylen, f);
	if (fclose(f) != 0)
		err(1, "%s", load->sample);
}

/* Send the message with that number; latency in ms. */
static void
send_one(struct load *load, struct session *session, unsigned int number,
    double *latency)
{
	char domain[64];
	struct load_names names;
	const struct load_field fields[] = {
		{ "Received", " from mta.example.net (mta.example.net "
		    "[127.0.0.1])\n\tby relay.example.com (Postfix) with "
		    "ESMTPS id 4Xy1Zk0Q9Cz1abc\n\tfor <someone@example.org>; "
		    "Mon, 23 Nov 2026 09:00:00 +0000" },
		{ "Date", " Mon, 23 Nov 2026 09:00:00 +0000 (GMT)" },
		{ "From", names.from },
		{ "To", " Someone Else <someone@example.org>" },
		{ "Message-ID", names.id },
		{ "Subject", " Your case 00012345 has been closed" },
		{ "MIME-Version", " 1.0" },
		{ "Content-Type", " text/plain; charset=UTF-8" },
		{ "Content-Transfer-Encoding", " 8bit" },
		{ "X-Priority", " 3" },
		{ "X-SFDC-LK", " 00D1U0000013lbu" },
	};
	const struct load_message message = {
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.sender = names.sender,
		.recipient = "<someone@example.org>",
		.body = load->body,
		.bodylen = load->bodylen,
	};
	struct load_result result;
	double began;

	if (load->ndomains > 0)
		(void)snprintf(domain, sizeof(domain), "d%u.example.net",
		    scatter(number) % load->ndomains);
	else
		(void)snprintf(domain, sizeof(domain), "example.com");
	load_name(&names, domain, number);

	began = now_ms();
	session_send(session, &message, names.queue_id, &result);
	*latency = now_ms() - began;
	if (result.reply != 'c' && result.reply != 'a')
		load->nrefused++;
	else if (result.nsignatures == 0)
		load->nunsigned++;
	if (number == 0 && load->sample != NULL)
		write_sample(load, &message, result.first);
	free(result.first);
}

static void *
work(void *arg)
{
	struct worker *worker = arg;
	struct load *load = worker->load;
	struct session *session;
	unsigned int number;
	double unmeasured;

	session = session_open(load->socket, "mta.example.net", "127.0.0.1",
	    load->sample != NULL);
	send_one(load, session, worker->number, &unmeasured);
	(void)pthread_barrier_wait(&load->start);
	while ((number = load->next++) < load->nmessages)
		send_one(load, session, number, &load->latencies[number]);
	load->noctets += session_octets(session);
	session_close(session);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
run(struct load *load)
{
	struct worker *workers;
	pthread_attr_t attr;
	double began, seconds;
	unsigned int i;

	if ((workers = calloc(load->nconnections, sizeof(*workers))) == NULL ||
	    (load->latencies = calloc(load->nmessages,
	    sizeof(*load->latencies))) == NULL)
		err(1, NULL);
	(void)pthread_barrier_init(&load->start, NULL,
	    load->nconnections + 1);
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	for (i = 0; i < load->nconnections; i++) {
		workers[i].load = load;
		workers[i].number = i;
		if (pthread_create(&workers[i].thread, &attr, work,
		    &workers[i]) != 0)
			errx(1, "no thread for connection %u", i);
	}
	(void)pthread_barrier_wait(&load->start);
	began = now_ms();
	for (i = 0; i < load->nconnections; i++)
		(void)pthread_join(workers[i].thread, NULL);
	seconds = (now_ms() - began) / 1000;

	qsort(load->latencies, load->nmessages, sizeof(*load->latencies),
	    compare);
	printf("{\"messages\": %u, \"seconds\": %.6f, \"rate\": %.1f, "
	    "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"octets\": %llu, "
	    "\"refused\": %u, \"unsigned\": %u}\n", load->nmessages, seconds,
	    load->nmessages / seconds, load->latencies[load->nmessages / 2],
	    load->latencies[load->nmessages - 1 - load->nmessages / 100],
	    (unsigned long long)load->noctets, load->nrefused,
	    load->nunsigned);
	free(load->latencies);
	free(workers);
	(void)pthread_attr_destroy(&attr);
	(void)pthread_barrier_destroy(&load->start);
}

static void
read_body(struct load *load, const char *path)
{
	FILE *f;

	if ((load->body = malloc(MAX_BODY)) == NULL)
		err(1, NULL);
	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	load->bodylen = fread(load->body, 1, MAX_BODY, f);
	if (ferror(f) || fgetc(f) != EOF)
		errx(1, "%s: cannot be read, or over %u octets", path,
		    MAX_BODY);
	(void)fclose(f);
}

int
main(int argc, char *argv[])
{
	struct load load = { .nconnections = 8, .nmessages = 1000 };
	const char *body = NULL;
	int c;

	while ((c = getopt(argc, argv, "b:c:d:n:s:w:")) != -1)
		switch (c) {
		case 'b':
			body = optarg;
			break;
		case 'c':
			load.nconnections = load_number(optarg,
			    MAX_CONNECTIONS);
			break;
		case 'd':
			load.ndomains = load_number(optarg, 10000000);
			break;
		case 'n':
			load.nmessages = load_number(optarg, 100000000);
			break;
		case 's':
			load.socket = optarg;
			break;
		case 'w':
			load.sample = optarg;
			break;
		default:
			return 2;
		}
	if (optind != argc || body == NULL || load.socket == NULL)
		errx(2, "usage: load -s SOCKET -b BODY [-c CONNECTIONS] "
		    "[-n MESSAGES] [-d DOMAINS] [-w SAMPLE]");
	read_body(&load, body);
	run(&load);
	free(load.body);
	return load.nrefused > 0 || load.nunsigned > 0 ? 1 : 0;
}
