/* SPDX-License-Identifier: ISC */

/*
 * What a signature must cover to prove the tenant, and who may have made it:
 * the parts of dkim sections that depend on other options.
 *
 * If the platform's signature does not cover a field that we sign, only we
 * vouch for it.  Therefore all fields that a source signs must be covered,
 * unless it is known that the platform never covers them (leaves_out, in
 * presets) or the source accepts them uncovered.
 */

#include "config/private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/pattern.h"
#include "text/text.h"

/* A field name, in lower case. */
static char *
parse_left_out(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	char *name;

	if ((name = config_value_word(builder, value, what)) == NULL)
		return NULL;
	text_lower_all(name);
	if (strcmp(name, "from") != 0 && strpbrk(name, ":;*") == NULL)
		return name;
	config_fault(&builder->faults, value->line, "the %s \"%s\" is %s", what,
	    value->text, strcmp(name, "from") == 0 ? "always covered by a "
	    "signature; remove it" : "not a field name; write each name by "
	    "itself, without a colon");
	return NULL;
}

void
config_apply_left_out(struct config_builder *builder,
    const struct config_node *node, struct dkim_rule *rule)
{
	config_parse_list_of(builder, node, "leaves_out", "field name",
	    parse_left_out, &rule->leaves_out);
	config_parse_list_of(builder, node, "uncovered", "field name",
	    parse_left_out, &rule->uncovered);
}

static bool
is_removed(const struct source *source, const char *name)
{
	size_t i;

	for (i = 0; i < source->remove.n; i++)
		if (pattern_text_matches(source->remove.texts[i], name,
		    strlen(name)))
			return true;
	return false;
}

static struct text_list
or_default(const struct text_list *list,
    const char *const *(*standard)(size_t *))
{
	struct text_list all = *list;

	if (all.n == 0)
		all.texts = standard(&all.n);
	return all;
}

static void
add_names(const char **names, size_t *n, const struct source *source,
    const struct text_list *more)
{
	struct text_list so_far;
	size_t i;

	for (i = 0; i < more->n; i++) {
		so_far = (struct text_list){ names, *n };
		if (!text_is_listed(so_far.texts, so_far.n,
		    more->texts[i]) &&
		    !is_removed(source, more->texts[i]))
			names[(*n)++] = more->texts[i];
	}
}

/* List all fields that a source signs if the message has them. */
static bool
list_signed(struct config_builder *builder, const struct source *source,
    struct text_list *list)
{
	const struct text_list sign = or_default(&source->sign_headers,
	    dkimsig_default_signed);
	const struct text_list oversign = or_default(&source->oversign,
	    dkimsig_default_oversigned);
	const struct text_list guard = or_default(&source->guard,
	    dkimsig_default_guarded);
	const char **names;

	names = config_alloc(builder, sign.n + oversign.n + guard.n,
	    sizeof(*names));
	if (names == NULL)
		return false;
	list->texts = names;
	list->n = 0;
	add_names(names, &list->n, source, &sign);
	if (builder->config->oversign) {
		add_names(names, &list->n, source, &oversign);
		add_names(names, &list->n, source, &guard);
	}
	return true;
}

static void
set_must_cover(struct config_builder *builder,
    const struct text_list *all, struct dkim_rule *rule)
{
	const char **names;
	size_t n = 0, i;

	if ((names = config_alloc(builder, all->n, sizeof(*names))) == NULL)
		return;
	for (i = 0; i < all->n; i++)
		if (!text_is_listed(rule->leaves_out.texts,
		    rule->leaves_out.n, all->texts[i]) &&
		    !text_is_listed(rule->uncovered.texts,
		    rule->uncovered.n, all->texts[i]))
			names[n++] = all->texts[i];
	rule->must_cover.texts = names;
	rule->must_cover.n = n;
}

/*
 * If we sign for a domain that a rule accepts, return that domain as it is
 * configured; *by is the source that names it.  Otherwise return NULL.
 */
static const char *
find_own(const struct config *config, const struct dkim_rule *rule,
    const struct source **by)
{
	const struct source *source;
	const struct text_list *lists[2];
	size_t i, j, k, l;

	for (i = 0; i < config->nsources; i++) {
		source = *by = &config->sources[i];
		lists[0] = &source->domains;
		lists[1] = &source->also_sign;
		for (j = 0; j < 2; j++)
			for (k = 0; k < lists[j]->n; k++)
				for (l = 0; l < rule->sdids.n; l++)
					if (pattern_domains_meet(
					    rule->sdids.texts[l],
					    lists[j]->texts[k]))
						return lists[j]->texts[k];
	}
	return NULL;
}

static void
check_selectors(struct config_builder *builder, const struct source *source,
    const struct dkim_rule *rule)
{
	const struct source *by;
	const char *own;

	if (rule->line == 0 ||
	    (own = find_own(builder->config, rule, &by)) == NULL)
		return;
	config_fault(&builder->faults, rule->line, "the dkim factor of source "
	    "\"%s\" accepts any signature of a domain that is also signed here "
	    "(\"%s\" of source \"%s\"), so any other signer for that domain "
	    "would be proof; add %sselectors = { \"...\" }%s with the "
	    "selectors of the platform's key", source->name, own, by->name,
	    source->preset != NULL ? "dkim { " : "",
	    source->preset != NULL ? " }" : "");
}

static int
compare_names(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Set the names of all fields that a signature may have to cover. */
static void
set_covered_names(struct config_builder *builder,
    const struct text_list *lists, size_t nlists)
{
	struct text_list *all = &builder->config->covered_names;
	const char **names;
	size_t n = 0, i, j;

	for (i = 0; i < nlists; i++)
		n += lists[i].n;
	if ((names = config_alloc(builder, n, sizeof(*names))) == NULL)
		return;
	all->texts = names;
	for (i = 0; i < nlists; i++)
		for (j = 0; j < lists[i].n; j++)
			if (!text_is_listed(all->texts, all->n,
			    lists[i].texts[j]))
				names[all->n++] = lists[i].texts[j];
	if (all->n > 0)
		qsort(names, all->n, sizeof(*names), compare_names);
}

void
config_judge_dkims(struct config_builder *builder)
{
	const struct config *config = builder->config;
	struct text_list *lists;
	struct source *source;
	struct dkim_rule *rule;
	size_t i, j;

	lists = config_alloc(builder, config->nsources, sizeof(*lists));
	if (lists == NULL)
		return;
	for (i = 0; i < config->nsources; i++) {
		/* Nobody else has a reference to this configuration yet. */
		source = (struct source *)(uintptr_t)&config->sources[i];
		if (source->ndkims == 0 ||
		    !list_signed(builder, source, &lists[i]))
			continue;
		for (j = 0; j < source->ndkims; j++) {
			rule = (struct dkim_rule *)(uintptr_t)
			    &source->dkims[j];
			set_must_cover(builder, &lists[i], rule);
			check_selectors(builder, source, rule);
		}
	}
	set_covered_names(builder, lists, config->nsources);
}
