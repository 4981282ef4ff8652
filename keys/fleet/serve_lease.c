/* SPDX-License-Identifier: ISC */

/*
 * The requests with which countersign-key rotates keys: see talk/protocol.h.
 *
 * One client at a time uses the lease of this host.  It is renewed only when
 * the client asks for something, so a client that was stopped loses it.  When
 * the client's connection ends, the lease is given back.  A client keeps its
 * connection while it changes DNS, so it was killed if it has begun a change
 * and not ended it: then the next holder waits for that one.
 *
 * What a client asks for was decided under the lease that it was told it has.
 * A lease that was taken again is another one, since a host may have been
 * admitted in between: the client is told of the loss before it gets the next.
 */

#include "fleet/serve_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "writing/keys.h"

#define BUSY_MS	1000	/* to wait for another client */
#define LOST	"the lease was not taken, or was lost"

static bool
refuse(const struct fleet_serving *serving, const char *text)
{
	return fleet_answer_text(serving, TALK_REFUSED, text);
}

/* Until when changes of DNS may begin. */
static int64_t
begin_until(const struct fleet_daemon *daemon)
{
	return daemon->lease.until_ms - daemon->grace_ms;
}

/* -- Taking it ------------------------------------------------------------ */

static bool
answer_held(const struct fleet_serving *serving)
{
	const struct fleet_lease *lease = &serving->daemon->lease;
	const int64_t left_ms = lease->until_ms - monotonic_ms();
	struct talk_message message = {
		.kind = TALK_HELD, .ms = left_ms < 0 ? 0 : left_ms
	};

	(void)strlcpy(message.name, lease->holder, sizeof(message.name));
	return fleet_answer(serving, &message) && fleet_answer_done(serving);
}

struct telling {
	const struct fleet_serving	*serving;
	bool				 is_sent;
};

/*
 * Called for each intent of earlier holders: the client settles it.  One that
 * no host has noted is left out.
 */
static bool
tell_intent(void *context, const struct fleet_intent *intent)
{
	struct telling *telling = context;
	struct talk_message message = {
		.kind = TALK_INTENT, .id = intent->id
	};
	char domain[DKIMSIG_DOMAIN_SIZE];

	if (intent->id <= 0 || dkimsig_domain_normalize(intent->domain,
	    strlen(intent->domain), domain, sizeof(domain)) != 0 ||
	    strcmp(intent->domain, domain) != 0 ||
	    !ks_selector_is_normal(intent->selector))
		return false;
	(void)strlcpy(message.domain, intent->domain, sizeof(message.domain));
	(void)strlcpy(message.selector, intent->selector,
	    sizeof(message.selector));
	if (telling->is_sent)
		telling->is_sent = fleet_answer(telling->serving, &message);
	return false;
}

static bool
answer_leased(const struct fleet_serving *serving)
{
	struct fleet_daemon *daemon = serving->daemon;
	const struct talk_message message = {
		.kind = TALK_LEASED, .ms = begin_until(daemon)
	};
	struct telling telling = { serving, true };
	struct fleet_db_error why;
	size_t nopen;

	if (fleet_intents_settle(&daemon->lease, daemon->db, tell_intent,
	    &telling, &nopen, &why) != FLEET_DB_DONE)
		return telling.is_sent && refuse(serving, why.text);
	serving->client->token = daemon->lease.token;
	return telling.is_sent && fleet_answer(serving, &message) &&
	    fleet_answer_done(serving);
}

/*
 * Why nothing is begun or written now; NULL: it may be.  A database that is
 * refused stays connected, and may have the lease and the same rows.
 */
static const char *
find_refusal(const struct fleet_daemon *daemon)
{
	return daemon->view == FLEET_VIEW_USED ? NULL : daemon->why;
}

/* Why this host cannot take the lease now; NULL: it can. */
static const char *
find_hindrance(const struct fleet_daemon *daemon)
{
	if (find_refusal(daemon) != NULL)
		return daemon->why;
	if (daemon->mirror.clock_off_ms != 0)
		return "the clock of this host differs by more than a minute "
		    "from that of the database";
	return NULL;
}

static bool
take_lease(const struct fleet_serving *serving)
{
	struct fleet_daemon *daemon = serving->daemon;
	const int64_t before = daemon->lease.token;
	struct fleet_db_error why;
	int64_t wait_ms;

	if (fleet_lease_hold(&daemon->lease, daemon->db, daemon->lease_s,
	    &why) != FLEET_DB_DONE)
		return refuse(serving, why.text);
	if (!daemon->lease.is_held)
		return answer_held(serving);
	if (daemon->lease.token != before) {
		log_info(M_FLEET_LEASE, "lease %lld taken",
		    (long long)daemon->lease.token);
		daemon->nbegun = 0;
	}
	daemon->lessee = serving->client;
	if (daemon->lease.is_far)
		return refuse(serving, "the database says that changes of DNS "
		    "may go on for longer than half an hour, and none does: "
		    FLEET_LEASE_ADVICE);
	wait_ms = fleet_lease_wait(&daemon->lease, daemon->grace_ms);
	if (wait_ms == 0)
		return answer_leased(serving);
	return fleet_answer_waits(serving, wait_ms < 0 ? BUSY_MS : wait_ms,
	    "changes of DNS that were begun before may go on");
}

/* Whether the lease under which a client decides is still held here. */
static bool
is_held_for(const struct fleet_daemon *daemon,
    const struct fleet_client *client)
{
	return daemon->lessee == client && daemon->lease.is_held &&
	    daemon->lease.token == client->token;
}

/* Tell a client whose lease was lost, once: it has decided something. */
static bool
tell_loss(const struct fleet_serving *serving, bool *is_lost)
{
	struct fleet_daemon *daemon = serving->daemon;
	struct fleet_client *client = serving->client;
	struct fleet_db_error why = { .text = LOST };

	*is_lost = client->token != 0 && (!is_held_for(daemon, client) ||
	    fleet_lease_renew(&daemon->lease, daemon->db, daemon->lease_s,
	    &why) != FLEET_DB_DONE || !daemon->lease.is_held);
	if (!*is_lost)
		return true;
	client->token = 0;
	return fleet_answer_waits(serving, 1, why.text);
}

static bool
serve_lease(const struct fleet_serving *serving)
{
	struct fleet_daemon *daemon = serving->daemon;
	const char *text;
	bool is_sent, is_lost;

	if (!daemon->is_in_fleet)
		return refuse(serving, ks_fleet_absence(daemon->ks));
	if (daemon->lessee != NULL && daemon->lessee != serving->client)
		return fleet_answer_waits(serving, BUSY_MS,
		    "another command of this host has it");
	if (!daemon->lease.is_held || find_refusal(daemon) != NULL) {
		if (daemon->is_looking)
			return fleet_answer_mirroring(serving);
		fleet_daemon_look(daemon);
		if ((text = find_hindrance(daemon)) != NULL)
			return refuse(serving, text);
	}
	is_sent = tell_loss(serving, &is_lost);
	return is_lost ? is_sent : take_lease(serving);
}

/* -- Using it ------------------------------------------------------------- */

/*
 * Keep the lease for what the client asks, and answer if it does not have it.
 */
static bool
has_lease(const struct fleet_serving *serving, bool *is_sent)
{
	struct fleet_daemon *daemon = serving->daemon;
	const char *text = find_refusal(daemon);
	struct fleet_db_error why;

	*is_sent = true;
	if (!is_held_for(daemon, serving->client))
		text = LOST;
	if (text == NULL && fleet_lease_keep(&daemon->lease, daemon->db,
	    daemon->lease_s, &why) != FLEET_DB_DONE)
		text = why.text;
	else if (text == NULL && !daemon->lease.is_held)
		text = LOST;
	if (text == NULL)
		return true;
	*is_sent = refuse(serving, text);
	return false;
}

static struct fleet_writer
writer_of(struct fleet_daemon *daemon)
{
	return (struct fleet_writer){
		&daemon->mirror, daemon->db, &daemon->lease
	};
}

static bool
serve_begin(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	struct fleet_daemon *daemon = serving->daemon;
	const struct fleet_parts *parts = &serving->client->parts;
	const struct fleet_writer writer = writer_of(daemon);
	const struct fleet_intent intent = {
		.domain = request->domain, .selector = request->selector,
		.record = request->record, .was = parts->was,
		.wanted = parts->wanted, .span_ms = request->ms
	};
	struct talk_message begun = { .kind = TALK_BEGUN };
	struct fleet_db_error why;
	struct ks_error error;
	bool is_sent;

	if (!has_lease(serving, &is_sent))
		return is_sent;
	if (fleet_write_check(&writer, request->domain, &error) != 0)
		return refuse(serving, error.text);
	if (fleet_lease_wait(&daemon->lease, daemon->grace_ms) != 0)
		return refuse(serving, "too little time is left of the lease");
	if (fleet_intent_begin(&daemon->lease, daemon->db, &intent,
	    &begun.id, &why) != FLEET_DB_DONE)
		return refuse(serving, why.text);
	daemon->nbegun++;
	begun.ms = begin_until(daemon);
	return fleet_answer(serving, &begun) && fleet_answer_done(serving);
}

static bool
end_intent(const struct fleet_serving *serving, int64_t id,
    const char *outcome, bool is_own)
{
	struct fleet_daemon *daemon = serving->daemon;
	struct fleet_db_error why;
	bool is_sent;

	if (!has_lease(serving, &is_sent))
		return is_sent;
	if (fleet_intent_end(&daemon->lease, daemon->db, id, outcome,
	    &why) != FLEET_DB_DONE)
		return refuse(serving, why.text);
	if (is_own && daemon->nbegun > 0)
		daemon->nbegun--;
	return fleet_answer_done(serving);
}

static bool
answer_taken(const struct fleet_serving *serving, int r, int64_t change,
    const struct ks_error *error)
{
	const struct talk_message taken = {
		.kind = TALK_TAKEN, .change = change
	};

	if (r != 0)
		return refuse(serving, error->text);
	return fleet_answer(serving, &taken) && fleet_answer_done(serving);
}

static bool
serve_state(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	const struct fleet_writer writer = writer_of(serving->daemon);
	const struct fleet_parts *parts = &serving->client->parts;
	struct ks_error error = { "" };
	int64_t change = 0;
	bool is_sent;
	int r;

	if (!has_lease(serving, &is_sent))
		return is_sent;
	if (request->kind == TALK_GONE)
		r = fleet_write_gone(&writer, request->domain, &change,
		    &error);
	else if (request->kind == TALK_DESTROY)
		r = fleet_write_destroyed(&writer, request->domain,
		    request->selector, &change, &error);
	else
		r = fleet_write_state(&writer, request->domain,
		    parts->lines == NULL ? "" : parts->lines, parts->len,
		    &change, &error);
	return answer_taken(serving, r, change, &error);
}

/* -- Parts ---------------------------------------------------------------- */

static void
free_parts(struct fleet_parts *parts)
{
	free(parts->lines);
	free(parts->was);
	free(parts->wanted);
	memset(parts, 0, sizeof(*parts));
}

/* False: too much, or out of memory. */
static bool
add_line(struct fleet_parts *parts, const char *line)
{
	const size_t len = strlen(line);
	char *lines;

	if (len + 1 > KS_MAX_STATE - parts->len ||
	    (lines = realloc(parts->lines, parts->len + len + 1)) == NULL)
		return false;
	memcpy(lines + parts->len, line, len);
	lines[parts->len + len] = '\n';
	parts->lines = lines;
	parts->len += len + 1;
	return true;
}

static bool
replace(char **text, const char *new)
{
	free(*text);
	return (*text = strdup(new)) != NULL;
}

static bool
add_part(struct fleet_parts *parts, const struct talk_message *part)
{
	if (part->kind == TALK_LINE)
		return add_line(parts, part->text);
	return replace(part->kind == TALK_WAS ? &parts->was : &parts->wanted,
	    part->text);
}

/* -- Serving -------------------------------------------------------------- */

/* Give it back; changes of DNS that a client was killed in may be under way. */
static void
give_back(struct fleet_daemon *daemon)
{
	struct fleet_db_error why;

	if (daemon->lease.is_held && daemon->nbegun == 0)
		(void)fleet_lease_release(&daemon->lease, daemon->db, &why);
	else if (daemon->lease.is_held)
		(void)fleet_lease_abandon(&daemon->lease, daemon->db, &why);
	memset(&daemon->lease, 0, sizeof(daemon->lease));
	daemon->lessee->token = 0;
	daemon->lessee = NULL;
	daemon->nbegun = 0;
}

static bool
serve_release(const struct fleet_serving *serving)
{
	if (serving->daemon->lessee == serving->client)
		give_back(serving->daemon);
	return fleet_answer_done(serving);
}

static bool
serve_request(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	switch (request->kind) {
	case TALK_BEGIN:
		return serve_begin(serving, request);
	case TALK_END:
		return end_intent(serving, request->id, request->state, true);
	case TALK_SETTLED:
		return end_intent(serving, request->id, "settled", false);
	case TALK_STATE:
	case TALK_DESTROY:
	case TALK_GONE:
		return serve_state(serving, request);
	case TALK_IMPORT:
	case TALK_LIST:
	case TALK_WRAPS:
	case TALK_IMPORTED:
		return fleet_serve_import(serving, request);
	case TALK_RELEASE:
		return serve_release(serving);
	default:
		return serve_lease(serving);
	}
}

bool
fleet_serve_lease(const struct fleet_serving *serving,
    const struct talk_message *request, bool *is_one)
{
	const struct fleet_daemon *daemon = serving->daemon;
	struct fleet_parts *parts = &serving->client->parts;
	bool is_served;

	*is_one = request->kind >= TALK_LEASE &&
	    request->kind <= TALK_RELEASE;
	if (!*is_one)
		return true;
	if (request->kind == TALK_WAS || request->kind == TALK_WANTED ||
	    request->kind == TALK_LINE)
		return add_part(parts, request);
	/* Asked again, it is about the same lines. */
	if (daemon->is_looking && request->kind >= TALK_IMPORT &&
	    request->kind <= TALK_IMPORTED)
		return fleet_answer_mirroring(serving);
	is_served = serve_request(serving, request);
	free_parts(parts);
	return is_served;
}

void
fleet_serve_gone(struct fleet_daemon *daemon, struct fleet_client *client)
{
	if (daemon->lessee == client)
		give_back(daemon);
	free_parts(&client->parts);
}
