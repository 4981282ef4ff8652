/* SPDX-License-Identifier: ISC */

/*
 * usage: instructions MESSAGE TIMES
 *
 * One of the messages below, taken through milter/message so many times:
 * header, facts, decision, body hash, and the block that a signer would sign.
 * Signer, clock and configuration are fixed, and the body is scanned without
 * vectors, so that valgrind counts the same instructions on each machine.
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bodytext.h"
#include "config/private.h"
#include "fakesigners.h"
#include "message/message.h"

#define NOW		1790000000
#define CHUNK		65535		/* octets: as an MTA sends a body */

static const char source[] =
    "source \"a\" { login = crm domains = example.com }\n";

static const struct {
	const char	*name, *value;
} fields[] = {
	{ "Received", " from mta.example.net (mta.example.net [192.0.2.1])\r\n"
	    "\tby relay.example.com (Postfix) "
	    "with ESMTPS id 4Xy1Zk0Q9Cz1abc\r\n"
	    "\tfor <someone@example.org>; Mon, 23 Nov 2026 09:00:00 +0000" },
	{ "Date", " Mon, 23 Nov 2026 09:00:00 +0000 (GMT)" },
	{ "From", " Service <service@example.com>" },
	{ "To", " Someone Else <someone@example.org>" },
	{ "Message-ID", " <1a2b3c.4d5e6f@mta.example.net>" },
	{ "Subject", " Your case 00012345 has been closed" },
	{ "MIME-Version", " 1.0" },
	{ "Content-Type", " text/plain; charset=UTF-8" },
	{ "Content-Transfer-Encoding", " quoted-printable" },
	{ "X-Priority", " 3" },
};

static int64_t
read_clock(void)
{
	return NOW;
}

static struct fakesigners signers;

/* Further fields: each second one a Received, the others of any name. */
static void
add_fields(struct message *m, size_t nfields)
{
	char name[32];
	size_t i;

	for (i = sizeof(fields) / sizeof(fields[0]); i < nfields; i++) {
		(void)snprintf(name, sizeof(name), "X-Field-%zu", i);
		if (i % 2 == 0)
			message_header(m, fields[0].name,
			    strlen(fields[0].name), fields[0].value,
			    strlen(fields[0].value));
		else
			message_header(m, name, strlen(name), " value", 6);
	}
}

static void
pass(const struct config *config, const char *body, size_t len,
    size_t nfields)
{
	const struct message_means means = { .signers =
	    fakesigners_service(&signers),
	    .now = read_clock };
	struct facts facts = { 0 };
	struct message *m;
	struct fate fate;
	size_t i, n;

	if (facts_set(&facts.login, "crm") != 0 ||
	    (m = message_new(config, &facts, &means)) == NULL)
		err(1, NULL);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		message_header(m, fields[i].name, strlen(fields[i].name),
		    fields[i].value, strlen(fields[i].value));
	add_fields(m, nfields);
	message_decide(m, &fate);
	for (i = 0; i < len; i += n) {
		n = len - i < CHUNK ? len - i : CHUNK;
		message_body(m, body + i, n);
	}
	message_end(m, &fate);
	if (message_nsignatures(m) != 1)
		errx(1, "no signature: %s", fate.reason);
	message_free(m);
	facts_finish(&facts);
}

static const struct message_kind {
	const char	*name;
	const char	*text;		/* of the body: bodytext.h */
	size_t		 octets;
	size_t		 nfields;
} kinds[] = {
	{ "small",	"plain",	2048,		10 },
	{ "html",	"html",		1U << 20,	10 },
	{ "header",	"plain",	2048,		1000 },
};

static const struct message_kind *
kind_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	errx(2, "%s: no such message", name);
}

static char *
make_body(const struct message_kind *kind)
{
	const struct bodytext *texts;
	char *body;
	size_t i, n;

	texts = bodytext_list(&n);
	for (i = 0; i < n && strcmp(texts[i].name, kind->text) != 0; i++)
		;
	if (i == n)
		errx(2, "%s: no such text", kind->text);
	if ((body = malloc(kind->octets)) == NULL)
		err(1, NULL);
	bodytext_fill(&texts[i], body, kind->octets);
	return body;
}

int
main(int argc, char **argv)
{
	const struct message_kind *kind;
	const char *wrong = NULL;
	struct config *config;
	long long times;
	size_t nfaults;
	char *body;

	if (argc != 3)
		errx(2, "usage: instructions MESSAGE TIMES");
	kind = kind_of(argv[1]);
	times = strtonum(argv[2], 0, 1000000, &wrong);
	if (wrong != NULL)
		errx(2, "%s: %s", argv[2], wrong);
	config = config_load_text("f", source, sizeof(source) - 1, stderr,
	    &nfaults);
	if (config == NULL)
		return 1;
	body = make_body(kind);
	for (; times > 0; times--)
		pass(config, body, kind->octets, kind->nfields);
	free(body);
	config_unref(config);
	return 0;
}
