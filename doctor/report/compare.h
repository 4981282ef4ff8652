/* SPDX-License-Identifier: ISC */

/*
 * Who signs mail beside us: for a migration from another signer, which runs
 * before this milter, so that its signatures are in the log.
 */

#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "journal/logs.h"
#include "report/tally.h"

/* The columns of compare.domains. */
enum compare_column {
	COMPARE_BOTH,		/* we sign, or would, and another does */
	COMPARE_OURS,		/* only we */
	COMPARE_THEIRS,		/* only another */
	COMPARE_NEITHER
};
#define COMPARE_NCOLUMNS	(COMPARE_NEITHER + 1)

struct compare {
	unsigned long	 n;		/* messages that a source names */
	unsigned long	 nothers;	/* that none names */
	unsigned long	 ncolumns[COMPARE_NCOLUMNS];
	/* By author domain.  A signature counts as another signer's if its
	 * domain is that of the author, or one is below the other. */
	struct tally	 domains;
	/* Domains of all signatures; column 0: aligned, 1: not. */
	struct tally	 signers;
	/* Why we do not sign what another signs. */
	struct tally	 lost;
	/* Authors that no source names, of mail that another signs. */
	struct tally	 unnamed;
};

/* A logs_take_fn; arg is a struct compare, zeroed before the first call. */
bool	compare_take(void *compare, const struct logged_decision *d);
void	compare_sort(struct compare *compare);

void	compare_print_text(FILE *fp, const struct compare *compare,
	    const struct logs *logs);
void	compare_print_json(FILE *fp, const struct compare *compare,
	    const struct logs *logs);

#endif /* REPORT_COMPARE_H */
