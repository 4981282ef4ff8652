/* SPDX-License-Identifier: ISC */

/*
 * One notice to one contact: what it is about in three words, for the arguments
 * of the program, and all of it as JSON (RFC 8259).
 */

#ifndef NOTIFY_NOTICE_H
#define NOTIFY_NOTICE_H

#include <stdio.h>

#include "notify/plan.h"

#define NOTIFY_MAX_LISTED	500	/* problems in one notice */

struct notice {
	const char	*event;		/* "new", "reminder", "ended", "test" */
	const char	*severity;	/* "critical", "warning", "ok" */
	const char	*domain;	/* or "-" for several, or all */
	const char	*contact;	/* or "" */
	const struct notify_entry *entries;
	size_t		 n;
	int64_t		 now;
};

/* The notice for a group. */
void	notice_init(struct notice *notice, const struct notify_plan *plan,
	    const struct notify_group *group, int64_t now);

/* A notice without problems, to try the program. */
void	notice_init_test(struct notice *notice, const char *contact,
	    int64_t now);

/*
 * Print it as a JSON object and a newline; problems beyond NOTIFY_MAX_LISTED
 * are counted.  Returns 0, or KS_E_NOMEM.
 */
int	notice_print(FILE *fp, const struct notice *notice);

#endif /* NOTIFY_NOTICE_H */
