/* SPDX-License-Identifier: ISC */

/*
 * Who is to be told of what in a run: the troubles that exist, and those that
 * have ended, by contact.
 *
 * Troubles of records that somebody enters in DNS by hand go to the domain's
 * contact, all others to the general one.  The general contact is also told of
 * those of a domain's contact if they are critical or were not fixed within 7
 * days.
 */

#ifndef NOTIFY_PLAN_H
#define NOTIFY_PLAN_H

#include "config/config.h"
#include "notify/schedule.h"
#include "rotate/alarms.h"
#include "store/notified.h"

#define NOTIFY_NOT_TOLD		SIZE_MAX

/* A trouble that exists. */
struct notify_trouble {
	const struct alarm	*alarm;		/* borrowed */
	bool			 is_by_hand;	/* record entered by hand */
	const char		*todo;	/* borrowed: JSON objects */
};

/* What the plan is made of; all is borrowed. */
struct notify_facts {
	const struct notify_trouble *troubles;
	size_t			 ntroubles;
	const struct config	*config;	/* NULL: cannot be read */
	const char		*general;	/* contact, or "" */
	/* What has ended is not known, because not all was looked at. */
	bool			 is_partial;
	int64_t			 now;
};

/* One trouble for one contact. */
struct notify_entry {
	const char	*contact;	/* or "" */
	const char	*domain, *selector, *word;
	const struct notify_trouble *trouble;	/* NULL: it has ended */
	size_t		 told;		/* in the file, or NOTIFY_NOT_TOLD */
	/*
	 * Several troubles may have the same domain, selector and word.  The
	 * item of the first one is that of all.
	 */
	bool		 is_repeated;
	struct notify_item item;
};

/* The entries of a contact. */
struct notify_group {
	size_t		 first, n;
	int64_t		 tried;		/* it failed then, or NOTIFY_NEVER */
	bool		 is_due, is_urgent;
};

struct notify_plan {
	struct notify_entry	*entries;	/* by contact and domain */
	size_t			 n;
	struct notify_group	*groups;	/* in order of telling */
	size_t			 ngroups;
	size_t			 nsurplus;	/* more than the file holds */
	struct ks_told		*before;	/* what was told, for entries */
};

/*
 * Make a plan.  In notified, times in the future are corrected, and troubles
 * that exist but for which a contact is no longer responsible are marked as
 * over.  Lines must not be removed from notified while the plan is used.
 *
 * Returns 0 or KS_E_NOMEM.  notify_plan_finish() frees it in either case.
 */
int	notify_plan_make(struct notify_plan *plan,
	    const struct notify_facts *facts, struct ks_notified *notified);
void	notify_plan_finish(struct notify_plan *plan);

/* What an entry is to its contact. */
enum notify_news notify_plan_news(const struct notify_entry *entry,
	    int64_t now);

/*
 * Enter in notified that the contact of a group was sent a notice with all its
 * entries now.  Returns 0, or KS_E_NOMEM.
 */
int	notify_plan_told(struct notify_plan *plan,
	    const struct notify_group *group, struct ks_notified *notified,
	    int64_t now);

#endif /* NOTIFY_PLAN_H */
