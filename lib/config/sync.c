/* SPDX-License-Identifier: ISC */

/*
 * The options of the section "rotation" about other hosts: which ones, and the
 * command that reaches one of them.
 *
 * The command is not run by a shell, so its words need no quoting; one of them
 * is the word HOST, in whose place the name of the host is put.
 */

#include "config/private.h"

#include <ctype.h>
#include <string.h>

#define HOST_WORD	"HOST"

static char *
parse_host(struct config_builder *builder, const struct config_value *value,
    const char *what)
{
	const char *p;

	for (p = value->text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			break;
	if (*p == '\0' && p > value->text && value->text[0] != '-' &&
	    strlen(value->text) <= CONFIG_MAX_HOST_NAME)
		return config_strdup(builder, value->text);
	config_fault(&builder->faults, value->line, "the %s \"%s\" must be a "
	    "name of letters, digits, \"_\", \".\" and \"-\"; other names can "
	    "be given to it in ssh_config(5)", what, value->text);
	return NULL;
}

static void
apply_hosts(struct config_builder *builder,
    const struct config_setting *setting)
{
	struct text_list *hosts = &builder->config->sync_hosts;

	config_parse_list(builder, setting, "host", parse_host, hosts);
	if (hosts->n > CONFIG_MAX_SYNC_HOSTS)
		config_fault(&builder->faults, setting->values[0].line,
		    "\"sync_hosts\" names more than %d hosts",
		    CONFIG_MAX_SYNC_HOSTS);
}

static void
apply_command(struct config_builder *builder,
    const struct config_setting *setting)
{
	const struct config_value *values = setting->values;
	const char **words;
	bool has_host = false;
	size_t i;

	words = config_alloc(builder, setting->nvalues, sizeof(*words));
	if (words == NULL)
		return;
	for (i = 0; i < setting->nvalues; i++) {
		words[i] = config_strdup(builder, values[i].text);
		has_host |= strcmp(values[i].text, HOST_WORD) == 0;
	}
	if (values[0].text[0] != '/')
		config_fault(&builder->faults, values[0].line,
		    "\"sync_command\" begins with \"%s\"; it must begin with "
		    "the full path of a program, such as /usr/bin/ssh",
		    values[0].text);
	else if (!has_host)
		config_fault(&builder->faults, values[0].line,
		    "\"sync_command\" does not have the word HOST, which "
		    "stands for the name of the host");
	else if (setting->nvalues > CONFIG_MAX_SYNC_WORDS)
		config_fault(&builder->faults, values[0].line,
		    "\"sync_command\" has more than %d words",
		    CONFIG_MAX_SYNC_WORDS);
	builder->config->sync_command.texts = words;
	builder->config->sync_command.n = setting->nvalues;
}

void
config_apply_sync(struct config_builder *builder,
    const struct config_node *node)
{
	static const char *const standard[] = {
		"/usr/bin/ssh", "-oBatchMode=yes", "-oConnectTimeout=10",
		HOST_WORD, "countersign-key", "receive"
	};
	const struct config_setting *setting;

	builder->config->sync_command.texts = standard;
	builder->config->sync_command.n =
	    sizeof(standard) / sizeof(standard[0]);
	if (node == NULL)
		return;
	if ((setting = config_setting(node, "sync_hosts")) != NULL)
		apply_hosts(builder, setting);
	if ((setting = config_setting(node, "sync_command")) != NULL)
		apply_command(builder, setting);
}
