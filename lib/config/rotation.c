/* SPDX-License-Identifier: ISC */

/*
 * How keys are rotated: the section "rotation", and those of single domains
 * in it, each of which begins as a copy of the general one.
 *
 * What values say together is checked only if each value is right by itself:
 * otherwise one mistake would be reported twice.
 *
 * The sections of domains are sorted by name, because a program that looks
 * after many domains asks for each of them.
 */

#include "config/rotation_section.h"

#include <stdlib.h>
#include <string.h>

#define DAY	86400LL

/* The title of a section, normalized; NULL after a fault. */
static const char *
parse_domain(struct config_builder *builder, const struct config_node *node)
{
	const struct config_value title = {
		.text = node->title, .line = node->line
	};

	if (strcmp(node->title, "*") != 0)
		return config_value_domains(builder, &title, "domain");
	config_fault(&builder->faults, node->line, "domain \"*\" would mean "
	    "all domains; put its options into the section \"rotation\" "
	    "itself");
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	const struct rotation *x = a, *y = b;
	int r = strcmp(x->domain, y->domain);

	return r != 0 ? r : (x->line > y->line) - (x->line < y->line);
}

static void
check_duplicates(struct config_builder *builder)
{
	const struct rotation *rotations = builder->config->rotations;
	char line[CONFIG_LINE_SIZE];
	size_t i;

	for (i = 2; i < builder->config->nrotations; i++) {
		if (strcmp(rotations[i].domain, rotations[i - 1].domain) != 0)
			continue;
		config_print_line(&builder->config->files,
		    rotations[i - 1].line, rotations[i].line, line);
		config_fault(&builder->faults, rotations[i].line, "domain "
		    "\"%s\" already has a section on %s; keep one",
		    rotations[i].domain, line);
	}
}

/* Read the sections of domains, and check them with the general one. */
static void
apply_domains(struct config_builder *builder, const struct config_node *node,
    struct rotation *rotations, size_t before)
{
	const struct config_node **nodes, *below;
	struct config *config = builder->config;
	size_t i;

	nodes = config_alloc(builder, 1 + config_count_nodes(node, "domain"),
	    sizeof(*nodes));
	if (nodes == NULL)
		return;
	nodes[0] = node;
	STAILQ_FOREACH(below, &node->nodes, entry) {
		struct rotation *rotation = &rotations[config->nrotations];

		*rotation = rotations[0];
		rotation->domain = parse_domain(builder, below);
		rotation_section_apply(builder, below, rotation);
		if (rotation->domain != NULL)
			nodes[config->nrotations++] = below;
	}
	if (builder->faults.total == before && !builder->faults.no_memory &&
	    node->is_complete)
		for (i = 0; i < config->nrotations; i++)
			rotation_section_check(builder, nodes[i],
			    &rotations[i]);
	qsort(&rotations[1], config->nrotations - 1, sizeof(*rotations),
	    compare);
	check_duplicates(builder);
}

static void
apply_run(struct config_builder *builder, const struct config_node *node)
{
	const struct config_setting *setting;
	long long n;

	if ((setting = config_setting(node, "parallel")) != NULL &&
	    config_parse_number(builder, setting, 1, CONFIG_MAX_PARALLEL, &n))
		builder->config->rotation_parallel = (unsigned int)n;
	if ((setting = config_setting(node, "metrics_file")) != NULL &&
	    config_parse_path(builder, setting, setting->values[0].text))
		builder->config->metrics_file = config_strdup(builder,
		    setting->values[0].text);
	if ((setting = config_setting(node, "notify_hook")) != NULL &&
	    config_parse_path(builder, setting, setting->values[0].text)) {
		builder->config->notify_hook = config_strdup(builder,
		    setting->values[0].text);
		builder->config->notify_line = setting->values[0].line;
	}
}

void
config_apply_rotation(struct config_builder *builder,
    const struct config_node *root)
{
	static const struct rotation standard = {
		.every = 90 * DAY,
		.rsa_bits = 2048,
		.wants_ed25519 = true,
		.automatic = true,
		.publish = ROTATION_MANUAL,
		.publish_lead = ROTATION_AUTO,
		.retain = 8 * DAY,
		.revoke_for = 30 * DAY,
		.queue_lifetime = ROTATION_AUTO,
		.signature_lifetime = ROTATION_AUTO,
		.ttl = 3600,
		.unreachable_after = 3 * DAY,
	};
	const struct config_node *node = config_node(root, "rotation");
	struct config *config = builder->config;
	size_t before = builder->faults.total, n = 1, i;
	struct rotation *rotations;

	if (node != NULL)
		n += config_count_nodes(node, "domain");
	rotations = config_alloc(builder, n, sizeof(*rotations));
	if (rotations == NULL)
		return;
	rotations[0] = standard;
	config->rotations = rotations;
	config->nrotations = 1;
	config->rotation_parallel = 16;
	config_apply_sync(builder, node);
	if (node == NULL)
		return;
	rotation_section_apply(builder, node, &rotations[0]);
	apply_run(builder, node);
	apply_domains(builder, node, rotations, before);
	for (i = 0; i < config->nrotations; i++)
		rotation_section_drop_unused(&rotations[i]);
}

static int
compare_domain(const void *domain, const void *rotation)
{
	return strcmp(domain, ((const struct rotation *)rotation)->domain);
}

const struct rotation *
config_rotation(const struct config *config, const char *domain)
{
	const struct rotation *rotation;
	char pattern[2 + DKIMSIG_DOMAIN_SIZE];
	const char *name = domain;

	for (;;) {
		rotation = bsearch(name, &config->rotations[1],
		    config->nrotations - 1, sizeof(*rotation), compare_domain);
		if (rotation != NULL ||
		    (domain = strchr(domain, '.')) == NULL)
			break;
		if ((size_t)snprintf(pattern, sizeof(pattern), "*%s",
		    domain++) >= sizeof(pattern))
			continue;
		name = pattern;
	}
	return rotation != NULL ? rotation : &config->rotations[0];
}
