/* SPDX-License-Identifier: ISC */

/*
 * Publishing by dynamic update, RFC 2136, signed with TSIG.
 *
 * The existing records at the name are read from the server that receives the
 * update, and exactly these records become its prerequisite.  So a record of
 * somebody else is never changed, even if it is added in the meantime.  What a
 * wildcard answers is no record at the name; the prerequisite is then that
 * nothing exists there.
 *
 * The changes of many domains are sent one after the other at a limited rate.
 */

#include "publish/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "keyrecord/fault.h"
#include "probe/query.h"
#include "probe/wildcard.h"
#include "publish/update_message.h"
#include "record/dname.h"
#include "record/record.h"
#include "record/txt.h"

#define MAX_TRIES	2	/* if the records change in the meantime */

/* One change at one server. */
struct update {
	const struct publisher		*publisher;
	const struct publish_change	*change;
	const struct dns_address	*server;
	const char			*zone;
	struct ks_error			*error;
	/* The server said so: its answers there are not from a wildcard. */
	bool				 name_exists;
};

/* What the server has at the name; existing_finish() frees it. */
struct existing {
	ldns_rr_list	*texts;		/* TXT records there */
	/* They, or a CNAME, come from a wildcard: nothing is there. */
	bool		 is_wildcard;
};

static void
existing_finish(struct existing *existing)
{
	ldns_rr_list_deep_free(existing->texts);
	existing->texts = NULL;
}

static enum publish_result
no_answer(const struct update *update, const char *what,
    enum dns_query_status status)
{
	return publish_end(PUBLISH_LATER, update->error,
	    "server %s: %s: %s: check that it is running and can be reached",
	    update->server->text, what, dns_query_text(status));
}

/* Query the TXT records at the name; the caller frees the answer. */
static enum publish_result
ask_existing(const struct update *update, ldns_pkt **answer)
{
	const struct dns_question question = {
		.name = update->change->name, .type = LDNS_RR_TYPE_TXT
	};
	enum dns_query_status status;
	unsigned int rcode;
	bool is_authoritative;

	status = dns_query(update->server, &question, answer);
	if (status != DNS_ANSWERED)
		return no_answer(update, "query for the existing records",
		    status);
	rcode = ldns_pkt_get_rcode(*answer);
	is_authoritative = ldns_pkt_aa(*answer);
	if ((rcode == LDNS_RCODE_NOERROR || rcode == LDNS_RCODE_NXDOMAIN) &&
	    is_authoritative)
		return PUBLISH_DONE;
	ldns_pkt_free(*answer);
	*answer = NULL;
	if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN)
		return publish_end(rcode == LDNS_RCODE_SERVFAIL ?
		    PUBLISH_LATER : PUBLISH_FAILED, update->error,
		    "server %s: query for the existing records at %s: %s: "
		    "allow this host to query zone %s there",
		    update->server->text, update->change->name,
		    dns_rcode_name((int)rcode), update->zone);
	/* A resolver could show an old record from its cache. */
	return publish_end(PUBLISH_FAILED, update->error,
	    "server %s: not authoritative for zone %s: set "
	    "update_server to its primary server",
	    update->server->text, update->zone);
}

/* A CNAME that no wildcard made, or a DNAME that made it. */
static enum publish_result
alias_conflict(const struct update *update, const ldns_pkt *answer)
{
	char owner[DKIMSIG_DOMAIN_SIZE], target[DKIMSIG_DOMAIN_SIZE];

	if (dns_find_dname(answer, owner, target))
		return publish_end(PUBLISH_CONFLICT, update->error,
		    "server %s: a DNAME at %s sends all names below it to %s, "
		    "so nobody would see a record at %s: remove the DNAME, or "
		    "set publish = manual in the section rotation, and publish "
		    "the records there",
		    update->server->text, owner, target,
		    update->change->name);
	return publish_end(PUBLISH_CONFLICT, update->error,
	    "server %s: there is a CNAME at %s: if nobody signs with the key "
	    "that it points to, remove it, or set cname_zone in the section "
	    "rotation",
	    update->server->text, update->change->name);
}

/*
 * Whether there is exactly one record, with the same meaning as the value; it
 * may be written differently, because the record of an imported key was made by
 * another signer.  If value is NULL: whether there is no record.
 */
static bool
shows(const ldns_rr_list *records, const char *value)
{
	char text[DKIMSIG_KEYRECORD_SIZE];
	struct record_text record = { .text = text };

	if (value == NULL)
		return ldns_rr_list_rr_count(records) == 0;
	if (ldns_rr_list_rr_count(records) != 1)
		return false;
	record.len = txt_join(ldns_rr_list_rr(records, 0), text,
	    sizeof(text));
	return record.len < sizeof(text) &&
	    record_fault_is_same(&record, value);
}

/* Whether a change can begin with these records, or has been made. */
static bool
is_expected(const struct publish_change *change, const ldns_rr_list *texts)
{
	return shows(texts, NULL) || shows(texts, change->from) ||
	    shows(texts, change->to);
}

/* Find out what is at the name. */
static enum publish_result
read_existing(const struct update *update, struct existing *existing)
{
	const char *name = update->change->name;
	enum publish_result result;
	ldns_rr_list *aliases;
	ldns_pkt *answer;
	ldns_rdf *owner;
	bool has_alias;

	memset(existing, 0, sizeof(*existing));
	if ((result = ask_existing(update, &answer)) != PUBLISH_DONE)
		return result;
	if ((owner = dname_new(name)) != NULL)
		existing->texts = ldns_pkt_rr_list_by_name_and_type(answer,
		    owner, LDNS_RR_TYPE_TXT, LDNS_SECTION_ANSWER);
	ldns_rdf_deep_free(owner);
	if (existing->texts == NULL &&
	    (existing->texts = ldns_rr_list_new()) == NULL) {
		ldns_pkt_free(answer);
		return publish_end(PUBLISH_LATER, update->error,
		    "out of memory");
	}
	aliases = ldns_pkt_rr_list_by_type(answer, LDNS_RR_TYPE_CNAME,
	    LDNS_SECTION_ANSWER);
	has_alias = aliases != NULL;
	ldns_rr_list_deep_free(aliases);
	existing->is_wildcard = !update->name_exists && (has_alias ||
	    !is_expected(update->change, existing->texts)) &&
	    dns_is_wildcard(update->server, name, answer);
	if (has_alias && !existing->is_wildcard)
		result = alias_conflict(update, answer);
	ldns_pkt_free(answer);
	return result;
}

static enum publish_result
conflict(const struct update *update, const ldns_rr_list *records)
{
	char text[128];
	size_t len;

	len = txt_printable(ldns_rr_list_rr(records, 0), text, sizeof(text));
	return publish_end(PUBLISH_CONFLICT, update->error,
	    "server %s: %s has %zu TXT record%s that %s not ours and left "
	    "unchanged: \"%s%s\": another host or a restored backup may "
	    "have published %s and sign with the key, so find out before you "
	    "remove %s",
	    update->server->text, update->change->name,
	    ldns_rr_list_rr_count(records),
	    ldns_rr_list_rr_count(records) == 1 ? "" : "s",
	    ldns_rr_list_rr_count(records) == 1 ? "is" : "are", text,
	    len < sizeof(text) ? "" : "...",
	    ldns_rr_list_rr_count(records) == 1 ? "it" : "them",
	    ldns_rr_list_rr_count(records) == 1 ? "it" : "them");
}

/* What to do about an rcode that means that the update was not made. */
static const char *
remedy_for(unsigned int rcode)
{
	switch (rcode) {
	case LDNS_RCODE_REFUSED:
		return "allow the key in tsig_key to update TXT records there; "
		    "BIND says the same if the zone is frozen, see 'rndc thaw'";
	case LDNS_RCODE_NOTAUTH:
		return "the server is not primary for this zone, or does not "
		    "allow the key to update it: set update_server in the "
		    "section rotation to the primary server, or allow the key "
		    "there";
	case LDNS_RCODE_NOTZONE:
		return "on this server, the name is in another zone";
	case LDNS_RCODE_NOTIMPL:
		return "the server does not support updates, as a secondary "
		    "server: set update_server in the section rotation to the "
		    "primary server";
	default:
		return "see the log of the server";
	}
}

/* The result by the server's rcode; sets *again if a prerequisite failed. */
static enum publish_result
judge(const struct update *update, unsigned int rcode, bool *again)
{
	switch (rcode) {
	case LDNS_RCODE_NOERROR:
		return publish_end(PUBLISH_DONE, update->error,
		    "server %s accepted the update of zone %s",
		    update->server->text, update->zone);
	case LDNS_RCODE_YXDOMAIN:
	case LDNS_RCODE_YXRRSET:
	case LDNS_RCODE_NXRRSET:
	case LDNS_RCODE_NXDOMAIN:
		*again = true;
		return publish_end(PUBLISH_CONFLICT, update->error,
		    "server %s: %s was changed by somebody else in the "
		    "meantime",
		    update->server->text, update->change->name);
	case LDNS_RCODE_SERVFAIL:
		return publish_end(PUBLISH_LATER, update->error,
		    "server %s: SERVFAIL for the update of zone %s: see the "
		    "log of the server", update->server->text, update->zone);
	default:
		break;
	}
	return publish_end(PUBLISH_FAILED, update->error,
	    "server %s: %s for the update of %s in zone %s: %s",
	    update->server->text, dns_rcode_name((int)rcode),
	    update->change->name, update->zone,
	    remedy_for(rcode));
}

static enum publish_result
send_update(const struct update *update, struct packet *request, bool *again)
{
	const struct tsig_key *key = &update->publisher->tsig;
	enum dns_query_status status;
	enum publish_result result;
	struct tsig_mac mac;
	const char *fault;
	ldns_pkt *answer;
	uint8_t *reply;
	size_t reply_len;

	tsig_sign(key, request, update->publisher->clock(), &mac);
	/* Its names, and the secret, were checked when they were read. */
	if (request->failed)
		return publish_end(PUBLISH_LATER, update->error,
		    "out of memory");
	/* After it was signed, so that it cannot be sent much later. */
	if (!publish_may_begin(update->change, update->error))
		return PUBLISH_LATER;
	status = dns_exchange(update->server, request->data, request->len,
	    &reply, &reply_len);
	if (status != DNS_ANSWERED)
		return no_answer(update, "update", status);
	if (ldns_wire2pkt(&answer, reply, reply_len) != LDNS_STATUS_OK) {
		free(reply);
		return no_answer(update, "update", DNS_GARBLED);
	}
	/* Compared with the time now: the server may have taken long. */
	fault = tsig_fault(key, &mac, answer, reply, reply_len,
	    update->publisher->clock());
	if (fault != NULL)
		result = publish_end(PUBLISH_FAILED, update->error,
		    "server %s: update of zone %s with key %s: %s (%s)",
		    update->server->text, update->zone, key->name, fault,
		    dns_rcode_name((int)ldns_pkt_get_rcode(answer)));
	else
		result = judge(update, ldns_pkt_get_rcode(answer), again);
	ldns_pkt_free(answer);
	free(reply);
	return result;
}

/* Make the change at a name where existing is. */
static enum publish_result
make_change(const struct update *update, const struct existing *existing,
    bool *again)
{
	const struct publish_change *change = update->change;
	struct packet request = { 0 };
	enum publish_result result;

	if (existing->is_wildcard ? change->to == NULL :
	    shows(existing->texts, change->to))
		return publish_end(PUBLISH_UNCHANGED, update->error,
		    "server %s: nothing to change", update->server->text);
	if (!existing->is_wildcard && !is_expected(change, existing->texts))
		return conflict(update, existing->texts);
	update_message_make(&request, update->zone, change->name,
	    existing->is_wildcard ? NULL : existing->texts, change->to,
	    change->ttl);
	result = send_update(update, &request, again);
	packet_finish(&request);
	return result;
}

static enum publish_result
try_once(struct update *update, bool *again)
{
	struct existing existing;
	enum publish_result result;

	*again = false;
	result = read_existing(update, &existing);
	if (result == PUBLISH_DONE) {
		result = make_change(update, &existing, again);
		/* A record there is the same as that of the wildcard. */
		if (*again && existing.is_wildcard)
			update->name_exists = true;
	}
	existing_finish(&existing);
	return result;
}

static enum publish_result
change_at(struct update *update)
{
	enum publish_result result;
	unsigned int tries;
	bool again;

	tries = 0;
	do
		result = try_once(update, &again);
	while (again && ++tries < MAX_TRIES);
	return result;
}

/* Try the addresses of the primary server until one of them answers. */
static enum publish_result
change_at_primary(struct update *update, const struct dns_zone *zone)
{
	enum publish_result result;
	size_t i;

	if (zone->primary[0] == '\0' || strcmp(zone->primary, ".") == 0)
		return publish_end(PUBLISH_FAILED, update->error,
		    "zone %s: its SOA record names no primary server (\".\"): "
		    "set update_server in the section rotation", zone->apex);
	result = publish_end(PUBLISH_FAILED, update->error,
	    "zone %s: its primary server %s has no address: set "
	    "update_server in the section rotation", zone->apex,
	    zone->primary);
	for (i = 0; i < zone->nprimary; i++) {
		update->server = &zone->primary_addresses[i];
		result = change_at(update);
		if (result != PUBLISH_LATER)
			break;
	}
	return result;
}

void
publish_wait_for_turn(struct publisher *publisher)
{
	const int64_t gap_ms = 1000 / PUBLISH_MAX_RATE;
	int64_t now, wait_ms;

	(void)pthread_mutex_lock(&publisher->mutex);
	now = monotonic_ms();
	if (publisher->next_update < now)
		publisher->next_update = now;
	wait_ms = publisher->next_update - now;
	publisher->next_update += gap_ms;
	(void)pthread_mutex_unlock(&publisher->mutex);
	if (wait_ms > 0)
		sleep_ms(wait_ms);
}

enum publish_result
publish_by_update(struct publisher *publisher,
    const struct publish_change *change, struct ks_error *error)
{
	const struct text_list *servers = &publisher->rotation->servers;
	struct update update = {
		.publisher = publisher, .change = change, .error = error
	};
	struct dns_zone zone;
	enum publish_result result;

	memset(&zone, 0, sizeof(zone));
	if (dns_zones_find(publisher->zones, change->name, servers->texts,
	    servers->n, &zone, error) != 0) {
		dns_zone_finish(&zone);
		return PUBLISH_LATER;
	}
	update.zone = zone.apex;
	publish_wait_for_turn(publisher);
	if (publisher->has_server) {
		update.server = &publisher->server;
		result = change_at(&update);
	} else
		result = change_at_primary(&update, &zone);
	dns_zone_finish(&zone);
	return result;
}
