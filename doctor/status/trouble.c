/* SPDX-License-Identifier: ISC */

/*
 * Troubles: see trouble.h.
 *
 * Refused mail is what the milter is for, and is shown as a number; deferred
 * mail means that something does not work.  Limits here are for the eye: what
 * may wake somebody up is in the rules for Prometheus.
 */

#include "status/trouble.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/action.h"
#include "config/ceiling.h"

#define SLOW_US		INT64_C(1000000)	/* for 95 of 100 */
#define FAILED_PERCENT	10			/* of DNS lookups */
#define FULL_PERCENT	90			/* of a ceiling */
#define FEW		10			/* lookups that say nothing */

#define LOG	"journalctl -u countersign-milter -p warning --since -1h"

static struct trouble_seen *
add(struct troubles *troubles, const char *id, const char *command)
{
	struct trouble_seen *trouble;

	if (troubles->n == TROUBLES_MAX)
		return NULL;
	trouble = &troubles->list[troubles->n++];
	trouble->id = id;
	trouble->command = command;
	return trouble;
}

/* Why mail is deferred: the reasons that are faults. */
static const struct {
	enum meters_reason reason;
	const char	*why, *command;
} faults[] = {
	{ METERS_NO_KEY, "no key can sign it",
	    "countersign-key list --monitor" },
	{ METERS_DNS, "DNS does not answer", "countersign-doctor --problems" },
	{ METERS_SYSTEM, "the milter or a signer fails", LOG },
	{ METERS_RATE, "sources send too fast", "countersign-doctor summary" },
	{ METERS_LIMIT, "signatures_per_hour is reached",
	    "countersign-doctor summary" },
};

static void
find_deferred(struct troubles *troubles, const struct numbers *numbers)
{
	struct trouble_seen *trouble;
	const struct number_row *row;
	uint64_t n;
	size_t i, j;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		n = 0;
		for (j = 0; j < numbers->nrows; j++) {
			row = &numbers->rows[j];
			if (row->action == ACTION_TEMPFAIL &&
			    !row->is_observed &&
			    row->reason == faults[i].reason)
				n += row->n;
		}
		if (n > 0 && (trouble = add(troubles, "deferred",
		    faults[i].command)) != NULL)
			(void)snprintf(trouble->text, sizeof(trouble->text),
			    "%" PRIu64 " message%s deferred: %s", n,
			    n == 1 ? "" : "s", faults[i].why);
	}
}

static void
find_restarts(struct troubles *troubles, const struct numbers *numbers)
{
	static const struct {
		enum meters_count count;
		const char	*name;
	} processes[] = {
		{ METERS_FRONT_RESTARTS, "front" },
		{ METERS_SIGNER_RESTARTS, "signers" },
		{ METERS_METRICS_RESTARTS, "countersign-metrics" },
	};
	struct trouble_seen *trouble;
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(processes) / sizeof(processes[0]); i++)
		if ((n = numbers->counts[processes[i].count]) > 0 &&
		    (trouble = add(troubles, "restarts", LOG)) != NULL)
			(void)snprintf(trouble->text, sizeof(trouble->text),
			    "%s: ended unexpectedly %" PRIu64 " time%s, and "
			    "started again", processes[i].name, n,
			    n == 1 ? "" : "s");
}

static void
find_slow(struct troubles *troubles, const struct numbers *numbers)
{
	const int64_t us = numbers_within(numbers, METERS_SIGN_TIME, 95);
	const uint64_t all = numbers->counts[METERS_DNS_LOOKUPS];
	const uint64_t failed = numbers->counts[METERS_DNS_FAILURES];
	struct trouble_seen *trouble;

	if ((us == -1 || us > SLOW_US) &&
	    (trouble = add(troubles, "slow", "countersign-doctor --problems"))
	    != NULL)
		(void)strlcpy(trouble->text, "a request to sign takes longer "
		    "than a second: are there too few signers, or is the host "
		    "overloaded?", sizeof(trouble->text));
	if (all >= FEW && failed * 100 >= all * FAILED_PERCENT &&
	    (trouble = add(troubles, "dns", "countersign-doctor --problems"))
	    != NULL)
		(void)snprintf(trouble->text, sizeof(trouble->text), "%" PRIu64
		    " of %" PRIu64 " DNS lookups failed", failed, all);
}

static void
find_waiting(struct troubles *troubles, const struct numbers *total)
{
	const int64_t n = total->gauges[METERS_WAITING];
	struct trouble_seen *trouble;

	if (n > 0 && total->gauges[METERS_SIGNING] == 0 &&
	    (trouble = add(troubles, "no-signer",
	    "journalctl -u countersign-signer -p warning --since -1h")) !=
	    NULL)
		(void)snprintf(trouble->text, sizeof(trouble->text), "%" PRId64
		    " request%s to sign wait%s, and no signer works", n,
		    n == 1 ? "" : "s", n == 1 ? "s" : "");
}

static void
find_full(struct troubles *troubles, const struct numbers *total)
{
	const struct number_ceiling *ceiling;
	struct trouble_seen *trouble;
	size_t i, n = 0;

	for (i = 0; i < total->nceilings; i++) {
		ceiling = &total->ceilings[i];
		n += ceiling->used >= ceiling->limit / 100.0 * FULL_PERCENT;
	}
	if (n > 0 && (trouble = add(troubles, "ceiling",
	    "countersign-doctor summary")) != NULL)
		(void)snprintf(trouble->text, sizeof(trouble->text), "%zu%s "
		    "ceiling%s of sources %s used by %d %% or more", n,
		    n == NUMBERS_MAX_CEILINGS ? " or more" : "",
		    n == 1 ? "" : "s", n == 1 ? "is" : "are", FULL_PERCENT);
}

void
troubles_find(struct troubles *troubles, const struct numbers *total,
    const struct numbers *recent)
{
	troubles->n = 0;
	find_waiting(troubles, total);
	if (recent != NULL) {
		find_deferred(troubles, recent);
		find_restarts(troubles, recent);
		find_slow(troubles, recent);
	}
	find_full(troubles, total);
}
