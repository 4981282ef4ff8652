/* SPDX-License-Identifier: ISC */

/*
 * The tree of a configuration file: sections are nodes, and options are
 * settings with values.  Nodes and values have line numbers.
 *
 * Values are kept as text and checked later, so that one bad value does not
 * prevent others from being checked.
 *
 * Fails when out of memory.
 */

#include "config/private.h"

#include <stdlib.h>
#include <string.h>

struct config_node *
config_node_new(struct config_node *parent, const struct config_option *option,
    const char *title, unsigned int line)
{
	struct config_node *node;

	if ((node = calloc(1, sizeof(*node))) == NULL)
		return NULL;
	TAILQ_INIT(&node->settings);
	STAILQ_INIT(&node->nodes);
	node->option = option;
	node->line = line;
	node->parent = parent;
	if (title != NULL && (node->title = strdup(title)) == NULL) {
		free(node);
		return NULL;
	}
	if (parent != NULL)
		STAILQ_INSERT_TAIL(&parent->nodes, node, entry);
	return node;
}

void
config_node_free(struct config_node *node)
{
	struct config_setting *setting;
	struct config_node *below;
	size_t i;

	if (node == NULL)
		return;
	while ((setting = TAILQ_FIRST(&node->settings)) != NULL) {
		TAILQ_REMOVE(&node->settings, setting, entry);
		for (i = 0; i < setting->nvalues; i++)
			free(setting->values[i].text);
		free(setting->values);
		free(setting);
	}
	while ((below = STAILQ_FIRST(&node->nodes)) != NULL) {
		STAILQ_REMOVE_HEAD(&node->nodes, entry);
		config_node_free(below);
	}
	free(node->title);
	free(node);
}

const struct config_setting *
config_setting(const struct config_node *node, const char *name)
{
	const struct config_setting *setting;

	TAILQ_FOREACH(setting, &node->settings, entry)
		if (strcmp(setting->option->name, name) == 0)
			return setting;
	return NULL;
}

const struct config_node *
config_node(const struct config_node *node, const char *name)
{
	const struct config_node *below;

	STAILQ_FOREACH(below, &node->nodes, entry)
		if (strcmp(below->option->name, name) == 0)
			return below;
	return NULL;
}

size_t
config_count_nodes(const struct config_node *node, const char *name)
{
	const struct config_node *below;
	size_t n = 0;

	STAILQ_FOREACH(below, &node->nodes, entry)
		if (strcmp(below->option->name, name) == 0)
			n++;
	return n;
}

int
config_setting_add(struct config_setting *setting, const char *text,
    unsigned int line)
{
	struct config_value *values = setting->values;
	size_t n = setting->nvalues;

	/* The array has room for a power of two. */
	if ((n & (n - 1)) == 0) {
		values = recallocarray(values, n, n == 0 ? 1 : 2 * n,
		    sizeof(*values));
		if (values == NULL)
			return -1;
		setting->values = values;
	}
	if ((values[n].text = strdup(text)) == NULL)
		return -1;
	values[n].line = line;
	setting->nvalues++;
	return 0;
}

struct config_setting *
config_setting_new(struct config_node *node,
    const struct config_option *option)
{
	struct config_setting *setting;

	if ((setting = calloc(1, sizeof(*setting))) == NULL)
		return NULL;
	setting->option = option;
	TAILQ_INSERT_TAIL(&node->settings, setting, entry);
	return setting;
}
