/* SPDX-License-Identifier: ISC */

/*
 * The words of the page: see words.h.
 *
 * The words themselves are those of 'countersign-doctor summary', so that who
 * reads both finds the same word for the same thing.
 */

#include "page/words.h"

const enum logged_action action_order[LOGGED_NACTIONS] = {
	LOGGED_SIGNED, LOGGED_PASSED, LOGGED_TEMPFAILED, LOGGED_QUARANTINED,
	LOGGED_REJECTED
};

static const char *const meanings[LOGGED_NACTIONS] = {
	[LOGGED_SIGNED] =
	    "The tenant was proven, and the message has our signature.",
	[LOGGED_PASSED] =
	    "The message went on without our signature: no source has its "
	    "author domain, or the source lets such mail pass.",
	[LOGGED_TEMPFAILED] =
	    "Something could not be found out at that time; the sender tries "
	    "again.",
	[LOGGED_QUARANTINED] =
	    "The message waits in the hold queue until somebody looks at "
	    "it.",
	[LOGGED_REJECTED] =
	    "The message claims to be ours, and what would prove it is not "
	    "there.",
};

const char *
words_meaning(enum logged_action action)
{
	return meanings[action];
}
