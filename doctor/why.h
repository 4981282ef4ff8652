/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor why: the decisions that were found, and where they were
 * looked for.
 */

#ifndef WHY_H
#define WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"
#include "dkimsig/dkimsig.h"
#include "journal/logs.h"

#define WHY_MAX		10	/* decisions that are shown */

/* What is looked for. */
enum why_what {
	WHY_QUEUE_ID,
	WHY_DOMAIN,		/* of the author */
	WHY_CLIENT		/* an IP address */
};

struct why {
	const struct config	*config;	/* NULL: cannot be read */
	enum why_what		 what;
	const char		*text;		/* as given */
	char			 domain[DKIMSIG_DOMAIN_SIZE];

	/* The newest ones, the newest first. */
	struct logged_decision	*found[WHY_MAX];
	size_t			 n;
	unsigned long		 nmore;		/* older ones */
	unsigned long		 nsigned;	/* left out: not by queue id */
	unsigned long		 nseen;		/* decisions in all */
	int64_t			 oldest;	/* of all, if nseen > 0 */
	const struct logs	*logs;
};

void	why_print_text(FILE *fp, const struct why *why, bool colours);
void	why_print_json(FILE *fp, const struct why *why);

#endif /* WHY_H */
