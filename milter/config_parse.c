/* SPDX-License-Identifier: ISC */

/*
 * The tree of what a configuration file says, read by libconfuse.
 *
 * Every option is a list of strings to libconfuse; each value reaches
 * take_value() at the moment it is parsed, which alone knows its line.  What
 * the strings mean is checked later, so that one bad value does not end the
 * parse.
 *
 * libconfuse has a global lexer and no argument for callbacks, so one parse
 * runs at a time, under a lock.  Fails when out of memory.
 */

#include "config_private.h"

#include <confuse.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const struct config_section *schema;
	struct config_node	*node;	/* that the parser is in */
	struct config_faults	*faults;
};

static pthread_mutex_t	 lock = PTHREAD_MUTEX_INITIALIZER;
static struct reader	*reader;	/* under the lock */

static const struct config_section *
section_of(const struct config_node *node)
{
	return node->option == NULL ? reader->schema : node->option->section;
}

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

int
config_setting_add(struct config_setting *setting, const char *text,
    unsigned int line)
{
	struct config_value *values;

	values = recallocarray(setting->values, setting->nvalues,
	    setting->nvalues + 1, sizeof(*values));
	if (values == NULL)
		return -1;
	setting->values = values;
	if ((values[setting->nvalues].text = strdup(text)) == NULL)
		return -1;
	values[setting->nvalues++].line = line;
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

/* The values of an option stand together, as config_outline() sees to. */
static int
keep_value(struct config_node *node, const char *name, const char *text,
    unsigned int line)
{
	struct config_setting *setting;

	setting = TAILQ_LAST(&node->settings, config_settings);
	if (setting == NULL || strcmp(setting->option->name, name) != 0) {
		setting = config_setting_new(node, config_option_find(
		    section_of(node), name, strlen(name)));
		if (setting == NULL)
			return -1;
	}
	return config_setting_add(setting, text, line);
}

/* libconfuse read a value. */
static int
take_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	unsigned int line = (unsigned int)cfg->line;
	int r = 0;

	if (strcmp(opt->name, CONFIG_MARK_BEGIN) == 0) {
		struct config_node *node;

		line = (unsigned int)strtonum(text, 0, UINT32_MAX, NULL);
		node = config_node_new(reader->node, config_option_find(
		    section_of(reader->node), cfg->name, strlen(cfg->name)),
		    cfg->title, line);
		if (node == NULL)
			r = -1;
		else
			reader->node = node;
	} else if (strcmp(opt->name, CONFIG_MARK_END) == 0) {
		reader->node->is_complete = true;
		reader->node = reader->node->parent;
	} else
		r = keep_value(reader->node, opt->name, text, line);
	if (r == -1)
		reader->faults->no_memory = true;
	*(const char **)result = text;
	return r;
}

static void	take_error(cfg_t *cfg, const char *format, va_list ap)
		    __attribute__((__format__(printf, 2, 0)));

static void
take_error(cfg_t *cfg, const char *format, va_list ap)
{
	char text[256];

	if (reader->faults->no_memory)
		return;
	vsnprintf(text, sizeof(text), format, ap);
	config_fault(reader->faults, (unsigned int)cfg->line, "%s",
	    reader->faults->has_secrets ? "cannot be parsed (details are not "
	    "shown, as the file holds a secret)" : text);
}

static void
free_opts(cfg_opt_t *opts)
{
	size_t i;

	if (opts == NULL)
		return;
	for (i = 0; opts[i].name != NULL; i++)
		free_opts(opts[i].subopts);
	free(opts);
}

static void
set_list(cfg_opt_t *opt, const char *name)
{
	opt->name = name;
	opt->type = CFGT_STR;
	opt->flags = CFGF_LIST;
	opt->parsecb = take_value;
}

/* The schema of a section in the form that libconfuse has it. */
static cfg_opt_t *
make_opts(const struct config_section *section)
{
	cfg_opt_t *opts;
	size_t i;

	/* The two marks and the end besides. */
	if ((opts = calloc(section->noptions + 3, sizeof(*opts))) == NULL)
		return NULL;
	set_list(&opts[0], CONFIG_MARK_BEGIN);
	set_list(&opts[1], CONFIG_MARK_END);
	for (i = 0; i < section->noptions; i++) {
		const struct config_option *option = &section->options[i];
		cfg_opt_t *opt = &opts[i + 2];

		if (option->section == NULL) {
			set_list(opt, option->name);
			continue;
		}
		opt->name = option->name;
		opt->type = CFGT_SEC;
		opt->flags = CFGF_MULTI |
		    (option->section->title != NULL ? CFGF_TITLE : 0);
		if ((opt->subopts = make_opts(option->section)) == NULL) {
			free_opts(opts);
			return NULL;
		}
	}
	return opts;
}

static void
run_parser(const char *text, struct reader *r)
{
	cfg_opt_t *opts;
	cfg_t *cfg = NULL;

	pthread_mutex_lock(&lock);
	reader = r;
	if ((opts = make_opts(r->schema)) == NULL ||
	    (cfg = cfg_init(opts, CFGF_NONE)) == NULL)
		r->faults->no_memory = true;
	else {
		cfg_set_error_function(cfg, take_error);
		if (cfg_parse_buf(cfg, text) != CFG_SUCCESS &&
		    r->faults->total == 0)
			r->faults->no_memory = true;
		cfg_free(cfg);
	}
	free_opts(opts);
	reader = NULL;
	pthread_mutex_unlock(&lock);
}

struct config_node *
config_parse(const char *text, const struct config_section *schema,
    struct config_faults *faults)
{
	struct config_node *root;
	struct reader r = { .schema = schema, .faults = faults };

	if ((root = config_node_new(NULL, NULL, NULL, 1)) == NULL) {
		faults->no_memory = true;
		return NULL;
	}
	r.node = root;
	run_parser(text, &r);
	if (faults->no_memory) {
		config_node_free(root);
		return NULL;
	}
	return root;
}
