/* SPDX-License-Identifier: ISC */

/*
 * Queries to a single server, to several servers in order until one gives a
 * usable answer, and for the addresses of a host.
 *
 * A server that did not answer before gets a shorter timeout (health.h).  If a
 * resolver answers SERVFAIL, the query is repeated with the CD bit (RFC 4035):
 * if that succeeds, the error says that DNSSEC validation failed.  If all
 * servers fail, the error lists the failure of each.  The addresses of a host
 * are kept for some minutes and shared by all threads.
 */

#include "probe/private.h"

#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_SECONDS	600	/* addresses are kept */
#define FAILED_SECONDS	30	/* a failed lookup is kept */

/* A query to several servers in order, and where to report their failures. */
struct round {
	struct dns_zones	*zones;
	struct dns_question	 question;
	const char		*kind;		/* "resolver", "server" */
	struct ks_error		*error;
};

enum dns_query_status
dns_ask_server(struct dns_zones *zones, const struct dns_address *server,
    const struct dns_question *question, ldns_pkt **answer)
{
	enum dns_query_status status;

	status = dns_query_within(server, question,
	    dns_health_patience(zones->health, server), answer);
	dns_health_note(zones->health, server, status);
	return status;
}

static void
begin_round(const struct round *round)
{
	if (round->error != NULL)
		(void)snprintf(round->error->text,
		    sizeof(round->error->text), "%s %s",
		    round->question.name,
		    dns_type_name(round->question.type));
}

static void
note_failure(const struct round *round, const struct dns_address *server,
    const char *reason)
{
	struct ks_error *error = round->error;
	size_t len;

	if (error == NULL)
		return;
	len = strlen(error->text);
	(void)snprintf(error->text + len, sizeof(error->text) - len,
	    ": %s %s: %s", round->kind, server->text, reason);
}

static bool
is_good(const ldns_pkt *answer)
{
	return ldns_pkt_get_rcode(answer) == LDNS_RCODE_NOERROR ||
	    ldns_pkt_get_rcode(answer) == LDNS_RCODE_NXDOMAIN;
}

/* Whether a server answers SERVFAIL only because DNSSEC validation fails. */
static bool
is_bogus(const struct round *round, const struct dns_address *server)
{
	struct dns_question question = round->question;
	ldns_pkt *answer;
	bool answers;

	question.checking_disabled = true;
	if (dns_ask_server(round->zones, server, &question, &answer) !=
	    DNS_ANSWERED)
		return false;
	answers = is_good(answer);
	ldns_pkt_free(answer);
	return answers;
}

/* What is wrong with an answer; NULL if nothing is. */
static const char *
find_flaw(const struct round *round, const struct dns_address *server,
    const ldns_pkt *answer)
{
	const bool recursive = round->question.recursive;

	if (ldns_pkt_get_rcode(answer) == LDNS_RCODE_SERVFAIL && recursive &&
	    is_bogus(round, server))
		return "SERVFAIL, but only with DNSSEC validation: the zone's "
		    "signatures, or the DS records above it, are wrong or "
		    "expired";
	if (!is_good(answer))
		return dns_rcode_name((int)ldns_pkt_get_rcode(answer));
	if (recursive && !ldns_pkt_ra(answer) && !ldns_pkt_aa(answer))
		return "not a recursive resolver";
	if (!recursive && !ldns_pkt_aa(answer))
		return "does not serve this zone";
	return NULL;
}

/* Query one server; true if its answer is usable. */
static bool
ask_one(const struct round *round, const struct dns_address *server,
    ldns_pkt **answer)
{
	enum dns_query_status status;
	const char *flaw;

	status = dns_ask_server(round->zones, server, &round->question,
	    answer);
	flaw = status == DNS_ANSWERED ? find_flaw(round, server, *answer) :
	    dns_query_text(status);
	if (flaw == NULL)
		return true;
	note_failure(round, server, flaw);
	ldns_pkt_free(*answer);
	*answer = NULL;
	return false;
}

int
dns_ask_resolvers(struct dns_zones *zones, const char *name,
    ldns_rr_type type, ldns_pkt **answer, struct ks_error *error)
{
	const struct dns_resolvers *resolvers = &zones->resolvers;
	const struct round round = {
		zones, { name, type, true, false }, "resolver", error
	};
	size_t i;

	*answer = NULL;
	begin_round(&round);
	for (i = 0; i < resolvers->naddresses; i++)
		if (ask_one(&round, &resolvers->addresses[i], answer))
			return 0;
	return KS_E_SYSTEM;
}

int
dns_ask_authority(struct dns_zones *zones,
    const struct dns_zone_server *servers, size_t nservers,
    const char *name, ldns_rr_type type, ldns_pkt **answer,
    struct ks_error *error)
{
	const struct round round = {
		zones, { name, type, false, false }, "server", error
	};
	size_t i;

	*answer = NULL;
	begin_round(&round);
	for (i = 0; i < nservers; i++)
		if (servers[i].has_address &&
		    ask_one(&round, &servers[i].address, answer))
			return 0;
	return KS_E_SYSTEM;
}

static void
add_address(struct dns_host *host, const ldns_rr *rr)
{
	struct dns_address *address;
	struct sockaddr_in6 in6;
	struct sockaddr_in in;
	const ldns_rdf *rdf;

	rdf = ldns_rr_rd_count(rr) == 1 ? ldns_rr_rdf(rr, 0) : NULL;
	if (rdf == NULL)
		return;
	if (host->naddresses == DNS_HOST_MAX) {
		host->nbeyond++;
		return;
	}
	address = &host->addresses[host->naddresses];
	if (ldns_rdf_size(rdf) == sizeof(in.sin_addr)) {
		memset(&in, 0, sizeof(in));
		in.sin_family = AF_INET;
		memcpy(&in.sin_addr, ldns_rdf_data(rdf),
		    sizeof(in.sin_addr));
		dns_address_make((const struct sockaddr *)&in, DNS_PORT,
		    address);
	} else if (ldns_rdf_size(rdf) == sizeof(in6.sin6_addr)) {
		memset(&in6, 0, sizeof(in6));
		in6.sin6_family = AF_INET6;
		memcpy(&in6.sin6_addr, ldns_rdf_data(rdf),
		    sizeof(in6.sin6_addr));
		dns_address_make((const struct sockaddr *)&in6, DNS_PORT,
		    address);
	} else
		return;
	host->naddresses++;
}

/*
 * Add the addresses of a type.  The owner is not checked: the resolver has
 * followed any CNAME.
 */
static void
add_addresses(struct dns_zones *zones, const char *name, ldns_rr_type type,
    struct dns_host *host)
{
	const ldns_rr_list *list;
	const ldns_rr *rr;
	ldns_pkt *answer;
	size_t i;

	if (dns_ask_resolvers(zones, name, type, &answer, NULL) != 0) {
		host->is_unknown = true;
		return;
	}
	list = ldns_pkt_answer(answer);
	for (i = 0; i < ldns_rr_list_rr_count(list); i++) {
		rr = ldns_rr_list_rr(list, i);
		if (ldns_rr_get_type(rr) == type &&
		    ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN)
			add_address(host, rr);
	}
	ldns_pkt_free(answer);
}

/* Which host to look up: the context of make_host(). */
struct host_wish {
	struct dns_zones	*zones;
	const char		*name;
};

static void *
make_host(void *context, int64_t *seconds)
{
	const struct host_wish *wish = context;
	struct dns_host *host;

	if ((host = calloc(1, sizeof(*host))) == NULL)
		return NULL;
	add_addresses(wish->zones, wish->name, LDNS_RR_TYPE_A, host);
	if (!host->is_unknown)
		add_addresses(wish->zones, wish->name, LDNS_RR_TYPE_AAAA,
		    host);
	*seconds = host->is_unknown ? FAILED_SECONDS : HOST_SECONDS;
	return host;
}

const struct dns_host *
dns_host_take(struct dns_zones *zones, const char *name,
    struct dns_cache_entry **entry)
{
	struct host_wish wish = { zones, name };

	return dns_cache_take(zones->hosts, name, make_host, &wish, entry);
}
