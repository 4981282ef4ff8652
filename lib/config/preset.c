/* SPDX-License-Identifier: ISC */

/*
 * Presets: facts about how a platform marks its customers' mail; see
 * countersign.conf(5).
 *
 * The factors of a preset are copied into the tree of the source that names
 * it, so that the source is checked and judged as if they had been written
 * there.  Factors that the source sets itself replace those of the preset.
 */

#include "config/private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/preset_file.h"
#include "config/preset_tenant.h"

struct merge {
	struct config_builder	*builder;
	struct config_node	*source;
	const struct config_node *preset;	/* the root of its file */
	const char	*name;
	unsigned int	 line;		/* where the source names it */
	const struct config_setting *options;	/* preset_options; or NULL */
	struct preset_tenants	 tenants;
};

static bool
has_value(const struct config_setting *setting, const char *text)
{
	size_t i;

	for (i = 0; setting != NULL && i < setting->nvalues; i++)
		if (strcmp(setting->values[i].text, text) == 0)
			return true;
	return false;
}

/*
 * Copy a setting of the preset to a node of the source.  false if the source
 * has no tenant for its placeholders.
 */
static bool
copy_setting(struct merge *m, struct config_node *to,
    const struct config_setting *from)
{
	const struct config_option *option;
	struct config_setting *setting;
	size_t i;

	option = config_option_find(to->option->section, from->option->name,
	    strlen(from->option->name));
	if ((setting = config_setting_new(to, option)) == NULL) {
		m->builder->faults.no_memory = true;
		return true;
	}
	for (i = 0; i < from->nvalues; i++)
		if (preset_tenants_expand(&m->tenants, from->values[i].text,
		    setting, m->line) != 0)
			m->builder->faults.no_memory = true;
	if (setting->nvalues > 0)
		return true;
	TAILQ_REMOVE(&to->settings, setting, entry);
	free(setting->values);
	free(setting);
	return false;
}

static bool
is_optional(const struct config_node *section)
{
	const struct config_setting *setting;

	setting = config_setting(section, "optional");
	return setting != NULL && config_is_true(setting);
}

/* Report that a factor which is not optional has no tenant. */
static void
fault_tenant(struct merge *m, const char *factor)
{
	char kinds[128];

	preset_tenants_kinds(m->preset, kinds, sizeof(kinds));
	config_fault(&m->builder->faults, m->line, "source \"%s\" has preset "
	    "= \"%s\" without a tenant for its %s, so it would sign for every "
	    "customer of the platform; add tenant = { \"...\" } with your %s",
	    m->source->title, m->name, factor, kinds);
}

/*
 * Copy the settings that a section of the source, or of an earlier fact, does
 * not have.  Only sections without a title are combined like this.
 */
static void
fill_section(struct merge *m, struct config_node *to,
    const struct config_node *from)
{
	const struct config_setting *setting;

	TAILQ_FOREACH(setting, &from->settings, entry)
		if (config_setting(to, setting->option->name) == NULL &&
		    !copy_setting(m, to, setting))
			fault_tenant(m, from->option->name);
}

/* Fill all sections of that name in the source; false if there are none. */
static bool
fill_sections(struct merge *m, const struct config_node *from)
{
	struct config_node *below;
	bool is_filled = false;

	STAILQ_FOREACH(below, &m->source->nodes, entry) {
		if (below->option->section != NULL && below->title == NULL &&
		    strcmp(below->option->name, from->option->name) == 0) {
			fill_section(m, below, from);
			is_filled = true;
		}
	}
	return is_filled;
}

static void
copy_section(struct merge *m, const struct config_node *from)
{
	const struct config_setting *setting;
	struct config_node *to;
	bool has_all = true;

	to = config_node_new(m->source, config_option_find(
	    config_source_schema(), from->option->name,
	    strlen(from->option->name)), from->title, m->line);
	if (to == NULL) {
		m->builder->faults.no_memory = true;
		return;
	}
	to->is_complete = true;
	TAILQ_FOREACH(setting, &from->settings, entry)
		has_all &= copy_setting(m, to, setting);
	if (has_all)
		return;
	STAILQ_REMOVE(&m->source->nodes, to, config_node, entry);
	config_node_free(to);
	if (!is_optional(from))
		fault_tenant(m, from->title != NULL ? from->title :
		    from->option->name);
}

/* Whether a section of the source itself replaces that of the preset. */
static bool
is_overridden(const struct merge *m, const struct config_node *from,
    const struct config_node *first_merged)
{
	const struct config_node *below;

	if (from->title == NULL)
		return false;
	STAILQ_FOREACH(below, &m->source->nodes, entry) {
		if (below == first_merged)
			break;
		if (strcmp(below->option->name, from->option->name) == 0 &&
		    (below->title == NULL ||
		    strcasecmp(below->title, from->title) == 0))
			return true;
	}
	return false;
}

static void
merge_fact(struct merge *m, const struct config_node *fact, size_t nown)
{
	const struct config_setting *setting;
	const struct config_node *below, *first_merged;
	size_t i = 0;

	first_merged = STAILQ_FIRST(&m->source->nodes);
	for (; i < nown && first_merged != NULL; i++)
		first_merged = STAILQ_NEXT(first_merged, entry);
	TAILQ_FOREACH(setting, &fact->settings, entry)
		if (preset_file_is_factor(setting) && config_setting(
		    m->source, setting->option->name) == NULL &&
		    !copy_setting(m, m->source, setting))
			fault_tenant(m, setting->option->name);
	STAILQ_FOREACH(below, &fact->nodes, entry)
		if (!is_overridden(m, below, first_merged) &&
		    (below->title != NULL || !fill_sections(m, below)))
			copy_section(m, below);
}

/* Check that the source has the options that the preset needs. */
static void
check_needs(struct merge *m)
{
	const struct config_setting *needs = config_setting(m->preset,
	    "needs");
	const char *name;
	size_t i;

	for (i = 0; needs != NULL && i < needs->nvalues; i++) {
		name = needs->values[i].text;
		if (m->source->is_complete &&
		    config_setting(m->source, name) == NULL &&
		    config_node(m->source, name) == NULL)
			config_fault(&m->builder->faults, m->line, "preset "
			    "\"%s\" needs \"%s\" in the source to prove whose "
			    "mail it is; add it", m->name, name);
	}
}

static void
check_options(struct merge *m)
{
	const struct config_node *fact;
	char known[256] = "";
	size_t i;

	for (i = 0; m->options != NULL && i < m->options->nvalues; i++) {
		STAILQ_FOREACH(fact, &m->preset->nodes, entry)
			if (has_value(config_setting(fact, "when"),
			    m->options->values[i].text))
				break;
		if (fact != NULL)
			continue;
		STAILQ_FOREACH(fact, &m->preset->nodes, entry)
			if (config_setting(fact, "when") != NULL) {
				strlcat(known, " ", sizeof(known));
				strlcat(known, config_setting(fact,
				    "when")->values[0].text, sizeof(known));
			}
		config_fault(&m->builder->faults, m->options->values[i].line,
		    "preset \"%s\" has no option \"%s\"; it has:%s", m->name,
		    m->options->values[i].text,
		    known[0] != '\0' ? known : " none");
	}
}

static void
merge(struct merge *m)
{
	const struct config_setting *when;
	const struct config_node *fact, *node;
	size_t nown = 0;

	if (preset_tenants_take(&m->tenants, m->builder, m->preset,
	    m->source) != 0)
		return;
	check_needs(m);
	check_options(m);
	STAILQ_FOREACH(node, &m->source->nodes, entry)
		nown++;
	STAILQ_FOREACH(fact, &m->preset->nodes, entry) {
		when = config_setting(fact, "when");
		if (when == NULL || has_value(m->options,
		    when->values[0].text))
			merge_fact(m, fact, nown);
	}
}

static void
merge_preset(struct config_builder *builder, const struct config_node *root,
    struct config_node *source, const struct config_setting *setting)
{
	struct merge m = {
		.builder = builder,
		.source = source,
		.name = setting->values[0].text,
		.line = setting->values[0].line,
		.options = config_setting(source, "preset_options"),
	};
	size_t nfaults = builder->faults.total;
	struct config_node *preset;

	if ((preset = preset_file_read(builder, root,
	    &setting->values[0])) != NULL) {
		m.preset = preset;
		merge(&m);
		preset_tenants_finish(&m.tenants);
		config_node_free(preset);
	}
	/* Factors may be missing only because of the fault. */
	if (builder->faults.total > nfaults)
		source->is_complete = false;
}

/* leaves_out is for facts, which have a source and a date. */
static void
check_facts_in_source(struct config_builder *builder,
    const struct config_node *source)
{
	const struct config_setting *setting;
	const struct config_node *below;

	STAILQ_FOREACH(below, &source->nodes, entry)
		if ((setting = config_setting(below, "leaves_out")) != NULL)
			config_fault(&builder->faults,
			    setting->values[0].line, "\"leaves_out\" is for "
			    "presets only; write uncovered = { ... } with the "
			    "fields that may be unsigned");
}

void
config_merge_presets(struct config_builder *builder, struct config_node *root)
{
	const struct config_setting *setting;
	struct config_node *node;

	setting = config_setting(root, "preset_dir");
	if (setting != NULL && !config_may_use(builder, CONFIG_SEARCHES,
	    setting->values[0].text, "preset_dir", setting->values[0].text,
	    setting->values[0].line))
		return;
	STAILQ_FOREACH(node, &root->nodes, entry) {
		if (strcmp(node->option->name, "source") != 0)
			continue;
		check_facts_in_source(builder, node);
		if ((setting = config_setting(node, "preset")) != NULL)
			merge_preset(builder, root, node, setting);
		else if ((setting = config_setting(node,
		    "preset_options")) != NULL)
			config_fault(&builder->faults,
			    setting->values[0].line, "\"preset_options\" is "
			    "only for a source with a preset; remove it");
	}
}
