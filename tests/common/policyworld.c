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
static const char *const hosts[] = { "*.example.net", "mx*.example.net",
    "mx.example.net" };
static const char *const issuers[] = { "Example CA", "E*A*", "*" };
static const char *const logins[] = { "one", "two", "three" };
static const char *const daemons[] = { "relay", "10025", "smtpd" };
static const char *const senders[] = { "<>", "*@example.com", "u@*" };
static const char *const ids[] = { ORG, "00D8d000003TRx3",
    "00DA0000000Hu5a" };
static const char *const spfs[POLICYWORLD_SPF] = { "a.example", "b.example",
    "c.example" };
static const char *const values[] = { "abc", "ABC", ORG };
static const char *const sdids[] = { "tenant.example", "*.tenant.example",
    "t*.example" };
static const char *const selectors[] = { "s", "s*", "k" };
static const char *const signed_fields[] = { "from", "to", "subject" };
static const char *const names[] = { "X-Org", "X-Secret", "X-Tenant" };
static const char *const lower_names[] = { "x-org", "x-secret", "x-tenant" };

/* What messages say; NULL is "nothing". */
static const char *const said_authors[] = { "example.com", "a.example.com",
    "example.org", "evil.example" };
static const char *const said_hosts[] = { NULL, "mx.example.net",
    "a.b.example.net", "" };
static const char *const said_issuers[] = { NULL, "Example CA", "", "E" };
static const char *const said_logins[] = { NULL, "one", "two", "" };
static const char *const said_daemons[] = { NULL, "relay", "smtpd", "25" };
static const char *const said_ports[] = { NULL, "10025", "25", "" };
static const char *const said_senders[] = { NULL, "", "u@example.com",
    BOUNCE };
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

static void
make_source(struct policyworld *world, size_t at)
{
	struct source *source = &world->sources[at];
	unsigned int bits = next(world);

	source->name = logins[at];
	source->domains = (struct text_list){ domains, 1 + bits % 3 };
	source->observe = bits / 4 % 4 == 0;
	source->on_mismatch = (enum action)(bits / 16 % 4);
	source->bounce = (enum bounce_rule)(bits / 64 % 3);
	bits = next(world);
	source->tls = (enum tls_version)(bits % 8 > TLS_1_3 ? 0 : bits % 8);
	make_networks(world, at, source);
	source->ptr = make_list(world, at, 0, hosts);
	source->helo = make_list(world, at, 1, hosts);
	source->cert_cn = make_list(world, at, 2, hosts);
	source->cert_issuer = make_list(world, at, 3, issuers);
	source->login = make_list(world, at, 4, logins);
	source->daemon = make_list(world, at, 5, daemons);
	source->envelope = make_list(world, at, 6, senders);
	source->bounce_ids = (struct text_list){ ids, bits / 8 % 4 };
	source->on_fault = (enum action)(bits / 32 % 4);
	source->spf = make_list(world, at, 7, spfs);
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
	facts->author_error = bits < 8 ? DKIMSIG_E_MANYFROM : 0;
	bits = next(world);
	strlcpy(facts->author_domain, said_authors[bits % 4],
	    sizeof(facts->author_domain));
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
	return 0;
}

void
policyworld_finish(struct policyworld *world)
{
	facts_finish(&world->facts);
}

/*
 * What must be true.
 */

static bool
is_good(const struct facts *facts, const struct source *source)
{
	struct factor_result results[POLICY_MAX_FACTORS];
	size_t n = policy_examine(facts, source, results), i;

	for (i = 0; i < n; i++)
		if (!policy_outcome_is_good(results[i].outcome))
			return false;
	return n > 0;
}

/* Whether nothing but DNS or the signers stand in its way. */
static bool
is_late(const struct facts *facts, const struct source *source)
{
	struct factor_result results[POLICY_MAX_FACTORS];
	size_t n = policy_examine(facts, source, results), i;

	for (i = 0; i < n; i++)
		if (!policy_outcome_is_good(results[i].outcome) &&
		    !policy_outcome_is_late(results[i].outcome) &&
		    results[i].outcome != OUTCOME_UNKNOWN)
			return false;
	return n > 0;
}

static bool
is_candidate(const struct policyworld *world, const struct source *source)
{
	return world->facts.author_error == 0 &&
	    policy_source_allows(source, world->facts.author_domain);
}

/* Pointers are into config and facts, numbers within their bounds. */
static const char *
check_bounds(const struct policyworld *world, const struct decision *d)
{
	const struct source *s = d->source;
	const struct factor_result *result;
	char why[512];
	size_t i;

	memset(why, 1, sizeof(why));
	policy_explain(d, &world->facts, why, sizeof(why));
	if (memchr(why, '\0', sizeof(why)) == NULL)
		return "an explanation without end";
	if (s == NULL)
		return d->nresults == 0 ? NULL : "results of no source";
	if (s < world->sources ||
	    s >= world->sources + world->config.nsources)
		return "a source from elsewhere";
	if (!is_candidate(world, s) || s->observe != d->observed)
		return "a source that is no candidate";
	if (d->nresults > POLICY_MAX_FACTORS || d->failed > d->nresults)
		return "too many results";
	for (i = 0; i < d->nresults; i++) {
		result = &d->results[i];
		if ((result->factor == FACTOR_DKIM) != (result->dkim != NULL))
			return "a signature's rule elsewhere";
		if (result->dkim != NULL && (result->dkim < s->dkims ||
		    result->dkim >= s->dkims + s->ndkims))
			return "a rule of another source";
		if (result->dkim != NULL && result->outcome ==
		    OUTCOME_HOLDS && result->signature >=
		    world->facts.nsignatures)
			return "a signature that is not there";
	}
	return NULL;
}

static const char *
check_question(const struct policyworld *world, const struct decision *d)
{
	const struct fact_spf *fact;
	size_t i;

	if ((d->verdict == VERDICT_ASK) != (d->question != QUESTION_NONE))
		return "a question and its verdict";
	if (d->verdict != VERDICT_ASK)
		return NULL;
	for (i = 0; i < d->nresults; i++)
		if (!policy_outcome_is_good(d->results[i].outcome) &&
		    d->results[i].outcome != OUTCOME_UNKNOWN)
			return "asked in spite of a failure";
	if (d->question == QUESTION_DKIM)
		return d->source->ndkims > 0 && !world->facts.dkim_known ?
		    NULL : "signatures asked for in vain";
	fact = facts_spf(&world->facts, d->spf_domain);
	if (fact != NULL && fact->covers != FACT_UNKNOWN)
		return "SPF asked for again";
	for (i = 0; i < d->source->spf.n; i++)
		if (d->source->spf.texts[i] == d->spf_domain)
			return NULL;
	return "SPF of a domain from elsewhere";
}

static const enum verdict verdicts[] = {
	[ACTION_PASS] = VERDICT_PASS,
	[ACTION_TEMPFAIL] = VERDICT_TEMPFAIL,
	[ACTION_QUARANTINE] = VERDICT_QUARANTINE,
	[ACTION_REJECT] = VERDICT_REJECT,
};

/* Of the sources that count: the first that holds, and what else there is. */
struct summary {
	const struct source *good;
	enum verdict	 strictest;
	bool		 observing, late;
	size_t		 n;
};

static void
summarize(const struct policyworld *world, struct summary *sum)
{
	const struct source *s;
	size_t i;

	memset(sum, 0, sizeof(*sum));
	sum->observing = true;
	for (i = 0; i < world->config.nsources; i++)
		if (is_candidate(world, &world->sources[i]) &&
		    !world->sources[i].observe)
			sum->observing = false;
	for (i = 0; i < world->config.nsources; i++) {
		s = &world->sources[i];
		if (!is_candidate(world, s) || s->observe != sum->observing)
			continue;
		sum->n++;
		if (sum->good == NULL && is_good(&world->facts, s))
			sum->good = s;
		if (is_late(&world->facts, s))
			sum->late = true;
		if (verdicts[s->on_mismatch] > sum->strictest)
			sum->strictest = verdicts[s->on_mismatch];
	}
}

/* What the sources by themselves come to, once there is no question left. */
static const char *
check_verdict(const struct policyworld *world, const struct decision *d)
{
	struct summary sum;

	summarize(world, &sum);
	if (sum.n == 0)
		return d->verdict == VERDICT_PASS && d->source == NULL ?
		    NULL : "a verdict without a source";
	if (d->observed != sum.observing)
		return "an observing source before another";
	if (sum.good != NULL) {
		if (d->source != sum.good || d->failed != d->nresults)
			return "not the first source that holds";
		if (d->reason == REASON_FAULT)
			return d->verdict == verdicts[sum.good->on_fault] &&
			    (world->facts.malformed ||
			    world->facts.faults != 0) ? NULL :
			    "a fault that is none, or not its on_fault";
		if (world->facts.malformed)
			return "a malformed message signed";
		return d->verdict == VERDICT_SIGN ? NULL : "not signed";
	}
	if (d->verdict == VERDICT_SIGN)
		return "signed for no source";
	if (d->nresults > 0 && (d->failed == d->nresults ||
	    policy_outcome_is_good(d->results[d->failed].outcome)))
		return "failed for no factor";
	if (d->reason != (sum.late ? REASON_UNKNOWN : REASON_MISMATCH))
		return "late, or a mismatch?";
	return d->verdict == (sum.late ? VERDICT_TEMPFAIL : sum.strictest) ?
	    NULL : "not the strictest";
}

static bool
is_same(const struct decision *a, const struct decision *b)
{
	return a->verdict == b->verdict && a->reason == b->reason &&
	    a->source == b->source && a->observed == b->observed &&
	    a->nresults == b->nresults && a->failed == b->failed &&
	    a->question == b->question && a->spf_domain == b->spf_domain;
}

static int
answer(struct policyworld *world, const struct decision *d)
{
	struct facts *facts = &world->facts;
	size_t size = world->nsignatures * sizeof(world->signatures[0]), i;

	if (d->question == QUESTION_SPF) {
		for (i = 0; strcmp(spfs[i], d->spf_domain) != 0; i++)
			;
		return facts_set_spf(facts, spfs[i], world->spf[i], "") ? 0 :
		    -1;
	}
	if ((facts->signatures = malloc(size + 1)) == NULL)
		return -1;
	memcpy(facts->signatures, world->signatures, size);
	facts->nsignatures = world->nsignatures;
	facts->dkim_known = true;
	return 0;
}

/* Answer what is asked until there is a verdict. */
static const char *
decide(struct policyworld *world, struct decision *d)
{
	struct decision again;
	const char *wrong;
	size_t rounds;

	for (rounds = 0; rounds <= POLICYWORLD_SPF + 1; rounds++) {
		policy_decide(&world->facts, &world->config, d);
		policy_decide(&world->facts, &world->config, &again);
		if (!is_same(d, &again))
			return "another decision of the same facts";
		if ((wrong = check_bounds(world, d)) != NULL ||
		    (wrong = check_question(world, d)) != NULL)
			return wrong;
		if (d->verdict != VERDICT_ASK)
			return check_verdict(world, d);
		if (answer(world, d) != 0)
			return "an answer that is not taken";
	}
	return "asked without end";
}

static void
forget_answers(struct facts *facts)
{
	free(facts->signatures);
	facts->signatures = NULL;
	facts->nsignatures = 0;
	facts->dkim_known = false;
	facts->nspf = 0;
}

/* Sources that observe are as if they were not there. */
static const char *
check_observers(struct policyworld *world, const struct decision *before)
{
	struct decision after;
	const char *wrong;
	size_t i;

	if (before->observed || before->source == NULL)
		return NULL;
	forget_answers(&world->facts);
	for (i = 0; i < world->config.nsources; i++)
		if (world->sources[i].observe)
			world->sources[i].domains.n = 0;
	if ((wrong = decide(world, &after)) != NULL)
		return wrong;
	return is_same(before, &after) ? NULL : "an observer was heeded";
}

/* Facts that can be missed, for no source wants them to be absent. */
static const char *
check_losses(struct policyworld *world, const struct decision *before)
{
	struct facts *facts = &world->facts;
	char **const losses[] = { &facts->client_name, &facts->helo,
	    &facts->cert_cn, &facts->cert_issuer, &facts->login,
	    &facts->daemon_name, &facts->daemon_port };
	struct decision after;
	const char *wrong;
	size_t i;

	for (i = 0; i < COUNT(losses) + 3 + POLICYWORLD_SPF; i++) {
		forget_answers(facts);
		if (i < COUNT(losses))
			(void)facts_set(losses[i], NULL);
		else if (i < COUNT(losses) + POLICYWORLD_SPF)
			world->spf[i - COUNT(losses)] = FACT_NO;
		else if (i == COUNT(losses) + POLICYWORLD_SPF)
			facts->client_family = 0;
		else if (i == COUNT(losses) + POLICYWORLD_SPF + 1)
			facts->tls = TLS_NONE;
		else
			world->nsignatures = 0;
		if ((wrong = decide(world, &after)) != NULL)
			return wrong;
		if (before->verdict != VERDICT_SIGN &&
		    after.verdict == VERDICT_SIGN)
			return "signed for want of a fact";
	}
	return NULL;
}

const char *
policyworld_check(struct policyworld *world)
{
	struct decision decision;
	const char *wrong;

	if ((wrong = decide(world, &decision)) != NULL ||
	    (wrong = check_observers(world, &decision)) != NULL)
		return wrong;
	return check_losses(world, &decision);
}
