/* SPDX-License-Identifier: ISC */

/*
 * What became of the mail of the last day: refusals by reason, from the logs.
 *
 * The logs are read by a process that is not root (report/refusals.h).  Refused
 * mail is what the milter is for, so it is only noted; mail that was deferred
 * because of a fault is a problem.
 */

#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "chain/chain.h"
#include "report/refusals.h"

#define AREA		"refusals"
#define DAY		86400

static void
add_refusal(struct findings *findings, const struct refusal *refusal)
{
	const bool is_deferred = refusal_is_fault(refusal);
	char when[RFC3339_SIZE] = "", subject[64], why[160] = "";

	if (!rfc3339_print(refusal->newest, when))
		(void)strlcpy(when, "an unknown time", sizeof(when));
	if (refusal->qid[0] != '\0')
		(void)snprintf(why, sizeof(why), "; 'countersign-doctor why "
		    "%s' explains it", refusal->qid);
	(void)snprintf(subject, sizeof(subject), "%lu message%s", refusal->n,
	    refusal->n == 1 ? "" : "s");
	findings_add(findings, is_deferred ? "deferred-mail" : "refused-mail",
	    is_deferred ? FINDING_PROBLEM : FINDING_NOTE, AREA, subject, NULL,
	    "%s%s: %s. The last one came at %s%s.",
	    refusal->observed ? "Would have been " : "", refusal->action,
	    refusal->reason, when, why);
}

static void
add_others(struct findings *findings, unsigned long n)
{
	char subject[64];

	(void)snprintf(subject, sizeof(subject), "%lu message%s", n,
	    n == 1 ? "" : "s");
	findings_add(findings, "refused-mail", FINDING_NOTE, AREA, subject,
	    NULL, "Not signed for other reasons; 'countersign-doctor summary "
	    "--since 1d' counts them.");
}

void
chain_refusals(struct chain *chain, struct findings *findings)
{
	struct logs_options options = { .now = chain->now,
	    .since = chain->now - DAY, .until = chain->now };
	struct refusals refusals;
	char why[512];
	size_t i;

	if (chain->config == NULL || !chain->has_user)
		return;
	options.audit_file = chain->config->audit_file;
	options.user = chain->config->user;
	if (!refusals_count(&options, &refusals, why, sizeof(why))) {
		findings_add(findings, "refusals", FINDING_UNKNOWN, AREA,
		    "logs", NULL, "The logs cannot be read: %s.", why);
		return;
	}
	findings_add(findings, "refusals", FINDING_WELL, AREA,
	    refusals.ndecisions == 0 ? "logs" : logs_kind_name(refusals.kind),
	    NULL, "%lu messages in the last day", refusals.ndecisions);
	for (i = 0; i < refusals.n; i++)
		add_refusal(findings, &refusals.list[i]);
	if (refusals.nothers > 0)
		add_others(findings, refusals.nothers);
}
