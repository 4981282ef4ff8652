/* SPDX-License-Identifier: ISC */

/*
 * Advice on names: a CNAME that is not expected, or not the one expected, and a
 * wildcard that answers for any selector.
 *
 * Aliases are followed with one query each, because a resolver that finds a
 * loop answers only SERVFAIL.
 */

#include <string.h>

#include "advice/private.h"

#define MAX_CHAIN	8	/* aliases; resolvers follow from 8 to 16 */

#define ALIAS		"alias"
#define WILDCARD	"wildcard"

struct chain {
	char	names[MAX_CHAIN + 1][DKIMSIG_DOMAIN_SIZE];
	size_t	nnames;		/* the chain begins with the first */
	enum {
		CHAIN_ENDS,
		CHAIN_LOOPS,
		CHAIN_TOO_LONG,
		CHAIN_SEVERAL,		/* a name has several aliases */
		CHAIN_UNKNOWN		/* no answer */
	}	end;
};

static bool
has_suffix(const char *name, const char *parent)
{
	return parent != NULL && (dkimsig_domain_equal(name, parent) ||
	    dkimsig_domain_is_below(name, parent));
}

static bool
is_ours(const struct advice_facts *facts, const char *name)
{
	return has_suffix(name, facts->domain) ||
	    has_suffix(name, facts->zone) ||
	    has_suffix(name, facts->cname_zone);
}

static bool
is_visited(const struct chain *chain, const char *name)
{
	size_t i;

	for (i = 0; i < chain->nnames; i++)
		if (strcmp(chain->names[i], name) == 0)
			return true;
	return false;
}

/* Take the next alias; returns false, and sets chain->end, at the end. */
static bool
follow_one(struct chain *chain, const ldns_rr_list *aliases)
{
	char *next = chain->names[chain->nnames];

	if (ldns_rr_list_rr_count(aliases) > 1)
		chain->end = CHAIN_SEVERAL;
	else if (chain->nnames > MAX_CHAIN)
		chain->end = CHAIN_TOO_LONG;
	else if (!adviser_name(ldns_rr_rdf(ldns_rr_list_rr(aliases, 0), 0),
	    next))
		chain->end = CHAIN_UNKNOWN;
	else if (is_visited(chain, next))
		chain->end = CHAIN_LOOPS;
	else {
		chain->nnames++;
		return true;
	}
	return false;
}

static void
follow(struct adviser *adviser, const char *name, struct chain *chain)
{
	enum adviser_finding finding;
	ldns_rr_list *aliases;
	bool goes_on;

	memset(chain, 0, sizeof(*chain));
	(void)strlcpy(chain->names[0], name, sizeof(chain->names[0]));
	chain->nnames = 1;
	do {
		finding = adviser_ask(adviser,
		    chain->names[chain->nnames - 1], LDNS_RR_TYPE_CNAME,
		    false, &aliases, NULL);
		if (finding == FINDING_SILENCE || finding == FINDING_FAILURE)
			chain->end = CHAIN_UNKNOWN;
		goes_on = finding == FINDING_DATA &&
		    follow_one(chain, aliases);
		ldns_rr_list_deep_free(aliases);
	} while (goes_on);
}

/* Add a note if no resolver can follow the chain; returns false if it can. */
static bool
note_endless(struct adviser *adviser, const struct chain *chain)
{
	const char *name = chain->names[0];
	const char *last = chain->names[chain->nnames - 1];

	switch (chain->end) {
	case CHAIN_LOOPS:
		adviser_note(adviser, ADVICE_WARNING, ALIAS, name,
		    "its aliases form a loop (%s points back), so nobody sees "
		    "the key: remove the wrong CNAME", last);
		return true;
	case CHAIN_TOO_LONG:
		adviser_note(adviser, ADVICE_WARNING, ALIAS, name,
		    "a chain of more than %d aliases, which resolvers do not "
		    "follow: make the first CNAME point to the last name",
		    MAX_CHAIN);
		return true;
	case CHAIN_SEVERAL:
		adviser_note(adviser, ADVICE_WARNING, ALIAS, name,
		    "%s has more than one CNAME, where DNS allows one: keep "
		    "the right one", last);
		return true;
	case CHAIN_ENDS:
	case CHAIN_UNKNOWN:
	default:
		return false;
	}
}

/*
 * Add a note if the chain ends at a name that does not exist: somebody else
 * might create it.
 */
static bool
note_dangling(struct adviser *adviser, const struct chain *chain)
{
	const char *last = chain->names[chain->nnames - 1];
	enum adviser_finding finding;
	ldns_rr_list *records;

	if (chain->end != CHAIN_ENDS || chain->nnames == 1)
		return false;
	finding = adviser_ask(adviser, last, LDNS_RR_TYPE_TXT, false,
	    &records, NULL);
	ldns_rr_list_deep_free(records);
	if (finding != FINDING_NO_NAME)
		return false;
	adviser_note(adviser, is_ours(adviser->facts, last) ? ADVICE_NOTE :
	    ADVICE_WARNING, ALIAS, chain->names[0],
	    "an alias of %s, which does not exist%s: publish the key there, or "
	    "remove the CNAME", last,
	    is_ours(adviser->facts, last) ? "" :
	    ", and anyone who can create it can sign as this domain");
	return true;
}

static void
note_unexpected(struct adviser *adviser, const struct chain *chain)
{
	const char *name = chain->names[0];
	const char *last = chain->names[chain->nnames - 1];

	if (!is_ours(adviser->facts, last))
		adviser_note(adviser, ADVICE_WARNING, ALIAS, name,
		    "an alias of %s, outside of this zone: the operator of "
		    "that zone decides which key verifies; if this is "
		    "intended, set cname_zone in the section rotation, "
		    "otherwise publish the TXT record here", last);
	else
		adviser_note(adviser, ADVICE_NOTE, ALIAS, name,
		    "an alias of %s, where a TXT record was expected: it works "
		    "as long as that name shows the key", last);
}

static void
note_expected(struct adviser *adviser, const struct chain *chain,
    const char *wanted)
{
	const char *name = chain->names[0];

	if (chain->nnames == 1 && chain->end == CHAIN_ENDS)
		adviser_note(adviser, ADVICE_WARNING, ALIAS, name,
		    "no alias here: publish '%s. IN CNAME %s.'", name,
		    wanted);
	else if (chain->nnames == 1)
		return;
	else if (!is_visited(chain, wanted))
		adviser_note(adviser, ADVICE_WARNING, ALIAS, name,
		    "an alias of %s: publish '%s. IN CNAME %s.' instead",
		    chain->names[1], name, wanted);
	else
		adviser_note(adviser, ADVICE_FINE, ALIAS, name,
		    "an alias of %s, as expected", wanted);
}

static void
advise_on_alias(struct adviser *adviser, const struct advice_record *record)
{
	struct chain chain;

	follow(adviser, record->name, &chain);
	if (note_endless(adviser, &chain))
		return;
	if (record->alias != NULL)
		note_expected(adviser, &chain, record->alias);
	if (note_dangling(adviser, &chain))
		return;
	if (record->alias == NULL && chain.nnames > 1)
		note_unexpected(adviser, &chain);
	if (chain.nnames > 2)
		adviser_note(adviser, ADVICE_NOTE, ALIAS, record->name,
		    "a chain of %zu aliases, ending at %s: each is one more "
		    "name that can fail: make the first point to the last",
		    chain.nnames - 1, chain.names[chain.nnames - 1]);
}

void
advise_on_aliases(struct adviser *adviser)
{
	size_t i;

	for (i = 0; i < adviser->facts->nrecords; i++)
		advise_on_alias(adviser, &adviser->facts->records[i]);
}

void
advise_on_wildcard(struct adviser *adviser)
{
	const struct advice_facts *facts = adviser->facts;
	char parent[DKIMSIG_DOMAIN_SIZE], name[DKIMSIG_DOMAIN_SIZE];
	enum adviser_finding finding;
	ldns_rr_list *records;

	if (!adviser_below("_domainkey", facts->domain, parent) ||
	    !adviser_below(facts->random_label, parent, name))
		return;
	finding = adviser_ask(adviser, name, LDNS_RR_TYPE_TXT, false,
	    &records, NULL);
	(void)adviser_below("*", parent, name);
	if (finding == FINDING_DATA && adviser_has_key(records))
		adviser_note(adviser, ADVICE_WARNING, WILDCARD, name,
		    "a key answers for any selector, even one that was removed "
		    "or never existed: anyone who has its private key can sign "
		    "as this domain under any selector: remove the wildcard");
	else if (finding == FINDING_DATA)
		adviser_note(adviser, ADVICE_NOTE, WILDCARD, name,
		    "a TXT record answers for any selector, so a missing "
		    "record looks like a wrong one: remove the wildcard, or "
		    "keep it from covering _domainkey");
	ldns_rr_list_deep_free(records);
}
