/* SPDX-License-Identifier: ISC */

/*
 * Numbers of the milter: see numbers.h.
 *
 * Each number is read once, while the front counts on, so a message may be in
 * one and not yet in another; differences are never below 0.  Whatever the
 * table has, no more than the rows here are taken from it, and no number that
 * is larger than any true one: the sum of all fits into 63 bits, and so into
 * what readers of JSON take.
 */

#include "status/numbers.h"

#include <stdlib.h>
#include <string.h>

#include "config/action.h"

#define MOST		(UINT64_C(1) << 44)	/* messages, times */
#define MOST_US		(UINT64_C(1) << 62)	/* microseconds in all */

static uint64_t
no_more(uint64_t n, uint64_t most)
{
	return n < most ? n : most;
}

static void
add_row(struct numbers *numbers, const struct number_row *row)
{
	if (numbers->nrows == NUMBERS_MAX_ROWS)
		numbers->nothers += row->n;
	else
		numbers->rows[numbers->nrows++] = *row;
}

static void
read_messages(struct numbers *numbers, const struct meters *meters,
    struct number_row *row)
{
	for (row->action = ACTION_PASS; row->action <= ACTION_SIGN;
	    row->action++)
		for (row->reason = 0; row->reason < METERS_NREASONS;
		    row->reason++) {
			row->n = no_more(meters_read_messages(meters,
			    row->slot, row->is_observed, row->action,
			    row->reason), MOST);
			if (row->n == 0)
				continue;
			numbers->nall += row->n;
			if (row->is_observed)
				numbers->nobserved += row->n;
			else
				numbers->done[row->action] += row->n;
			if (row->action != ACTION_SIGN)
				add_row(numbers, row);
		}
}

static double
share(const struct number_ceiling *ceiling)
{
	return (double)ceiling->used / (double)ceiling->limit;
}

static int
compare_ceilings(const void *a, const void *b)
{
	const struct number_ceiling *x = a, *y = b;
	int order;

	if (share(x) < share(y) || share(x) > share(y))
		return share(x) > share(y) ? -1 : 1;
	if ((order = strcmp(x->source, y->source)) != 0)
		return order;
	return x->ceiling < y->ceiling ? -1 : 1;
}

/* If there is no room, the least full one goes. */
static void
keep_ceiling(struct numbers *numbers, const struct number_ceiling *ceiling)
{
	struct number_ceiling *list = numbers->ceilings;
	size_t i, least = 0;

	if (numbers->nceilings < NUMBERS_MAX_CEILINGS) {
		list[numbers->nceilings++] = *ceiling;
		return;
	}
	for (i = 1; i < NUMBERS_MAX_CEILINGS; i++)
		if (compare_ceilings(&list[i], &list[least]) > 0)
			least = i;
	if (compare_ceilings(ceiling, &list[least]) < 0)
		list[least] = *ceiling;
}

static void
read_ceilings(struct numbers *numbers, const struct meters *meters,
    const struct number_row *row)
{
	struct number_ceiling ceiling;
	uint64_t limit, used;
	unsigned int i;

	for (i = 0; i < METERS_CEILINGS; i++) {
		limit = meters_read_ceiling(meters, row->slot, i, &used);
		if (limit == 0)
			continue;
		ceiling = (struct number_ceiling){
			.ceiling = i, .used = no_more(used, MOST),
			.limit = no_more(limit, MOST)
		};
		(void)strlcpy(ceiling.source, row->source,
		    sizeof(ceiling.source));
		keep_ceiling(numbers, &ceiling);
	}
}

static void
read_sources(struct numbers *numbers, const struct meters *meters)
{
	struct number_row row = { .n = 0 };

	for (row.slot = 0; row.slot < METERS_ALL_SLOTS; row.slot++) {
		if (!meters_read_source(meters, row.slot, row.source))
			continue;
		row.is_observed = false;
		read_messages(numbers, meters, &row);
		row.is_observed = true;
		read_messages(numbers, meters, &row);
		read_ceilings(numbers, meters, &row);
	}
}

void
numbers_read(struct numbers *numbers, const struct meters *meters,
    int64_t made)
{
	unsigned int i, bucket;

	memset(numbers, 0, sizeof(*numbers));
	numbers->made = made;
	for (i = 0; i < METERS_ALGORITHMS; i++)
		numbers->signatures[i] = no_more(
		    meters_read_signatures(meters, i), MOST);
	for (i = 0; i < METERS_COUNTS; i++)
		numbers->counts[i] = no_more(meters_read_count(meters, i),
		    MOST);
	for (i = 0; i < METERS_GAUGES; i++)
		numbers->gauges[i] = meters_read_gauge(meters, i);
	for (i = 0; i < METERS_TIMES; i++) {
		numbers->sum_us[i] = no_more(meters_read_sum_us(meters, i),
		    MOST_US);
		for (bucket = 0; bucket <= METERS_BUCKETS; bucket++)
			numbers->buckets[i][bucket] = no_more(
			    meters_read_bucket(meters, i, bucket), MOST);
	}
	read_sources(numbers, meters);
}

/* -- Differences --------------------------------------------------------- */

static void
lower(uint64_t *number, uint64_t by)
{
	*number = *number > by ? *number - by : 0;
}

static void
lower_all(uint64_t *list, const uint64_t *by, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		lower(&list[i], by[i]);
}

/* As in the table: before, after or the same. */
static int
compare_places(const struct number_row *a, const struct number_row *b)
{
	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	if (a->is_observed != b->is_observed)
		return b->is_observed ? -1 : 1;
	if (a->action != b->action)
		return a->action < b->action ? -1 : 1;
	return a->reason == b->reason ? 0 : a->reason < b->reason ? -1 : 1;
}

/* Rows of the one are also in the other, unless that has no room. */
static void
lower_rows(struct numbers *added, const struct numbers *before)
{
	struct number_row *row;
	size_t i, j = 0, n = 0;

	for (i = 0; i < added->nrows; i++) {
		row = &added->rows[i];
		while (j < before->nrows &&
		    compare_places(&before->rows[j], row) < 0)
			j++;
		if (j < before->nrows &&
		    compare_places(&before->rows[j], row) == 0)
			lower(&row->n, before->rows[j].n);
		if (row->n > 0)
			added->rows[n++] = *row;
	}
	added->nrows = n;
}

bool
numbers_since(struct numbers *added, const struct numbers *before,
    const struct numbers *after)
{
	*added = *after;
	if (before->made != after->made || before->nall > after->nall)
		return false;
	lower_all(added->done, before->done, METERS_ACTIONS);
	lower(&added->nobserved, before->nobserved);
	lower(&added->nall, before->nall);
	lower(&added->nothers, before->nothers);
	lower_all(added->signatures, before->signatures, METERS_ALGORITHMS);
	lower_all(added->counts, before->counts, METERS_COUNTS);
	lower_all(added->sum_us, before->sum_us, METERS_TIMES);
	lower_all(added->buckets[0], before->buckets[0],
	    (size_t)METERS_TIMES * (METERS_BUCKETS + 1));
	lower_rows(added, before);
	return true;
}

/* -- Order --------------------------------------------------------------- */

static int
compare_rows(const void *a, const void *b)
{
	const struct number_row *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return compare_places(x, y);
}

void
numbers_sort(struct numbers *numbers)
{
	qsort(numbers->rows, numbers->nrows, sizeof(*numbers->rows),
	    compare_rows);
	qsort(numbers->ceilings, numbers->nceilings,
	    sizeof(*numbers->ceilings), compare_ceilings);
}

/* -- Times --------------------------------------------------------------- */

uint64_t
numbers_ntimes(const struct numbers *numbers, enum meters_time time)
{
	unsigned int i;
	uint64_t n = 0;

	for (i = 0; i <= METERS_BUCKETS; i++)
		n += numbers->buckets[time][i];
	return n;
}

int64_t
numbers_within(const struct numbers *numbers, enum meters_time time,
    unsigned int percent)
{
	const double all = (double)numbers_ntimes(numbers, time);
	double n = 0;
	unsigned int i;

	if (all <= 0)
		return 0;
	for (i = 0; i < METERS_BUCKETS; i++) {
		n += (double)numbers->buckets[time][i];
		if (n * 100 >= all * percent)
			return meters_bound_us(i);
	}
	return -1;
}
