/* SPDX-License-Identifier: ISC */

/*
 * Asking countersign-fleet what its hosts have: see holdings.h.
 *
 * The threads of a run share the connection.  One that failed is opened again
 * for the next domain, since the daemon may have been restarted.
 */

#include "rotate/holdings.h"

#include <stdlib.h>
#include <string.h>

#include "rotate/context.h"
#include "talk/client.h"

static bool
is_left_out(const struct rotation_run *run, const char *host)
{
	size_t i;

	for (i = 0; i < run->nwithout; i++)
		if (strcmp(run->without[i], host) == 0)
			return true;
	return false;
}

/* While answers are read. */
struct asking {
	struct view_holdings	*holdings;
	const struct rotation_run *run;
	bool			 is_short;	/* of memory */
};

static bool
has_host(const struct view_holdings *holdings, const char *host)
{
	size_t i;

	for (i = 0; i < holdings->nhosts; i++)
		if (strcmp(holdings->hosts[i], host) == 0)
			return true;
	return false;
}

/* Make room for one more of both, as no more hosts than answers can come. */
static bool
make_room(struct view_holdings *holdings)
{
	const size_t size = holdings->size == 0 ? 16 : holdings->size * 2;
	void *list, *hosts;

	if (holdings->n < holdings->size)
		return true;
	list = reallocarray(holdings->list, size, sizeof(*holdings->list));
	if (list != NULL)
		holdings->list = list;
	hosts = reallocarray(holdings->hosts, size, sizeof(*holdings->hosts));
	if (hosts != NULL)
		holdings->hosts = hosts;
	if (list == NULL || hosts == NULL)
		return false;
	holdings->size = size;
	return true;
}

/* Called for each answer. */
static void
take_answer(void *context, const struct talk_message *answer)
{
	struct asking *asking = context;
	struct view_holdings *holdings = asking->holdings;
	struct view_holding *one;

	if (answer->kind != TALK_KEY ||
	    strcmp(answer->name, asking->run->fleet_self) == 0 ||
	    is_left_out(asking->run, answer->name))
		return;
	if (!make_room(holdings)) {
		asking->is_short = true;
		return;
	}
	if (!has_host(holdings, answer->name))
		(void)strlcpy(holdings->hosts[holdings->nhosts++],
		    answer->name, sizeof(*holdings->hosts));
	one = &holdings->list[holdings->n++];
	memset(one, 0, sizeof(*one));
	(void)strlcpy(one->selector, answer->selector,
	    sizeof(one->selector));
	(void)strlcpy(one->host, answer->name, sizeof(one->host));
	one->is_taken = answer->is_taken;
	one->is_reported = answer->last != TALK_UNKNOWN;
	one->last = one->is_reported ? answer->last : KS_NEVER;
	(void)strlcpy(one->why, answer->text, sizeof(one->why));
}

static int
connect_to(struct rotation_run *run, struct ks_error *error)
{
	struct talk_message ready;
	int r;

	if (run->asker != NULL)
		return 0;
	r = talk_open(&run->asker, run->keydir, run->answer_s, &ready, error);
	if (r == 0)
		(void)strlcpy(run->fleet_self, ready.name,
		    sizeof(run->fleet_self));
	return r;
}

void
view_holdings_ask(struct view_holdings *holdings, struct rotation_run *run,
    const char *domain)
{
	struct talk_message request = { .kind = TALK_KEYS };
	struct asking asking = { holdings, run, false };
	struct ks_error error = { "" };
	int r;

	view_holdings_finish(holdings);
	(void)strlcpy(request.domain, domain, sizeof(request.domain));
	(void)pthread_mutex_lock(&run->mutex);
	r = connect_to(run, &error);
	if (r == 0)
		r = talk_ask(run->asker, &request, take_answer, &asking,
		    &error);
	if (r != 0 && r != KS_E_EXISTS) {
		talk_close(run->asker);
		run->asker = NULL;
	}
	(void)pthread_mutex_unlock(&run->mutex);
	if (r == 0 && asking.is_short)
		(void)strlcpy(error.text, "out of memory",
		    sizeof(error.text));
	if (r != 0 || asking.is_short) {
		view_holdings_finish(holdings);
		(void)strlcpy(holdings->fault, error.text,
		    sizeof(holdings->fault));
	}
}

void
view_holdings_finish(struct view_holdings *holdings)
{
	free(holdings->list);
	free(holdings->hosts);
	memset(holdings, 0, sizeof(*holdings));
}

const struct view_holding *
view_holdings_find(const struct view_holdings *holdings, const char *host,
    const char *selector)
{
	size_t i;

	for (i = 0; i < holdings->n; i++)
		if (strcmp(holdings->list[i].host, host) == 0 &&
		    strcmp(holdings->list[i].selector, selector) == 0)
			return &holdings->list[i];
	return NULL;
}
