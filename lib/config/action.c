/* SPDX-License-Identifier: ISC */

/*
 * Names of actions: see action.h.
 *
 * One table with two words for each action: what to do, and what was done.
 * Every value of the enum has a row; nothing can fail.
 */

#include "config/action.h"

static const struct {
	const char	*name, *done;
} words[] = {
	[ACTION_UNDECIDED]	= { "undecided",	"undecided" },
	[ACTION_PASS]		= { "pass",		"passed" },
	[ACTION_TEMPFAIL]	= { "tempfail",		"tempfailed" },
	[ACTION_QUARANTINE]	= { "quarantine",	"quarantined" },
	[ACTION_REJECT]		= { "reject",		"rejected" },
	[ACTION_SIGN]		= { "sign",		"signed" },
};

const char *
action_name(enum action action)
{
	return words[action].name;
}

const char *
action_done(enum action action)
{
	return words[action].done;
}

bool
action_delivers(enum action action)
{
	return action == ACTION_PASS || action == ACTION_SIGN;
}
