/* SPDX-License-Identifier: ISC */

/*
 * The requests of "countersign-key fleet import": see talk/protocol.h.
 *
 * They need neither the lease nor the database, as nothing is written there,
 * but come only while the mirror is not at work.
 *
 * A new member list is loaded with all that this host has of the fleet.  If
 * that fails, nothing is left to go on with, so the process ends when it has
 * answered; the next one says at its start what cannot be read.
 */

#include "fleet/serve_private.h"

#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "recovery/import_list.h"
#include "recovery/import_rows.h"

static bool
refuse(const struct fleet_serving *serving, const char *text)
{
	return fleet_answer_text(serving, TALK_REFUSED, text);
}

static bool
import_rows(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	const struct fleet_parts *parts = &serving->client->parts;
	struct fleet_mirror *mirror = &serving->daemon->mirror;
	struct talk_message taken = { .kind = TALK_TAKEN };
	struct ks_error error = { "" };

	if (parts->lines == NULL)
		return refuse(serving, "no rows");
	if (fleet_import(mirror, request->domain, parts->lines, parts->len,
	    &taken.change, &error) != 0)
		return refuse(serving, error.text);
	if (taken.change > mirror->marks.change)
		mirror->marks.change = taken.change;
	return fleet_answer(serving, &taken) && fleet_answer_done(serving);
}

/* What is in a list, for people. */
static bool
answer_list(const struct fleet_serving *serving,
    const struct fleet_members *list)
{
	char fingerprint[FLEET_FINGERPRINT_SIZE];
	struct talk_message host = { .kind = TALK_HOST, .text = fingerprint };
	struct talk_message fleet = {
		.kind = TALK_FLEET, .version = list->version,
		.epoch = list->epoch, .change = list->change
	};
	size_t i;

	for (i = 0; i < list->nhosts; i++) {
		(void)strlcpy(host.name, list->hosts[i].name,
		    sizeof(host.name));
		host.state = list->hosts[i].is_expelled ? "expelled" :
		    "admitted";
		if (fleet_fingerprint(&list->hosts[i], fingerprint) != 0 ||
		    !fleet_answer(serving, &host))
			return false;
	}
	(void)strlcpy(fleet.fleet, list->fleet, sizeof(fleet.fleet));
	(void)strlcpy(fleet.digest, list->digest, sizeof(fleet.digest));
	return fleet_answer(serving, &fleet);
}

static bool
import_list(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	const struct fleet_parts *parts = &serving->client->parts;
	struct fleet_daemon *daemon = serving->daemon;
	const struct fleet_list_taker taker = {
		daemon->ks, daemon->name, daemon->is_in_fleet ?
		&daemon->members : NULL, request->digest
	};
	struct ks_error error = { "" };
	struct fleet_members list;
	bool is_new, is_sent, is_lost = false;
	int r;

	fleet_begin_request(serving, "fleet import");
	if (parts->lines == NULL)
		return refuse(serving, "no member list");
	r = fleet_list_import(&taker, parts->lines, parts->len, &list,
	    &is_new, &error);
	is_sent = list.version == 0 || answer_list(serving, &list);
	fleet_members_finish(&list);
	if (r == 0 && is_new) {
		r = fleet_daemon_load(daemon, &error);
		is_lost = r != 0;
		daemon->due_ms = 0;
	}
	if (is_sent)
		is_sent = r == 0 ? fleet_answer_done(serving) :
		    refuse(serving, error.text);
	if (is_lost)
		fatalx(EX_TEMPFAIL, M_FLEET_START_FAILED, "cannot load the "
		    "imported member list: %s", error.text);
	return is_sent;
}

bool
fleet_serve_import(const struct fleet_serving *serving,
    const struct talk_message *request)
{
	const struct fleet_parts *parts = &serving->client->parts;
	struct fleet_daemon *daemon = serving->daemon;
	struct fleet_mirror *mirror = &daemon->mirror;
	struct ks_error error = { "" };
	int r = 0;

	if (request->kind == TALK_LIST)
		return import_list(serving, request);
	if (!daemon->is_in_fleet)
		return refuse(serving, ks_fleet_absence(daemon->ks));
	if (request->kind == TALK_IMPORT)
		return import_rows(serving, request);
	if (request->kind == TALK_IMPORTED)
		r = fleet_marks_write(daemon->ks, &mirror->marks, &error);
	else if (parts->lines != NULL)
		r = fleet_wraps_import(mirror, parts->lines, parts->len,
		    &error);
	return r == 0 ? fleet_answer_done(serving) :
	    refuse(serving, error.text);
}
