/* SPDX-License-Identifier: ISC */

/*
 * Rules about header fields.
 *
 * Fields that the author of a message writes prove nothing, so rules about them
 * are refused.
 */

#include "config/private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text/text.h"

#define MAX_NAME	76	/* octets of a field name; fits a line of 78 */

void
config_check_field_name(struct config_builder *builder,
    const struct config_node *node)
{
	static const char *const by_author[] = {
		"authentication-results", "bcc", "cc", "date",
		"dkim-signature", "from", "in-reply-to", "message-id",
		"received", "references", "reply-to", "return-path",
		"sender", "subject", "to",
	};
	const char *name = node->title, *p;
	size_t i;

	for (p = name; *p > ' ' && *p < 0x7f && *p != ':'; p++)
		;
	if (*p == '\0' && p > name && p - name <= MAX_NAME)
		;
	else if (strcmp(node->option->name, "secret_header") == 0)
		config_fault(&builder->faults, node->line, "the title of "
		    "secret_header is not a header field name; write it "
		    "without colon and spaces");
	else
		config_fault(&builder->faults, node->line, "\"%s\" is not a "
		    "header field name; write it without colon and "
		    "spaces", name);
	for (i = 0; i < sizeof(by_author) / sizeof(by_author[0]); i++)
		if (strcasecmp(name, by_author[i]) == 0)
			config_fault(&builder->faults, node->line, "anyone can "
			    "write a field \"%s\", so it proves nothing; name "
			    "a field that the platform adds",
			    name);
}

static enum header_compare
parse_compare(struct config_builder *builder, const struct config_node *node)
{
	static const struct {
		const char *text;
		enum header_compare compare;
	} words[] = {
		{ "exact",		HEADER_EXACT },
		{ "nocase",		HEADER_NOCASE },
		{ "salesforce-id",	HEADER_SALESFORCE_ID },
		{ "absent",		HEADER_ABSENT },
	};
	const struct config_setting *setting;
	size_t i;

	if ((setting = config_setting(node, "compare")) == NULL)
		return HEADER_EXACT;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(setting->values[0].text, words[i].text) == 0)
			return words[i].compare;
	config_fault(&builder->faults, setting->values[0].line, "\"compare\" "
	    "is \"%s\"; it must be exact, nocase, salesforce-id or absent",
	    setting->values[0].text);
	return HEADER_EXACT;
}

static void
apply_header(struct config_builder *builder, const struct config_node *node,
    struct header_rule *rule)
{
	const struct config_setting *value, *optional;

	config_check_field_name(builder, node);
	rule->name = config_strdup(builder, node->title);
	rule->compare = parse_compare(builder, node);
	if ((optional = config_setting(node, "optional")) != NULL)
		config_parse_bool(builder, optional, &rule->optional);
	rule->proves_tenant = rule->compare != HEADER_ABSENT &&
	    !rule->optional;
	value = config_setting(node, "value");
	if (rule->compare == HEADER_ABSENT) {
		if (value != NULL)
			config_fault(&builder->faults, value->values[0].line,
			    "a field that must be absent has no value; remove "
			    "\"value\"");
	} else if (value != NULL)
		config_parse_list(builder, value,
		    rule->compare == HEADER_SALESFORCE_ID ?
		    "organization id" : "value of a header field",
		    rule->compare == HEADER_SALESFORCE_ID ?
		    config_value_organization : config_value_text,
		    &rule->values);
	else if (node->is_complete)
		config_fault(&builder->faults, node->line, "header \"%s\" has "
		    "no value; add value = { \"...\" }", node->title);
}

static void
check_repeated(struct config_builder *builder,
    const struct config_node *node, const struct header_rule *rules,
    size_t nrules)
{
	size_t i;

	for (i = 0; i < nrules; i++)
		if (rules[i].name != NULL &&
		    strcasecmp(rules[i].name, node->title) == 0)
			config_fault(&builder->faults, node->line,
			    "this source already has a rule about \"%s\"; keep "
			    "one, with all values", node->title);
}

void
config_apply_headers(struct config_builder *builder,
    const struct config_node *node, struct source *source)
{
	const struct config_node *below;
	struct header_rule *rules;
	size_t n = config_count_nodes(node, "header");

	if (n > CONFIG_MAX_HEADER_RULES) {
		config_fault(&builder->faults, node->line, "source \"%s\" has "
		    "%zu sections \"header\"; at most %d are "
		    "allowed", node->title,
		    n, CONFIG_MAX_HEADER_RULES);
		return;
	}
	if ((rules = config_alloc(builder, n, sizeof(*rules))) == NULL)
		return;
	n = 0;
	STAILQ_FOREACH(below, &node->nodes, entry) {
		if (strcmp(below->option->name, "header") != 0)
			continue;
		check_repeated(builder, below, rules, n);
		apply_header(builder, below, &rules[n++]);
	}
	source->headers = rules;
	source->nheaders = n;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *
lower_name(struct config_builder *builder, const char *name)
{
	char *copy;

	if ((copy = config_strdup(builder, name)) != NULL)
		text_lower_all(copy);
	return copy;
}

/* Sort the names, and remove duplicates. */
static void
finish_names(const char **names, size_t n, struct text_list *list)
{
	size_t i, j;

	if (n == 0)
		return;
	qsort(names, n, sizeof(*names), compare_names);
	for (i = j = 1; i < n; i++)
		if (strcmp(names[i], names[j - 1]) != 0)
			names[j++] = names[i];
	list->texts = names;
	list->n = j;
}

void
config_collect_names(struct config_builder *builder)
{
	struct config *config = builder->config;
	const struct source *source;
	const char **names, **secrets, *name;
	size_t n = 0, nnames = 0, nsecrets = 0, i, j;

	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		n += source->nheaders + source->nsecrets;
		config->asks_spf |= source->spf.n > 0;
		config->asks_dkim |= source->ndkims > 0;
		config->asks_authors |= source->authors.n > 0;
		config->has_ceilings |= ceilings_any(&source->ceilings);
		config->wants_recipients |=
		    ceilings_want_recipients(&source->ceilings);
	}
	names = config_alloc(builder, n, sizeof(*names));
	secrets = config_alloc(builder, n, sizeof(*secrets));
	if (names == NULL || secrets == NULL)
		return;
	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		for (j = 0; j < source->nheaders + source->nsecrets; j++) {
			name = j < source->nheaders ?
			    source->headers[j].name :
			    source->secrets[j - source->nheaders].name;
			if (name == NULL ||
			    (name = lower_name(builder, name)) == NULL)
				continue;
			names[nnames++] = name;
			if (j >= source->nheaders)
				secrets[nsecrets++] = name;
		}
	}
	finish_names(names, nnames, &config->header_names);
	finish_names(secrets, nsecrets, &config->secret_names);
}

void
config_collect_removals(struct config_builder *builder)
{
	struct config *config = builder->config;
	const struct source *source;
	const char **names;
	size_t n = 0, i, j;

	for (i = 0; i < config->nsources; i++)
		n += config->sources[i].remove.n;
	if ((names = config_alloc(builder, n, sizeof(*names))) == NULL)
		return;
	for (i = n = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		for (j = 0; j < source->remove.n; j++)
			names[n++] = source->remove.texts[j];
		config->removes_signatures |= source->remove_signatures.n > 0;
	}
	finish_names(names, n, &config->remove);
}
