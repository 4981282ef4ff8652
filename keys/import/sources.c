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
 * for which domain.
 *
 * Senders of DOMAIN and *.DOMAIN that are signed for alike become one source.
 * A domain has several sources if some of its addresses are signed otherwise.
 * A source has authors if it would otherwise be for more addresses than the
 * senders were: if they are not all of a domain, or if a parent was added.
 *
 * If memory runs out, is_cut is set and the sources that were made are kept.
 */

#include "import/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"

struct maker {
	struct import_sources	*sources;
	struct import_plan	*plan;
	struct keystore		*ks;
	const char		**sorted;	/* signers that can sign */
	size_t			 nsorted;
	struct group		*groups;	/* of a domain */
};

/* Senders with one pattern and local part. */
struct group {
	const struct import_sender	*first;
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

/* All addresses before some, these by name. */
static int
compare_locals(const char *left, const char *right)
{
	if (left == NULL || right == NULL)
		return (left != NULL) - (right != NULL);
	return strcmp(left, right);
}

/* DOMAIN, and after it *.DOMAIN. */
static int
compare_senders(const void *a, const void *b)
{
	const struct import_sender *left = a, *right = b;
	int r;

	if ((r = strcmp(base_of(left->pattern), base_of(right->pattern))) !=
	    0 || (r = is_below(left->pattern) - is_below(right->pattern)) !=
	    0 || (r = compare_locals(left->local, right->local)) != 0)
		return r;
	return (left->order > right->order) - (left->order < right->order);
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
	sources->authors = calloc(plan->nsenders + 1, sizeof(char *));
	maker->groups = calloc(plan->nsenders + 1, sizeof(*maker->groups));
	maker->sorted = calloc(plan->nkeys + 1, sizeof(char *));
	if (sources->signers == NULL || sources->also == NULL ||
	    sources->list == NULL || sources->authors == NULL ||
	    maker->groups == NULL || maker->sorted == NULL)
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

/* Whether two senders are for the same addresses. */
static bool
is_same(const struct import_sender *a, const struct import_sender *b)
{
	return strcmp(a->pattern, b->pattern) == 0 &&
	    compare_locals(a->local, b->local) == 0;
}

/* A note about senders: text is what comes after them. */
static void
note_senders(struct maker *maker, const struct import_sender *sender,
    const char *text)
{
	import_plan_note(maker->plan, sender->place, false,
	    "senders %s%s%s: %s", sender->local == NULL ? "" : sender->local,
	    sender->local == NULL ? "" : "@", sender->pattern, text);
}

/* Collect the domains that sign for the same senders, each once. */
static void
read_signers(struct maker *maker, size_t first, struct group *group)
{
	const struct import_sender *senders = maker->plan->senders;
	const char *signer;
	size_t i, n = 0;

	group->first = &senders[first];
	group->pattern = senders[first].pattern;
	group->also = maker->sources->also + maker->sources->nalso;
	for (i = first; i < maker->plan->nsenders &&
	    is_same(&senders[i], group->first); i++) {
		signer = maker->sources->signers[senders[i].key];
		if (i > first && maker->plan->is_first_only &&
		    senders[i].key != senders[first].key)
			note_senders(maker, &senders[i], "their key here was "
			    "not used, because only the first one signs "
			    "(MultipleSignatures in OpenDKIM)");
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
			note_senders(maker, sender, "no source is proposed, "
			    "because their key was not imported");
		return false;
	}
	choose_signer(maker, group);
	maker->sources->nalso += group->nalso;
	return true;
}

/* By the domains that sign for them. */
static int
compare_signers(const struct group *left, const struct group *right)
{
	size_t i;
	int r;

	if (left->signer == NULL || right->signer == NULL)
		r = (left->signer == NULL) - (right->signer == NULL);
	else
		r = strcmp(left->signer, right->signer);
	if (r == 0)
		r = (left->nalso > right->nalso) - (left->nalso < right->nalso);
	for (i = 0; i < left->nalso && r == 0; i++)
		r = strcmp(left->also[i], right->also[i]);
	return r;
}

/*
 * Those that are signed for alike together; of these, DOMAIN first, and all of
 * its addresses first.
 */
static int
compare_groups(const void *a, const void *b)
{
	const struct group *left = a, *right = b;
	int r;

	if ((r = compare_signers(left, right)) != 0 ||
	    (r = is_below(left->pattern) - is_below(right->pattern)) != 0 ||
	    (r = (left->first->local != NULL) -
	    (right->first->local != NULL)) != 0)
		return r;
	return (left->first->order > right->first->order) -
	    (left->first->order < right->first->order);
}

/*
 * Whether a line before those of a group stands for all addresses of its
 * pattern, so that they were not used.  There is a note if they would change
 * anything.
 */
static bool
is_hidden(struct maker *maker, const struct group *all,
    const struct group *group)
{
	if (!maker->plan->is_first_only || all == NULL ||
	    strcmp(all->pattern, group->pattern) != 0 ||
	    !all->first->is_glob || all->first->order > group->first->order)
		return false;
	if (compare_signers(all, group) != 0)
		note_senders(maker, group->first, "their key here was not "
		    "used, because a line before it stands for them, too, and "
		    "only the first one signs (MultipleSignatures in "
		    "OpenDKIM)");
	return true;
}

/* Add a text to the authors of a source; false if out of memory. */
static bool
add_author(struct maker *maker, struct import_source *source,
    const struct group *group)
{
	struct import_sources *sources = maker->sources;
	const char *local = group->first->local;
	char *author;

	if (asprintf(&author, "%s@%s", local == NULL ? "*" : local,
	    group->pattern) == -1)
		return false;
	sources->authors[sources->nauthors++] = author;
	source->nauthors++;
	return true;
}

/*
 * Name the authors of a source, unless it is for all addresses of its domains
 * anyway.  Returns false if out of memory.
 */
static bool
add_authors(struct maker *maker, struct import_source *source,
    const struct group *groups, size_t n)
{
	const struct group *all = NULL, *group;
	bool is_limited = source->parent != NULL;

	for (group = groups; group < groups + n; group++)
		if (group == groups || strcmp(group->pattern,
		    group[-1].pattern) != 0)
			is_limited |= group->first->local != NULL;
	if (!is_limited)
		return true;
	source->authors = (const char *const *)maker->sources->authors +
	    maker->sources->nauthors;
	for (group = groups; group < groups + n; group++) {
		if (group->first->local == NULL)
			all = group;
		else if (all != NULL && strcmp(all->pattern,
		    group->pattern) == 0)
			continue;
		if (!add_author(maker, source, group))
			return false;
	}
	return true;
}

/* Other sources of the domain are just before this one. */
static unsigned int
find_number(const struct import_sources *sources,
    const struct import_source *source)
{
	const struct import_source *other;

	for (other = source; other > sources->list; other--) {
		if (strcmp(base_of(other[-1].domains[0]),
		    base_of(source->domains[0])) != 0)
			break;
		if (strcmp(other[-1].domains[0], source->domains[0]) == 0)
			return other[-1].number + 1;
	}
	return 1;
}

/* Add a source for groups that are signed for alike. */
static void
add_source(struct maker *maker, const struct group *groups, size_t n)
{
	struct import_sources *sources = maker->sources;
	struct import_source *source = &sources->list[sources->n];
	bool is_listed = groups->signer == NULL;
	size_t i;

	source->place = groups->first->place;
	source->also_sign = groups->also;
	source->nalso = groups->nalso;
	for (i = 0; i < n; i++) {
		if (i > 0 && strcmp(groups[i].pattern,
		    groups[i - 1].pattern) == 0)
			continue;
		source->domains[source->ndomains++] = groups[i].pattern;
		is_listed |= groups->signer != NULL &&
		    strcmp(groups[i].pattern, groups->signer) == 0;
	}
	if (groups->signer == NULL)
		source->keyless = groups->pattern;
	else if (!is_listed) {
		source->parent = groups->signer;
		source->domains[source->ndomains++] = groups->signer;
	}
	source->number = find_number(sources, source);
	/* Without all its authors, it might be for more addresses. */
	if (add_authors(maker, source, groups, n))
		sources->n++;
	else {
		maker->plan->is_cut = true;
		memset(source, 0, sizeof(*source));
	}
}

/*
 * Add the sources of a domain and its subdomains, which begin with a sender.
 * Returns the first sender of the next domain.
 */
static size_t
make_domain(struct maker *maker, size_t first)
{
	const struct import_plan *plan = maker->plan;
	const char *base = base_of(plan->senders[first].pattern);
	struct group *all = NULL, *group, *groups = maker->groups;
	size_t i, alike, n = 0;

	for (i = first; i < plan->nsenders &&
	    strcmp(base_of(plan->senders[i].pattern), base) == 0;
	    i = group->end) {
		group = &groups[n];
		if (!read_group(maker, i, group))
			continue;
		if (group->first->local == NULL)
			all = group;
		else if (is_hidden(maker, all, group))
			continue;
		n++;
	}
	qsort(groups, n, sizeof(*groups), compare_groups);
	for (group = groups; group < groups + n; group += alike) {
		alike = 1;
		while (group + alike < groups + n &&
		    compare_signers(group, group + alike) == 0)
			alike++;
		add_source(maker, group, alike);
	}
	return i;
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
			(void)import_plan_sender(plan, plan->keys[i].place,
			    plan->keys[i].domain, NULL, i);
	if (plan->nsenders > 0)
		qsort(plan->senders, plan->nsenders, sizeof(*plan->senders),
		    compare_senders);
	if (!list_signers(&maker))
		plan->is_cut = true;
	else
		for (i = 0; i < plan->nsenders; )
			i = make_domain(&maker, i);
	free(maker.groups);
	free(maker.sorted);
}

void
import_sources_finish(struct import_sources *sources)
{
	size_t i;

	for (i = 0; i < sources->nsigners; i++)
		free(sources->signers[i]);
	free(sources->signers);
	for (i = 0; i < sources->nauthors; i++)
		free(sources->authors[i]);
	free(sources->authors);
	free(sources->also);
	free(sources->list);
	memset(sources, 0, sizeof(*sources));
}
