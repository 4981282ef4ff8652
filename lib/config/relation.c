/* SPDX-License-Identifier: ISC */

/*
 * Which domains a source allows, and how two sources relate: whether one proves
 * all that the other proves, whether they exclude each other, and what they
 * have in common.
 *
 * What cannot be compared, such as two patterns that are not equal, is taken to
 * be different.  Cannot fail.
 */

#include "config/relation.h"

#include <string.h>
#include <strings.h>

#include "config/address_pattern.h"
#include "config/network.h"

static bool
has_all(const struct text_list *list, const struct text_list *texts)
{
	size_t i;

	for (i = 0; i < texts->n; i++)
		if (!text_list_has(list, texts->texts[i]))
			return false;
	return true;
}

static bool
have_common(const struct text_list *a, const struct text_list *b)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (text_list_has(b, a->texts[i]))
			return true;
	return false;
}

/* Whether a list of domains allows a domain, or all that "*." stands for. */
static bool
allows(const struct text_list *list, const char *domain)
{
	const bool is_parent = strncmp(domain, "*.", 2) == 0;
	const char *name = is_parent ? domain + 2 : domain, *text;
	size_t i;

	for (i = 0; i < list->n; i++) {
		text = list->texts[i];
		if (strcmp(text, domain) == 0)
			return true;
		if (strncmp(text, "*.", 2) == 0 &&
		    dkimsig_domain_is_below(name, text + 2))
			return true;
	}
	return false;
}

bool
source_allows(const struct source *source, const char *domain)
{
	const char *allowed;
	size_t i;

	for (i = 0; i < source->domains.n; i++) {
		allowed = source->domains.texts[i];
		if (strncmp(allowed, "*.", 2) == 0) {
			if (dkimsig_domain_is_below(domain, allowed + 2))
				return true;
		} else if (dkimsig_domain_equal(domain, allowed))
			return true;
	}
	return false;
}

const char *
sources_common_domain(const struct source *a, const struct source *b)
{
	size_t i;

	for (i = 0; i < a->domains.n; i++)
		if (allows(&b->domains, a->domains.texts[i]))
			return a->domains.texts[i];
	for (i = 0; i < b->domains.n; i++)
		if (allows(&a->domains, b->domains.texts[i]))
			return b->domains.texts[i];
	return NULL;
}

static bool
network_is_in(const struct network *inner, const struct network *outer)
{
	return inner->family == outer->family &&
	    inner->prefix_length >= outer->prefix_length &&
	    network_contains(outer, inner->family, inner->address);
}

/* Whether one of the source's networks, excluded or not, contains a network. */
static bool
contains(const struct source *source, const struct network *network,
    bool excluded)
{
	size_t i;

	for (i = 0; i < source->nnetworks; i++)
		if (source->networks[i].excluded == excluded &&
		    network_is_in(network, &source->networks[i]))
			return true;
	return false;
}

static size_t
count_networks(const struct source *source, bool excluded)
{
	size_t n = 0, i;

	for (i = 0; i < source->nnetworks; i++)
		n += source->networks[i].excluded == excluded;
	return n;
}

/* Whether every client in the networks of source is in those of weaker. */
static bool
networks_imply(const struct source *source, const struct source *weaker)
{
	size_t i;

	for (i = 0; i < weaker->nnetworks; i++)
		if (weaker->networks[i].excluded &&
		    !contains(source, &weaker->networks[i], true))
			return false;
	if (count_networks(weaker, false) == 0)
		return true;
	for (i = 0; i < source->nnetworks; i++)
		if (!source->networks[i].excluded &&
		    !contains(weaker, &source->networks[i], false))
			return false;
	return count_networks(source, false) > 0;
}

static bool
list_implies(const struct text_list *list, const struct text_list *weaker)
{
	return weaker->n == 0 || (list->n > 0 && has_all(weaker, list));
}

static bool
header_implies(const struct header_rule *rule,
    const struct header_rule *weaker)
{
	return strcasecmp(rule->name, weaker->name) == 0 &&
	    rule->compare == weaker->compare &&
	    (weaker->optional || !rule->optional) &&
	    has_all(&weaker->values, &rule->values);
}

static bool
headers_imply(const struct source *source, const struct source *weaker)
{
	size_t i, j;

	for (i = 0; i < weaker->nheaders; i++) {
		for (j = 0; j < source->nheaders && !header_implies(
		    &source->headers[j], &weaker->headers[i]); j++)
			;
		if (j == source->nheaders)
			return false;
	}
	for (i = 0; i < weaker->nsecrets; i++) {
		for (j = 0; j < source->nsecrets && (strcasecmp(
		    source->secrets[j].name, weaker->secrets[i].name) != 0 ||
		    !has_all(&weaker->secrets[i].values,
		    &source->secrets[j].values)); j++)
			;
		if (j == source->nsecrets)
			return false;
	}
	return true;
}

static bool
dkim_implies(const struct dkim_rule *rule, const struct dkim_rule *weaker)
{
	return has_all(&weaker->sdids, &rule->sdids) &&
	    list_implies(&rule->selectors, &weaker->selectors) &&
	    has_all(&rule->fields, &weaker->fields) &&
	    has_all(&rule->must_cover, &weaker->must_cover) &&
	    weaker->max_age >= rule->max_age &&
	    weaker->max_uses >= rule->max_uses;
}

static bool
dkims_imply(const struct source *source, const struct source *weaker)
{
	size_t i, j;

	for (i = 0; i < weaker->ndkims; i++) {
		for (j = 0; j < source->ndkims && !dkim_implies(
		    &source->dkims[j], &weaker->dkims[i]); j++)
			;
		if (j == source->ndkims)
			return false;
	}
	return true;
}

/* Exclusions make longer lists narrower, so only equal ones are compared. */
static bool
authors_imply(const struct text_list *list, const struct text_list *weaker)
{
	return weaker->n == 0 ||
	    (has_all(weaker, list) && has_all(list, weaker));
}

bool
source_implies(const struct source *source, const struct source *weaker)
{
	size_t i;

	for (i = 0; i < source->domains.n; i++)
		if (!allows(&weaker->domains, source->domains.texts[i]))
			return false;
	return networks_imply(source, weaker) &&
	    list_implies(&source->spf, &weaker->spf) &&
	    list_implies(&source->ptr, &weaker->ptr) &&
	    list_implies(&source->helo, &weaker->helo) &&
	    source->tls >= weaker->tls &&
	    list_implies(&source->cert_cn, &weaker->cert_cn) &&
	    list_implies(&source->cert_issuer, &weaker->cert_issuer) &&
	    list_implies(&source->login, &weaker->login) &&
	    (source->any_login || !weaker->any_login) &&
	    list_implies(&source->daemon, &weaker->daemon) &&
	    list_implies(&source->envelope, &weaker->envelope) &&
	    authors_imply(&source->authors, &weaker->authors) &&
	    (weaker->bounce == BOUNCE_UNASKED ||
	    (source->bounce >= weaker->bounce &&
	    has_all(&weaker->bounce_ids, &source->bounce_ids))) &&
	    headers_imply(source, weaker) && dkims_imply(source, weaker);
}

/* Whether two rules about header fields cannot both hold. */
static bool
headers_exclude(const struct header_rule *a, const struct header_rule *b)
{
	if (strcasecmp(a->name, b->name) != 0 || a->optional || b->optional)
		return false;
	if (a->compare == HEADER_ABSENT || b->compare == HEADER_ABSENT)
		return a->compare != b->compare;
	return a->compare == b->compare && a->compare != HEADER_NOCASE &&
	    !have_common(&a->values, &b->values);
}

static bool
lists_exclude(const struct text_list *a, const struct text_list *b)
{
	return a->n > 0 && b->n > 0 && !have_common(a, b);
}

/* Whether a client can be in the networks of both. */
static bool
networks_meet(const struct source *a, const struct source *b)
{
	size_t i;

	if (count_networks(a, false) == 0 || count_networks(b, false) == 0)
		return true;
	for (i = 0; i < a->nnetworks; i++)
		if (!a->networks[i].excluded && contains(b, &a->networks[i],
		    false) && !contains(b, &a->networks[i], true))
			return true;
	for (i = 0; i < b->nnetworks; i++)
		if (!b->networks[i].excluded && contains(a, &b->networks[i],
		    false) && !contains(a, &b->networks[i], true))
			return true;
	return false;
}

bool
sources_exclude_by_route(const struct source *a, const struct source *b)
{
	size_t i, j;

	if (!networks_meet(a, b) || lists_exclude(&a->login, &b->login) ||
	    (a->any_login && b->login.n > 0) ||
	    (b->any_login && a->login.n > 0) ||
	    lists_exclude(&a->daemon, &b->daemon))
		return true;
	for (i = 0; i < a->nheaders; i++)
		for (j = 0; j < b->nheaders; j++)
			if (headers_exclude(&a->headers[i], &b->headers[j]))
				return true;
	for (i = 0; i < a->nsecrets; i++)
		for (j = 0; j < b->nsecrets; j++)
			if (strcasecmp(a->secrets[i].name,
			    b->secrets[j].name) == 0 && !have_common(
			    &a->secrets[i].values, &b->secrets[j].values))
				return true;
	return a->bounce == BOUNCE_REQUIRED && b->bounce == BOUNCE_REQUIRED &&
	    !have_common(&a->bounce_ids, &b->bounce_ids);
}

/* Whether a list names all addresses of a domain: "*@" and the domain. */
static bool
names_all(const struct text_list *authors, const char *domain)
{
	size_t i;

	for (i = 0; i < authors->n; i++)
		if (strncmp(authors->texts[i], "*@", 2) == 0 &&
		    strcmp(authors->texts[i] + 2, domain) == 0)
			return true;
	return false;
}

/* Whether a source does not sign for some addresses of its domains. */
static bool
refuses_some(const struct source *source)
{
	size_t i;

	for (i = 0; i < source->authors.n; i++)
		if (source->authors.texts[i][0] == '!')
			return true;
	for (i = 0; i < source->domains.n; i++)
		if (source->authors.n > 0 && !names_all(&source->authors,
		    source->domains.texts[i]))
			return true;
	return false;
}

bool
source_refuses_more(const struct source *source, const struct source *other)
{
	return refuses_some(source) &&
	    !authors_imply(&other->authors, &source->authors) &&
	    !address_pattern_list_is_closed(&other->authors);
}

bool
sources_exclude(const struct source *a, const struct source *b)
{
	return sources_exclude_by_route(a, b) ||
	    (a->authors.n > 0 && b->authors.n > 0 &&
	    !address_pattern_lists_meet(&a->authors, &b->authors));
}
const char *
sources_common_route(const struct source *a, const struct source *b)
{
	if (have_common(&a->login, &b->login) ||
	    (a->any_login && b->any_login))
		return "the same login";
	if (have_common(&a->daemon, &b->daemon))
		return "the same service";
	if (count_networks(a, false) > 0 && count_networks(b, false) > 0)
		return "the same client address";
	return NULL;
}

const char *
source_contradiction(const struct source *source)
{
	size_t i, j;

	for (i = 0; i < source->nnetworks; i++)
		if (!source->networks[i].excluded &&
		    !contains(source, &source->networks[i], true))
			break;
	if (i == source->nnetworks && count_networks(source, false) > 0)
		return "all its networks are excluded";
	for (i = 0; i < source->nheaders; i++)
		for (j = 0; j < source->nsecrets; j++)
			if (source->headers[i].compare == HEADER_ABSENT &&
			    strcasecmp(source->headers[i].name,
			    source->secrets[j].name) == 0)
				return "the field of its secret_header must be "
				    "absent";
	return NULL;
}
