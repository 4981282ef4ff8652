/* SPDX-License-Identifier: ISC */

/*
 * Networks that the SPF records of platforms have: see postfix_networks.h.
 *
 * The records are those that sources name, and evaluated as the milter does it:
 * for the first, a middle and the last address of a network, which also finds
 * hosts by "exists:".  The lookup function notes the blocks in the texts that
 * are read on the way, so that a block inside of the network is found, too.
 *
 * A record of an own domain names own hosts, so it is left out.
 */

#include "chain/postfix_networks.h"

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "chain/private.h"
#include "config/platform_network.h"
#include "resolver/resolver.h"
#include "spf/spf.h"

#define ONE_LIMIT_MS	5000		/* for one address */
#define ALL_LIMIT_MS	30000
#define NSAMPLES	3
#define NO_RECORD	255

/* What the child finds. */
struct result {
	unsigned char	 record[PF_MAX_NETWORKS];	/* or NO_RECORD */
	bool		 is_silent[CONFIG_MAX_SPF_DOMAINS];
};

struct asked {
	struct pf_networks *networks;
	const char	*records[CONFIG_MAX_SPF_DOMAINS];
	const char	*sources[CONFIG_MAX_SPF_DOMAINS];
	size_t		 nrecords;
	struct result	 result;
};

/* The lookups for one network. */
struct reader {
	struct dns_resolver	*resolver;
	const struct network	*network;
	bool			 found;
};

/* Whether a domain is another one, or below it. */
static bool
is_in(const char *domain, const char *other)
{
	const size_t len = strlen(domain), otherlen = strlen(other);

	return len >= otherlen &&
	    strcasecmp(domain + len - otherlen, other) == 0 &&
	    (len == otherlen || domain[len - otherlen - 1] == '.');
}

/* Whether a record is of a domain of the source, or of one above or below. */
static bool
is_own(const struct source *source, const char *record)
{
	const char *domain;
	size_t i;

	for (i = 0; i < source->domains.n; i++) {
		domain = source->domains.texts[i];
		if (strncmp(domain, "*.", 2) == 0)
			domain += 2;
		if (is_in(record, domain) || is_in(domain, record))
			return true;
	}
	return false;
}

/* All records, once each: a configuration that names more has errors. */
static void
find_records(const struct config *config, struct asked *asked)
{
	const struct source *s;
	size_t i, j, k;

	for (i = 0; i < config->nsources; i++) {
		s = &config->sources[i];
		for (j = 0; j < s->spf.n; j++) {
			for (k = 0; k < asked->nrecords && strcasecmp(
			    asked->records[k], s->spf.texts[j]) != 0; k++)
				;
			if (k < asked->nrecords || is_own(s, s->spf.texts[j]) ||
			    k == CONFIG_MAX_SPF_DOMAINS)
				continue;
			asked->records[k] = s->spf.texts[j];
			asked->sources[k] = s->name;
			asked->nrecords++;
		}
	}
}

/* Whether DNS could tell something about an item. */
static bool
is_open(const struct pf_network *item)
{
	return item->is_block && !item->is_wide && item->platform == NULL &&
	    chain_is_public(item->network.family, item->network.address);
}

/* Note blocks of a record that overlap the network: "ip4:192.0.2.0/24". */
static void
read_text(struct reader *reader, const char *text)
{
	char block[64];
	struct network network;
	size_t len;

	if (strncasecmp(text, "v=spf1 ", 7) != 0)
		return;
	for (; *text != '\0'; text += len) {
		text += strspn(text, " ");
		len = strcspn(text, " ");
		if (*text == '+') {
			text++;
			len--;
		}
		if ((strncasecmp(text, "ip4:", 4) != 0 &&
		    strncasecmp(text, "ip6:", 4) != 0) ||
		    len - 4 >= sizeof(block))
			continue;
		memcpy(block, text + 4, len - 4);
		block[len - 4] = '\0';
		memset(&network, 0, sizeof(network));
		if (network_parse(block, &network) == NETWORK_OK &&
		    network_overlaps(&network, reader->network))
			reader->found = true;
	}
}

static enum dns_status
look_up(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	struct reader *reader = arg;
	enum dns_status status;
	size_t i;

	status = dns_lookup(reader->resolver, name, type, answer);
	for (i = 0; status == DNS_OK && type == DNS_TXT &&
	    i < answer->n; i++)
		read_text(reader, (const char *)answer->records[i].data);
	return status;
}

/* The first (0), a middle (1) and the last address of a network. */
static void
sample(const struct network *network, unsigned int which,
    unsigned char address[16])
{
	const unsigned int size = network->family == AF_INET ? 32 : 128;
	unsigned int bit;

	memcpy(address, network->address, 16);
	for (bit = network->prefix_length; which > 0 && bit < size; bit++)
		if (which == 2 || bit % 2 == 0)
			address[bit / 8] |= (unsigned char)(0x80u >> bit % 8);
}

/* Whether the record has a part of the network. */
static bool
has_network(const struct chain *chain, struct dns_resolver *resolver,
    const char *record, const struct network *network, bool *is_silent)
{
	struct reader reader = { .resolver = resolver, .network = network };
	unsigned char address[16];
	struct spf_answer answer;
	struct spf_query query;
	unsigned int i;

	for (i = 0; i < NSAMPLES && !reader.found; i++) {
		sample(network, i, address);
		memset(&query, 0, sizeof(query));
		query.family = network->family;
		query.address = address;
		query.domain = record;
		query.now = chain->now;
		query.timeout_ms = ONE_LIMIT_MS;
		query.lookup = look_up;
		query.arg = &reader;
		spf_check_host(&query, &answer);
		if (answer.result == SPF_PASS)
			return true;
		if (answer.result == SPF_TEMPERROR) {
			*is_silent = !reader.found;
			break;
		}
	}
	return reader.found;
}

/* In the child. */
static void
ask_all(const struct chain *chain, struct dns_resolver *resolver, void *arg)
{
	const int64_t end_ms = monotonic_ms() + ALL_LIMIT_MS;
	struct asked *asked = arg;
	const struct pf_network *item;
	size_t i, j;

	memset(&asked->result, 0, sizeof(asked->result));
	memset(asked->result.record, NO_RECORD, sizeof(asked->result.record));
	for (j = 0; j < asked->nrecords; j++)
		for (i = 0; i < asked->networks->n &&
		    !asked->result.is_silent[j]; i++) {
			item = &asked->networks->items[i];
			if (!is_open(item) ||
			    asked->result.record[i] != NO_RECORD)
				continue;
			if (monotonic_ms() > end_ms)
				asked->result.is_silent[j] = true;
			else if (has_network(chain, resolver,
			    asked->records[j], &item->network,
			    &asked->result.is_silent[j]))
				asked->result.record[i] = (unsigned char)j;
		}
}

/* Take over what the child has found: it is not trusted. */
static bool
use_result(struct asked *asked, char *why, size_t size)
{
	struct pf_network *item;
	size_t i, record;

	for (i = 0; i < asked->networks->n; i++) {
		item = &asked->networks->items[i];
		record = asked->result.record[i];
		if (!is_open(item) || record >= asked->nrecords)
			continue;
		(void)snprintf(item->name, sizeof(item->name), "in the SPF "
		    "record %s of source \"%s\"", asked->records[record],
		    asked->sources[record]);
		item->platform = item->name;
	}
	for (i = 0; i < asked->nrecords; i++)
		if (asked->result.is_silent[i]) {
			(void)snprintf(why, size, "DNS does not answer about "
			    "the SPF record %s", asked->records[i]);
			return false;
		}
	return true;
}

bool
pf_networks_by_spf(const struct chain *chain, struct pf_networks *networks,
    char *why, size_t size)
{
	struct asked *asked;
	bool is_known;
	size_t i;

	for (i = 0; i < networks->n && !is_open(&networks->items[i]); i++)
		;
	if (i == networks->n)
		return true;
	if ((asked = calloc(1, sizeof(*asked))) == NULL) {
		(void)strlcpy(why, "out of memory", size);
		return false;
	}
	asked->networks = networks;
	find_records(chain->config, asked);
	is_known = asked->nrecords == 0;
	if (!is_known && (!chain->has_user || !chain_ask_dns(chain, ask_all,
	    asked, &asked->result, sizeof(asked->result))))
		(void)snprintf(why, size, "SPF records cannot be looked up as "
		    "user %s", chain->config->user);
	else if (!is_known)
		is_known = use_result(asked, why, size);
	free(asked);
	return is_known;
}
