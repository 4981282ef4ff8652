/* SPDX-License-Identifier: ISC */

/*
 * Requests of people: entering a fleet, its members, marks of compromised keys,
 * and who has which key; see talk/protocol.h.
 *
 * What changes the fleet looks at the database first, and must wait while the
 * mirror is at work, between whose pages requests are served: the client asks
 * again.  A mark is taken at any time.
 */

#include "fleet/serve_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "membership/admit.h"
#include "membership/expel.h"
#include "membership/join.h"
#include "mirror/holdings.h"
#include "recovery/restore.h"
#include "writing/lease.h"
#include "writing/mark.h"
#include "writing/resign.h"

#define MAX_ATTEMPTS	5

static_assert(FLEET_HOLD_S / 60 == TALK_RESTORE_HOLD_MINUTES,
    "the client prints how long fleet restore holds changes of DNS");

/* Look at the database; NULL, or why nothing can be changed. */
static const char *
look(struct fleet_daemon *daemon)
{
	if (!daemon->is_in_fleet)
		return ks_fleet_absence(daemon->ks);
	fleet_daemon_look(daemon);
	return daemon->view == FLEET_VIEW_USED ? NULL : daemon->why;
}

/* Why a host of the fleet cannot enter it; NULL: it may, and checks that. */
static const char *
prepare(struct fleet_daemon *daemon, struct ks_error *error)
{
	struct fleet_marks marks;
	int r;

	if (!daemon->is_in_fleet)
		return NULL;
	/* What this process has seen would come back to the disk. */
	if ((r = fleet_marks_read(daemon->ks, &marks, error)) == KS_E_NOKEY)
		return ".fleet/marks was removed while countersign-fleet ran: "
		    "restart it, and run the same command again";
	if (r != 0)
		return error->text;
	if (fleet_members_find(&daemon->members, daemon->name) != NULL &&
	    !fleet_members_admits(&daemon->members, daemon->name))
		return "this host was expelled: see Another name in "
		    "countersign-fleet(8)";
	/* The numbers that it has seen are those of now. */
	fleet_daemon_look(daemon);
	return NULL;
}

/* Enter the fleet, and look at it at once. */
bool
fleet_serve_init(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	struct fleet_daemon *daemon = serving->daemon;
	const char *why, *anchor = strcmp(request->digest, "-") == 0 ? NULL :
	    request->digest;
	const bool was_in_fleet = daemon->is_in_fleet;
	struct ks_error error = { "" };
	int r;

	if (was_in_fleet && daemon->is_looking)
		return fleet_answer_mirroring(serving);
	fleet_begin_request(serving, "fleet init");
	if ((why = prepare(daemon, &error)) != NULL)
		return fleet_answer_text(serving, TALK_REFUSED, why);
	r = fleet_join(daemon->ks, daemon->db, daemon->name, anchor,
	    request->change, &error);
	if (r == 0 && !daemon->is_in_fleet) {
		r = fleet_daemon_load(daemon, &error);
		daemon->due_ms = 0;
	}
	if (r != 0)
		return fleet_answer_text(serving, TALK_REFUSED, error.text);
	if (was_in_fleet && daemon->view != FLEET_VIEW_USED)
		return fleet_answer_text(serving, TALK_REFUSED, daemon->why);
	return fleet_answer_host(serving, &daemon->host) &&
	    fleet_answer_fleet(serving) && fleet_answer_done(serving);
}

/* Another host may change the fleet at the same time: then look again. */
static bool
may_try_again(struct fleet_daemon *daemon, int r, unsigned int *nattempts)
{
	return r == KS_E_LOCKED && ++*nattempts < MAX_ATTEMPTS &&
	    look(daemon) == NULL;
}

/* What a member does; it must have looked at the database just now. */
bool
fleet_serve_admit(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	struct fleet_daemon *daemon = serving->daemon;
	struct ks_error error = { "" };
	char what[TALK_NAME_SIZE + 16];
	unsigned int nattempts = 0;
	const char *why;
	int r;

	if (daemon->is_looking)
		return fleet_answer_mirroring(serving);
	(void)snprintf(what, sizeof(what), "fleet admit %s", request->name);
	fleet_begin_request(serving, what);
	if ((why = look(daemon)) != NULL)
		return fleet_answer_text(serving, TALK_REFUSED, why);
	do
		r = fleet_admit(&daemon->mirror, request->name, request->text,
		    &error);
	while (may_try_again(daemon, r, &nattempts));
	if (r != 0)
		return fleet_answer_text(serving, TALK_REFUSED, error.text);
	return fleet_answer_host(serving, fleet_members_find(&daemon->members,
	    request->name)) && fleet_answer_fleet(serving) &&
	    fleet_answer_done(serving);
}

/* Called for each key that must be rotated. */
static int
answer_exposed(void *context, const char *domain, const char *selector)
{
	const struct fleet_serving *serving = context;
	struct talk_message message = { .kind = TALK_EXPOSED };

	(void)strlcpy(message.domain, domain, sizeof(message.domain));
	(void)strlcpy(message.selector, selector, sizeof(message.selector));
	return fleet_answer(serving, &message) ? 0 : KS_E_SYSTEM;
}

bool
fleet_serve_exposure(const struct fleet_serving *serving)
{
	struct fleet_daemon *daemon = serving->daemon;
	struct ks_error error = { "" };

	if (!daemon->is_in_fleet)
		return fleet_answer_text(serving, TALK_REFUSED,
		    ks_fleet_absence(daemon->ks));
	if (!fleet_members_admits(&daemon->members, daemon->name))
		return fleet_answer_text(serving, TALK_REFUSED,
		    FLEET_NOT_ADMITTED);
	if (fleet_each_exposed(&daemon->mirror, answer_exposed,
	    (void *)(uintptr_t)serving, &error) != 0)
		return fleet_answer_text(serving, TALK_REFUSED, error.text);
	return fleet_answer_done(serving);
}

/*
 * The list has changed: sign rows again, and name the keys.  The client may be
 * gone, so all is done before it is told anything; what is left of expelling
 * the host, or NULL, last of all.
 */
static bool
follow_expulsion(const struct fleet_serving *serving, const char *name,
    const char *left)
{
	struct fleet_daemon *daemon = serving->daemon;
	struct talk_message message = { .kind = TALK_RESIGNED };
	struct ks_error error = { "" }, why = { "" };
	size_t n = 0;
	int r, exposed;

	r = fleet_resign(&daemon->mirror, name, &n, &why);
	if (r == 0 || r == KS_E_DAMAGED) {
		log_info(M_FLEET_RESIGNED, "%zu row%s of %s signed again by "
		    "this host", n, n == 1 ? "" : "s", name);
		/* Rows of this host are news to it, too. */
		fleet_daemon_look(daemon);
	}
	if (!fleet_answer_host(serving, fleet_members_find(&daemon->members,
	    name)) || !fleet_answer_fleet(serving))
		return false;
	exposed = fleet_each_exposed(&daemon->mirror, answer_exposed,
	    (void *)(uintptr_t)serving, &error);
	/* What is damaged hinders neither the other keys nor their rows. */
	if (exposed != 0 && exposed != KS_E_DAMAGED)
		return fleet_answer_text(serving, TALK_REFUSED, error.text);
	if (r != 0 && r != KS_E_DAMAGED)
		return fleet_answer_text(serving, TALK_REFUSED, why.text);
	message.change = (int64_t)n;
	if (!fleet_answer(serving, &message))
		return false;
	if (left == NULL && r != 0)
		left = why.text;
	return left == NULL ? fleet_answer_done(serving) :
	    fleet_answer_text(serving, TALK_REFUSED, left);
}

/* Whether the list says so, and this host can do what follows. */
static bool
is_expelled(const struct fleet_daemon *daemon, const char *name)
{
	const struct fleet_host *host = fleet_members_find(&daemon->members,
	    name);

	return host != NULL && host->is_expelled &&
	    fleet_members_admits(&daemon->members, daemon->name);
}

bool
fleet_serve_expel(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	struct fleet_daemon *daemon = serving->daemon;
	struct ks_error error = { "" };
	char what[TALK_NAME_SIZE + 16];
	unsigned int nattempts = 0;
	const char *why;
	int r;

	if (daemon->is_looking)
		return fleet_answer_mirroring(serving);
	(void)snprintf(what, sizeof(what), "fleet expel %s", request->name);
	fleet_begin_request(serving, what);
	if ((why = look(daemon)) != NULL)
		return fleet_answer_text(serving, TALK_REFUSED, why);
	do
		r = fleet_expel(&daemon->mirror, request->name, &error);
	while (may_try_again(daemon, r, &nattempts));
	if (r != 0 && !is_expelled(daemon, request->name))
		return fleet_answer_text(serving, TALK_REFUSED, error.text);
	return follow_expulsion(serving, request->name, r == 0 ? NULL :
	    error.text);
}

bool
fleet_serve_restore(const struct fleet_serving *serving)
{
	struct fleet_daemon *daemon = serving->daemon;
	struct talk_message message = { .kind = TALK_RESTORED };
	struct fleet_restored restored;
	struct ks_error error = { "" };
	int r;

	if (daemon->is_looking)
		return fleet_answer_mirroring(serving);
	fleet_begin_request(serving, "fleet restore");
	if (!daemon->is_in_fleet)
		return fleet_answer_text(serving, TALK_REFUSED,
		    ks_fleet_absence(daemon->ks));
	r = fleet_restore(&daemon->mirror, &restored, &error);
	if (r != 0 && r != KS_E_DAMAGED)
		return fleet_answer_text(serving, TALK_REFUSED, error.text);
	log_info(M_FLEET_RESTORED, "%zu rows and %zu member lists written "
	    "back to database %s, which has change %lld now", restored.nrows,
	    restored.nlists, fleet_db_server(daemon->db),
	    (long long)restored.change);
	message.change = (int64_t)restored.nrows;
	message.version = (int64_t)restored.nlists;
	daemon->sweep_ms = 0;
	/* What is still so, this look tells again. */
	daemon->alarms->n = 0;
	fleet_daemon_look(daemon);
	if (r != 0)
		return fleet_answer_text(serving, TALK_REFUSED, error.text);
	return fleet_answer(serving, &message) &&
	    fleet_answer_fleet(serving) && fleet_answer_done(serving);
}

/* Whether the database does not have a mark. */
static bool
is_pending(const struct fleet_daemon *daemon,
    const struct talk_message *request)
{
	const struct fleet_pending *pending = &daemon->mirror.pending;
	size_t i;

	for (i = 0; i < pending->n; i++)
		if (strcmp(pending->list[i].domain, request->domain) == 0 &&
		    strcmp(pending->list[i].selector,
		    request->selector) == 0)
			return true;
	return false;
}

/* Two looks: the first writes the row, the second takes it. */
static void
push_mark(struct fleet_daemon *daemon, const struct talk_message *request)
{
	if (daemon->is_looking || !daemon->is_in_fleet)
		return;
	fleet_daemon_look(daemon);
	if (daemon->view == FLEET_VIEW_USED && !daemon->mirror.is_held_up &&
	    is_pending(daemon, request))
		fleet_daemon_look(daemon);
}

/* What the database has of a mark that is kept here. */
static const char *
find_progress(const struct fleet_daemon *daemon, bool is_taken)
{
	if (is_taken)
		return "the database has the mark";
	if (!daemon->is_in_fleet)
		return ks_fleet_absence(daemon->ks);
	if (daemon->view != FLEET_VIEW_USED)
		return daemon->why;
	if (daemon->mirror.is_held_up)
		return "another session of the database holds a lock: it is "
		    "written when that is free: see Locks in "
		    "countersign-fleet(8)";
	return daemon->is_looking ? "the next look at the database writes it" :
	    "the database does not have the mark: if 'countersign-key fleet "
	    "list' names the key as ignored, the other hosts cannot hear of "
	    "it, and see in DNS that it is revoked";
}

bool
fleet_serve_mark(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	struct fleet_daemon *daemon = serving->daemon;
	struct talk_message marked = { .kind = TALK_MARKED };
	const struct fleet_host *host;
	struct ks_error error = { "" };
	int r;

	if (!daemon->can_end)
		return fleet_answer_text(serving, TALK_REFUSED,
		    ks_fleet_absence(daemon->ks));
	host = fleet_members_find(&daemon->members, daemon->name);
	if (host != NULL && host->is_expelled)
		return fleet_answer_text(serving, TALK_REFUSED,
		    FLEET_PENDING_EXPELLED);
	log_warnx(M_FLEET_MARKED, "key %s of %s: marked as compromised; this "
	    "host ends it", request->selector, request->domain);
	r = fleet_mark(&daemon->mirror, request->domain, request->selector,
	    &error);
	/* Who asks waits for the lock, and changes the state by the mark. */
	if (r != 0 && r != KS_E_LOCKED)
		return fleet_answer_text(serving, TALK_REFUSED, error.text);
	push_mark(daemon, request);
	marked.is_taken = !is_pending(daemon, request);
	marked.text = r == KS_E_LOCKED ? error.text :
	    find_progress(daemon, marked.is_taken);
	return fleet_answer(serving, &marked) && fleet_answer_done(serving);
}

/* What answer_key() needs. */
struct key_answers {
	const struct fleet_serving	*serving;
	bool			 is_sent;
};

/* Called for each key and host. */
static void
answer_key(void *context, const struct fleet_holding *holding)
{
	struct key_answers *answers = context;
	struct talk_message message = {
		.kind = TALK_KEY, .is_taken = holding->is_taken,
		.last = holding->is_reported ? holding->last : TALK_UNKNOWN,
		.text = holding->why
	};

	(void)strlcpy(message.selector, holding->selector,
	    sizeof(message.selector));
	(void)strlcpy(message.name, holding->host, sizeof(message.name));
	if (answers->is_sent)
		answers->is_sent = fleet_answer(answers->serving, &message);
}

bool
fleet_serve_keys(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	struct fleet_daemon *daemon = serving->daemon;
	struct key_answers answers = { serving, true };
	struct ks_error error;

	if (!daemon->is_in_fleet)
		return fleet_answer_text(serving, TALK_REFUSED,
		    ks_fleet_absence(daemon->ks));
	if (fleet_holdings(&daemon->mirror, request->domain, answer_key,
	    &answers, &error) != 0)
		return answers.is_sent && fleet_answer_text(serving,
		    TALK_REFUSED, error.text);
	return answers.is_sent && fleet_answer_done(serving);
}
