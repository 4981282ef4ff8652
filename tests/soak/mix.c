/* SPDX-License-Identifier: ISC */

/*
 * usage: mix -s SOCKET [-c CONNECTIONS] [-n MESSAGES]
 *
 * Mixed mail for a milter: CONNECTIONS threads send MESSAGES messages in sum,
 * of the kinds in the table below, each connection 100 of them and then the
 * next one.  Every second, a line on stdout says how many have a reply; the
 * last line is JSON with the outcomes.  On SIGTERM it sends no more, and
 * reports.
 *
 * An outcome that the kind of message should not have is counted as wrong, and
 * the first of them are written to stderr.
 */

#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "../bench/load/session.h"

#define MAX_CONNECTIONS	100
#define MAX_WRONG	10		/* told */
#define PER_SESSION	100		/* messages */
#define TURN		1000		/* messages with the same mixture */

enum outcome {
	SIGNED,
	PASSED,
	REJECTED,
	DEFERRED,
	OUTCOMES
};

static const char *const outcomes[OUTCOMES] = {
	[SIGNED]	= "signed",
	[PASSED]	= "passed",
	[REJECTED]	= "rejected",
	[DEFERRED]	= "deferred",
};

/* The kinds, as many of each in TURN messages as its weight. */
static const struct kind {
	const char	*name;
	unsigned int	 weight;
	const char	*prefix, *suffix;	/* of domains, around numbers */
	unsigned int	 ndomains;
	size_t		 bodylen;
	const char	*type, *encoding, *tenant, *subject;
	enum outcome	 want;
} kinds[] = {
	{ "rsa", 660, "r", ".example.net", 8, 2048, "text/plain", "7bit",
	    " ours", " Your case has been closed", SIGNED },
	{ "ed25519", 80, "e", ".example.net", 2, 2048, "text/plain", "7bit",
	    " ours", " Your case has been closed", SIGNED },
	{ "both", 50, "b", ".example.net", 1, 2048, "text/plain", "7bit",
	    " ours", " Your case has been closed", SIGNED },
	{ "html", 60, "r", ".example.net", 8, 10240, "text/html",
	    "quoted-printable", " ours", " =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=",
	    SIGNED },
	{ "8-bit", 40, "r", ".example.net", 8, 2048, "text/plain", "8bit",
	    " ours", " Your case has been closed", SIGNED },
	{ "50 KiB", 40, "r", ".example.net", 8, 51200, "text/plain", "base64",
	    " ours", " Your report", SIGNED },
	{ "1 MiB", 2, "r", ".example.net", 8, 1048576, "text/plain", "base64",
	    " ours", " Your report", SIGNED },
	{ "not ours", 40, "other", ".example.org", 4, 2048, "text/plain",
	    "7bit", " theirs", " Hello", PASSED },
	{ "forged", 20, "r", ".example.net", 8, 2048, "text/plain", "7bit",
	    " theirs", " Your password", REJECTED },
	{ "malformed", 8, "r", ".example.net", 8, 2048, "text/plain", "7bit",
	    " ours", " a lone\rcarriage return", REJECTED },
};

#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

struct mix {
	const char	*socket;
	unsigned int	 nconnections, nmessages;
	unsigned char	*bodies[NKINDS];
	unsigned char	 turn[TURN];	/* a kind each */

	atomic_uint	 next, ndone, nwrong;
	atomic_ullong	 nsignatures;
	atomic_uint	 counts[OUTCOMES];
	atomic_bool	 is_over;
};

static volatile sig_atomic_t stop_wanted;

static void
on_signal(int number)
{
	(void)number;
	stop_wanted = 1;
}

/* Text of lines, with some octets that canonicalization changes. */
static unsigned char *
make_body(const struct kind *kind)
{
	static const char line[] = "The quick brown fox jumps over the lazy "
	    "dog, and  blanks are many.  \r\n";
	unsigned char *body;
	size_t i;

	if ((body = malloc(kind->bodylen)) == NULL)
		err(1, NULL);
	for (i = 0; i < kind->bodylen; i++)
		body[i] = (unsigned char)line[i % (sizeof(line) - 1)];
	if (strcmp(kind->encoding, "8bit") == 0)
		memcpy(body, "Gr\303\274\303\237e", 7);
	body[kind->bodylen - 2] = '\r';
	body[kind->bodylen - 1] = '\n';
	return body;
}

/* Spread the kinds over a turn, in an order that is always the same. */
static void
make_turn(struct mix *mix)
{
	unsigned int i, j, n = 0;

	for (i = 0; i < NKINDS; i++)
		for (j = 0; j < kinds[i].weight; j++) {
			if (n == TURN)
				errx(1, "more than %d messages a turn", TURN);
			/* 379 has no factor in common with TURN. */
			mix->turn[(size_t)n++ * 379 % TURN] = (unsigned char)i;
		}
	if (n != TURN)
		errx(1, "fewer than %d messages a turn", TURN);
}

static enum outcome
outcome_of(const struct load_result *result)
{
	switch (result->reply) {
	case SMFIR_ACCEPT:
	case SMFIR_CONTINUE:
		return result->nsignatures > 0 ? SIGNED : PASSED;
	case SMFIR_REPLYCODE:
		return result->class == '5' ? REJECTED : DEFERRED;
	case SMFIR_REJECT:
		return REJECTED;
	default:
		return DEFERRED;
	}
}

static void
judge(struct mix *mix, const struct kind *kind, unsigned int number,
    const struct load_result *result)
{
	const enum outcome outcome = outcome_of(result);

	mix->counts[outcome]++;
	mix->nsignatures += result->nsignatures;
	mix->ndone++;
	if (outcome != kind->want && mix->nwrong++ < MAX_WRONG)
		warnx("message %u (%s): %s, want %s", number, kind->name,
		    outcomes[outcome], outcomes[kind->want]);
}

static void
send_one(struct mix *mix, struct session *session, unsigned int number)
{
	const unsigned int i = mix->turn[number % TURN];
	const struct kind *kind = &kinds[i];
	char domain[64];
	struct load_names names;
	const struct load_field fields[] = {
		{ "Received", " from mta.example.net (mta.example.net "
		    "[127.0.0.1])\n\tby relay.example.com with ESMTPS; "
		    "Mon, 23 Nov 2026 09:00:00 +0000" },
		{ "Date", " Mon, 23 Nov 2026 09:00:00 +0000 (GMT)" },
		{ "From", names.from },
		{ "To", " Someone Else <someone@example.org>" },
		{ "Message-ID", names.id },
		{ "Subject", kind->subject },
		{ "MIME-Version", " 1.0" },
		{ "Content-Type", kind->type },
		{ "Content-Transfer-Encoding", kind->encoding },
		{ "X-Tenant", kind->tenant },
	};
	const struct load_message message = {
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.sender = names.sender,
		.recipient = "<someone@example.org>",
		.body = mix->bodies[i],
		.bodylen = kind->bodylen,
	};
	struct load_result result;

	(void)snprintf(domain, sizeof(domain), "%s%u%s", kind->prefix,
	    number / TURN % kind->ndomains, kind->suffix);
	load_name(&names, domain, number);
	session_send(session, &message, names.queue_id, &result);
	judge(mix, kind, number, &result);
}

static void *
work(void *arg)
{
	struct mix *mix = arg;
	struct session *session = NULL;
	unsigned int number, left = 0;

	while (!stop_wanted && (number = mix->next++) < mix->nmessages) {
		if (left == 0) {
			if (session != NULL)
				session_close(session);
			session = session_open(mix->socket, "mta.example.net",
			    "127.0.0.1", false);
			left = PER_SESSION;
		}
		send_one(mix, session, number);
		left--;
	}
	if (session != NULL)
		session_close(session);
	return NULL;
}

static void *
tell(void *arg)
{
	struct mix *mix = arg;

	while (!mix->is_over) {
		printf("%u\n", mix->ndone);
		(void)fflush(stdout);
		(void)sleep(1);
	}
	return NULL;
}

static void
run(struct mix *mix)
{
	pthread_t threads[MAX_CONNECTIONS], teller;
	unsigned int i;

	if (pthread_create(&teller, NULL, tell, mix) != 0)
		errx(1, "no thread to tell");
	for (i = 0; i < mix->nconnections; i++)
		if (pthread_create(&threads[i], NULL, work, mix) != 0)
			errx(1, "no thread for connection %u", i);
	for (i = 0; i < mix->nconnections; i++)
		(void)pthread_join(threads[i], NULL);
	mix->is_over = true;
	(void)pthread_join(teller, NULL);
	printf("{\"messages\": %u, \"wrong\": %u, \"signatures\": %llu",
	    mix->ndone, mix->nwrong, mix->nsignatures);
	for (i = 0; i < OUTCOMES; i++)
		printf(", \"%s\": %u", outcomes[i], mix->counts[i]);
	printf("}\n");
}

int
main(int argc, char *argv[])
{
	struct mix mix = { .nconnections = 8, .nmessages = 1000 };
	unsigned int i;
	int c;

	while ((c = getopt(argc, argv, "c:n:s:")) != -1)
		switch (c) {
		case 'c':
			mix.nconnections = load_number(optarg, MAX_CONNECTIONS);
			break;
		case 'n':
			mix.nmessages = load_number(optarg, 100000000);
			break;
		case 's':
			mix.socket = optarg;
			break;
		default:
			return 2;
		}
	if (optind != argc || mix.socket == NULL)
		errx(2, "usage: mix -s SOCKET [-c CONNECTIONS] [-n MESSAGES]");
	make_turn(&mix);
	for (i = 0; i < NKINDS; i++)
		mix.bodies[i] = make_body(&kinds[i]);
	(void)signal(SIGTERM, on_signal);
	run(&mix);
	for (i = 0; i < NKINDS; i++)
		free(mix.bodies[i]);
	return mix.nwrong > 0 ? 1 : 0;
}
