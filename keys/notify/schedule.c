/* SPDX-License-Identifier: ISC */

/*
 * When a contact is told of what: see schedule.h.
 *
 * The state of a trouble for a contact changes only by notify_told(), after a
 * notice was sent: if it cannot be sent, the same news is there in the next
 * run.  Pure functions of their arguments; nothing can fail.
 */

#include "notify/schedule.h"

bool
notify_correct(struct notify_item *item, int64_t now)
{
	if (!item->was_told || (item->first <= now && item->last <= now))
		return false;
	if (item->first > now)
		item->first = now;
	if (item->last > now)
		item->last = now;
	return true;
}

int64_t
notify_next_reminder(int64_t first, int64_t last)
{
	static const int64_t days[] = { 1, 3, 7 };
	const int64_t passed = last - first + NOTIFY_SLACK;
	size_t i;

	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		if (passed < days[i] * NOTIFY_DAY)
			return first + days[i] * NOTIFY_DAY - NOTIFY_SLACK;
	return first + (passed / (7 * NOTIFY_DAY) + 1) * 7 * NOTIFY_DAY -
	    NOTIFY_SLACK;
}

enum notify_news
notify_news(const struct notify_item *item, int64_t now)
{
	if (!item->is_open)
		return item->was_told ? NOTIFY_ENDED : NOTIFY_NOTHING;
	if (item->happened != 0)
		return !item->was_told || item->happened >= item->last ?
		    NOTIFY_NEW : NOTIFY_NOTHING;
	if (!item->was_told)
		return NOTIFY_NEW;
	if (item->is_critical && !item->was_critical)
		return NOTIFY_WORSE;
	return notify_next_reminder(item->first, item->last) <= now ?
	    NOTIFY_REMINDER : NOTIFY_NOTHING;
}

bool
notify_is_urgent(const struct notify_item *items, size_t n, int64_t now)
{
	enum notify_news news;
	size_t i;

	for (i = 0; i < n; i++) {
		news = notify_news(&items[i], now);
		if ((items[i].is_critical || items[i].happened != 0) &&
		    (news == NOTIFY_NEW || news == NOTIFY_WORSE))
			return true;
	}
	return false;
}

bool
notify_is_due(const struct notify_item *items, size_t n, int64_t last,
    int64_t now)
{
	size_t i;

	if (notify_is_urgent(items, n, now))
		return true;
	if (last != NOTIFY_NEVER && last <= now &&
	    now - last < NOTIFY_DAY - NOTIFY_SLACK)
		return false;
	for (i = 0; i < n; i++)
		if (notify_news(&items[i], now) != NOTIFY_NOTHING)
			return true;
	return false;
}

void
notify_told(struct notify_item *item, int64_t now)
{
	if (!item->is_open) {
		item->was_told = false;
		return;
	}
	if (!item->was_told) {
		item->first = now;
		item->was_critical = false;
	}
	item->was_told = true;
	item->last = now;
	item->was_critical = item->was_critical || item->is_critical;
}

bool
notify_escalates(const struct notify_item *item, int64_t now)
{
	return item->is_critical || (item->was_told &&
	    now - item->first >= NOTIFY_ESCALATION - NOTIFY_SLACK);
}
