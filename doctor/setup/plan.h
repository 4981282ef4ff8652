/* SPDX-License-Identifier: ISC */

/*
 * What setup would change: a list of changes, each with what is there now and
 * what will be.
 *
 * A plan is made without changing anything, shown, and carried out in its
 * order; what is already as it should be is not in it.
 */

#ifndef SETUP_PLAN_H
#define SETUP_PLAN_H

#include <sys/queue.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdio.h>

enum change_kind {
	CHANGE_DIRECTORY,	/* place: its path */
	CHANGE_FILE,		/* place: its path */
	CHANGE_KEYS,		/* place: a domain without keys */
	CHANGE_UNIT,		/* place: a unit of systemd */
	CHANGE_SETTING		/* place: directory of main.cf; name */
};

/* Owner and mode of a file or directory that is made. */
struct change_access {
	uid_t	uid;
	gid_t	gid;
	mode_t	mode;
};

struct change {
	TAILQ_ENTRY(change) entry;
	enum change_kind kind;
	char		*place;
	char		*name;		/* of a setting; else NULL */
	/*
	 * The text of a file, the value of a setting as main.cf has it,
	 * "enabled" or "disabled" of a unit, "" of a directory; NULL: not
	 * there.
	 */
	char		*before, *after;
	/* In the ledger: what setup had put there before; NULL: nothing. */
	char		*previous;
	struct change_access access;
	bool		 is_secret;	/* the text is not shown */
};

TAILQ_HEAD(changes, change);

struct plan {
	struct changes	 changes;
	bool		 no_memory;	/* a change is missing */
};

void	plan_init(struct plan *plan);
void	plan_finish(struct plan *plan);

/*
 * Add a change at the end; texts are copied, and name and before may be NULL.
 * Does nothing if before and after are equal.  Returns NULL then, and when out
 * of memory, which is noted in the plan.
 */
struct change *plan_add(struct plan *plan, enum change_kind kind,
	    const char *place, const char *name, const char *before,
	    const char *after);

/* The change of a place; NULL if there is none. */
const struct change *plan_find(const struct plan *plan, enum change_kind kind,
	    const char *place);

/* Whether two texts, either of which may be NULL, are the same. */
bool	plan_is_same(const char *a, const char *b);

struct change *change_new(enum change_kind kind, const char *place,
	    const char *name, const char *before, const char *after);
void	change_free(struct change *change);

/* Show what would change: the difference of files, and a line for the rest. */
void	plan_print(const struct plan *plan, bool colours, FILE *out);
void	change_print(const struct change *change, bool colours, FILE *out);

#endif /* SETUP_PLAN_H */
