/* SPDX-License-Identifier: ISC */

/*
 * Refusals by reason: see refusals.h.
 *
 * The process that reads the logs sends its result through a pipe.  Lines of
 * logs may come from anyone, so nothing of the result is trusted but its size:
 * the texts are terminated, and the numbers limited, by the caller.
 */

#include "report/refusals.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read_all.h"
#include "report/tally.h"

/* What a process that reads logs has counted. */
struct reading {
	struct refusals	*refusals;
	struct tally	*tally;		/* by name_of() */
};

/* One name for all of a kind, as take_apart() reads it. */
static void
name_of(const struct logged_decision *d, char *name, size_t namesize)
{
	(void)snprintf(name, namesize, "%c%s %s", d->observed ? 'o' : '-',
	    d->action, d->reason != NULL ? d->reason : "");
}

static void
take_apart(const struct tally_row *row, struct refusal *r)
{
	const char *reason = strchr(row->name, ' ');

	r->observed = row->name[0] == 'o';
	if (reason != NULL) {
		(void)strlcpy(r->reason, reason + 1, sizeof(r->reason));
		(void)snprintf(r->action, sizeof(r->action), "%.*s",
		    (int)(reason - row->name - 1), row->name + 1);
	}
	(void)strlcpy(r->qid, row->qid, sizeof(r->qid));
	r->newest = row->newest;
	r->n = row->n;
}

static bool
take(void *arg, const struct logged_decision *d)
{
	struct reading *reading = arg;
	char name[TALLY_NAME_SIZE];

	reading->refusals->ndecisions++;
	if (decision_is(d, "signed") || decision_is(d, "passed"))
		return true;
	name_of(d, name, sizeof(name));
	tally_add(reading->tally, name, decision_action(d), d);
	return true;
}

bool
refusal_is_fault(const struct refusal *refusal)
{
	return strcmp(refusal->action, "tempfailed") == 0 &&
	    !refusal->observed;
}

/* Faults first, then by number. */
static int
by_weight(const void *a, const void *b)
{
	const struct refusal *x = a, *y = b;

	if (refusal_is_fault(x) != refusal_is_fault(y))
		return refusal_is_fault(x) ? -1 : 1;
	return (x->n < y->n) - (x->n > y->n);
}

/* The heaviest, and the number of all others. */
static void
rank(struct tally *tally, struct refusals *refusals)
{
	struct refusal all[TALLY_MAX];
	size_t i;

	memset(all, 0, sizeof(all));
	tally_rank(tally);
	refusals->nothers = tally->others.n;
	for (i = 0; i < tally->nrows; i++)
		take_apart(&tally->rows[i], &all[i]);
	qsort(all, tally->nrows, sizeof(all[0]), by_weight);
	for (i = 0; i < tally->nrows; i++)
		if (i < REFUSALS_MAX)
			refusals->list[refusals->n++] = all[i];
		else
			refusals->nothers += all[i].n;
}

/* Read the logs and write the result to fd; this process then ends. */
static _Noreturn void
read_logs(struct logs *logs, struct refusals *refusals, int fd)
{
	struct reading reading = { .refusals = refusals };
	size_t i;

	if (logs_drop(logs) != 0 ||
	    (reading.tally = calloc(1, sizeof(*reading.tally))) == NULL)
		_exit(1);
	(void)logs_search(logs, take, &reading);
	for (i = 0; i < logs->nplaces; i++)
		if (logs->places[i].ndecisions > 0)
			refusals->kind = logs->places[i].kind;
	rank(reading.tally, refusals);
	_exit(write(fd, refusals, sizeof(*refusals)) ==
	    (ssize_t)sizeof(*refusals) ? 0 : 1);
}

/* Whatever was sent, make it safe to use. */
static bool
is_sane(struct refusals *refusals)
{
	struct refusal *r;
	unsigned char octet;
	size_t i;

	if (refusals->n > REFUSALS_MAX ||
	    (unsigned int)refusals->kind >= LOGS_NKINDS)
		return false;
	for (i = 0; i < refusals->n; i++) {
		r = &refusals->list[i];
		r->reason[sizeof(r->reason) - 1] = '\0';
		r->action[sizeof(r->action) - 1] = '\0';
		r->qid[sizeof(r->qid) - 1] = '\0';
		memcpy(&octet, &r->observed, sizeof(octet));
		r->observed = octet != 0;
	}
	return true;
}

bool
refusals_count(const struct logs_options *options, struct refusals *refusals,
    char *why, size_t whysize)
{
	struct logs *logs;
	int fds[2] = { -1, -1 }, status;
	ssize_t n;
	pid_t child;

	memset(refusals, 0, sizeof(*refusals));
	if ((logs = logs_open(options)) == NULL || pipe(fds) == -1 ||
	    (child = fork()) == -1) {
		(void)snprintf(why, whysize, "cannot read the logs: %s",
		    strerror(errno));
		logs_close(logs);
		if (fds[0] != -1) {
			(void)close(fds[0]);
			(void)close(fds[1]);
		}
		return false;
	}
	if (child == 0) {
		(void)close(fds[0]);
		read_logs(logs, refusals, fds[1]);
	}
	(void)close(fds[1]);
	logs_close(logs);
	n = read_all(fds[0], refusals, sizeof(*refusals));
	(void)close(fds[0]);
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		continue;
	if (n == (ssize_t)sizeof(*refusals) && is_sane(refusals))
		return true;
	memset(refusals, 0, sizeof(*refusals));
	(void)snprintf(why, whysize, "the process that reads the logs failed "
	    "as user %s", options->user);
	return false;
}
