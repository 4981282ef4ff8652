/* SPDX-License-Identifier: ISC */

/*
 * The loop of countersign-fleet: see daemon.h.
 *
 * What goes on is logged when it begins, and again each hour (views.h); each
 * ignored row once (alarms.h).
 */

#include "fleet/daemon.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/fleet_file.h"
#include "store/master.h"
#include "writing/mark.h"

#define PAGE		FLEET_PAGE
#define SETTLE_MS	((KS_RECHECK + 2) * 1000)
#define REPORT_PART	20	/* of the time, for last uses */
#define LOCK_WAIT_S	10	/* for other writers of a domain */

/* -- What the mirror asks ------------------------------------------------- */

static struct fleet_daemon *
daemon_of(void *context)
{
	return (struct fleet_daemon *)(void *)((char *)context -
	    offsetof(struct fleet_daemon, mirror));
}

/*
 * Alarms that are not about a row: their texts have numbers that change, so
 * they are told by their names.
 */
static size_t
name_special(char text[FLEET_ALARM_SIZE], const char *domain, const char *why)
{
	static const struct {
		const char	*name, *begin;	/* of why: no row has it */
	} specials[] = {
		{ "clock",	"the clock of this host " },
		{ "withheld",	"host " },
	};
	size_t i;

	for (i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		if (strcmp(domain, specials[i].name) == 0 && strncmp(why,
		    specials[i].begin, strlen(specials[i].begin)) == 0) {
			(void)snprintf(text, FLEET_ALARM_SIZE, "%s: %s",
			    domain, why);
			return strlen(domain) + 1;
		}
	return 0;
}

/* What an alarm is about; not each number is that of a change. */
static void
name_row(char text[FLEET_ALARM_SIZE], const char *domain,
    const char *selector, int64_t change, const char *why)
{
	/* Some name the row themselves. */
	if (strncmp(why, "row ", 4) == 0)
		(void)strlcpy(text, why + 4, FLEET_ALARM_SIZE);
	else if (strcmp(domain, FLEET_OF_USE) == 0)
		(void)strlcpy(text, why, FLEET_ALARM_SIZE);
	else if (strcmp(domain, FLEET_OF_MEMBERS) == 0)
		(void)snprintf(text, FLEET_ALARM_SIZE, "member list %lld: %s",
		    (long long)change, why);
	else if (strcmp(domain, FLEET_OF_EPOCH) == 0)
		(void)snprintf(text, FLEET_ALARM_SIZE, "key of epoch %lld: %s",
		    (long long)change, why);
	else
		(void)snprintf(text, FLEET_ALARM_SIZE, "%.63s of %.253s, "
		    "change %lld: %s", selector, domain, (long long)change,
		    why);
}

/* Called for each row that is ignored, at each poll. */
static void
take_alarm(void *context, const char *domain, const char *selector,
    int64_t change, const char *why)
{
	struct fleet_daemon *daemon = daemon_of(context);
	char text[FLEET_ALARM_SIZE];
	size_t keylen;

	if ((keylen = name_special(text, domain, why)) == 0) {
		name_row(text, domain, selector, change, why);
		keylen = strlen(text);
	}
	/* Commands ask for last uses; a look does not. */
	if (!fleet_alarms_note(daemon->alarms, text, keylen,
	    strcmp(domain, FLEET_OF_USE) == 0, monotonic_ms()))
		return;
	if (keylen < strlen(text))
		log_warnx(M_FLEET_ALARM, "%s", text);
	else
		log_warnx(M_FLEET_ROW_IGNORED, "ignored: %s", text);
}

/* -- Serving -------------------------------------------------------------- */

static void
serve(struct fleet_daemon *daemon, const struct pollfd *fds)
{
	size_t i, n = 0;

	for (i = 0; i < daemon->nclients; i++) {
		if (fds[i].revents == 0 ||
		    fleet_serve_read(daemon, daemon->clients[i])) {
			daemon->clients[n++] = daemon->clients[i];
			continue;
		}
		fleet_serve_gone(daemon, daemon->clients[i]);
		(void)close(daemon->clients[i]->fd);
		free(daemon->clients[i]);
	}
	daemon->nclients = n;
}

/* Serve who is ready within that time, or -1; false if waiting failed. */
static bool
serve_ready(struct fleet_daemon *daemon, int limit_ms)
{
	struct pollfd fds[FLEET_MAX_CLIENTS + 2];
	size_t i, n = daemon->nclients;

	for (i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = daemon->clients[i]->fd, .events = POLLIN
		};
	fds[n] = (struct pollfd){ .fd = n < FLEET_MAX_CLIENTS ?
	    daemon->listener : -1, .events = POLLIN };
	/* Hints end the wait. */
	fds[n + 1] = (struct pollfd){ .fd = daemon->is_in_fleet ?
	    fleet_db_socket(daemon->db) : -1, .events = POLLIN };
	if (poll(fds, (nfds_t)n + 2, limit_ms) == -1)
		return errno == EINTR;
	daemon->is_serving = true;
	serve(daemon, fds);
	if (fds[n].revents != 0)
		fleet_serve_accept(daemon);
	daemon->is_serving = false;
	return true;
}

/* Called between pages; but not for a request that looks itself. */
static void
serve_between(void *context)
{
	struct fleet_daemon *daemon = daemon_of(context);

	if (!daemon->is_serving)
		(void)serve_ready(daemon, 0);
}

/* -- This host ------------------------------------------------------------ */

static int
open_seen(struct fleet_daemon *daemon, struct ks_error *error)
{
	char path[1024];
	int fd, r;

	if ((r = ks_fleet_open(daemon->ks, &fd, error)) != 0)
		return r;
	(void)snprintf(path, sizeof(path), "%s/%s", daemon->keydir,
	    KS_FLEET_FOLDER);
	r = fleet_seen_open(&daemon->mirror.taker.seen, fd, path, error);
	(void)close(fd);
	return r;
}

static int
load_members(struct fleet_daemon *daemon, struct ks_error *error)
{
	int r;

	if ((r = fleet_hostkeys_load(daemon->ks, &daemon->keys, error)) != 0 ||
	    (r = fleet_mirror_load_members(daemon->ks, &daemon->members, NULL,
	    error)) != 0)
		return r;
	if (fleet_hostkeys_host(&daemon->keys, daemon->name,
	    &daemon->host) != 0)
		return fleet_fail(error, KS_E_CRYPTO, "the keys of this host "
		    "have no digest");
	if (fleet_members_find(&daemon->members, daemon->name) == NULL ||
	    fleet_hostkeys_are_of(&daemon->keys, &daemon->members,
	    daemon->name))
		return 0;
	return fleet_fail(error, KS_E_ARG, "the member list has other keys "
	    "for this host: restore .fleet from a backup, or see Another name "
	    "in countersign-fleet(8)");
}

/* Forget what an attempt that failed has left. */
static void
forget(struct fleet_daemon *daemon)
{
	fleet_seen_close(daemon->mirror.taker.seen);
	fleet_mirror_finish(&daemon->mirror);
	memset(&daemon->mirror, 0, sizeof(daemon->mirror));
	fleet_members_finish(&daemon->members);
	fleet_hostkeys_finish(&daemon->keys);
}

int
fleet_daemon_load(struct fleet_daemon *daemon, struct ks_error *error)
{
	struct fleet_mirror *mirror = &daemon->mirror;
	int r;

	forget(daemon);
	mirror->list = &daemon->members;
	mirror->taker.ks = daemon->ks;
	mirror->taker.clock = daemon->clock;
	mirror->taker.alarm = take_alarm;
	r = fleet_marks_read(daemon->ks, &mirror->marks, error);
	if (r == KS_E_NOKEY) {
		daemon->can_end = ks_is_in_fleet(daemon->ks) &&
		    fleet_mirror_load_members(daemon->ks, &daemon->members,
		    NULL, error) == 0 && fleet_pending_read(daemon->ks,
		    &mirror->pending, error) == 0;
		return 0;
	}
	if (r != 0 || (r = load_members(daemon, error)) != 0 ||
	    (r = open_seen(daemon, error)) != 0)
		return r;
	mirror->db = daemon->db;
	mirror->host = daemon->name;
	mirror->keys = &daemon->keys;
	mirror->page = PAGE;
	mirror->between = serve_between;
	fleet_used_read(daemon->ks, &mirror->used);
	daemon->used_ms = monotonic_ms();
	r = fleet_mirror_load(mirror, error);
	daemon->is_in_fleet = daemon->can_end = r == 0;
	return r;
}

/* -- Looking at the database ---------------------------------------------- */

static enum fleet_view
view_of(const struct fleet_daemon *daemon, int r)
{
	if (r == 0)
		return FLEET_VIEW_USED;
	if (r == KS_E_EXISTS)
		return FLEET_VIEW_OLDER;
	return fleet_db_is_connected(daemon->db) ? FLEET_VIEW_FAILED :
	    FLEET_VIEW_AWAY;
}

static void
tell_view(const struct fleet_daemon *daemon, const char *more)
{
	switch (daemon->view) {
	case FLEET_VIEW_USED:
		log_info(M_FLEET_DATABASE_USED, "%s%s", daemon->why, more);
		break;
	case FLEET_VIEW_AWAY:
		log_warnx(M_FLEET_DATABASE_AWAY, "%s: signing goes on, with "
		    "the keys that are here%s", daemon->why, more);
		break;
	case FLEET_VIEW_OLDER:
		log_warnx(M_FLEET_DATABASE_REFUSED, "nothing is taken: %s%s",
		    daemon->why, more);
		break;
	case FLEET_VIEW_FAILED:
		log_warnx(M_FLEET_MIRROR_FAILED, "the mirror cannot go on: "
		    "%s%s", daemon->why, more);
		break;
	case FLEET_VIEW_NONE:
		break;
	}
}

static void
note_view(struct fleet_daemon *daemon, int r, const struct ks_error *error,
    int64_t now_ms)
{
	const enum fleet_view view = view_of(daemon, r);
	char more[64] = "";
	size_t nomitted;

	if (view == FLEET_VIEW_USED)
		(void)snprintf(daemon->why, sizeof(daemon->why),
		    "database %s: in use", fleet_db_server(daemon->db));
	else
		(void)strlcpy(daemon->why, error->text, sizeof(daemon->why));
	/* Such a database may have lost what this host has said. */
	if (view != daemon->view &&
	    (view == FLEET_VIEW_OLDER || view == FLEET_VIEW_FAILED))
		daemon->sweep_ms = now_ms;
	daemon->view = view;
	if (!fleet_views_note(&daemon->views, view, daemon->why, now_ms,
	    &nomitted))
		return;
	if (nomitted > 0)
		(void)snprintf(more, sizeof(more), " (%zu changes before this "
		    "were not logged)", nomitted);
	tell_view(daemon, more);
}

static void
note_taken(const struct fleet_daemon *daemon,
    const struct fleet_polled *polled)
{
	if (polled->nchanged > 0)
		log_info(M_FLEET_TAKEN, "%zu domain%s changed by the "
		    "database; change %lld", polled->nchanged,
		    polled->nchanged == 1 ? "" : "s",
		    (long long)daemon->mirror.marks.change);
}

/* As an alarm: again only after it was not so for long. */
static void
note_omitted(struct fleet_daemon *daemon, int64_t now_ms)
{
	if (daemon->alarms->nomitted == 0)
		return;
	if (daemon->omitted_ms == 0 ||
	    now_ms - daemon->omitted_ms > FLEET_ALARM_FORGET_MS)
		log_warnx(M_FLEET_ROW_IGNORED, "%zu more rows are ignored, "
		    "and not named", daemon->alarms->nomitted);
	daemon->omitted_ms = now_ms;
}

/* Another server may have lost what the one before had. */
static bool
is_sweep_due(struct fleet_daemon *daemon, int64_t now_ms)
{
	const char *server = fleet_db_server(daemon->db);
	const char *system = fleet_db_system(daemon->db);

	if (now_ms < daemon->sweep_ms && strcmp(server, daemon->server) == 0 &&
	    strcmp(system, daemon->system) == 0)
		return false;
	(void)strlcpy(daemon->server, server, sizeof(daemon->server));
	(void)strlcpy(daemon->system, system, sizeof(daemon->system));
	return true;
}

/* Marks that the database does not have; its rows come with the next look. */
static int
push_marks(struct fleet_daemon *daemon, struct ks_error *error)
{
	size_t n;
	int r;

	r = fleet_marks_push(&daemon->mirror, &n, error);
	/* A database may forget them at each look. */
	if (n > 0 && (daemon->marked_ms == 0 ||
	    monotonic_ms() - daemon->marked_ms >= FLEET_TOLD_MS)) {
		daemon->marked_ms = monotonic_ms();
		log_info(M_FLEET_MARKED, "%zu key%s marked as compromised in "
		    "the database", n, n == 1 ? "" : "s");
	}
	return r;
}

/*
 * Set when last uses are reported next: when a further one can be, but all
 * domains are read for that, which may not take more than its part of the time.
 */
static void
plan_report(struct fleet_daemon *daemon, int64_t begun_ms, int64_t next)
{
	const int64_t now_ms = monotonic_ms();
	const int64_t left = next - daemon->clock();
	int64_t wait_ms = FLEET_REPORT_MS;

	if (next != KS_NEVER && left < FLEET_REPORT_MS / 1000)
		wait_ms = left * 1000;
	daemon->rest_ms = REPORT_PART * (now_ms - begun_ms);
	daemon->report_ms = now_ms + (wait_ms > daemon->rest_ms ? wait_ms :
	    daemon->rest_ms);
}

/* What this host says of itself: what it has, and last uses. */
static int
report(struct fleet_daemon *daemon, struct ks_error *error)
{
	struct fleet_polled polled;
	int64_t begun_ms, next;
	int r;

	memset(&polled, 0, sizeof(polled));
	r = fleet_mirror_confirm(&daemon->mirror, &polled, error);
	note_taken(daemon, &polled);
	begun_ms = monotonic_ms();
	if (r == 0 && begun_ms >= daemon->report_ms && (r =
	    fleet_mirror_report(&daemon->mirror, &next, error)) == 0)
		plan_report(daemon, begun_ms, next);
	return r;
}

void
fleet_daemon_look(struct fleet_daemon *daemon)
{
	const int64_t now_ms = monotonic_ms();
	struct fleet_polled polled;
	struct ks_error error = { "" };
	bool has_swept = false;
	int r;

	/* A client that holds a lock may be waiting for this process. */
	daemon->mirror.taker.wait_s = daemon->nclients > 0 ? 0 : LOCK_WAIT_S;
	daemon->is_looking = true;
	fleet_db_renew(daemon->db);
	fleet_alarms_begin(daemon->alarms, now_ms);
	fleet_marks_apply(&daemon->mirror);
	r = fleet_mirror_poll(&daemon->mirror, daemon->version,
	    daemon->clock() * 1000, &polled, &error);
	note_taken(daemon, &polled);
	if (r == 0 && is_sweep_due(daemon, now_ms)) {
		r = fleet_mirror_sweep(&daemon->mirror, &polled, &error);
		note_taken(daemon, &polled);
		has_swept = r == 0;
		daemon->sweep_ms = has_swept ? now_ms + FLEET_SWEEP_MS :
		    now_ms;
	}
	if (r == 0)
		r = push_marks(daemon, &error);
	if (r == 0)
		r = report(daemon, &error);
	/* A key may have ended: say so when the signers have seen it. */
	if (polled.nchanged > 0 && daemon->report_ms > now_ms + SETTLE_MS +
	    daemon->rest_ms)
		daemon->report_ms = now_ms + SETTLE_MS + daemon->rest_ms;
	/* If there are very many, only a sweep reads them all. */
	if (daemon->mirror.has_retried || (r == 0 && has_swept))
		fleet_alarms_end(daemon->alarms);
	note_omitted(daemon, now_ms);
	note_view(daemon, r, &error, now_ms);
	fleet_late_note(daemon);
	daemon->is_looking = false;
	daemon->looked_ms = monotonic_ms();
	daemon->due_ms = daemon->looked_ms +
	    (daemon->view == FLEET_VIEW_AWAY ? fleet_db_pause_ms(daemon->db) :
	    FLEET_POLL_MS);
}

/* -- The loop ------------------------------------------------------------- */

/* A hint may have come with the answer to a statement, so look for it first. */
static void
note_hint(struct fleet_daemon *daemon)
{
	if (fleet_db_was_notified(daemon->db) &&
	    daemon->due_ms > daemon->looked_ms + FLEET_HINT_MS)
		daemon->due_ms = daemon->looked_ms + FLEET_HINT_MS;
}

/* Wait until something is to be done; false if that failed. */
static bool
wait_and_serve(struct fleet_daemon *daemon)
{
	int64_t left_ms = -1;

	if (daemon->is_in_fleet) {
		note_hint(daemon);
		left_ms = daemon->due_ms - monotonic_ms();
		left_ms = left_ms < 0 ? 0 : left_ms;
	}
	return serve_ready(daemon, (int)left_ms);
}

void
fleet_daemon_run(struct fleet_daemon *daemon)
{
	if (!daemon->is_in_fleet)
		log_warnx(M_FLEET_NOT_JOINED, "%s",
		    ks_fleet_absence(daemon->ks));
	do {
		if (daemon->is_in_fleet &&
		    monotonic_ms() >= daemon->due_ms)
			fleet_daemon_look(daemon);
	} while (wait_and_serve(daemon));
}
