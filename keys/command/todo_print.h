/* SPDX-License-Identifier: ISC */

/*
 * The list of what waits for a person, for people and for programs.
 */

#ifndef TODO_PRINT_H
#define TODO_PRINT_H

#include "command/entry.h"
#include "command/tool.h"
#include "rotate/alarms.h"

enum todo_action {
	TODO_ADD_RECORD,
	TODO_ADD_CNAME,
	TODO_REVOKE,
	TODO_REMOVE,
	TODO_ACT		/* something else: the text says what */
};

/* One thing to do. */
struct todo_item {
	enum todo_action	 action;
	const char		*selector;	/* NULL: of the domain */
	const char		*stream;	/* of its key; NULL: none */
	enum dkimsig_algorithm	 algorithm;	/* with a selector */
	const char		*role;		/* of its key; NULL: no key */
	const struct alarm	*alarm;		/* why; NULL: a new key */
	int64_t			 since;
	const struct entry	*entry;		/* NULL for TODO_ACT */
	const char		*text;		/* why; may be "" */
};

/* The word for programs: "add-record", ...; static. */
const char *todo_action_word(enum todo_action action);

/* Zeroed but for tool: nothing was printed yet. */
struct todo_print {
	const struct tool	*tool;
	size_t			 nitems;
	/* What the headings are about. */
	bool			 has_contact;
	const char		*contact;	/* borrowed */
	const char		*domain;	/* of the last heading */
};

/* Print one thing to do for the domain of the view. */
void	todo_print_item(struct todo_print *print, const char *domain,
	    const struct domain_view *view, const struct todo_item *item);

/*
 * Print the end.
 *
 * nothers   problems at which rotation tries again
 */
void	todo_print_end(const struct todo_print *print, size_t nothers);

#endif /* TODO_PRINT_H */
