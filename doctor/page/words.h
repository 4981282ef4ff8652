/* SPDX-License-Identifier: ISC */

/*
 * What was done with a message, as the page tells it.  The word for people is
 * summary_heading() of report/summary.h, and the class of its colour in the
 * style sheet is decision_action_name() of journal/decision.h.
 */

#ifndef PAGE_WORDS_H
#define PAGE_WORDS_H

#include "journal/decision.h"

/* In the order of tables and charts: signed first, rejected last. */
extern const enum logged_action action_order[LOGGED_NACTIONS];

/* What the word means, in a sentence. */
const char *words_meaning(enum logged_action action);

#endif /* PAGE_WORDS_H */
