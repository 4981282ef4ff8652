/* SPDX-License-Identifier: ISC */

/*
 * Print the actions and what they do to a message, as "reject rejected".
 */

#include <stdio.h>

#include "config/action.h"

int
main(void)
{
	enum action action;

	for (action = ACTION_PASS; action <= ACTION_SIGN; action++)
		(void)printf("%s %s\n", action_name(action),
		    action_done(action));
	return 0;
}
