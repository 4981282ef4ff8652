/* SPDX-License-Identifier: ISC */

/*
 * What countersign-key asks: see talk/protocol.h.
 *
 * A client runs as root or as the user of this process, so what it sends is
 * not hostile; what is not understood ends its connection nevertheless.  An
 * answer is sent whole, and whoever does not read it in time loses the
 * connection, so that no client can stop the mirror.
 */

#include "fleet/serve_private.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/user_name.h"
#include "base/wait_fd.h"
#include "talk/place.h"

#define SEND_MS		5000	/* for one line */

/* -- Answers -------------------------------------------------------------- */

/* Send a line; false: the client is to be closed. */
bool
fleet_answer(const struct fleet_serving *serving,
    const struct talk_message *message)
{
	const int64_t end_ms = monotonic_ms() + SEND_MS;
	char line[TALK_MAX_LINE];
	size_t len, done = 0;
	ssize_t n;

	len = talk_print(message, line);
	while (done < len) {
		n = send(serving->client->fd, line + done, len - done,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			return false;
		else if (wait_fd(serving->client->fd, POLLOUT, end_ms) != 1)
			return false;
	}
	return true;
}

bool
fleet_answer_text(const struct fleet_serving *serving, enum talk_kind kind,
    const char *text)
{
	const struct talk_message message = { .kind = kind, .text = text };

	return fleet_answer(serving, &message);
}

bool
fleet_answer_done(const struct fleet_serving *serving)
{
	return fleet_answer_text(serving, TALK_DONE, NULL);
}

bool
fleet_answer_waits(const struct fleet_serving *serving, int64_t ms,
    const char *text)
{
	const struct talk_message message = {
		.kind = TALK_WAITS, .ms = ms, .text = text
	};

	return fleet_answer(serving, &message) && fleet_answer_done(serving);
}

bool
fleet_answer_mirroring(const struct fleet_serving *serving)
{
	return fleet_answer_waits(serving, FLEET_MIRRORING_MS,
	    "the database is being mirrored");
}

static bool
answer_ready(const struct fleet_serving *serving)
{
	const struct fleet_daemon *daemon = serving->daemon;
	struct talk_message message = { .kind = TALK_READY };

	(void)strlcpy(message.name, daemon->name, sizeof(message.name));
	(void)strlcpy(message.fleet, daemon->is_in_fleet ?
	    daemon->members.fleet : "-", sizeof(message.fleet));
	return fleet_answer(serving, &message);
}

bool
fleet_answer_fleet(const struct fleet_serving *serving)
{
	const struct fleet_members *members = &serving->daemon->members;
	const struct fleet_marks *marks = &serving->daemon->mirror.marks;
	struct talk_message message = {
		.kind = TALK_FLEET,
		.version = members->version,
		.epoch = members->epoch,
		.change = marks->change,
		.cursor = marks->cursor
	};

	(void)strlcpy(message.fleet, members->fleet, sizeof(message.fleet));
	(void)strlcpy(message.digest, members->digest,
	    sizeof(message.digest));
	return fleet_answer(serving, &message);
}

/* The change number up to which a host has confirmed all, or 0. */
static int64_t
confirmed_by(const struct fleet_mirror *mirror, const char *name)
{
	const struct fleet_confirmed_host *host;

	if (strcmp(mirror->host, name) == 0)
		return mirror->sent.change;
	host = fleet_confirmed_find(&mirror->confirmed, name);
	return host == NULL || !host->is_current ? 0 : host->change;
}

bool
fleet_answer_host(const struct fleet_serving *serving,
    const struct fleet_host *host)
{
	const struct fleet_members *members = &serving->daemon->members;
	const struct fleet_host *known = fleet_members_find(members,
	    host->name);
	char fingerprint[FLEET_FINGERPRINT_SIZE];
	struct talk_message message = {
		.kind = TALK_HOST,
		.state = known == NULL ? "waiting" : known->is_expelled ?
		    "expelled" : "admitted",
		.change = confirmed_by(&serving->daemon->mirror, host->name),
		.text = fingerprint
	};

	(void)strlcpy(message.name, host->name, sizeof(message.name));
	if (fleet_fingerprint(host, fingerprint) != 0)
		return false;
	return fleet_answer(serving, &message);
}

/* -- Requests ------------------------------------------------------------- */

void
fleet_begin_request(const struct fleet_serving *serving, const char *what)
{
	char user[USER_NAME_SIZE];

	user_name(serving->client->uid, user);
	log_info(M_FLEET_REQUEST, "user %s: %s", user, what);
	fleet_db_hurry(serving->daemon->db);
}

static bool
answer_database(const struct fleet_serving *serving)
{
	const struct fleet_daemon *daemon = serving->daemon;
	struct talk_message message = {
		.kind = TALK_DATABASE, .text = daemon->why
	};

	switch (daemon->view) {
	case FLEET_VIEW_NONE:
		return true;
	case FLEET_VIEW_USED:
		message.state = "used";
		break;
	case FLEET_VIEW_AWAY:
		message.state = "away";
		break;
	case FLEET_VIEW_OLDER:
	case FLEET_VIEW_FAILED:
		message.state = "refused";
		break;
	}
	return fleet_answer(serving, &message);
}

/* For how long the database was not used, if that is too long. */
static bool
answer_late(const struct fleet_serving *serving)
{
	const struct talk_message message = {
		.kind = TALK_LATE, .ms = fleet_late_ms(serving->daemon)
	};

	return message.ms == 0 || fleet_answer(serving, &message);
}

static bool
serve_status(const struct fleet_serving *serving)
{
	const struct fleet_daemon *daemon = serving->daemon;
	const struct fleet_members *members = &daemon->members;
	size_t i;

	if (!daemon->is_in_fleet)
		return fleet_answer_done(serving);
	if (!fleet_answer_fleet(serving) || !answer_database(serving) ||
	    !answer_late(serving))
		return false;
	for (i = 0; i < members->nhosts; i++)
		if (!fleet_answer_host(serving, &members->hosts[i]))
			return false;
	if (fleet_members_find(members, daemon->name) == NULL &&
	    !fleet_answer_host(serving, &daemon->host))
		return false;
	for (i = 0; i < daemon->alarms->n; i++)
		if (!daemon->alarms->list[i].is_over &&
		    !fleet_answer_text(serving, TALK_ALARM,
		    daemon->alarms->list[i].text))
			return false;
	return fleet_answer_done(serving);
}

static void
log_bad_client(const char *why)
{
	log_warnx(M_FLEET_CLIENT_REFUSED, "connection of countersign-key "
	    "closed: %s", why);
}

/* Any request but the greeting, and what DNS shows. */
static bool
serve_other(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	bool is_one;

	switch (request->kind) {
	case TALK_INIT:
		return fleet_serve_init(serving, request);
	case TALK_ADMIT:
		return fleet_serve_admit(serving, request);
	case TALK_EXPEL:
		return fleet_serve_expel(serving, request);
	case TALK_EXPOSURE:
		return fleet_serve_exposure(serving);
	case TALK_RESTORE:
		return fleet_serve_restore(serving);
	case TALK_MARK:
		return fleet_serve_mark(serving, request);
	case TALK_STATUS:
		return serve_status(serving);
	case TALK_KEYS:
		return fleet_serve_keys(serving, request);
	default:
		return fleet_serve_lease(serving, request, &is_one);
	}
}

/* Called for each line. */
static int
take_line(void *context, char *line)
{
	struct fleet_serving *serving = context;
	struct talk_message request;
	struct ks_error error;
	bool is_served;

	if (talk_parse(line, &request, &error) != 0) {
		log_bad_client(error.text);
		return KS_E_ARG;
	}
	if ((request.kind == TALK_HELLO) == serving->client->is_greeted ||
	    request.kind >= TALK_READY) {
		log_bad_client("a request out of order");
		return KS_E_ARG;
	}
	serving->client->is_greeted = true;
	if (request.kind == TALK_HELLO)
		is_served = answer_ready(serving);
	else if (request.kind == TALK_REVOKED || request.kind == TALK_SHOWN)
		is_served = fleet_serve_sight(serving, &request);
	else
		is_served = fleet_serve_sights(serving) &&
		    serve_other(serving, &request);
	return is_served ? 0 : KS_E_SYSTEM;
}

/* -- Connections ---------------------------------------------------------- */

bool
fleet_serve_read(struct fleet_daemon *daemon, struct fleet_client *client)
{
	struct fleet_serving serving = { daemon, client, NULL };
	struct ks_error error = { "" };
	char chunk[TALK_MAX_LINE];
	ssize_t n;
	int r;

	n = recv(client->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	r = talk_lines_add(&client->lines, chunk, (size_t)n, take_line,
	    &serving, &error);
	if (r == KS_E_ARG && error.text[0] != '\0')
		log_bad_client(error.text);
	/* What was read before a bad line counts. */
	return fleet_serve_sights(&serving) && r == 0;
}

void
fleet_serve_accept(struct fleet_daemon *daemon)
{
	struct fleet_client *client;
	char user[USER_NAME_SIZE];
	uid_t uid = 0;
	pid_t pid = 0;
	int fd;

	fd = accept4(daemon->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1)
		return;
	if (!talk_may_use(fd, &pid, &uid)) {
		user_name(uid, user);
		log_warnx(M_FLEET_CLIENT_REFUSED, "process %ld of user %s may "
		    "not use the socket", (long)pid, user);
		(void)close(fd);
		return;
	}
	if ((client = calloc(1, sizeof(*client))) == NULL) {
		(void)close(fd);
		return;
	}
	client->fd = fd;
	client->uid = uid;
	daemon->clients[daemon->nclients++] = client;
}
