/* SPDX-License-Identifier: ISC */

/*
 * The sources of a configuration: names, domains, and the order in which the
 * parts of a source are read and judged.
 *
 * Missing options are reported only for a complete section, because they may be
 * in the part of a broken one that was skipped.  Every fault is reported with
 * its line; the sources are used only if there is none.
 */

#include "config/private.h"

#include <stdlib.h>
#include <string.h>

#include "config/login.h"
#include "config/organization.h"
#include "config/pattern.h"

#define MAX_TITLE	64	/* octets */

static void
check_title(struct config_builder *builder, const struct config_node *node)
{
	if (node->title[0] == '\0' || strlen(node->title) > MAX_TITLE)
		config_fault(&builder->faults, node->line, "the name of a "
		    "source must have 1 to %d octets; it appears in the log, "
		    "so choose a short one", MAX_TITLE);
}

/* By title, then by place. */
static int
compare_titles(const void *a, const void *b)
{
	const struct config_node *x = *(const struct config_node *const *)a;
	const struct config_node *y = *(const struct config_node *const *)b;
	int order = strcmp(x->title, y->title);

	if (order != 0)
		return order;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* Report each source whose title an earlier one has. */
static void
check_duplicates(struct config_builder *builder,
    const struct config_node **nodes, size_t n)
{
	char line[CONFIG_LINE_SIZE];
	const struct config_node *first;
	size_t i;

	if (n == 0)
		return;
	qsort(nodes, n, sizeof(*nodes), compare_titles);
	for (first = nodes[0], i = 1; i < n; i++) {
		if (strcmp(nodes[i]->title, first->title) != 0) {
			first = nodes[i];
			continue;
		}
		config_print_line(&builder->config->files, first->line,
		    nodes[i]->line, line);
		config_fault(&builder->faults, nodes[i]->line, "duplicate "
		    "source \"%s\", first on %s; give this one another "
		    "name", nodes[i]->title, line);
	}
}

/* Set by the source, else by the file, else depending on its hosts. */
static void
apply_unclear_author(struct config_builder *builder,
    const struct config_node *node, const struct config_defaults *defaults,
    struct source *source)
{
	const struct config_setting *setting;

	source->on_unclear_author = defaults->on_unclear_author;
	if (source->trust_network && !defaults->says_unclear_author)
		source->on_unclear_author = ACTION_PASS;
	if ((setting = config_setting(node, "on_unclear_author")) != NULL)
		config_parse_action(builder, setting, CONFIG_MISMATCH_ACTIONS,
		    &source->on_unclear_author);
}

static void
find_organizations(struct config_builder *builder, struct source *source)
{
	char organization[DKIMSIG_DOMAIN_SIZE];
	const char **texts, *domain;
	size_t i;

	texts = config_alloc(builder, source->domains.n, sizeof(*texts));
	if (texts == NULL)
		return;
	for (i = 0; i < source->domains.n; i++) {
		domain = source->domains.texts[i];
		organization_of(strncmp(domain, "*.", 2) == 0 ? domain + 2 :
		    domain, organization);
		if ((texts[i] = config_strdup(builder, organization)) == NULL)
			return;
	}
	source->organizations.texts = texts;
	source->organizations.n = source->domains.n;
}

static void
apply_source(struct config_builder *builder, const struct config_node *node,
    const struct config_defaults *defaults, struct source *source)
{
	const struct config_setting *setting;

	source->name = config_strdup(builder, node->title);
	source->line = node->line;
	if ((setting = config_setting(node, "preset")) != NULL)
		source->preset = config_strdup(builder,
		    setting->values[0].text);
	else if ((setting = config_setting(node, "tenant")) != NULL &&
	    config_setting(node, "salesforce_bounce") == NULL)
		config_fault(&builder->faults, setting->values[0].line,
		    "\"tenant\" is only for a source with a preset; add preset "
		    "= \"...\", or remove it");
	config_apply_hop(builder, node, source);
	config_apply_tenant(builder, node, source);
	config_apply_signing(builder, node, source);
	config_apply_ceilings(builder, node, source);
	config_apply_stream(builder, node, source);
	apply_unclear_author(builder, node, defaults, source);
	if (config_setting(node, "domains") != NULL)
		config_parse_list_of(builder, node, "domains", "domain",
		    config_value_domains, &source->domains);
	else if (node->is_complete)
		config_fault(&builder->faults, node->line, "source \"%s\" "
		    "names no domains; add domains = { \"example.com\" } with "
		    "those that it may send for", node->title);
	find_organizations(builder, source);
	if (node->is_complete)
		config_judge_source(builder, node, source);
}

/* Tell each source with any_login which logins the others name. */
static void
share_logins(struct config_builder *builder, struct source *sources,
    size_t nsources)
{
	struct text_list all = { 0 };
	const char **texts;
	bool is_asked = false;
	size_t n = 0, i, j;

	for (i = 0; i < nsources; i++) {
		n += sources[i].login.n;
		is_asked |= sources[i].any_login;
	}
	if (!is_asked || n == 0 ||
	    (texts = config_alloc(builder, n, sizeof(*texts))) == NULL)
		return;
	for (i = 0; i < nsources; i++)
		for (j = 0; j < sources[i].login.n; j++)
			texts[all.n++] = sources[i].login.texts[j];
	qsort(texts, all.n, sizeof(*texts), login_compare);
	all.texts = texts;
	for (i = 0; i < nsources; i++)
		if (sources[i].any_login)
			sources[i].platform_logins = all;
}

void
config_apply_sources(struct config_builder *builder,
    const struct config_node *root, const struct config_defaults *defaults)
{
	const struct config_node *node, **nodes;
	struct source *sources;
	size_t n = config_count_nodes(root, "source");

	sources = config_alloc(builder, n, sizeof(*sources));
	if ((nodes = calloc(n + 1, sizeof(*nodes))) == NULL)
		builder->faults.no_memory = true;
	if (sources == NULL || nodes == NULL) {
		free(nodes);
		return;
	}
	n = 0;
	STAILQ_FOREACH(node, &root->nodes, entry) {
		if (strcmp(node->option->name, "source") != 0)
			continue;
		check_title(builder, node);
		nodes[n] = node;
		sources[n].on_mismatch = defaults->on_mismatch;
		sources[n].on_no_key = defaults->on_no_key;
		sources[n].on_fragile = defaults->on_fragile;
		sources[n].on_fault = defaults->on_fault;
		apply_source(builder, node, defaults, &sources[n++]);
	}
	check_duplicates(builder, nodes, n);
	free(nodes);
	builder->config->sources = sources;
	builder->config->nsources = n;
	if (n > 0 && !organization_is_known())
		config_fault(&builder->faults, 0, "libpsl was built without "
		    "the Public Suffix List; install a libpsl that includes "
		    "it");
	share_logins(builder, sources, n);
	config_collect_names(builder);
	config_collect_removals(builder);
	config_collect_streams(builder);
	config_collect_expire(builder);
	config_judge_dkims(builder);
	config_check_spf(builder);
	config_index_sources(builder);
}

static bool
list_names(const struct text_list *patterns, const char *domain)
{
	size_t i;

	for (i = 0; i < patterns->n; i++)
		if (pattern_domain_matches(patterns->texts[i], domain))
			return true;
	return false;
}

const struct source *
config_naming_source(const struct config *config, const char *domain)
{
	size_t i;

	for (i = 0; i < config->nsources; i++)
		if (list_names(&config->sources[i].domains, domain) ||
		    list_names(&config->sources[i].also_sign, domain))
			return &config->sources[i];
	return NULL;
}

bool
config_names(const struct config *config, const char *domain)
{
	return config_naming_source(config, domain) != NULL;
}
