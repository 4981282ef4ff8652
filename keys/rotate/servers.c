/* SPDX-License-Identifier: ISC */

/*
 * The name servers of a domain that do not answer: see servers.h.
 *
 * The trouble names the server that rotation still waits for, if any, or else
 * the one that has been silent for longest, and counts the others.  If no
 * server of a zone answers for the records of keys, none of them can be done
 * without.
 */

#include "rotate/servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rfc3339.h"
#include "life/silence.h"
#include "rotate/report.h"
#include "rotate/view.h"

static struct silent_server *
find_server(const struct domain_view *view, const struct dns_look *look,
    const char *address)
{
	struct silent_server *server;
	size_t i;

	for (i = 0; i < view->nsilents; i++) {
		server = &view->silents[i];
		if (strcmp(server->name, look->server) == 0 &&
		    strcmp(server->address, address) == 0 &&
		    strcmp(server->zone, look->zone) == 0)
			return server;
	}
	return NULL;
}

/* Whether a server of the zone gives a usable answer. */
static bool
has_answer(const struct dns_sight *sight, const char *zone)
{
	const struct dns_look *look;
	size_t i;

	for (i = 0; i < sight->nlooks; i++) {
		look = &sight->looks[i];
		if (look->silent_since == KS_NEVER &&
		    look->verdict != DNS_UNASKED &&
		    strcmp(look->zone, zone) == 0)
			return true;
	}
	return false;
}

void
domain_view_note_servers(struct domain_view *view,
    const struct dns_sight *sight)
{
	struct silent_server *grown, *server;
	const struct dns_look *look;
	const char *address;
	size_t i;

	if (sight->dead_delegation[0] != '\0' && view->dead_delegation == NULL)
		view->dead_delegation = strdup(sight->dead_delegation);
	for (i = 0; i < sight->nlooks; i++) {
		look = &sight->looks[i];
		address = look->has_address ? look->address.text : "";
		if (look->silent_since == KS_NEVER)
			continue;
		server = find_server(view, look, address);
		if (server != NULL) {
			server->is_alone = server->is_alone &&
			    !has_answer(sight, look->zone);
			continue;
		}
		grown = recallocarray(view->silents, view->nsilents,
		    view->nsilents + 1, sizeof(*grown));
		if (grown == NULL)
			return;
		view->silents = grown;
		server = &grown[view->nsilents++];
		(void)strlcpy(server->name, look->server,
		    sizeof(server->name));
		(void)strlcpy(server->address, address,
		    sizeof(server->address));
		(void)strlcpy(server->zone, look->zone, sizeof(server->zone));
		server->since = look->silent_since;
		server->is_excepted = look->is_excepted;
		server->is_alone = !has_answer(sight, look->zone);
		(void)strlcpy(server->reason, dns_look_reason(look),
		    sizeof(server->reason));
	}
}

static bool
is_trouble(const struct silent_server *server, int64_t now)
{
	return server->is_excepted || now - server->since >= SILENCE_TROUBLE;
}

/* Whether a trouble is to name the server rather than the other one. */
static bool
is_worse(const struct silent_server *server,
    const struct silent_server *other)
{
	if (server->is_excepted != other->is_excepted)
		return !server->is_excepted;
	return server->since < other->since;
}

static void
print_server(const struct silent_server *server, char *text, size_t size)
{
	if (server->address[0] == '\0' ||
	    strcmp(server->address, server->name) == 0)
		(void)strlcpy(text, server->name, size);
	else
		(void)snprintf(text, size, "%s (%s)", server->name,
		    server->address);
}

/* What rotation does about it: goes on, or waits, and until when. */
static void
print_outlook(const struct domain_view *view,
    const struct silent_server *server, char *text, size_t size)
{
	const int64_t after = view->rotation->unreachable_after;
	char until[RFC3339_SIZE];

	if (server->is_alone)
		(void)strlcpy(text, "no server of the zone answers for the "
		    "records of keys, so no key is verified or starts to sign",
		    size);
	else if (server->is_excepted)
		(void)strlcpy(text, "rotation goes on without it", size);
	else if (after == ROTATION_NEVER ||
	    !rfc3339_print(server->since + after, until))
		(void)strlcpy(text, "new keys wait for it", size);
	else
		(void)snprintf(text, size, "new keys wait for it until %s",
		    until);
}

void
domain_view_report_servers(const struct domain_view *view,
    struct domain_report *report, int64_t now)
{
	char name[DKIMSIG_DOMAIN_SIZE + DNS_ADDRESS_SIZE + 4], outlook[128];
	char since[RFC3339_SIZE], others[48] = "";
	const struct silent_server *server, *worst = NULL;
	size_t i, n = 0;

	if (view->dead_delegation != NULL)
		domain_report_trouble(report, REPORT_TODO, "-",
		    TROUBLE_DELEGATION, "%s", view->dead_delegation);
	for (i = 0; i < view->nsilents; i++) {
		server = &view->silents[i];
		if (!is_trouble(server, now))
			continue;
		n++;
		if (worst == NULL || is_worse(server, worst))
			worst = server;
	}
	if (worst == NULL)
		return;
	print_server(worst, name, sizeof(name));
	print_outlook(view, worst, outlook, sizeof(outlook));
	if (!rfc3339_print(worst->since, since))
		(void)strlcpy(since, "?", sizeof(since));
	if (n > 1)
		(void)snprintf(others, sizeof(others), " (and %zu more)",
		    n - 1);
	domain_report_trouble(report, REPORT_TODO, "-", TROUBLE_SERVER,
	    "name server %s%s has given no answer for zone %s since %s: %s: "
	    "repair it, remove its NS record, or list the servers in use in "
	    "the option 'servers' (last seen: %s)", name, others, worst->zone,
	    since, outlook, worst->reason);
}
