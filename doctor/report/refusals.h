/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/report: what the logs say about a day or a week of mail.
 *
 * Refusals by reason, for a caller that stays root: a process of its own reads
 * the logs, and gives up root before.
 */

#ifndef REPORT_REFUSALS_H
#define REPORT_REFUSALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/logs.h"

#define REFUSALS_MAX		10	/* reasons that are shown */
#define REFUSALS_REASON_SIZE	320	/* octets; a longer one is cut */

/* Mail that was refused for one reason. */
struct refusal {
	char		 reason[REFUSALS_REASON_SIZE];
	char		 action[16];	/* "rejected", "tempfailed", ... */
	char		 qid[64];	/* of the newest one */
	int64_t		 newest;	/* its time */
	unsigned long	 n;
	bool		 observed;	/* only logged: mode = observe */
};

struct refusals {
	/* Faults first, then the most frequent. */
	struct refusal	 list[REFUSALS_MAX];
	size_t		 n;
	unsigned long	 nothers;	/* messages for other reasons */
	unsigned long	 ndecisions;	/* in all, also of accepted mail */
	enum logs_kind	 kind;		/* what was read, if ndecisions > 0 */
};

/* Whether it is mail that a fault has deferred. */
bool	refusal_is_fault(const struct refusal *refusal);

/*
 * Count the messages that were rejected, quarantined or tempfailed.  Returns
 * true, or false with the reason in why.  The texts come from a log: print them
 * with print_safe().
 */
bool	refusals_count(const struct logs_options *options,
	    struct refusals *refusals, char *why, size_t whysize);

#endif /* REPORT_REFUSALS_H */
