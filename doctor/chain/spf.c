/* SPDX-License-Identifier: ISC */

/*
 * SPF of this host: whether mail that it sends with envelope addresses of the
 * domains of the sources would pass.  If it would not, DMARC depends on the
 * signature alone.  That is usual for mail of a platform, whose bounces go back
 * to the platform, so it is only noted.
 *
 * The addresses are those of the interfaces.  Behind NAT, or if mail leaves
 * through another host, the address that receivers see is not known.
 *
 * DNS is asked by a child that is the user of the milter (spf_child.c).  If
 * that process fails, or DNS does not answer, it is unknown.
 */

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "chain/chain.h"
#include "chain/private.h"
#include "machine/postfix.h"
#include "resolver/resolver.h"
#include "spf/spf.h"

#define AREA		"DNS"
#define MAX_ADDRESSES	8
#define MAX_DOMAINS	50
#define ONE_LIMIT_MS	5000		/* for one check */
#define ALL_LIMIT_MS	60000

struct host_address {
	int		 family;
	unsigned char	 octets[16];
	char		 text[INET6_ADDRSTRLEN];
};

/* What the child found, for one address and one domain. */
struct host_result {
	enum spf_result	 result;
	char		 reason[128];
};

struct host {
	struct host_address addresses[MAX_ADDRESSES];
	size_t		 naddresses;
	const char	*domains[MAX_DOMAINS];
	size_t		 ndomains;
	struct host_result results[MAX_DOMAINS * MAX_ADDRESSES];
};

static bool
read_address(const struct sockaddr *sa, struct host_address *address)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	memset(address, 0, sizeof(*address));
	if (sa == NULL)
		return false;
	address->family = sa->sa_family;
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		memcpy(address->octets, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		memcpy(address->octets, &in6.sin6_addr, 16);
	} else
		return false;
	return inet_ntop(address->family, address->octets, address->text,
	    sizeof(address->text)) != NULL;
}

static void
find_addresses(struct host *host)
{
	struct ifaddrs *list, *item;

	if (getifaddrs(&list) == -1)
		return;
	for (item = list; item != NULL && host->naddresses < MAX_ADDRESSES;
	    item = item->ifa_next)
		if (read_address(item->ifa_addr,
		    &host->addresses[host->naddresses]) &&
		    chain_is_public(
		    host->addresses[host->naddresses].family,
		    host->addresses[host->naddresses].octets))
			host->naddresses++;
	freeifaddrs(list);
}

/* The domains of sources, without patterns; each once. */
static void
find_domains(const struct config *config, struct host *host)
{
	const struct text_list *list;
	size_t i, j, k;

	for (i = 0; i < config->nsources; i++) {
		list = &config->sources[i].domains;
		for (j = 0; j < list->n && host->ndomains < MAX_DOMAINS; j++) {
			for (k = 0; k < host->ndomains && strcmp(
			    host->domains[k], list->texts[j]) != 0; k++)
				;
			if (k == host->ndomains && strchr(list->texts[j],
			    '*') == NULL)
				host->domains[host->ndomains++] =
				    list->texts[j];
		}
	}
}

/* In the child: check all domains. */
static void
check_all(const struct chain *chain, struct dns_resolver *resolver, void *arg)
{
	const int64_t end_ms = monotonic_ms() + ALL_LIMIT_MS;
	struct host *host = arg;
	struct spf_answer answer;
	struct spf_query query;
	size_t i;

	for (i = 0; i < host->ndomains * host->naddresses; i++) {
		host->results[i].result = SPF_TEMPERROR;
		if (monotonic_ms() > end_ms)
			continue;
		memset(&query, 0, sizeof(query));
		query.family = host->addresses[i % host->naddresses].family;
		query.address = host->addresses[i % host->naddresses].octets;
		query.domain = host->domains[i / host->naddresses];
		query.now = chain->now;
		query.timeout_ms = ONE_LIMIT_MS;
		query.lookup = dns_lookup;
		query.arg = resolver;
		spf_check_host(&query, &answer);
		host->results[i].result = answer.result;
		(void)strlcpy(host->results[i].reason, answer.reason,
		    sizeof(host->results[i].reason));
	}
}

/* Whether what the child wrote can be used: it is not trusted. */
static bool
is_sane(const struct host *host)
{
	size_t i;

	for (i = 0; i < host->ndomains * host->naddresses; i++)
		if ((unsigned int)host->results[i].result > SPF_PERMERROR ||
		    memchr(host->results[i].reason, '\0',
		    sizeof(host->results[i].reason)) == NULL)
			return false;
	return true;
}

/* Add a finding for a domain: the first address that does not pass. */
static void
add_domain(const struct host *host, size_t i, struct findings *findings)
{
	const struct host_result *results =
	    &host->results[i * host->naddresses], *result = results;
	const char *address;
	size_t j;

	/* Without a record, that is a finding of its own. */
	for (j = 0; j < host->naddresses; j++, result++)
		if (result->result != SPF_PASS && result->result != SPF_NONE)
			break;
	if (j == host->naddresses) {
		findings_add(findings, "spf-host", FINDING_WELL, AREA,
		    host->domains[i], NULL, "SPF does not stand against mail "
		    "of this host");
		return;
	}
	address = host->addresses[j].text;
	if (result->result == SPF_TEMPERROR)
		findings_add(findings, "spf-host", FINDING_UNKNOWN, AREA,
		    host->domains[i], NULL, "DNS did not answer about the SPF "
		    "record: %s.", result->reason);
	else
		findings_add(findings, "spf-host", FINDING_NOTE, AREA,
		    host->domains[i], NULL, "Mail from %s with envelope "
		    "addresses of this domain gets the SPF result %s (%s), "
		    "so DMARC depends on the signature alone. If this host "
		    "sends such mail, add %s:%s to the SPF record.", address,
		    spf_result_name(result->result), result->reason,
		    host->addresses[j].family == AF_INET ? "ip4" : "ip6",
		    address);
}

void
chain_spf(struct chain *chain, struct findings *findings)
{
	struct host *host;
	size_t i;

	if (chain->config == NULL || !chain->has_user ||
	    (chain->postfix != NULL && postfix_parameter(chain->postfix,
	    "relayhost")[0] != '\0'))
		return;
	if ((host = calloc(1, sizeof(*host))) == NULL) {
		findings->is_incomplete = true;
		return;
	}
	find_addresses(host);
	find_domains(chain->config, host);
	if (host->naddresses > 0 && host->ndomains > 0) {
		if (chain_ask_dns(chain, check_all, host, host->results,
		    sizeof(host->results)) && is_sane(host))
			for (i = 0; i < host->ndomains; i++)
				add_domain(host, i, findings);
		else
			findings_add(findings, "spf-host", FINDING_UNKNOWN,
			    AREA, "this host", NULL, "The SPF records could "
			    "not be looked up as user %s.",
			    chain->config->user);
	}
	free(host);
}
