/* SPDX-License-Identifier: ISC */

/*
 * What is logged of how the looks at the database end: see views.h.
 *
 * A line costs FLEET_TOLD_MS of a time that runs ahead of the clock by no more
 * than FLEET_MAX_TOLD of these; so lines that were not needed are saved up, and
 * there is nothing to count back.  Pure functions.
 */

#include "fleet/views.h"

#include <string.h>

/* The octets of a number that is a word of its own; 0: none begins here. */
static size_t
number_at(const char *text, const char *begin)
{
	size_t n;

	if (text != begin && text[-1] != ' ' && text[-1] != '(')
		return 0;
	n = strspn(text, "0123456789");
	return text[n] == '\0' || strchr(" ,;:)", text[n]) != NULL ? n : 0;
}

/* Whether two reasons are the same but for their numbers. */
static bool
is_same_why(const char *a, const char *b)
{
	const char *const begin_a = a, *const begin_b = b;
	size_t m, n;

	for (;; a++, b++) {
		m = number_at(a, begin_a);
		n = number_at(b, begin_b);
		if ((m == 0) != (n == 0) || a[m] != b[n])
			return false;
		a += m;
		b += n;
		if (*a == '\0')
			return true;
	}
}

static bool
is_same(const struct fleet_views_state *a, const struct fleet_views_state *b)
{
	if (a->view != b->view)
		return false;
	return a->view == FLEET_VIEW_USED || a->view == FLEET_VIEW_AWAY ||
	    is_same_why(a->why, b->why);
}

/*
 * Whether a database that is away gives another reason: the first ones often
 * are that a connection was closed, and that the server starts.
 */
static bool
is_other_reason(const struct fleet_views *views,
    const struct fleet_views_state *now)
{
	return now->view == FLEET_VIEW_AWAY &&
	    views->nreasons < FLEET_MAX_REASONS &&
	    !is_same_why(now->why, views->told.why);
}

/* Whether a line is left; it is taken. */
static bool
take_line(struct fleet_views *views, int64_t now_ms)
{
	const int64_t from = views->spent_ms > now_ms ? views->spent_ms :
	    now_ms;

	if (from - now_ms > (FLEET_MAX_TOLD - 1) * (int64_t)FLEET_TOLD_MS)
		return false;
	views->spent_ms = from + FLEET_TOLD_MS;
	return true;
}

bool
fleet_views_note(struct fleet_views *views, enum fleet_view view,
    const char *why, int64_t now_ms, size_t *nomitted)
{
	struct fleet_views_state now = { .view = view };
	bool goes_on;

	(void)strlcpy(now.why, why, sizeof(now.why));
	if (!is_same(&now, &views->now))
		views->nchanges++;
	views->now = now;
	*nomitted = 0;
	goes_on = is_same(&now, &views->told) && (view == FLEET_VIEW_USED ||
	    now_ms - views->told_ms < FLEET_REMIND_MS);
	if (goes_on && !is_other_reason(views, &now))
		return false;
	if (!take_line(views, now_ms))
		return false;
	views->nreasons = goes_on ? views->nreasons + 1 : 1;
	*nomitted = views->nchanges > 1 ? views->nchanges - 1 : 0;
	views->told = now;
	views->told_ms = now_ms;
	views->nchanges = 0;
	return true;
}
