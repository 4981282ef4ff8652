/* SPDX-License-Identifier: ISC */

/*
 * Counting by name: see tally.h.
 *
 * A name that has no row takes over the row of the name with the least weight,
 * and inherits this weight, so that it is not the first to go.  (This is the
 * algorithm Space-Saving of Metwally, Agrawal and El Abbadi.)  The weight of a
 * row is then never below the number of its name's messages, and the least one
 * never above the mean, which bounds what a name can have lost.  What is shown
 * of a row is only what was counted for its name.
 *
 * Weights only grow, so the rows with the least one are found by going through
 * all rows once for each value of it.  Even if each message has a new name, a
 * message costs a step or two of that, and a search by name.  Nothing fails.
 */

#include "report/tally.h"

#include <stdlib.h>
#include <string.h>

static int
compare_names(const struct tally_row *a, const struct tally_row *b)
{
	return strcmp(a->name, b->name);
}

RB_PROTOTYPE(tally_tree, tally_row, by_name, compare_names)
RB_GENERATE(tally_tree, tally_row, by_name, compare_names)

static unsigned long
weight(const struct tally_row *row)
{
	return row->inherited + row->n;
}

/* Note the newest message of a row. */
static void
note(struct tally_row *row, int64_t when, const char *qid)
{
	if (when < row->newest)
		return;
	row->newest = when;
	(void)strlcpy(row->qid, qid, sizeof(row->qid));
}

static void
add_to_others(struct tally *tally, const struct tally_row *row)
{
	size_t i;

	for (i = 0; i < TALLY_COLUMNS; i++)
		tally->others.counts[i] += row->counts[i];
	tally->others.n += row->n;
	note(&tally->others, row->newest, row->qid);
}

static unsigned long
least_weight(const struct tally *tally)
{
	unsigned long least = weight(&tally->rows[0]);
	size_t i;

	for (i = 1; i < tally->nrows; i++)
		if (weight(&tally->rows[i]) < least)
			least = weight(&tally->rows[i]);
	return least;
}

static struct tally_row *
lightest(struct tally *tally)
{
	struct tally_row *row;

	for (;;) {
		while (tally->scanned < tally->nrows) {
			row = &tally->rows[tally->scanned++];
			if (weight(row) == tally->least)
				return row;
		}
		tally->least = least_weight(tally);
		tally->scanned = 0;
	}
}

/* A row without a name; its weight is that of the name that it had. */
static struct tally_row *
empty_row(struct tally *tally)
{
	struct tally_row *row;
	unsigned long inherited;

	if (tally->nrows < TALLY_ROWS)
		return &tally->rows[tally->nrows++];
	row = lightest(tally);
	inherited = weight(row);
	RB_REMOVE(tally_tree, &tally->names, row);
	add_to_others(tally, row);
	memset(row, 0, sizeof(*row));
	row->inherited = inherited;
	return row;
}

void
tally_add(struct tally *tally, const char *name, unsigned int column,
    const struct logged_decision *d)
{
	struct tally_row *row, wanted;

	(void)strlcpy(wanted.name, name, sizeof(wanted.name));
	row = RB_FIND(tally_tree, &tally->names, &wanted);
	if (row == NULL) {
		row = empty_row(tally);
		(void)strlcpy(row->name, name, sizeof(row->name));
		(void)RB_INSERT(tally_tree, &tally->names, row);
	}
	row->counts[column]++;
	row->n++;
	note(row, d->time, d->qid);
}

static int
by_number(const void *a, const void *b)
{
	const struct tally_row *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return strcmp(x->name, y->name);
}

void
tally_rank(struct tally *tally)
{
	qsort(tally->rows, tally->nrows, sizeof(tally->rows[0]), by_number);
	while (tally->nrows > TALLY_MAX)
		add_to_others(tally, &tally->rows[--tally->nrows]);
}
