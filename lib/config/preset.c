/* SPDX-License-Identifier: ISC */

/*
 * Presets: what is known of how a platform marks its customers' mail, as files
 * of facts, each with its source; countersign.conf(5) has their syntax.
 *
 * A preset's factors are put into the tree of the source that names it, so
 * that the source is checked and judged as if it had been written there.  What
 * the source says itself stands in the place of what the preset says.
 */

#include "config/private.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config/preset_tenant.h"

#define MAX_NAME	40	/* octets */
#define MAX_PATH	1024
#define SUFFIX		".conf"

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
is_preset_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= MAX_NAME &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

/* The folders, the first of which that has the preset counts. */
static size_t
folders(const struct config_node *root, const char *list[3])
{
	const struct config_setting *setting;
	size_t n = 0;

	if ((setting = config_setting(root, "preset_dir")) != NULL)
		list[n++] = setting->values[0].text;
	list[n++] = CONFIG_PRESETS_LOCAL;
	list[n++] = CONFIG_PRESETS_INSTALLED;
	return n;
}

static bool
find_file(const struct config_node *root, const char *name, char *path)
{
	const char *list[3];
	size_t n = folders(root, list), i;

	for (i = 0; i < n; i++) {
		(void)snprintf(path, MAX_PATH, "%s/%s" SUFFIX, list[i],
		    name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static int
is_preset_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, SUFFIX) == 0;
}

/* The names of all presets, for a fault. */
static void
list_names(const struct config_node *root, char *buf, size_t bufsize)
{
	const char *list[3];
	size_t n = folders(root, list), i;
	struct dirent **entries;
	int nentries, j;

	buf[0] = '\0';
	for (i = 0; i < n; i++) {
		nentries = scandir(list[i], &entries, is_preset_file,
		    alphasort);
		for (j = 0; j < nentries; j++) {
			strlcat(buf, buf[0] != '\0' ? ", " : "", bufsize);
			strlcat(buf, entries[j]->d_name, bufsize);
			/* The suffix was appended last. */
			if (strlen(buf) + 1 < bufsize)
				buf[strlen(buf) - strlen(SUFFIX)] = '\0';
			free(entries[j]);
		}
		if (nentries >= 0)
			free(entries);
	}
	if (buf[0] == '\0')
		strlcpy(buf, "none are installed", bufsize);
}

/* Each fault of a preset, with the place where it is. */
static void
report(struct merge *m, const char *path, struct config_faults *faults)
{
	struct config_faults *all = &m->builder->faults;
	size_t i;

	config_faults_sort(faults);
	for (i = 0; i < faults->n; i++) {
		const struct config_fault *fault = &faults->list[i];
		char line[16] = "";

		if (fault->line != 0)
			(void)snprintf(line, sizeof(line), ":%u", fault->line);
		config_fault(all, m->line, "preset \"%s\" cannot be used: "
		    "%s%s: %s", m->name, path, line, fault->text);
	}
	if (faults->total > faults->n)
		config_fault(all, m->line, "preset \"%s\" cannot be used: %s: "
		    "%zu more errors", m->name, path,
		    faults->total - faults->n);
}

static struct config_node *
read_file(struct merge *m, const char *path)
{
	struct config_faults faults = { 0 };
	struct config_node *root = NULL;
	char *text;

	if ((text = config_text_read(path, &faults)) != NULL)
		root = config_outline(text, config_preset_schema(), &faults);
	free(text);
	if (faults.no_memory)
		m->builder->faults.no_memory = true;
	report(m, path, &faults);
	if (faults.total > 0 || faults.no_memory) {
		config_node_free(root);
		root = NULL;
	}
	config_faults_finish(&faults);
	return root;
}

/* Whether a fact has what makes it one: where it is from, when, how sure. */
static bool
check_fact(struct merge *m, const struct config_node *fact)
{
	static const char *const grades[] = {
		"documented", "reported", "observed",
	};
	const struct config_setting *date = config_setting(fact, "date");
	const struct config_setting *grade = config_setting(fact, "grade");
	size_t i;

	for (i = 0; grade != NULL && i < 3; i++)
		if (strcmp(grade->values[0].text, grades[i]) == 0)
			break;
	if (date != NULL && strlen(date->values[0].text) == 10 &&
	    grade != NULL && i < 3 && config_setting(fact, "source") != NULL)
		return true;
	config_fault(&m->builder->faults, m->line, "preset \"%s\" cannot be "
	    "used: its fact \"%s\" (line %u) needs a source, a date like "
	    "2026-11-23, and a grade: documented, reported or observed",
	    m->name, fact->title, fact->line);
	return false;
}

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
 * A setting of the preset into a node of the source.  false if its
 * placeholders stand for nothing.
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

/* What the tenants lack, for a factor that cannot do without. */
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
 * What a section says where another, of the source or of an earlier fact,
 * says nothing.  Only those without a title have one meaning together.
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

/* Whether there were such sections, which now say what this one does. */
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

/* Whether the source has a section that stands for that of the preset. */
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

static bool
is_about(const char *name)
{
	return strcmp(name, "date") == 0 || strcmp(name, "grade") == 0 ||
	    strcmp(name, "source") == 0 || strcmp(name, "when") == 0;
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
		if (!is_about(setting->option->name) && config_setting(
		    m->source, setting->option->name) == NULL &&
		    !copy_setting(m, m->source, setting))
			fault_tenant(m, setting->option->name);
	STAILQ_FOREACH(below, &fact->nodes, entry)
		if (!is_overridden(m, below, first_merged) &&
		    (below->title != NULL || !fill_sections(m, below)))
			copy_section(m, below);
}

/* Options of the source that the preset needs, as a login. */
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
		if (!check_fact(m, fact))
			return;
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
	char path[MAX_PATH], names[1024];
	size_t nfaults = builder->faults.total;
	struct config_node *preset;

	if (!is_preset_name(m.name) || !find_file(root, m.name, path)) {
		list_names(root, names, sizeof(names));
		config_fault(&builder->faults, m.line, "unknown preset \"%s\"; "
		    "known presets: %s", m.name, names);
	} else if ((preset = read_file(&m, path)) != NULL) {
		m.preset = preset;
		merge(&m);
		preset_tenants_finish(&m.tenants);
		config_node_free(preset);
	}
	/* What the source lacks now it may lack because of the fault. */
	if (builder->faults.total > nfaults)
		source->is_complete = false;
}

/* What a platform leaves out is a fact, which has a source and a date. */
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
