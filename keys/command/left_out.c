/* SPDX-License-Identifier: ISC */

/*
 * The hosts of --without: see left_out.h.
 *
 * countersign-fleet knows the member list; case counts in names.  A run that
 * leaves out nobody by mistake would wait as before, and its caller would look
 * for the reason at that host.
 */

#include "command/left_out.h"

#include <err.h>
#include <string.h>

#include "talk/client.h"

struct left_out {
	const struct tool *tool;
	bool		 is_admitted[MAX_WITHOUT];
};

/* Called for each answer to "status". */
static void
take_host(void *context, const struct talk_message *answer)
{
	struct left_out *hosts = context;
	size_t i;

	if (answer->kind != TALK_HOST ||
	    strcmp(answer->state, "admitted") != 0)
		return;
	for (i = 0; i < hosts->tool->nwithout; i++)
		if (strcmp(hosts->tool->without[i], answer->name) == 0)
			hosts->is_admitted[i] = true;
}

static bool
check(const struct left_out *hosts, const char *self)
{
	const char *const *without = hosts->tool->without;
	size_t i;

	for (i = 0; i < hosts->tool->nwithout; i++) {
		if (strcmp(without[i], self) == 0)
			warnx("--without %s: this is that host: run it on "
			    "another one", self);
		else if (!hosts->is_admitted[i])
			warnx("--without %s: no admitted host has that name: "
			    "see '%s fleet list'", without[i],
			    hosts->tool->command);
		else
			continue;
		return false;
	}
	return true;
}

bool
left_out_check(const struct tool *tool)
{
	const struct talk_message request = { .kind = TALK_STATUS };
	struct left_out hosts = { .tool = tool };
	struct talk_message ready;
	struct ks_error error;
	struct talk *talk;
	int r;

	if (tool->nwithout == 0 || talk_open(&talk, tool->keydir,
	    TALK_ANSWER_S, &ready, &error) != 0)
		return true;
	r = talk_ask(talk, &request, take_host, &hosts, &error);
	talk_close(talk);
	return r != 0 || strcmp(ready.fleet, "-") == 0 ||
	    check(&hosts, ready.name);
}
