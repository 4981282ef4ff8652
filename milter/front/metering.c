/* SPDX-License-Identifier: ISC */

/*
 * Counting messages for metrics: see metering.h.
 *
 * Reasons are those that the log calls causes; log_found.c takes them from
 * here, so that both always agree.  Nothing fails but the map of the table,
 * which is logged.
 */

#include "front/metering.h"

#include <time.h>

#include "base/log.h"
#include "ceilings/counts.h"
#include "config/ceiling.h"
#include "front/counting.h"
#include "front/snapshot.h"

_Static_assert(ACTION_SIGN + 1 == METERS_ACTIONS,
    "the table must have a place for each action");
_Static_assert((int)CEILING_MAX == METERS_CEILINGS,
    "the table must have a place for each ceiling");
_Static_assert(DKIMSIG_ED25519_SHA256 + 1 == METERS_ALGORITHMS,
    "the table must have a place for each algorithm");

static bool
has_ceilings(const char *source)
{
	return counts_has(counting_counts(), source);
}

/* Alerts on ceilings that are not shown would never fire. */
static void
warn_of_ceilings(const struct config *config, size_t n, const char *name)
{
	if (!meters_are_used() || (config->metrics_listen == NULL &&
	    config->metrics_textfile == NULL))
		return;
	log_warnx(M_CEILINGS_NOT_SHOWN, "metrics do not show the ceilings of "
	    "%zu source%s, such as \"%s\": raise metrics_sources", n,
	    n == 1 ? "" : "s", name);
}

void
metering_configure(const struct config *config)
{
	const struct source *source, *missing = NULL;
	size_t i, nmissing = 0;

	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		if (meters_add_source(source->name, config->metrics_sources) ||
		    !counts_shows(&source->ceilings))
			continue;
		nmissing++;
		missing = source;
	}
	if (missing != NULL)
		warn_of_ceilings(config, nmissing, missing->name);
	/* Nothing else would ever write to those of other sources again. */
	meters_drop_ceilings(has_ceilings);
}

void
metering_use(int fd)
{
	struct snapshot *snapshot;

	if (meters_use(fd) != 0) {
		log_warn(M_METRICS_OFF, "cannot use the table for metrics: "
		    "nothing is counted");
		return;
	}
	if ((snapshot = snapshot_acquire()) != NULL)
		metering_configure(snapshot->config);
	snapshot_release(snapshot);
}

static enum meters_reason
reason_of_policy(enum policy_reason reason)
{
	switch (reason) {
	case REASON_NO_AUTHOR:
		return METERS_NO_AUTHOR;
	case REASON_FAULT:
		return METERS_MALFORMED;
	case REASON_NO_SOURCE:
		return METERS_NOT_OURS;
	case REASON_MISMATCH:
		return METERS_FACTOR;
	case REASON_UNKNOWN:
		return METERS_DNS;
	case REASON_UNCERTAIN:
		return METERS_UNCERTAIN;
	case REASON_ALIGNED:
		return METERS_ALIGNED;
	case REASON_UNCLEAR:
		return METERS_UNCLEAR;
	case REASON_MATCH:
		break;
	}
	return METERS_NO_REASON;
}

enum meters_reason
metering_reason(const struct fate *fate, const struct decision *decision)
{
	if (fate->action == ACTION_SIGN)
		return METERS_NO_REASON;
	switch (fate->cause) {
	case CAUSE_NO_KEY:
		return METERS_NO_KEY;
	case CAUSE_DNS:
		return METERS_DNS;
	case CAUSE_RATE:
		return METERS_RATE;
	case CAUSE_LIMIT:
		return METERS_LIMIT;
	case CAUSE_FRAGILE:
		return METERS_FRAGILE;
	case CAUSE_SIZE:
		return METERS_SIZE;
	case CAUSE_SYSTEM:
		return METERS_SYSTEM;
	case CAUSE_NONE:
	case CAUSE_MISMATCH:
	case CAUSE_UNCLEAR:
	case CAUSE_FAULT:
		break;
	}
	return reason_of_policy(decision->reason);
}

void
metering_message(const struct message_about *about)
{
	const struct decision *decision = message_decision(about->message);
	const struct fate *fate = about->fate;
	enum action action = fate->action;
	size_t i;

	if (!meters_are_used())
		return;
	/* Nothing else can become of it. */
	if (action == ACTION_UNDECIDED)
		action = ACTION_TEMPFAIL;
	meters_message(decision->source != NULL ? decision->source->name :
	    NULL, action, metering_reason(fate, decision), fate->observed);
	meters_time(METERS_MESSAGE_TIME, about->elapsed_us);
	if (fate->observed || action != ACTION_SIGN)
		return;
	for (i = 0; i < message_nsignatures(about->message); i++)
		meters_signature(message_signature(about->message, i)->
		    key.algorithm);
}

void
metering_lost(void)
{
	meters_message(NULL, ACTION_TEMPFAIL, METERS_SYSTEM, false);
}

static void
write_use(const char *source, enum ceiling ceiling, uint64_t used,
    uint64_t limit, void *arg)
{
	(void)arg;
	meters_ceiling(source, ceiling, used, limit);
}

void
metering_attend(void)
{
	if (meters_are_used())
		counts_each_use(counting_counts(), (int64_t)time(NULL),
		    write_use, NULL);
}
