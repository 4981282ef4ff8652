/* SPDX-License-Identifier: ISC */

/*
 * A small world, so that things often match: each list is some of the few
 * texts of its kind, each fact one of a few, or octets of the input itself.
 */

#include "policyworld.h"

#include <sys/socket.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NOW	1000000
#define COUNT(array)	(sizeof(array) / sizeof(array[0]))

#define ORG	"00D4x000004z0H4"
#define BOUNCE	"u@r.4x-4z0h4eai.na1.bnc.salesforce.com"

/* What sources ask for. */
static const char *const domains[] = { "example.com", "*.example.com",
    "example.org" };
static const char *const organizations[] = { "example.com", "example.com",
    "example.org" };
static const char *const hosts[] = { "*.example.net", "mx*.example.net",
    "mx.example.net" };
static const char *const issuers[] = { "Example CA", "E*A*", "*" };
static const char *const logins[] = { "one", "two", "three" };
static const char *const daemons[] = { "relay", "10025", "smtpd" };
static const char *const senders[] = { "<>", "*@example.com", "u@*" };
static const char *const authors[] = { "u@example.com",
    "*@*.example.com", "!v@example.org" };
static const char *const ids[] = { ORG, "00D8d000003TRx3",
    "00DA0000000Hu5a" };
const char *const policyworld_spf[POLICYWORLD_SPF] = { "a.example",
    "b.example", "c.example" };
static const char *const values[] = { "abc", "ABC", ORG };
static const char *const sdids[] = { "tenant.example", "*.tenant.example",
    "t*.example" };
static const char *const selectors[] = { "s", "s*", "k" };
static const char *const signed_fields[] = { "from", "to", "subject" };
static const char *const names[] = { "X-Org", "X-Secret", "X-Tenant" };
static const char *const lower_names[] = { "x-org", "x-secret", "x-tenant" };

/* What messages say; NULL is "nothing". */
static const struct fact_domain said_authors[] = {
	{ "example.com", "example.com" }, { "a.example.com", "example.com" },
	{ "example.org", "example.org" }, { "evil.example", "evil.example" },
	{ "b.example.org", "example.org" }, { "a.b.example.com",
	    "example.com" }, { "com", "com" }, { "?.example.org",
	    "example.org" },
};
static const char *const said_hosts[] = { NULL, "mx.example.net",
    "a.b.example.net", "" };
static const char *const said_issuers[] = { NULL, "Example CA", "", "E" };
static const char *const said_logins[] = { NULL, "one", "two", "" };
static const char *const said_daemons[] = { NULL, "relay", "smtpd", "25" };
static const char *const said_ports[] = { NULL, "10025", "25", "" };
static const char *const said_senders[] = { NULL, "", "u@example.com",
    BOUNCE };
static const char *const said_locals[] = { "u", "v", "U", NULL };
static const char *const said_sdids[] = { "tenant.example",
    "a.tenant.example", "evil.example" };

static unsigned int
next(struct policyworld *world)
{
	if (world->len == 0)
		return 0;
	world->len--;
	return *world->data++;
}

/* Each bit of an octet says whether a text of the kind is in the list. */
static struct text_list
make_list(struct policyworld *world, size_t source, size_t list,
    const char *const *all)
{
	const char **texts = world->texts[source][list];
	unsigned int bits = next(world);
	size_t n = 0, i;

	/* Half of the lists are empty: such a factor is not asked for. */
	if ((bits & 0x10) != 0)
		return (struct text_list){ NULL, 0 };
	for (i = 0; i < POLICYWORLD_TEXTS; i++)
		if ((bits & 1u << i) != 0)
			texts[n++] = all[i];
	return (struct text_list){ texts, n };
}

static void
make_networks(struct policyworld *world, size_t at, struct source *source)
{
	struct network *networks = world->networks[at];
	unsigned int bits = next(world);
	size_t i;

	for (i = 0; i < 2; i++, bits >>= 3) {
		networks[i].family = (bits & 1) != 0 ? AF_INET6 : AF_INET;
		networks[i].excluded = (bits & 2) != 0;
		networks[i].prefix_length = (bits & 4) != 0 ? 8 : 0;
		networks[i].address[0] = (bits & 4) != 0 ? 10 : 0;
	}
	source->networks = networks;
	source->nnetworks = bits % 4 == 3 ? 2 : bits % 4 == 2 ? 1 : 0;
}

static void
make_rules(struct policyworld *world, size_t at, struct source *source)
{
	struct header_rule *header;
	struct dkim_rule *dkim;
	unsigned int bits = next(world);
	size_t i;

	source->headers = world->headers[at];
	source->nheaders = bits % 3;
	for (i = 0; i < 2; i++) {
		header = &world->headers[at][i];
		header->name = names[i * 2];
		header->compare = (enum header_compare)(next(world) % 4);
		header->values = make_list(world, at, 8 + i,
		    header->compare == HEADER_SALESFORCE_ID ? ids : values);
		header->optional = (bits & 0x10) != 0;
	}
	source->secrets = &world->secrets[at];
	source->nsecrets = (bits >> 5) % 2;
	world->secrets[at].name = names[1];
	world->secrets[at].values = (struct text_list){ values,
	    1 + (bits >> 7) };
	source->dkims = world->dkims[at];
	bits = next(world);
	source->ndkims = bits % 4 < 3 ? bits % 4 : 0;
	for (i = 0; i < 2; i++, bits >>= 2) {
		dkim = &world->dkims[at][i];
		dkim->sdids = (struct text_list){ sdids, 1 + bits / 4 % 3 };
		dkim->selectors = make_list(world, at, 10 + i, selectors);
		dkim->fields = (struct text_list){ signed_fields,
		    bits / 16 % 3 };
		dkim->max_age = 900;
		dkim->max_uses = 1;
	}
}

/* One that a configuration can name. */
static enum action
make_action(unsigned int bits)
{
	return (enum action)(ACTION_PASS + bits % 4);
}

static void
make_source(struct policyworld *world, size_t at)
{
	struct source *source = &world->sources[at];
	unsigned int bits = next(world);

	source->name = logins[at];
	source->domains = (struct text_list){ domains, 1 + bits % 3 };
	source->organizations = (struct text_list){ organizations,
	    source->domains.n };
	source->observe = bits / 4 % 4 == 0;
	source->on_mismatch = make_action(bits / 16);
	source->bounce = (enum bounce_rule)(bits / 64 % 3);
	bits = next(world);
	source->tls = (enum tls_version)(bits % 8 > TLS_1_3 ? 0 : bits % 8);
	make_networks(world, at, source);
	source->ptr = make_list(world, at, 0, hosts);
	source->helo = make_list(world, at, 1, hosts);
	source->cert_cn = make_list(world, at, 2, hosts);
	source->cert_issuer = make_list(world, at, 3, issuers);
	source->login = make_list(world, at, 4, logins);
	source->any_login = source->login.n == 0 && bits / 32 == 7;
	if (source->any_login)
		source->platform_logins = (struct text_list){ logins, 1 };
	source->daemon = make_list(world, at, 5, daemons);
	source->envelope = make_list(world, at, 6, senders);
	source->bounce_ids = (struct text_list){ ids, bits / 8 % 4 };
	source->on_fault = make_action(bits / 32);
	source->on_unclear_author = make_action(next(world));
	source->spf = make_list(world, at, 7, policyworld_spf);
	make_rules(world, at, source);
}

/* One of four texts, or the next octets of the input. */
static int
say(struct policyworld *world, char **fact, const char *const *said)
{
	char raw[64];
	unsigned int bits = next(world);
	size_t len = 0;

	if (bits < 224)
		return facts_set(fact, said[bits % 4]);
	for (bits -= 224; len < bits && world->len > 0; len++)
		raw[len] = (char)next(world);
	raw[len] = '\0';
	return facts_set(fact, raw);
}

static int
make_fields(struct policyworld *world)
{
	unsigned int bits, n = next(world) % 5;
	const char *value, *name;
	char raw[16];
	size_t len;

	for (; n > 0; n--) {
		bits = next(world);
		name = names[bits % 3];
		value = values[bits / 4 % 3];
		len = strlen(value);
		if (bits / 16 % 8 == 7) {
			value = raw;
			for (len = 0; len < sizeof(raw) && world->len > 0;
			    len++)
				raw[len] = (char)next(world);
		}
		if (facts_add_header(&world->facts, &world->config, name,
		    strlen(name), value, len) != 0)
			return -1;
	}
	return 0;
}

/* Mostly one that is certain. */
static int
make_authors(struct policyworld *world)
{
	struct facts *facts = &world->facts;
	const struct fact_domain *author;
	unsigned int bits = next(world), n, i;

	n = bits < 16 ? 0 : bits < 64 ? 2 : 1;
	facts->unreadable = bits % 8 == 0;
	facts->overflow = bits % 32 == 0;
	facts->nfrom = n == 0 ? bits % 2 : bits % 16 == 1 ? 2 : 1;
	for (i = 0; i < n; i++) {
		author = &said_authors[next(world) % (n == 1 ? 4 : 8)];
		if (i > 0 && strcmp(author->name, facts->authors[0].name) == 0)
			break;
		if (facts_add_author(facts, author->name,
		    author->organization) != 0)
			return -1;
	}
	bits = next(world);
	facts->sender = (enum sender_kind)(bits % 4 % 3);
	facts->sender_domain = said_authors[bits / 4 % 8];
	return 0;
}

static int
make_facts(struct policyworld *world)
{
	struct facts *facts = &world->facts;
	unsigned int bits = next(world);

	facts_reset_message(facts);
	facts->client_family = bits % 3 == 0 ? 0 : bits % 3 == 1 ? AF_INET :
	    AF_INET6;
	facts->client_address[0] = (bits & 4) != 0 ? 10 : 11;
	facts->tls = (enum tls_version)(bits / 8 % 5);
	facts->now = NOW;
	if (make_authors(world) != 0)
		return -1;
	bits = next(world);
	facts->faults = bits / 4 % 4 == 3 ? 1u << bits / 16 % 8 : 0;
	facts->malformed = bits / 4 % 32 == 2;
	if (say(world, &facts->client_name, said_hosts) != 0 ||
	    say(world, &facts->helo, said_hosts) != 0 ||
	    say(world, &facts->cert_cn, said_hosts) != 0 ||
	    say(world, &facts->cert_issuer, said_issuers) != 0 ||
	    say(world, &facts->login, said_logins) != 0 ||
	    say(world, &facts->daemon_name, said_daemons) != 0 ||
	    say(world, &facts->daemon_port, said_ports) != 0 ||
	    say(world, &facts->envelope, said_senders) != 0)
		return -1;
	return make_fields(world);
}

static void
make_answers(struct policyworld *world)
{
	static const int64_t ages[] = { 0, 900, 901, -300, -301, NOW + 1 };
	static const enum fact_answer owns[] = { FACT_NO, FACT_NO, FACT_NO,
	    FACT_YES, FACT_TEMPFAIL, FACT_UNKNOWN };
	struct fact_signature *signature;
	unsigned int bits = next(world);
	size_t i;

	for (i = 0; i < POLICYWORLD_SPF; i++, bits >>= 2)
		world->spf[i] = bits % 4 == 0 ? FACT_YES :
		    (enum fact_answer)(bits % 4);
	world->nsignatures = bits % 4;
	for (i = 0; i < world->nsignatures; i++) {
		signature = &world->signatures[i];
		bits = next(world);
		signature->sdid = said_sdids[bits % 3];
		signature->selector = selectors[bits / 4 % 3];
		signature->fields = signed_fields;
		signature->nfields = 1 + bits / 16 % 3;
		signature->used_up = bits / 64 == 3;
		bits = next(world);
		signature->valid = bits % 8 > FACT_TEMPFAIL ? FACT_YES :
		    (enum fact_answer)(bits % 8);
		signature->timestamp = NOW - ages[bits / 8 % COUNT(ages)];
		signature->own = owns[bits / 48 % COUNT(owns)];
	}
}

/* Last of the input, so that what else it says stays the same. */
static int
make_addresses(struct policyworld *world)
{
	struct facts *facts = &world->facts;
	unsigned int bits = next(world), n, i;

	facts->more_addresses = bits % 16 == 15;
	n = bits / 16 % 4;
	for (i = 0; i < n; i++) {
		bits = next(world);
		if (facts_add_address(facts, said_locals[bits % 4],
		    said_authors[bits / 4 % 6].name) != 0)
			return -1;
	}
	for (i = 0; i < world->config.nsources; i++)
		world->sources[i].authors = make_list(world, i, 12, authors);
	return 0;
}

int
policyworld_init(struct policyworld *world, const uint8_t *data, size_t len)
{
	size_t i;

	memset(world, 0, sizeof(*world));
	world->data = data;
	world->len = len;
	world->config.sources = world->sources;
	world->config.nsources = next(world) % (POLICYWORLD_SOURCES + 1);
	world->config.header_names = (struct text_list){ lower_names,
	    COUNT(lower_names) };
	if (make_facts(world) != 0)
		return -1;
	make_answers(world);
	for (i = 0; i < world->config.nsources; i++)
		make_source(world, i);
	return make_addresses(world);
}

void
policyworld_finish(struct policyworld *world)
{
	facts_finish(&world->facts);
}
