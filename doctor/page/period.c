/* SPDX-License-Identifier: ISC */

/*
 * Mail over a period of time: see period.h.
 *
 * The parts are as narrow as PERIOD_MAX allows.  Nothing fails, and memory does
 * not depend on the number of messages.
 */

#include "page/period.h"

#include <string.h>

#define HOUR	INT64_C(3600)
#define DAY	(24 * HOUR)
#define WEEK	(7 * DAY)
#define MONDAY	(4 * DAY)	/* the first of them since 1970 */

static const struct {
	int64_t		 seconds;
	const char	*name;
} widths[] = {
	{ HOUR / 4,	"15 minutes" },
	{ HOUR,		"hour" },
	{ 3 * HOUR,	"3 hours" },
	{ 6 * HOUR,	"6 hours" },
	{ DAY,		"day" },
	{ WEEK,		"week" },
	{ 4 * WEEK,	"4 weeks" },
	{ 13 * WEEK,	"13 weeks" },
};
#define NWIDTHS	(sizeof(widths) / sizeof(widths[0]))

/* The part that a time is in begins here. */
static int64_t
floor_of(int64_t time, int64_t width)
{
	const int64_t offset = width >= WEEK ? MONDAY : 0;
	int64_t rest = (time - offset) % width;

	if (rest < 0)
		rest += width;
	return time - rest;
}

void
period_begin(struct period *period, int64_t since, int64_t until)
{
	size_t i = 0, n;

	memset(period, 0, sizeof(*period));
	for (;; i++) {
		period->width = widths[i].seconds;
		period->begin = floor_of(since, period->width);
		n = (size_t)((until - period->begin) / period->width) + 1;
		if (n <= PERIOD_MAX)
			break;
		if (i + 1 == NWIDTHS) {
			n = PERIOD_MAX;
			break;
		}
	}
	period->n = n;
}

void
period_add(struct period *period, const struct logged_decision *d)
{
	int64_t i;

	if (d->time == DECISION_NO_TIME || d->time < period->begin) {
		period->nundated++;
		return;
	}
	i = (d->time - period->begin) / period->width;
	if (i >= (int64_t)period->n)
		i = (int64_t)period->n - 1;
	period->counts[i][decision_action(d)]++;
}

unsigned long
period_highest(const struct period *period)
{
	unsigned long highest = 0, sum;
	size_t i, j;

	for (i = 0; i < period->n; i++) {
		sum = 0;
		for (j = 0; j < LOGGED_NACTIONS; j++)
			sum += period->counts[i][j];
		if (sum > highest)
			highest = sum;
	}
	return highest;
}

const char *
period_width_name(const struct period *period)
{
	size_t i = 0;

	while (i + 1 < NWIDTHS && widths[i].seconds != period->width)
		i++;
	return widths[i].name;
}
