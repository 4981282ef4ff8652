/* SPDX-License-Identifier: ISC */

/*
 * The numbers of the milter at one time, or what was added between two times.
 */

#ifndef STATUS_NUMBERS_H
#define STATUS_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/meters.h"

/* Ends of mail that are told apart; of more, the rest is counted. */
#define NUMBERS_MAX_ROWS	2000
#define NUMBERS_MAX_CEILINGS	100	/* the fullest are kept */

/* Mail of one source that was not signed, for one reason. */
struct number_row {
	unsigned int	 slot;		/* of the table */
	char		 source[METERS_NAME_SIZE];	/* as it is there */
	unsigned int	 action;	/* enum action */
	enum meters_reason reason;
	bool		 is_observed;	/* delivered as it was */
	uint64_t	 n;
};

/* How much of a ceiling of a source is used. */
struct number_ceiling {
	char		 source[METERS_NAME_SIZE];
	unsigned int	 ceiling;	/* enum ceiling */
	uint64_t	 used, limit;
};

struct numbers {
	int64_t		 made;		/* when counting began */
	/* Messages by what became of them; observed ones apart. */
	uint64_t	 done[METERS_ACTIONS];
	uint64_t	 nobserved, nall;
	uint64_t	 signatures[METERS_ALGORITHMS];
	uint64_t	 counts[METERS_COUNTS];
	uint64_t	 buckets[METERS_TIMES][METERS_BUCKETS + 1];
	uint64_t	 sum_us[METERS_TIMES];
	int64_t		 gauges[METERS_GAUGES];
	struct number_row rows[NUMBERS_MAX_ROWS];
	size_t		 nrows;
	uint64_t	 nothers;	/* messages of further rows */
	struct number_ceiling ceilings[NUMBERS_MAX_CEILINGS];
	size_t		 nceilings;
};

/* Rows are in the order of the table, ceilings in none. */
void	numbers_read(struct numbers *numbers, const struct meters *meters,
	    int64_t made);

/*
 * What was added from an earlier time to a later one; gauges and ceilings are
 * those of the later one.  False if they are not of the same table.
 */
bool	numbers_since(struct numbers *added, const struct numbers *before,
	    const struct numbers *after);

/* The most frequent first; of ceilings, the fullest. */
void	numbers_sort(struct numbers *numbers);

/* How many times were measured. */
uint64_t numbers_ntimes(const struct numbers *numbers, enum meters_time time);

/*
 * The time within which that many of 100 were, in microseconds: the bound of a
 * bucket.  -1: longer than the last bound; 0: none was measured.
 */
int64_t	numbers_within(const struct numbers *numbers, enum meters_time time,
	    unsigned int percent);

#endif /* STATUS_NUMBERS_H */
