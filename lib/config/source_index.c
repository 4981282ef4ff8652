/* SPDX-License-Identifier: ISC */

/*
 * The index of sources: see source_index.h.
 *
 * A sorted array with an entry for each key under which a source can be found;
 * its strings are those of the sources.  A domain is looked up as it is, and
 * then each of its parents is.  Each step of a search asks all keys for the
 * next source, so the sources come in their order, and each of them once.
 *
 * Sources that differ only in what they say about the message itself have the
 * same route, and only the first of them gets an entry.  compare_routes() must
 * compare all else that policy/claim.c judges as the route.
 *
 * Building it fails only when out of memory; searching cannot fail.
 */

#include "config/source_index.h"

#include <stdlib.h>
#include <string.h>

#include "config/private.h"
#include "config/relation.h"

enum key_kind {
	KEY_NAME,		/* "example.com" in domains */
	KEY_BELOW,		/* "*.example.com" in domains */
	KEY_ORGANIZATION,	/* of a domain of the source */
	KEY_ABOVE,		/* a parent of a domain of the source */
	KEY_LOGIN,		/* a route with this login */
	KEY_ROUTE,		/* "": a route for any login, or none */
	KEY_STRICTEST		/* "" */
};

struct index_entry {
	const char	*name;
	size_t		 source;	/* its place in the configuration */
	enum key_kind	 kind;
};

struct source_index {
	struct index_entry *entries;	/* sorted */
	size_t		 n;
};

static int
compare_numbers(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct index_entry *x = a, *y = b;
	int order;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if ((order = strcmp(x->name, y->name)) != 0)
		return order;
	return compare_numbers(x->source, y->source);
}

/* The next parent of a domain, of which name is one or itself; or NULL. */
static const char *
parent_of(const char *domain, const char *name)
{
	const char *dot;

	if (name == domain && *name != '\0')
		name++;
	dot = strchr(name, '.');
	return dot == NULL ? NULL : dot + 1;
}

/* -- Routes -------------------------------------------------------------- */

static int
compare_lists(const struct text_list *a, const struct text_list *b)
{
	size_t i;
	int order;

	if (a->n != b->n)
		return compare_numbers(a->n, b->n);
	for (i = 0; i < a->n; i++)
		if ((order = strcmp(a->texts[i], b->texts[i])) != 0)
			return order;
	return 0;
}

static int
compare_networks(const struct source *a, const struct source *b)
{
	const struct network *x, *y;
	size_t i;
	int order;

	if (a->nnetworks != b->nnetworks)
		return compare_numbers(a->nnetworks, b->nnetworks);
	for (i = 0; i < a->nnetworks; i++) {
		x = &a->networks[i];
		y = &b->networks[i];
		if (x->family != y->family)
			return x->family < y->family ? -1 : 1;
		if (x->prefix_length != y->prefix_length)
			return x->prefix_length < y->prefix_length ? -1 : 1;
		if (x->excluded != y->excluded)
			return x->excluded ? 1 : -1;
		if ((order = memcmp(x->address, y->address,
		    sizeof(x->address))) != 0)
			return order;
	}
	return 0;
}

static int
compare_routes(const struct source *a, const struct source *b)
{
	int order;

	if (a->observe != b->observe)
		return a->observe ? 1 : -1;
	if (a->on_unclear_author != b->on_unclear_author)
		return a->on_unclear_author < b->on_unclear_author ? -1 : 1;
	if (a->any_login != b->any_login)
		return a->any_login ? 1 : -1;
	if (a->tls != b->tls)
		return a->tls < b->tls ? -1 : 1;
	if ((order = compare_networks(a, b)) != 0 ||
	    (order = compare_lists(&a->spf, &b->spf)) != 0 ||
	    (order = compare_lists(&a->ptr, &b->ptr)) != 0 ||
	    (order = compare_lists(&a->helo, &b->helo)) != 0 ||
	    (order = compare_lists(&a->cert_cn, &b->cert_cn)) != 0 ||
	    (order = compare_lists(&a->cert_issuer, &b->cert_issuer)) != 0 ||
	    (order = compare_lists(&a->login, &b->login)) != 0)
		return order;
	return compare_lists(&a->daemon, &b->daemon);
}

/* Pointers into an array of sources: by route, then by place. */
static int
compare_route_places(const void *a, const void *b)
{
	const struct source *x = *(const struct source *const *)a;
	const struct source *y = *(const struct source *const *)b;
	int order;

	if ((order = compare_routes(x, y)) != 0)
		return order;
	return x < y ? -1 : x > y;
}

/* -- Building it --------------------------------------------------------- */

static void
add(struct source_index *index, enum key_kind kind, const char *name,
    size_t source)
{
	index->entries[index->n++] = (struct index_entry){ name, source,
	    kind };
}

/* The number of entries of a source, at most. */
static size_t
count_entries(const struct source *source)
{
	const char *domain, *name;
	size_t n = source->domains.n + source->organizations.n +
	    source->login.n + 1, i;

	for (i = 0; i < source->domains.n; i++) {
		domain = source->domains.texts[i];
		for (name = domain; (name = parent_of(domain, name)) != NULL;)
			n++;
	}
	return n;
}

static void
add_domains(struct source_index *index, const struct source *source,
    size_t place)
{
	const char *domain, *name;
	bool is_below;
	size_t i;

	for (i = 0; i < source->domains.n; i++) {
		domain = source->domains.texts[i];
		is_below = strncmp(domain, "*.", 2) == 0;
		if (is_below)
			domain += 2;
		add(index, is_below ? KEY_BELOW : KEY_NAME, domain, place);
		for (name = domain; (name = parent_of(domain, name)) != NULL;)
			add(index, KEY_ABOVE, name, place);
	}
	for (i = 0; i < source->organizations.n; i++)
		add(index, KEY_ORGANIZATION, source->organizations.texts[i],
		    place);
}

static void
add_route(struct source_index *index, const struct source *source,
    size_t place)
{
	size_t i;

	if (source->login.n == 0)
		add(index, KEY_ROUTE, "", place);
	for (i = 0; i < source->login.n; i++)
		add(index, KEY_LOGIN, source->login.texts[i], place);
}

static void
add_routes(struct source_index *index, const struct config *config,
    const struct source **sources)
{
	size_t i;

	for (i = 0; i < config->nsources; i++)
		sources[i] = &config->sources[i];
	if (config->nsources > 0)
		qsort(sources, config->nsources, sizeof(*sources),
		    compare_route_places);
	for (i = 0; i < config->nsources; i++)
		if (i == 0 || compare_routes(sources[i - 1], sources[i]) != 0)
			add_route(index, sources[i],
			    (size_t)(sources[i] - config->sources));
}

static void
add_strictest(struct source_index *index, const struct config *config)
{
	const struct source *source, *first[2] = { NULL, NULL };
	const struct source *strictest[2] = { NULL, NULL };
	size_t i;

	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		if (first[source->observe] == NULL)
			first[source->observe] =
			    strictest[source->observe] = source;
		if (source->on_mismatch >
		    strictest[source->observe]->on_mismatch)
			strictest[source->observe] = source;
	}
	for (i = 0; i < 2; i++)
		if (first[i] != NULL) {
			add(index, KEY_STRICTEST, "",
			    (size_t)(first[i] - config->sources));
			add(index, KEY_STRICTEST, "",
			    (size_t)(strictest[i] - config->sources));
		}
}

void
config_index_sources(struct config_builder *builder)
{
	struct config *config = builder->config;
	struct source_index *index;
	const struct source **sources;
	size_t n = 4, i;	/* of add_strictest() */

	/* After a fault nobody searches, and lists may be incomplete. */
	if (builder->faults.total > 0 || builder->faults.no_memory)
		return;
	for (i = 0; i < config->nsources; i++)
		n += count_entries(&config->sources[i]);
	index = config_alloc(builder, 1, sizeof(*index));
	sources = calloc(config->nsources + 1, sizeof(*sources));
	if (sources == NULL)
		builder->faults.no_memory = true;
	if (index == NULL || sources == NULL || (index->entries =
	    config_alloc(builder, n, sizeof(*index->entries))) == NULL) {
		free(sources);
		return;
	}
	for (i = 0; i < config->nsources; i++)
		add_domains(index, &config->sources[i], i);
	add_routes(index, config, sources);
	add_strictest(index, config);
	qsort(index->entries, index->n, sizeof(*index->entries),
	    compare_entries);
	config->index = index;
	free(sources);
}

/* -- Searching ----------------------------------------------------------- */

struct source_search
source_search_allowing(const struct config *config, const char *domain)
{
	return (struct source_search){ .config = config,
	    .kind = SEARCH_ALLOWING, .domain = domain };
}

struct source_search
source_search_akin(const struct config *config, const char *domain,
    const char *organization)
{
	return (struct source_search){ .config = config, .kind = SEARCH_AKIN,
	    .domain = domain, .organization = organization };
}

struct source_search
source_search_routes(const struct config *config, const char *login)
{
	return (struct source_search){ .config = config,
	    .kind = SEARCH_ROUTES, .login = login };
}

struct source_search
source_search_strictest(const struct config *config)
{
	return (struct source_search){ .config = config,
	    .kind = SEARCH_STRICTEST };
}

/* If the key has a source from search->next on that comes before *nearest,
 * set that. */
static void
offer(const struct source_search *search, enum key_kind kind,
    const char *name, size_t *nearest)
{
	const struct source_index *index = search->config->index;
	const struct index_entry key = { name, search->next, kind };
	const struct index_entry *entry;
	size_t low = 0, high = index->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_entries(&index->entries[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == index->n)
		return;
	entry = &index->entries[low];
	if (entry->kind == kind && entry->source < *nearest &&
	    strcmp(entry->name, name) == 0)
		*nearest = entry->source;
}

static void
offer_akin(const struct source_search *search, size_t *nearest)
{
	const char *name;

	offer(search, KEY_ORGANIZATION, search->organization, nearest);
	offer(search, KEY_ABOVE, search->domain, nearest);
	for (name = search->domain; name != NULL;
	    name = parent_of(search->domain, name)) {
		offer(search, KEY_NAME, name, nearest);
		offer(search, KEY_BELOW, name, nearest);
	}
}

/* The place of the next source; nsources: there are no more. */
static size_t
find(const struct source_search *search)
{
	size_t nearest = search->config->nsources;
	const char *name;

	switch (search->kind) {
	case SEARCH_ALLOWING:
		offer(search, KEY_NAME, search->domain, &nearest);
		name = search->domain;
		while ((name = parent_of(search->domain, name)) != NULL)
			offer(search, KEY_BELOW, name, &nearest);
		break;
	case SEARCH_AKIN:
		offer_akin(search, &nearest);
		break;
	case SEARCH_ROUTES:
		if (search->login != NULL)
			offer(search, KEY_LOGIN, search->login, &nearest);
		offer(search, KEY_ROUTE, "", &nearest);
		break;
	case SEARCH_STRICTEST:
		offer(search, KEY_STRICTEST, "", &nearest);
		break;
	}
	return nearest;
}

const struct source *
source_search_next(struct source_search *search)
{
	const struct config *config = search->config;
	const struct source *source;
	size_t place;

	if (config->index == NULL) {
		while (search->next < config->nsources) {
			source = &config->sources[search->next++];
			if (search->kind != SEARCH_ALLOWING ||
			    source_allows(source, search->domain))
				return source;
		}
		return NULL;
	}
	if ((place = find(search)) >= config->nsources)
		return NULL;
	search->next = place + 1;
	return &config->sources[place];
}
