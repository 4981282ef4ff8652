/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor why: find the decision about a message in the logs, and
 * explain it.
 *
 * Log files are opened with the caller's rights; before anything in them is
 * read, the process becomes the user of the milter for good.  Only the newest
 * decisions are kept.  The exit status is DOCTOR_YES if one was found, else
 * DOCTOR_NO.
 */

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "logfiles.h"
#include "when.h"
#include "why.h"

#define DAY	(24 * 60 * 60)

static const struct option options[] = {
	{ "config",	required_argument,	NULL, OPTION_CONFIG },
	{ "json",	optional_argument,	NULL, OPTION_JSON },
	{ "log",	required_argument,	NULL, OPTION_LOG },
	{ "no-color",	no_argument,		NULL, OPTION_NO_COLOR },
	{ NULL,		0,			NULL, 0 }
};

/* Find out what the operand is; false, after saying why, if it is nothing. */
static bool
read_operand(struct why *why, const char *text)
{
	const char *at = strrchr(text, '@');
	unsigned char address[sizeof(struct in6_addr)];

	why->text = text;
	if (inet_pton(AF_INET, text, address) == 1 ||
	    inet_pton(AF_INET6, text, address) == 1) {
		why->what = WHY_CLIENT;
		return true;
	}
	if (at == NULL && strchr(text, '.') == NULL) {
		why->what = WHY_QUEUE_ID;
		if (text[0] != '\0')
			return true;
		warnx("why: the queue id is empty");
		return false;
	}
	why->what = WHY_DOMAIN;
	text = at != NULL ? at + 1 : text;
	if (dkimsig_domain_normalize(text, strlen(text), why->domain,
	    sizeof(why->domain)) == 0)
		return true;
	warnx("why: %s: not a queue id, an address or a domain", why->text);
	return false;
}

static bool
has_domain(const struct logged_decision *d, const char *domain)
{
	size_t i;

	if (d->author != NULL && strcmp(d->author, domain) == 0)
		return true;
	for (i = 0; i < d->authors.n; i++)
		if (strcmp(d->authors.texts[i], domain) == 0)
			return true;
	return false;
}

static bool
is_wanted(const struct why *why, const struct logged_decision *d)
{
	switch (why->what) {
	case WHY_QUEUE_ID:
		return strcmp(d->qid, why->text) == 0;
	case WHY_DOMAIN:
		return has_domain(d, why->domain);
	case WHY_CLIENT:
		return d->client != NULL && strcmp(d->client, why->text) == 0;
	}
	return false;
}

/* Keep a decision among the newest ones; the newest is first. */
static void
keep(struct why *why, const struct logged_decision *d)
{
	struct logged_decision *slot;
	size_t i;

	/* Of the same second, the later line is the newer one. */
	for (i = why->n; i > 0 && why->found[i - 1]->time <= d->time; i--)
		continue;
	if (why->n == WHY_MAX) {
		why->nmore++;
		if (i == WHY_MAX)
			return;
		slot = why->found[--why->n];
	} else if ((slot = malloc(sizeof(*slot))) == NULL) {
		why->nmore++;
		return;
	}
	memmove(&why->found[i + 1], &why->found[i],
	    (why->n - i) * sizeof(why->found[0]));
	why->found[i] = slot;
	why->n++;
	decision_copy(slot, d);
}

static bool
take(void *arg, const struct logged_decision *d)
{
	struct why *why = arg;

	if (why->nseen++ == 0 || d->time < why->oldest)
		why->oldest = d->time;
	if (!is_wanted(why, d))
		return false;
	/* Of a busy domain, mail that was signed would hide the rest. */
	if (why->what != WHY_QUEUE_ID && decision_is(d, "signed")) {
		why->nsigned++;
		return true;
	}
	keep(why, d);
	return true;
}

static int
search(struct doctor *doctor, struct why *why, struct logfiles *files)
{
	size_t i;

	if (!logfiles_open(files, doctor->config, doctor->now))
		return DOCTOR_NO;
	why->config = files->config;
	why->logs = files->logs;
	(void)logs_search(files->logs, take, why);
	if (doctor->json)
		why_print_json(stdout, why);
	else
		why_print_text(stdout, why, doctor->colours);
	for (i = 0; i < why->n; i++)
		free(why->found[i]);
	logfiles_close(files);
	return why->n > 0 || why->nsigned > 0 ? DOCTOR_YES : DOCTOR_NO;
}

static int
run(struct doctor *doctor, int argc, char **argv)
{
	/* The clock of another host may be ahead. */
	struct logfiles files = { .until = doctor->now + DAY };
	struct why why = { .n = 0 };
	int option;

	while ((option = doctor_next_option(doctor, &command_why, argc,
	    argv)) != -1)
		if (!logfiles_add(&files, optarg))
			return DOCTOR_USAGE;
	if (argc - optind < 1 || argc - optind > 2) {
		warnx("why: give a queue id, an address or a domain, and "
		    "perhaps a time");
		return DOCTOR_USAGE;
	}
	if (!read_operand(&why, argv[optind]))
		return DOCTOR_USAGE;
	if (argc - optind == 2 && !when_parse(argv[optind + 1], doctor->now,
	    &files.since, &files.until)) {
		warnx("why: %s: not a time: use 2026-11-23, \"2026-11-23 "
		    "13:37\", 13:37 or 2h", argv[optind + 1]);
		return DOCTOR_USAGE;
	}
	return search(doctor, &why, &files);
}

const struct command command_why = {
	.name = "why",
	.synopsis = "why [-c FILE] [--log FILE]... [--json] [--no-color] "
	    "QUEUE-ID | ADDRESS | DOMAIN [TIME]",
	.options = options,
	.run = run,
};
