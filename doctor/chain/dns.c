/* SPDX-License-Identifier: ISC */

/*
 * DNS: what every name server, and the resolvers outside, show of the keys, and
 * the records of the domains that decide what signatures are worth: DMARC and
 * its alignment, SPF, MX, DNSSEC.
 *
 * All questions are asked by "countersign-key check", which runs as the owner
 * of the key store.  Its advice is about the domains that have keys.
 */

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "chain/private.h"
#include "machine/run.h"

#define AREA		"DNS"
#define LIMIT_MS	600000
#define MAX_SHOWN	8	/* selectors in one finding */

/*
 * Domains of which all is told; of more, only what needs a person.  For still
 * more, asking takes too long: the hourly rotation does that.
 */
#define MAX_DETAILED	200
#define MAX_ASKED	2000

/* The topics of the advice. */
static const struct {
	const char	*id;
	const char	*topic;
} topics[] = {
	{ .id = "dns-advice", .topic = "" },	/* all others */
	{ .id = "dns-delegation", .topic = "delegation" },
	{ .id = "dns-dmarc", .topic = "dmarc" },
	{ .id = "dns-dnssec", .topic = "dnssec" },
	{ .id = "dns-mx", .topic = "mx" },
	{ .id = "dns-place", .topic = "place" },
	{ .id = "dns-servers", .topic = "servers" },
	{ .id = "dns-spf", .topic = "spf" },
	{ .id = "dns-ttl", .topic = "ttl" },
};
#define NTOPICS		(sizeof(topics) / sizeof(topics[0]))

static bool
needs_person(const json_t *object)
{
	return json_is_true(json_object_get(object, "needs_person"));
}

static enum finding_state
state_of(const json_t *object)
{
	const char *verdict = chain_text(object, "verdict");

	if (needs_person(object) || strcmp(verdict, "wrong") == 0)
		return FINDING_PROBLEM;
	return strcmp(verdict, "right") == 0 ? FINDING_WELL : FINDING_UNKNOWN;
}

/*
 * As above; but if no server answered, or none was found, nothing is known of
 * the record.
 */
static enum finding_state
state_of_key(const json_t *key)
{
	static const char *const answers[] = { "right", "absent", "revoked",
	    "wrong" };
	const enum finding_state state = state_of(key);
	const json_t *look;
	const char *verdict;
	size_t i, j;

	json_array_foreach(json_object_get(key, "servers"), i, look) {
		verdict = chain_text(look, "verdict");
		for (j = 0; j < sizeof(answers) / sizeof(answers[0]); j++)
			if (strcmp(answers[j], verdict) == 0)
				return state;
	}
	return state == FINDING_PROBLEM ? FINDING_UNKNOWN : state;
}

static bool
is_same(const json_t *a, const json_t *b)
{
	return state_of_key(a) == state_of_key(b) &&
	    strcmp(chain_text(a, "status"), chain_text(b, "status")) == 0 &&
	    strcmp(chain_text(a, "text"), chain_text(b, "text")) == 0;
}

/* "A, B and 3 more": the selectors of all keys that are like the i-th. */
static void
print_selectors(const json_t *keys, size_t i, char *text, size_t size)
{
	const json_t *first = json_array_get(keys, i), *key;
	char more[32];
	size_t n = 0, nmore = 0;

	text[0] = '\0';
	json_array_foreach(keys, i, key)
		if (!is_same(first, key))
			continue;
		else if (n++ < MAX_SHOWN) {
			(void)strlcat(text, n == 1 ? "" : ", ", size);
			(void)strlcat(text, chain_text(key, "selector"), size);
		} else
			nmore++;
	if (nmore == 0)
		return;
	(void)snprintf(more, sizeof(more), " and %zu more", nmore);
	(void)strlcat(text, more, size);
}

/*
 * Whether the record is only missing: all servers answer, and those that do not
 * have it have nothing else at its name.  Then publishing it is all there is to
 * do.
 */
static bool
is_missing(const json_t *key)
{
	const json_t *look;
	const char *verdict;
	bool is_absent = false;
	size_t i;

	json_array_foreach(json_object_get(key, "servers"), i, look) {
		verdict = chain_text(look, "verdict");
		if (strcmp(verdict, "absent") == 0)
			is_absent = true;
		else if (strcmp(verdict, "right") != 0)
			return false;
	}
	return is_absent;
}

/*
 * Add a finding for the i-th key of a domain and all that are like it.  If a
 * person enters records, only that person can fix one; otherwise rotation
 * publishes it again, on the host that rotates.
 */
static void
add_key(struct chain *chain, struct findings *findings, const char *domain,
    const json_t *keys, size_t i)
{
	const json_t *key = json_array_get(keys, i);
	const enum finding_state state = state_of_key(key);
	const bool by_hand = config_rotation(chain->config, domain)->publish ==
	    ROTATION_MANUAL;
	const bool is_due = state == FINDING_PROBLEM && is_missing(key);
	char fix[CHAIN_FIX_SIZE], selectors[1024];
	const char *command = NULL, *todo = NULL;
	size_t j;

	for (j = 0; j < i; j++)
		if (is_same(json_array_get(keys, j), key))
			return;
	print_selectors(keys, i, selectors, sizeof(selectors));
	if (is_due && by_hand)
		todo = chain_fix_key(chain, fix, sizeof(fix), "todo", domain);
	else if (is_due && !chain->config->follower)
		command = chain_fix_key(chain, fix, sizeof(fix), "rotate",
		    domain);
	findings_add(findings, "key-record", state, AREA, domain, command,
	    "%s (%s): %s%s%s%s", selectors, chain_text(key, "status"),
	    chain_text(key, "text"), todo == NULL ? "" :
	    "; what to enter in DNS is printed by '", todo == NULL ? "" : todo,
	    todo == NULL ? "" : "'");
}

static void
add_cname(struct findings *findings, const json_t *cname)
{
	const enum finding_state state = state_of(cname);

	if (state == FINDING_WELL)
		findings_add(findings, "cname", state, AREA,
		    chain_text(cname, "name"), NULL, "leads to %s",
		    chain_text(cname, "target"));
	else
		findings_add(findings, "cname", state, AREA,
		    chain_text(cname, "name"), NULL, "The CNAME is not right "
		    "(%s). The owner of the domain must enter: %s. CNAME %s.",
		    chain_text(cname, "error"), chain_text(cname, "name"),
		    chain_text(cname, "target"));
}

/* Whether a source names a domain below this one that has no keys itself. */
static bool
signs_for_others(const struct config *config, const char *domain)
{
	const size_t len = strlen(domain);
	const struct text_list *list;
	const char *text;
	size_t i, j, n;

	for (i = 0; i < config->nsources; i++) {
		list = &config->sources[i].domains;
		for (j = 0; j < list->n; j++) {
			text = list->texts[j];
			n = strlen(text);
			if (n > len && text[n - len - 1] == '.' &&
			    strcmp(text + n - len, domain) == 0)
				return true;
		}
	}
	return false;
}

static void
add_advice(struct chain *chain, struct findings *findings, const char *domain,
    const json_t *note)
{
	const char *severity = chain_text(note, "severity");
	const char *topic = chain_text(note, "topic");
	const char *text = chain_text(note, "text");
	enum finding_state state = FINDING_WELL;
	size_t i = 1;

	if (strcmp(severity, "warning") == 0)
		state = FINDING_PROBLEM;
	else if (strcmp(severity, "note") == 0)
		state = FINDING_NOTE;
	/* No word about the domain: DNS cannot be asked at all. */
	if (strncmp(text, "the resolver did not answer", 27) == 0)
		state = FINDING_UNKNOWN;
	/* Strict alignment is harmless if nobody below the domain sends. */
	if (strncmp(text, "adkim=s: ", 9) == 0 &&
	    signs_for_others(chain->config, domain))
		state = FINDING_PROBLEM;
	while (i < NTOPICS && strcmp(topics[i].topic, topic) != 0)
		i++;
	findings_add(findings, topics[i < NTOPICS ? i : 0].id, state, AREA,
	    chain_text(note, "name"), NULL, "%s", text);
}

static void
add_domain(struct chain *chain, struct findings *findings,
    const json_t *domain)
{
	const char *name = chain_text(domain, "domain");
	const char *from = chain_text(domain, "signs_from");
	const char *dead = chain_text(domain, "dead_servers");
	const json_t *keys = json_object_get(domain, "keys"), *item;
	size_t i;

	if (dead[0] != '\0')
		findings_add(findings, "name-server", FINDING_PROBLEM, AREA,
		    name, NULL, "%s", dead);
	if (from[0] != '\0' && state_of(domain) != FINDING_PROBLEM)
		findings_add(findings, "signing-begins", FINDING_NOTE, AREA,
		    name, NULL, "Mail of this domain is not signed yet, but "
		    "will be from %s.", from);
	json_array_foreach(keys, i, item)
		add_key(chain, findings, name, keys, i);
	json_array_foreach(json_object_get(domain, "cnames"), i, item)
		add_cname(findings, item);
	json_array_foreach(json_object_get(domain, "advice"), i, item)
		add_advice(chain, findings, name, item);
}

void
chain_dns(struct chain *chain, struct findings *findings)
{
	const bool is_detailed = chain->ndomains <= MAX_DETAILED;
	const char *const arguments[] = { "check", is_detailed ? NULL :
	    "--problems", NULL };
	char why[MACHINE_WHY_SIZE];
	json_t *answer, *domain;
	size_t i;

	if (!chain->has_keys)
		return;
	if (chain->ndomains > MAX_ASKED) {
		findings_add(findings, "lookup", FINDING_NOTE, AREA,
		    "all domains", NULL, "DNS was not asked about the keys of "
		    "%zu domains, as this takes too long; what the last "
		    "rotation saw there is reported. 'countersign-key check "
		    "--problems' asks now.", chain->ndomains);
		return;
	}
	answer = chain_ask_keys(chain, arguments, LIMIT_MS, why, sizeof(why));
	if (answer == NULL) {
		findings_add(findings, "lookup", FINDING_UNKNOWN, AREA,
		    "all domains", NULL, "DNS could not be asked about the "
		    "keys: %s", why);
		return;
	}
	json_array_foreach(answer, i, domain)
		add_domain(chain, findings, domain);
	if (!is_detailed || json_array_size(answer) == 0)
		findings_add(findings, "lookup", FINDING_WELL, AREA,
		    "all domains", NULL, "the records of %zu domains were "
		    "looked up, and only problems are reported",
		    chain->ndomains);
	json_decref(answer);
}
