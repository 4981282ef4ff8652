/* SPDX-License-Identifier: ISC */

/*
 * Waiting for the mirror: see fleet_ask.h.
 *
 * The daemon says for how long to wait, and the same request is sent again.
 * What was told before the request stays with the daemon meanwhile.
 */

#include "command/fleet_ask.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "command/progress.h"

#define MAX_NAP_MS	1000

struct asking {
	void		(*each)(void *, const struct talk_message *);
	void		 *context;
	int64_t		  wait_ms;	/* -1: it was done */
	char		  why[256];
};

static void
take_answer(void *context, const struct talk_message *answer)
{
	struct asking *asking = context;

	if (answer->kind == TALK_WAITS) {
		asking->wait_ms = answer->ms;
		(void)strlcpy(asking->why, answer->text,
		    sizeof(asking->why));
	} else if (asking->each != NULL)
		asking->each(asking->context, answer);
}

int
fleet_ask(const struct tool *tool, struct talk *talk,
    const struct talk_message *request,
    void (*each)(void *, const struct talk_message *), void *context,
    struct ks_error *error)
{
	const unsigned int limit_s = tool->has_wait ? tool->wait_s :
	    FLEET_WAIT_S;
	const int64_t end_ms = monotonic_ms() + (int64_t)limit_s * 1000;
	struct asking asking = { .each = each, .context = context };
	struct progress progress;
	int r;

	progress_begin(&progress, true);
	for (;;) {
		asking.wait_ms = -1;
		r = talk_ask(talk, request, take_answer, &asking, error);
		if (r != 0 || asking.wait_ms == -1)
			break;
		if (monotonic_ms() + asking.wait_ms > end_ms) {
			(void)snprintf(error->text, sizeof(error->text),
			    "%s: gave up after %u s: '%s fleet list' shows "
			    "how far it is; run the command again when all "
			    "rows are taken, or with a longer -w", asking.why,
			    limit_s, tool->command);
			r = KS_E_LOCKED;
			break;
		}
		progress_show(&progress, "fleet: waiting: %s", asking.why);
		sleep_ms(asking.wait_ms > MAX_NAP_MS ? MAX_NAP_MS :
		    asking.wait_ms);
	}
	progress_clear(&progress);
	return r;
}
