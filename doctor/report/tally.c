/* SPDX-License-Identifier: ISC */

/*
 * Counting by name: see tally.h.
 *
 * Rows are searched one by one, as there are few.  Names over the limit of rows
 * share one, so that memory does not depend on the log.  Nothing fails.
 */

#include "report/tally.h"

#include <stdlib.h>
#include <string.h>

static struct tally_row *
find(struct tally *tally, const char *name)
{
	char cut[TALLY_NAME_SIZE];
	struct tally_row *row;
	size_t i;

	(void)strlcpy(cut, name, sizeof(cut));
	for (i = 0; i < tally->nrows; i++)
		if (strcmp(tally->rows[i].name, cut) == 0)
			return &tally->rows[i];
	if (tally->nrows == TALLY_MAX)
		return &tally->others;
	row = &tally->rows[tally->nrows++];
	(void)strlcpy(row->name, cut, sizeof(row->name));
	return row;
}

void
tally_add(struct tally *tally, const char *name, unsigned int column,
    const struct logged_decision *d)
{
	struct tally_row *row = find(tally, name);

	row->counts[column]++;
	row->n++;
	if (d->time < row->newest)
		return;
	row->newest = d->time;
	(void)strlcpy(row->qid, d->qid, sizeof(row->qid));
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
tally_sort(struct tally *tally)
{
	qsort(tally->rows, tally->nrows, sizeof(tally->rows[0]), by_number);
}
