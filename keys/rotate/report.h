/* SPDX-License-Identifier: ISC */

/*
 * What happened to the keys of one domain in a run, for people and programs.
 */

#ifndef DOMAIN_REPORT_H
#define DOMAIN_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "store/keystore.h"

enum report_kind {
	REPORT_STEP,		/* done */
	REPORT_DUE,		/* would be done without --dry-run */
	REPORT_WAIT,		/* waits for time to pass */
	REPORT_TODO,		/* somebody must act */
	REPORT_FAIL
};

struct report_line {
	enum report_kind	 kind;
	char			 selector[KS_SELECTOR_SIZE];	/* or "-" */
	const char		*step;		/* "publish", ...; static */
	int64_t			 when;		/* or KS_NEVER */
	char			*text;
};

struct domain_report {
	char			 domain[DKIMSIG_DOMAIN_SIZE];
	struct report_line	*lines;
	size_t			 nlines;
	size_t			 count[REPORT_FAIL + 1];	/* by kind */
	int64_t			 next;		/* time of the next step */
	bool			 is_cut;	/* no memory for all lines */
};

void	domain_report_init(struct domain_report *report, const char *domain);
void	domain_report_finish(struct domain_report *report);

/* Add a line.  It counts even if there is no memory to keep it. */
void	domain_report_add(struct domain_report *report,
	    enum report_kind kind, const char *selector, const char *step,
	    int64_t when, const char *format, ...)
	    __attribute__((format(printf, 6, 7)));

/* One text line for each, the domain first. */
void	domain_report_print(FILE *fp, const struct domain_report *report);

/* One JSON object, without a final newline. */
void	domain_report_print_json(FILE *fp,
	    const struct domain_report *report);

#endif /* DOMAIN_REPORT_H */
