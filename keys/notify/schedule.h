/* SPDX-License-Identifier: ISC */

/*
 * Room keys/notify: tells people of troubles, by a program of the
 * administrator.
 *
 * When a contact is told of what: pure functions of what it was told before, of
 * the troubles that exist, and of the time.
 *
 * A contact gets one notice a day at most, unless a trouble is critical that it
 * does not know as critical.  There is a notice if a trouble is new, if it is
 * time for a reminder (1, 3 and 7 days after it was first told, then weekly),
 * or if a trouble that was told has ended.  A notice has everything that
 * exists, so it counts as a reminder of each.
 *
 * An event is told at once whenever it has happened again since the last
 * notice.  It has no reminders and no end, as nobody knows whether it is over.
 */

#ifndef NOTIFY_SCHEDULE_H
#define NOTIFY_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTIFY_DAY		86400		/* seconds */
/*
 * Runs are about an hour apart.  Without this, one that is a second early
 * would delay a notice by an hour, each day again.
 */
#define NOTIFY_SLACK		1800
/* From then on the general contact is told, too. */
#define NOTIFY_ESCALATION	(7 * NOTIFY_DAY)
#define NOTIFY_NEVER		((int64_t)-1)	/* as KS_NEVER */

/* One trouble, as one contact knows it. */
struct notify_item {
	bool	 was_told;	/* the contact believes that it exists, */
	int64_t	 first, last;	/* since it was told first and last, and */
	bool	 was_critical;	/* that it is critical */
	bool	 is_open;	/* it exists, */
	bool	 is_critical;	/* and is critical */
	int64_t	 happened;	/* an event: when it last did; else 0 */
};

enum notify_news {
	NOTIFY_NOTHING,		/* known, and no reminder is due */
	NOTIFY_NEW,
	NOTIFY_WORSE,		/* it has become critical */
	NOTIFY_REMINDER,
	NOTIFY_ENDED
};

/*
 * Set times that lie in the future to now: the clock was ahead when they were
 * recorded, and would otherwise silence reminders until it gets there.  Returns
 * whether anything changed, so that it can be recorded.
 */
bool	notify_correct(struct notify_item *item, int64_t now);

/* When the next reminder of a trouble is due. */
int64_t	notify_next_reminder(int64_t first, int64_t last);

/* What there is to tell of one trouble. */
enum notify_news notify_news(const struct notify_item *item, int64_t now);

/*
 * Whether some news cannot wait: a trouble is critical, and the contact does
 * not know that; or an event.
 */
bool	notify_is_urgent(const struct notify_item *items, size_t n,
	    int64_t now);

/*
 * Whether the contact that has these items gets a notice now.  last is the time
 * of its last one, or NOTIFY_NEVER.
 */
bool	notify_is_due(const struct notify_item *items, size_t n, int64_t last,
	    int64_t now);

/* Enter that a notice with this item was sent now. */
void	notify_told(struct notify_item *item, int64_t now);

/*
 * Whether the general contact is told of a trouble for which a domain's contact
 * is responsible, which knows it as this item.
 */
bool	notify_escalates(const struct notify_item *item, int64_t now);

#endif /* NOTIFY_SCHEDULE_H */
