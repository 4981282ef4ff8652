/* SPDX-License-Identifier: ISC */

/*
 * Propose sources for the senders of another signer.
 *
 * Other signers map a sender to any signing domain (d=).  Here, the author's
 * domain signs, or a parent of it that is also in domains of the source;
 * signatures of other domains can be added with also_sign.  So, of the domains
 * that signed for a pattern of senders,
 *
 *	the nearest that is the pattern's own domain or a parent of it signs
 *	for the author; if it is a parent, it is added to domains;
 *	all others go to also_sign.
 *
 * If none is left for the author, mail would wait for a key: the source says
 * for which domain.  Senders DOMAIN and *.DOMAIN that are signed for alike
 * become one source.
 *
 * If memory runs out, is_cut is set and the sources that were made are kept.
 */

#include "import/sources.h"

#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"

struct maker {
	struct import_sources	*sources;
	struct import_plan	*plan;
	struct keystore		*ks;
	const char		**sorted;	/* signers that can sign */
	size_t			 nsorted;
};

/* Senders of one pattern. */
struct group {
	const char	*pattern;
	const char	*signer;	/* for the author, or NULL */
	size_t		 end;		/* the first sender of the next one */
	const char	**also;
	size_t		 nalso;
};

static bool
is_below(const char *pattern)
{
	return strncmp(pattern, "*.", 2) == 0;
}

static const char *
base_of(const char *pattern)
{
	return is_below(pattern) ? pattern + 2 : pattern;
}

/* DOMAIN, and after it *.DOMAIN. */
static int
compare_senders(const void *a, const void *b)
{
	const struct import_sender *left = a, *right = b;
	int r;

	if ((r = strcmp(base_of(left->pattern), base_of(right->pattern))) !=
	    0 || (r = is_below(left->pattern) - is_below(right->pattern)) !=
	    0)
		return r;
	if (left->place.line != right->place.line)
		return left->place.line < right->place.line ? -1 : 1;
	return (left->key > right->key) - (left->key < right->key);
}

static int
compare_texts(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

/* Whether a domain is another one or a parent of it. */
static bool
covers(const char *domain, const char *base)
{
	const size_t len = strlen(domain), baselen = strlen(base);

	return len <= baselen && strcmp(base + baselen - len, domain) == 0 &&
	    (len == baselen || base[baselen - len - 1] == '.');
}

/* The domain of each key that can sign; NULL for the others. */
static bool
list_signers(struct maker *maker)
{
	struct import_sources *sources = maker->sources;
	const struct import_plan *plan = maker->plan;
	char domain[DKIMSIG_DOMAIN_SIZE];
	size_t i;

	sources->signers = calloc(plan->nkeys + 1, sizeof(char *));
	sources->also = calloc(plan->nsenders + 1, sizeof(char *));
	sources->list = calloc(plan->nsenders + 1, sizeof(*sources->list));
	maker->sorted = calloc(plan->nkeys + 1, sizeof(char *));
	if (sources->signers == NULL || sources->also == NULL ||
	    sources->list == NULL || maker->sorted == NULL)
		return false;
	sources->nsigners = plan->nkeys;
	for (i = 0; i < plan->nkeys; i++) {
		if (plan->keys[i].is_refused || dkimsig_domain_normalize(
		    plan->keys[i].domain, strlen(plan->keys[i].domain),
		    domain, sizeof(domain)) != 0)
			continue;
		if ((sources->signers[i] = strdup(domain)) == NULL)
			return false;
		maker->sorted[maker->nsorted++] = sources->signers[i];
	}
	qsort(maker->sorted, maker->nsorted, sizeof(char *), compare_texts);
	return true;
}

/* Whether the plan or the store has a key of a domain. */
static bool
has_key(const struct maker *maker, const char *domain)
{
	struct ks_state state;
	struct ks_error error;
	bool found = false;
	size_t i;

	if (bsearch(&domain, maker->sorted, maker->nsorted, sizeof(char *),
	    compare_texts) != NULL)
		return true;
	memset(&state, 0, sizeof(state));
	if (ks_state_read(maker->ks, domain, &state, &error) == 0)
		for (i = 0; i < state.nkeys && !found; i++)
			found = state.keys[i].revoked == KS_NEVER &&
			    state.keys[i].removed == KS_NEVER;
	ks_state_finish(&state);
	return found;
}

/* Collect the domains that sign for the senders of a pattern, each once. */
static void
read_signers(struct maker *maker, size_t first, struct group *group)
{
	const struct import_sender *senders = maker->plan->senders;
	const char *signer;
	size_t i, n = 0;

	group->pattern = senders[first].pattern;
	group->also = maker->sources->also + maker->sources->nalso;
	for (i = first; i < maker->plan->nsenders &&
	    strcmp(senders[i].pattern, group->pattern) == 0; i++) {
		signer = maker->sources->signers[senders[i].key];
		if (i > first && maker->plan->is_first_only &&
		    senders[i].key != senders[first].key)
			import_plan_note(maker->plan, senders[i].place, false,
			    "senders %s: their key here was not used, because "
			    "only the first one signs (MultipleSignatures in "
			    "OpenDKIM)", group->pattern);
		else if (signer != NULL)
			group->also[n++] = signer;
	}
	group->end = i;
	qsort(group->also, n, sizeof(char *), compare_texts);
	group->nalso = 0;
	for (i = 0; i < n; i++)
		if (i == 0 || strcmp(group->also[i], group->also[i - 1]) != 0)
			group->also[group->nalso++] = group->also[i];
}

/* Choose the one that signs for the author, and leave the others. */
static void
choose_signer(const struct maker *maker, struct group *group)
{
	const char *base = base_of(group->pattern);
	size_t i, n = 0;

	group->signer = has_key(maker, base) ? base : NULL;
	for (i = 0; i < group->nalso && group->signer != base; i++)
		if (covers(group->also[i], base) && (group->signer == NULL ||
		    strlen(group->also[i]) > strlen(group->signer)))
			group->signer = group->also[i];
	for (i = 0; i < group->nalso; i++)
		if (group->signer == NULL ||
		    strcmp(group->also[i], group->signer) != 0)
			group->also[n++] = group->also[i];
	group->nalso = n;
}

/*
 * Read the group that begins with a sender.  Returns false, with a note, if no
 * key signs for it.
 */
static bool
read_group(struct maker *maker, size_t first, struct group *group)
{
	const struct import_sender *sender = &maker->plan->senders[first];

	read_signers(maker, first, group);
	if (group->nalso == 0) {
		if (maker->plan->has_senders)
			import_plan_note(maker->plan, sender->place, false,
			    "senders %s: no source is proposed, because "
			    "their key was not imported", sender->pattern);
		return false;
	}
	choose_signer(maker, group);
	maker->sources->nalso += group->nalso;
	return true;
}

/* Whether *.DOMAIN is signed for as DOMAIN is. */
static bool
is_alike(const struct group *domain, const struct group *below)
{
	size_t i;

	if (is_below(domain->pattern) ||
	    strcmp(domain->pattern, base_of(below->pattern)) != 0 ||
	    (domain->signer == NULL) != (below->signer == NULL) ||
	    (domain->signer != NULL &&
	    strcmp(domain->signer, below->signer) != 0) ||
	    domain->nalso != below->nalso)
		return false;
	for (i = 0; i < domain->nalso; i++)
		if (strcmp(domain->also[i], below->also[i]) != 0)
			return false;
	return true;
}

static void
add_source(struct maker *maker, struct import_place place,
    const struct group *group)
{
	struct import_sources *sources = maker->sources;
	struct import_source *source = &sources->list[sources->n++];

	source->place = place;
	source->domains[source->ndomains++] = group->pattern;
	source->also_sign = group->also;
	source->nalso = group->nalso;
	if (group->signer == NULL)
		source->keyless = group->pattern;
	else if (strcmp(group->signer, group->pattern) != 0) {
		source->parent = group->signer;
		source->domains[source->ndomains++] = group->signer;
	}
}

/* Add *.DOMAIN to the source of DOMAIN. */
static void
merge(struct import_source *source, const char *below)
{
	memmove(&source->domains[2], &source->domains[1],
	    (source->ndomains - 1) * sizeof(source->domains[0]));
	source->domains[1] = below;
	source->ndomains++;
}

static void
make_list(struct maker *maker)
{
	struct import_sources *sources = maker->sources;
	const struct import_plan *plan = maker->plan;
	struct group group, last = { .pattern = "*." };
	size_t i;

	for (i = 0; i < plan->nsenders; i = group.end) {
		if (!read_group(maker, i, &group))
			continue;
		if (is_below(group.pattern) && is_alike(&last, &group))
			merge(&sources->list[sources->n - 1], group.pattern);
		else
			add_source(maker, plan->senders[i].place, &group);
		last = group;
	}
}

void
import_sources_make(struct import_sources *sources, struct import_plan *plan,
    struct keystore *ks)
{
	struct maker maker = { .sources = sources, .plan = plan, .ks = ks };
	const bool from_keys = plan->nsenders == 0 && !plan->has_senders;
	size_t i;

	memset(sources, 0, sizeof(*sources));
	for (i = 0; from_keys && i < plan->nkeys; i++)
		if (!plan->keys[i].is_refused)
			import_plan_sender(plan, plan->keys[i].place,
			    plan->keys[i].domain, i);
	if (plan->nsenders > 0)
		qsort(plan->senders, plan->nsenders, sizeof(*plan->senders),
		    compare_senders);
	if (list_signers(&maker))
		make_list(&maker);
	else
		plan->is_cut = true;
	free(maker.sorted);
}

void
import_sources_finish(struct import_sources *sources)
{
	size_t i;

	for (i = 0; i < sources->nsigners; i++)
		free(sources->signers[i]);
	free(sources->signers);
	free(sources->also);
	free(sources->list);
	memset(sources, 0, sizeof(*sources));
}
