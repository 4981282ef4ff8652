/* SPDX-License-Identifier: ISC */

/*
 * The words of the page: see words.h.
 *
 * They are those of 'countersign-doctor summary', so that who reads both finds
 * the same word for the same thing.
 */

#include "page/words.h"

const enum logged_action action_order[LOGGED_NACTIONS] = {
	LOGGED_SIGNED, LOGGED_PASSED, LOGGED_TEMPFAILED, LOGGED_QUARANTINED,
	LOGGED_REJECTED
};

static const struct action_words words[LOGGED_NACTIONS] = {
	[LOGGED_SIGNED] = { "signed", "signed",
	    "The tenant was proven, and the message has our signature." },
	[LOGGED_PASSED] = { "unsigned", "passed",
	    "The message went on without our signature: no source has its "
	    "author domain, or the source lets such mail pass." },
	[LOGGED_TEMPFAILED] = { "deferred", "tempfailed",
	    "Something could not be found out at that time; the sender tries "
	    "again." },
	[LOGGED_QUARANTINED] = { "held", "quarantined",
	    "The message waits in the hold queue until somebody looks at "
	    "it." },
	[LOGGED_REJECTED] = { "rejected", "rejected",
	    "The message claims to be ours, and what would prove it is not "
	    "there." },
};

const struct action_words *
words_of(enum logged_action action)
{
	return &words[action];
}
