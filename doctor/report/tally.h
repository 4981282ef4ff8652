/* SPDX-License-Identifier: ISC */

/*
 * Counting by name, with a limit: a log may have any number of names, and
 * whoever sends mail can choose most of them.
 *
 * TALLY_ROWS names are counted at a time, and of these TALLY_MAX are shown.  Up
 * to TALLY_ROWS names, all numbers are exact.  Of more, a number is never too
 * high, and too low by at most n / TALLY_ROWS, if n messages were counted in
 * all: then the rest is with the others, and the sum is right.
 */

#ifndef REPORT_TALLY_H
#define REPORT_TALLY_H

#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "journal/decision.h"

#define TALLY_ROWS		1000	/* names counted at a time */
#define TALLY_MAX		100	/* names shown; the rest is as one */
#define TALLY_NAME_SIZE		320	/* octets; a longer name is cut */
#define TALLY_COLUMNS		LOGGED_NACTIONS

struct tally_row {
	RB_ENTRY(tally_row) by_name;
	char		 name[TALLY_NAME_SIZE];
	unsigned long	 counts[TALLY_COLUMNS];
	unsigned long	 n;		/* in all columns */
	char		 qid[64];	/* of the newest message */
	int64_t		 newest;
	unsigned long	 inherited;	/* weight of the name before */
};

RB_HEAD(tally_tree, tally_row);

struct tally {
	struct tally_row rows[TALLY_ROWS];
	size_t		 nrows;
	struct tally_row others;	/* those without a row */
	struct tally_tree names;
	unsigned long	 least;		/* weight of the lightest rows */
	size_t		 scanned;	/* rows before this are heavier */
};

/*
 * Count a message in a column of its name's row.  tally is zeroed first, and
 * stays at its place.
 */
void	tally_add(struct tally *tally, const char *name, unsigned int column,
	    const struct logged_decision *d);

/*
 * Keep the TALLY_MAX most frequent, the most frequent first, those of equal
 * number by name; the rest goes to the others.  After that, nothing is counted.
 */
void	tally_rank(struct tally *tally);

#endif /* REPORT_TALLY_H */
