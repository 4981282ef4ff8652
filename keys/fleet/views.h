/* SPDX-License-Identifier: ISC */

/*
 * What is logged of how the looks at the database end.
 *
 * A view is logged when it begins, when its reason changes, and again each
 * FLEET_REMIND_MS; of a database that is away, FLEET_MAX_REASONS in that time.
 * Whoever answers in the place of the database can change it
 * at each look, so there are at most FLEET_MAX_TOLD lines at once, and then one
 * each FLEET_TOLD_MS, which says how many changes were omitted.
 */

#ifndef FLEET_VIEWS_H
#define FLEET_VIEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLEET_VIEW_SIZE	1024
#define FLEET_REMIND_MS	3600000		/* of what goes on */
#define FLEET_MAX_TOLD	30
#define FLEET_TOLD_MS	120000
#define FLEET_MAX_REASONS 4		/* of a database that is away */

/* How the last look at the database ended. */
enum fleet_view {
	FLEET_VIEW_NONE,	/* there was none */
	FLEET_VIEW_USED,
	FLEET_VIEW_AWAY,
	FLEET_VIEW_OLDER,	/* or of another fleet */
	FLEET_VIEW_FAILED	/* the store cannot be written, ... */
};

/* A view and its reason. */
struct fleet_views_state {
	enum fleet_view	view;
	char		why[FLEET_VIEW_SIZE];
};

/* Zeroed: nothing was logged. */
struct fleet_views {
	struct fleet_views_state now;		/* the last one noted */
	struct fleet_views_state told;		/* the last one logged */
	int64_t			told_ms;
	int64_t			spent_ms;	/* when all lines are back */
	size_t			nchanges;	/* since it was logged */
	size_t			nreasons;	/* told, of the view */
};

/*
 * Note how a look ended.  Reasons that differ in nothing but numbers are the
 * same, and a database that is in use has none.  Returns whether it is to be
 * logged; *nomitted is how many changes were not, since the last line.
 */
bool	fleet_views_note(struct fleet_views *views, enum fleet_view view,
	    const char *why, int64_t now_ms, size_t *nomitted);

#endif /* FLEET_VIEWS_H */
