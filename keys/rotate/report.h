/* SPDX-License-Identifier: ISC */

/*
 * What a run did for the keys of one domain, for people and for programs.
 */

#ifndef DOMAIN_REPORT_H
#define DOMAIN_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "life/lifecycle.h"
#include "life/trouble.h"
#include "rotate/key_counts.h"
#include "store/keystore.h"

enum report_kind {
	REPORT_STEP,		/* the step was taken */
	REPORT_DUE,		/* it would be taken without --dry-run */
	REPORT_WAIT,		/* it will be taken after some time */
	REPORT_BUSY,		/* another process works on the domain */
	REPORT_TODO,		/* somebody must act */
	REPORT_FAIL		/* it failed, or something is wrong */
};

struct report_line {
	enum report_kind	 kind;
	char	 selector[KS_SELECTOR_SIZE];	/* "-": of the domain */
	enum lifecycle_step	 step;		/* or LIFECYCLE_NOTHING */
	enum trouble		 trouble;	/* or TROUBLE_NONE */
	int64_t			 when;		/* it is due; or KS_NEVER */
	int64_t			 since;		/* of a trouble, or KS_NEVER */
	char			*text;
};

struct domain_report {
	char			 domain[DKIMSIG_DOMAIN_SIZE];
	struct report_line	*lines;
	size_t			 nlines;
	size_t			 count[REPORT_FAIL + 1];	/* by kind */
	int64_t			 next;	/* time of the next step or KS_NEVER */
	struct key_counts	 keys;	/* in the end; none: not known */
	bool			 is_cut;	/* no memory for all lines */
};

void	domain_report_init(struct domain_report *report, const char *domain);
void	domain_report_finish(struct domain_report *report);

/*
 * Add a line about a step, or about what somebody must do before the step can
 * be taken.  It is counted even if there is no memory for its text.
 */
void	domain_report_add(struct domain_report *report,
	    enum report_kind kind, const char *selector,
	    enum lifecycle_step step, int64_t when, const char *format, ...)
	    __attribute__((format(printf, 6, 7)));

/* Add a trouble, REPORT_TODO or REPORT_FAIL, in the same way. */
void	domain_report_trouble(struct domain_report *report,
	    enum report_kind kind, const char *selector, enum trouble trouble,
	    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Print one line of text for each line of the report. */
void	domain_report_print(FILE *fp, const struct domain_report *report);

/* Print the report as one JSON object, without a final newline. */
void	domain_report_print_json(FILE *fp,
	    const struct domain_report *report);

/* Print the members of that object, without braces. */
void	domain_report_print_members(FILE *fp,
	    const struct domain_report *report);

#endif /* DOMAIN_REPORT_H */
