/* SPDX-License-Identifier: ISC */

/*
 * Changing the keys of a fleet: see lease.h.
 *
 * One connection to countersign-fleet(8), which has the lease for as long as
 * that is open; threads take turns.  A failure is the caller's: a step that
 * cannot be noted is not taken, and a state that the database did not take is
 * not written, so the next run begins from what there is.
 *
 * The lease is lost if this host or process is stopped, if the database is
 * away, or if a host is admitted or expelled.  Each time that it is taken again
 * is a new term, in which other hosts may have to be waited for: so work on a
 * domain that was locked in an earlier term writes nothing, and the next domain
 * begins in the new one.
 */

#include "command/lease.h"

#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "command/lease_private.h"
#include "config/config.h"
#include "rotate/context.h"
#include "store/master.h"

#define KEEP_MS		60000	/* at most, between two requests */
#define MAX_NAP_MS	10000	/* a waiting holder renews its lease, too */
#define PATIENCE_MS	15000	/* of a command with a domain locked */

int
lease_fail(struct ks_error *error, int code, const char *text)
{
	(void)snprintf(error->text, sizeof(error->text), "fleet: %.1000s",
	    text);
	return code;
}

/* -- Asking --------------------------------------------------------------- */

/*
 * A connection that failed is closed when no change of DNS is under way: its
 * end tells the daemon that none is begun any more.
 */
static void
drop(struct lease *lease)
{
	lease->is_taken = false;
	lease->is_broken = lease->nchanging > 0;
	if (lease->is_broken)
		return;
	talk_close(lease->talk);
	lease->talk = NULL;
}

int
lease_ask(struct lease *lease, const struct talk_message *request,
    void (*each)(void *, const struct talk_message *), void *context,
    struct ks_error *error)
{
	struct talk_message ready;
	struct ks_error why;
	int r = 0;

	if (lease->is_broken)
		return lease_fail(error, KS_E_SYSTEM, "the connection to "
		    "countersign-fleet failed");
	if (lease->talk == NULL)
		r = talk_open(&lease->talk, lease->keydir, lease->answer_s,
		    &ready, &why);
	if (r == 0)
		r = talk_ask(lease->talk, request, each, context, &why);
	if (r == 0)
		return 0;
	/* Refused, maybe because the lease was lost. */
	lease->is_doubtful = true;
	/* A new connection does not have the lease. */
	if (r != KS_E_EXISTS)
		drop(lease);
	return lease_fail(error, r == KS_E_EXISTS ? KS_E_ARG : KS_E_SYSTEM,
	    why.text);
}

/* Send a part of a request, if there is one. */
int
lease_tell(struct lease *lease, enum talk_kind kind, const char *text,
    struct ks_error *error)
{
	const struct talk_message part = { .kind = kind, .text = text };
	struct ks_error why;

	if (text == NULL)
		return 0;
	if (lease->is_broken)
		return lease_fail(error, KS_E_SYSTEM, "the connection to "
		    "countersign-fleet failed");
	if (talk_tell(lease->talk, &part, &why) == 0)
		return 0;
	return lease_fail(error, KS_E_SYSTEM, why.text);
}

/* -- The lease ------------------------------------------------------------ */

/* Called for each answer to "lease". */
static void
take_answer(void *context, const struct talk_message *answer)
{
	struct lease *lease = context;
	struct lease_intent *intents;

	switch (answer->kind) {
	case TALK_LEASED:
		lease->is_taken = true;
		break;
	case TALK_WAITS:
		lease->wait_ms = answer->ms > 0 ? answer->ms : 1;
		(void)strlcpy(lease->why, answer->text, sizeof(lease->why));
		break;
	case TALK_HELD:
		(void)strlcpy(lease->holder, answer->name,
		    sizeof(lease->holder));
		lease->wait_ms = answer->ms;
		break;
	case TALK_INTENT:
		intents = recallocarray(lease->intents, lease->nintents,
		    lease->nintents + 1, sizeof(*intents));
		if (intents == NULL)
			break;	/* it stays open */
		lease->intents = intents;
		intents += lease->nintents++;
		intents->id = answer->id;
		memcpy(intents->domain, answer->domain,
		    sizeof(intents->domain));
		memcpy(intents->selector, answer->selector,
		    sizeof(intents->selector));
		break;
	default:
		break;
	}
}

/* Ask for it once: is_taken, holder or wait_ms and why say what came of it. */
static int
ask_lease(struct lease *lease, struct ks_error *error)
{
	const struct talk_message request = { .kind = TALK_LEASE };
	const bool was_taken = lease->is_taken;
	int r;

	lease->is_taken = lease->is_doubtful = false;
	lease->wait_ms = 0;
	lease->holder[0] = '\0';
	lease->nintents = 0;
	lease->asked_ms = monotonic_ms();
	r = lease_ask(lease, &request, take_answer, lease, error);
	/* The daemon tells the loss of a lease before it takes the next one. */
	if (lease->is_taken && !was_taken)
		lease->term++;
	return r;
}

/* Ask until it is taken, or held by another host, or patience_ms are over. */
static int
await_lease(struct lease *lease, int64_t patience_ms, struct ks_error *error)
{
	const int64_t end_ms = monotonic_ms() + patience_ms;
	bool is_told = false;
	char text[512];
	int r;

	while ((r = ask_lease(lease, error)) == 0 && !lease->is_taken &&
	    lease->holder[0] == '\0') {
		(void)snprintf(text, sizeof(text), "the lease cannot be used "
		    "for %lld s yet: %.400s",
		    (long long)(lease->wait_ms + 999) / 1000, lease->why);
		if (monotonic_ms() + lease->wait_ms > end_ms)
			return lease_fail(error, KS_E_LOCKED, text);
		if (!is_told && lease->wait_ms > MAX_NAP_MS)
			warnx("fleet: %.1000s", text);
		is_told |= lease->wait_ms > MAX_NAP_MS;
		sleep_ms(lease->wait_ms > MAX_NAP_MS ? MAX_NAP_MS :
		    lease->wait_ms);
	}
	return r;
}

/* Have the lease, before a domain is locked. */
static int
need_lease(struct lease *lease, struct ks_error *error)
{
	char text[256];
	int r;

	if (lease->is_taken && (!lease->is_doubtful ||
	    (ask_lease(lease, error) == 0 && lease->is_taken)))
		return 0;
	if ((r = await_lease(lease, PATIENCE_MS, error)) != 0 ||
	    lease->is_taken)
		return r;
	(void)snprintf(text, sizeof(text), "%s is changing the keys of the "
	    "fleet: try again when it has finished, or in %lld s at the "
	    "latest", lease->holder, (long long)(lease->wait_ms + 999) / 1000);
	return lease_fail(error, KS_E_LOCKED, text);
}

int
lease_in_term(const struct lease *lease, int64_t term, struct ks_error *error)
{
	if (lease->is_taken && lease->term == term)
		return 0;
	return lease_fail(error, KS_E_LOCKED, "the lease was lost in the "
	    "middle of this change, so hosts may have been admitted since: "
	    "run the command again");
}

enum lease_end
lease_take(const struct tool *tool, struct rotation_run *run)
{
	struct lease *lease = tool->lease;
	struct ks_error error;
	int r;

	if (lease == NULL)
		return LEASE_TAKEN;
	(void)pthread_mutex_lock(&lease->mutex);
	r = await_lease(lease, INT64_MAX / 2, &error);
	(void)pthread_mutex_unlock(&lease->mutex);
	if (r == 0 && !lease->is_taken) {
		warnx("fleet: %s holds the lease, and rotates the keys: "
		    "nothing is done here", lease->holder);
		return LEASE_HELD;
	}
	if (r == 0)
		r = lease_settle(lease, run, NULL, &error);
	if (r == 0)
		return LEASE_TAKEN;
	warnx("%s", error.text);
	return LEASE_FAILED;
}

int
lease_begin(const struct tool *tool, struct rotation_run *run,
    const char *domain, struct ks_error *error)
{
	struct lease *lease = tool->lease;
	int r;

	if (lease == NULL)
		return 0;
	(void)pthread_mutex_lock(&lease->mutex);
	r = need_lease(lease, error);
	(void)pthread_mutex_unlock(&lease->mutex);
	return r != 0 || run == NULL ? r : lease_settle(lease, run, domain,
	    error);
}

bool
lease_try(const struct tool *tool)
{
	struct lease *lease = tool->lease;
	struct ks_error error;
	int r;

	if (lease == NULL)
		return true;
	(void)pthread_mutex_lock(&lease->mutex);
	lease->answer_s = tool->answer_s;
	r = need_lease(lease, &error);
	(void)pthread_mutex_unlock(&lease->mutex);
	if (r != 0)
		warnx("%s", error.text);
	return r == 0;
}

bool
lease_was_refused(const struct tool *tool)
{
	return tool->lease != NULL && tool->lease->was_refused;
}

void
lease_keep(const struct tool *tool)
{
	struct lease *lease = tool->lease;
	struct ks_error error;

	/* Whoever has the mutex is asking for something just now. */
	if (lease == NULL || pthread_mutex_trylock(&lease->mutex) != 0)
		return;
	if (lease->is_taken && monotonic_ms() - lease->asked_ms >= KEEP_MS)
		(void)ask_lease(lease, &error);
	(void)pthread_mutex_unlock(&lease->mutex);
}

static int
enter(void *context, struct ks_error *error)
{
	struct lease *lease = context;
	int r;

	(void)pthread_mutex_lock(&lease->mutex);
	r = need_lease(lease, error);
	(void)pthread_mutex_unlock(&lease->mutex);
	return r;
}

/* -- Changes of DNS ------------------------------------------------------- */

static void
take_begun(void *context, const struct talk_message *answer)
{
	struct lease *lease = context;

	if (answer->kind != TALK_BEGUN)
		return;
	lease->begun = answer->id;
	lease->until_ms = answer->ms;
}

static int
ask_begin(struct lease *lease, const struct rotation_intent *intent,
    struct ks_error *error)
{
	struct talk_message request = {
		.kind = TALK_BEGIN, .ms = intent->span_ms
	};
	int r;

	(void)strlcpy(request.domain, intent->domain, sizeof(request.domain));
	(void)strlcpy(request.selector, intent->selector,
	    sizeof(request.selector));
	(void)strlcpy(request.record, intent->record, sizeof(request.record));
	lease->begun = -1;
	lease->until_ms = 0;
	if ((r = lease_in_term(lease, intent->term, error)) != 0 ||
	    (r = lease_tell(lease, TALK_WAS, intent->was, error)) != 0 ||
	    (r = lease_tell(lease, TALK_WANTED, intent->wanted, error)) != 0 ||
	    (r = lease_ask(lease, &request, take_begun, lease, error)) != 0)
		return r;
	return lease->begun >= 0 && lease->until_ms > 0 ? 0 : lease_fail(error,
	    KS_E_ARG, "an answer without a number: restart "
	    "countersign-fleet");
}

static int
begin(void *context, struct rotation_intent *intent, struct ks_error *error)
{
	struct lease *lease = context;
	int r;

	(void)pthread_mutex_lock(&lease->mutex);
	r = ask_begin(lease, intent, error);
	intent->id = lease->begun;
	intent->until_ms = lease->until_ms;
	if (r == 0)
		lease->nchanging++;
	else
		lease->was_refused = true;
	(void)pthread_mutex_unlock(&lease->mutex);
	return r;
}

/* If it cannot be noted, the next holder of the lease finds out. */
static void
end(void *context, const struct rotation_intent *intent, const char *outcome)
{
	struct lease *lease = context;
	const struct talk_message request = {
		.kind = TALK_END, .id = intent->id, .state = outcome
	};
	struct ks_error error;

	(void)pthread_mutex_lock(&lease->mutex);
	lease->nchanging--;
	if (lease->is_broken)
		drop(lease);
	else if (lease->is_taken && lease->term == intent->term &&
	    lease_ask(lease, &request, NULL, NULL,
	    &error) != 0)
		warnx("%s", error.text);
	(void)pthread_mutex_unlock(&lease->mutex);
}

int
lease_settled(struct lease *lease, int64_t id, struct ks_error *error)
{
	const struct talk_message request = {
		.kind = TALK_SETTLED, .id = id
	};
	int r;

	(void)pthread_mutex_lock(&lease->mutex);
	r = lease_ask(lease, &request, NULL, NULL, error);
	(void)pthread_mutex_unlock(&lease->mutex);
	return r;
}

/* -- Set-up --------------------------------------------------------------- */

bool
lease_attach(struct tool *tool)
{
	struct lease *lease;

	if (tool->config == NULL || tool->config->fleet_database == NULL ||
	    !tool_keydir_is_configured(tool) || !ks_is_in_fleet(tool->ks))
		return true;
	if ((lease = calloc(1, sizeof(*lease))) == NULL) {
		warn(NULL);
		return false;
	}
	(void)pthread_mutex_init(&lease->mutex, NULL);
	lease->keydir = tool->keydir;
	lease->answer_s = tool->answer_s;
	lease_master(lease);
	lease->rotation = (struct rotation_lease){
		enter, begin, end, lease
	};
	tool->lease = lease;
	ks_set_master(tool->ks, &lease->master);
	return true;
}

void
lease_use(const struct tool *tool, struct rotation_run *run)
{
	if (tool->lease != NULL)
		run->lease = &tool->lease->rotation;
}

void
lease_detach(struct tool *tool)
{
	const struct talk_message request = { .kind = TALK_RELEASE };
	struct lease *lease = tool->lease;
	struct ks_error error;

	if (lease == NULL)
		return;
	if (lease->talk != NULL)
		(void)lease_ask(lease, &request, NULL, NULL, &error);
	ks_set_master(tool->ks, NULL);
	talk_close(lease->talk);
	(void)pthread_mutex_destroy(&lease->mutex);
	free(lease->intents);
	free(lease);
	tool->lease = NULL;
}
