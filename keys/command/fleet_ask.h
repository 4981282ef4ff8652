/* SPDX-License-Identifier: ISC */

/*
 * Asking countersign-fleet for what has to wait while it mirrors the database.
 */

#ifndef FLEET_ASK_H
#define FLEET_ASK_H

#include "command/tool.h"
#include "talk/client.h"

#define FLEET_WAIT_S	600	/* for the mirror, without -w */

/*
 * As talk_ask(), but wait, with a line on the terminal, while the mirror is at
 * work.  Also returns KS_E_LOCKED if it still is at the end of the wait.
 */
int	fleet_ask(const struct tool *tool, struct talk *talk,
	    const struct talk_message *request,
	    void (*each)(void *context, const struct talk_message *answer),
	    void *context, struct ks_error *error);

#endif /* FLEET_ASK_H */
