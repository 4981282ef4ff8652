/* SPDX-License-Identifier: ISC */

/*
 * The words of the page for what was done with a message, and their classes in
 * the style sheet: one place for tables, charts and legends.
 */

#ifndef PAGE_WORDS_H
#define PAGE_WORDS_H

#include "journal/decision.h"

struct action_words {
	const char	*name;		/* "deferred" */
	const char	*class;		/* of its colour */
	const char	*meaning;	/* a sentence */
};

/* In the order of tables and charts: signed first, refused last. */
extern const enum logged_action action_order[LOGGED_NACTIONS];

const struct action_words *words_of(enum logged_action action);

#endif /* PAGE_WORDS_H */
