/* SPDX-License-Identifier: ISC */

/*
 * The section metrics: where countersign-metrics(8) shows what the service has
 * counted.  Without the section, or with one that names no place, nothing is
 * counted; the latter is a fault, because it is not what anybody wants.
 *
 * HTTP has no password here, so only programs of this host can ask.
 */

#include "config/private.h"

#include <string.h>

#include "base/meters.h"
#include "config/loopback.h"

static void
apply_listen(struct config_builder *builder,
    const struct config_setting *setting)
{
	const char *text = setting->values[0].text;
	struct sockaddr_storage address;
	socklen_t len;

	if (strncmp(text, "unix:", 5) == 0 &&
	    !config_parse_path(builder, setting, text + 5))
		return;
	if (!loopback_parse(text, &address, &len)) {
		config_fault(&builder->faults, setting->values[0].line,
		    "\"listen\" is \"%s\"; write unix:/PATH, "
		    "inet:PORT@127.0.0.1 or inet6:PORT@::1, with a port from "
		    "%d: metrics are only for programs of this host", text,
		    LOOPBACK_LEAST_PORT);
		return;
	}
	builder->config->metrics_listen = config_strdup(builder, text);
}

static void
apply_textfile(struct config_builder *builder,
    const struct config_setting *setting)
{
	const char *text = setting->values[0].text;
	const size_t len = strlen(text);

	if (!config_parse_path(builder, setting, text))
		return;
	if (len < 5 || strcmp(text + len - 5, ".prom") != 0)
		config_fault(&builder->faults, setting->values[0].line,
		    "\"textfile\" is \"%s\"; node_exporter reads only names "
		    "that end in .prom", text);
	else
		builder->config->metrics_textfile = config_strdup(builder,
		    text);
}

/* metrics_file is written by another program, as a whole. */
static void
check_other_file(struct config_builder *builder,
    const struct config_node *node)
{
	const struct config *config = builder->config;

	if (config->metrics_textfile != NULL &&
	    config->metrics_file != NULL &&
	    strcmp(config->metrics_textfile, config->metrics_file) == 0)
		config_fault(&builder->faults, node->line, "\"textfile\" and "
		    "\"metrics_file\" of rotation are both %s; give them "
		    "different names", config->metrics_file);
}

void
config_apply_metrics(struct config_builder *builder,
    const struct config_node *root)
{
	const struct config_node *node = config_node(root, "metrics");
	struct config *config = builder->config;
	const struct config_setting *setting;
	long long n;

	config->metrics_sources = CONFIG_METRICS_SOURCES;
	if (node == NULL)
		return;
	if ((setting = config_setting(node, "listen")) != NULL)
		apply_listen(builder, setting);
	if ((setting = config_setting(node, "textfile")) != NULL)
		apply_textfile(builder, setting);
	if ((setting = config_setting(node, "metrics_sources")) != NULL &&
	    config_parse_number(builder, setting, 1, METERS_MAX_SOURCES, &n))
		config->metrics_sources = (unsigned int)n;
	if (node->is_complete && config_setting(node, "listen") == NULL &&
	    config_setting(node, "textfile") == NULL)
		config_fault(&builder->faults, node->line, "the section "
		    "\"metrics\" has neither \"listen\" nor \"textfile\"; add "
		    "one, or remove the section");
	check_other_file(builder, node);
}
