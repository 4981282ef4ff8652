/* SPDX-License-Identifier: ISC */

/*
 * Counting by name, with a limit: a log may have any number of names.
 */

#ifndef REPORT_TALLY_H
#define REPORT_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "journal/decision.h"

#define TALLY_MAX		100	/* names; the rest is counted as one */
#define TALLY_NAME_SIZE		320	/* octets; a longer name is cut */
#define TALLY_COLUMNS		LOGGED_NACTIONS

struct tally_row {
	char		 name[TALLY_NAME_SIZE];
	unsigned long	 counts[TALLY_COLUMNS];
	unsigned long	 n;		/* in all columns */
	char		 qid[64];	/* of the newest message */
	int64_t		 newest;
};

struct tally {
	struct tally_row rows[TALLY_MAX];
	size_t		 nrows;
	struct tally_row others;	/* those without a row */
};

/* Count a message in a column of its name's row.  tally is zeroed first. */
void	tally_add(struct tally *tally, const char *name, unsigned int column,
	    const struct logged_decision *d);

/* The most frequent first; those of equal number by name. */
void	tally_sort(struct tally *tally);

#endif /* REPORT_TALLY_H */
