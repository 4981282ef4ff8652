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

static void
set(struct refusal *r, const struct logged_decision *d)
{
	memset(r, 0, sizeof(*r));
	(void)strlcpy(r->reason, d->reason != NULL ? d->reason : "",
	    sizeof(r->reason));
	(void)strlcpy(r->action, d->action, sizeof(r->action));
	r->observed = d->observed;
}

/* The entry for such a refusal; NULL if there are too many. */
static struct refusal *
find(struct refusals *refusals, const struct logged_decision *d)
{
	struct refusal *r, new;
	size_t i;

	set(&new, d);
	for (i = 0; i < refusals->n; i++) {
		r = &refusals->list[i];
		if (strcmp(r->reason, new.reason) == 0 &&
		    strcmp(r->action, new.action) == 0 &&
		    r->observed == new.observed)
			return r;
	}
	if (refusals->n == REFUSALS_MAX)
		return NULL;
	r = &refusals->list[refusals->n++];
	*r = new;
	return r;
}

static bool
take(void *arg, const struct logged_decision *d)
{
	struct refusals *refusals = arg;
	struct refusal *r;

	refusals->ndecisions++;
	if (decision_is(d, "signed") || decision_is(d, "passed"))
		return true;
	if ((r = find(refusals, d)) == NULL) {
		refusals->nothers++;
		return true;
	}
	r->n++;
	if (d->time >= r->newest) {
		r->newest = d->time;
		(void)strlcpy(r->qid, d->qid, sizeof(r->qid));
	}
	return true;
}

static int
by_number(const void *a, const void *b)
{
	const struct refusal *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

/* Read the logs and write the result to fd; this process then ends. */
static _Noreturn void
read_logs(struct logs *logs, struct refusals *refusals, int fd)
{
	size_t i;

	if (logs_drop(logs) != 0)
		_exit(1);
	(void)logs_search(logs, take, refusals);
	for (i = 0; i < logs->nplaces; i++)
		if (logs->places[i].ndecisions > 0)
			refusals->kind = logs->places[i].kind;
	qsort(refusals->list, refusals->n, sizeof(refusals->list[0]),
	    by_number);
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
