/* SPDX-License-Identifier: ISC */

/*
 * The rules about header fields that a source has, from its preset and from
 * its own header sections.
 *
 * A field that the author of a message writes proves nothing, so rules about
 * such fields are refused.
 */

#include "config_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "preset.h"
#include "salesforce_id.h"

#define MAX_NAME	76	/* octets of a field name, for a line of 78 */

/* A tenant as it is compared; NULL after a fault. */
static char *
parse_organization(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	char id[SALESFORCE_ID_SIZE], suffix[SALESFORCE_SUFFIX_SIZE];
	struct config_faults *faults = &builder->faults;
	size_t len = strlen(value->text);

	switch (salesforce_id_parse(value->text, len, id)) {
	case SALESFORCE_ID_E_LENGTH:
		config_fault(faults, value->line, "the %s \"%s\" has %zu "
		    "characters; it must have 15 or 18, as shown under "
		    "Setup, Company Information", what, value->text, len);
		return NULL;
	case SALESFORCE_ID_E_CHAR:
		config_fault(faults, value->line, "the %s \"%s\" has other "
		    "characters than letters and digits; copy it again", what,
		    value->text);
		return NULL;
	case SALESFORCE_ID_E_SUFFIX:
		salesforce_id_suffix(id, suffix);
		config_fault(faults, value->line, "the %s \"%s\" contradicts "
		    "itself: its last three characters must be \"%s\" if the "
		    "first 15 are right; case matters, copy it again", what,
		    value->text, suffix);
		return NULL;
	}
	if (strncmp(id, "00D", 3) != 0) {
		config_fault(faults, value->line, "the %s \"%s\" is none of "
		    "an organization; it must begin with 00D", what,
		    value->text);
		return NULL;
	}
	return config_strdup(builder, id);
}

/* A value as octets: printable ASCII, no blanks at its ends. */
static char *
parse_octets(struct config_builder *builder, const struct config_value *value)
{
	size_t len = strlen(value->text), i;

	for (i = 0; i < len; i++)
		if (value->text[i] < ' ' || value->text[i] > '~')
			break;
	if (i == len && len > 0 && value->text[0] != ' ' &&
	    value->text[len - 1] != ' ')
		return config_strdup(builder, value->text);
	config_fault(&builder->faults, value->line, "the value \"%s\" of a "
	    "header field must be printable ASCII without blanks at its ends, "
	    "and not empty", value->text);
	return NULL;
}

/* The values of a setting; *n is how many were right. */
static const char *const *
parse_values(struct config_builder *builder,
    const struct config_setting *setting, enum header_compare compare,
    const char *what, size_t *n)
{
	const char **values;
	char *value;
	size_t i;

	*n = 0;
	values = config_alloc(builder, setting->nvalues, sizeof(*values));
	if (values == NULL)
		return NULL;
	for (i = 0; i < setting->nvalues; i++) {
		if (compare == HEADER_SALESFORCE_ID)
			value = parse_organization(builder,
			    &setting->values[i], what);
		else
			value = parse_octets(builder, &setting->values[i]);
		if (value != NULL)
			values[(*n)++] = value;
	}
	return values;
}

/* The rules of the preset, with the tenants as values, into rules. */
static size_t
apply_preset(struct config_builder *builder, const struct config_node *node,
    const struct preset *preset, struct header_rule *rules)
{
	const struct config_setting *tenant;
	const char *const *values = NULL;
	size_t nvalues = 0, i;

	if ((tenant = config_setting(node, "tenant")) != NULL)
		values = parse_values(builder, tenant, HEADER_SALESFORCE_ID,
		    preset->tenant, &nvalues);
	else if (node->is_complete)
		config_fault(&builder->faults, node->line, "source \"%s\" "
		    "has preset = \"%s\" without a tenant, so it would sign "
		    "for every customer of it; add tenant = { \"...\" } with "
		    "your %s", node->title, preset->name, preset->tenant);
	for (i = 0; i < preset->nrules; i++) {
		rules[i].name = preset->rules[i].name;
		rules[i].compare = preset->rules[i].compare;
		rules[i].optional = preset->rules[i].optional;
		rules[i].proves_tenant = preset->rules[i].proves_tenant;
		if (rules[i].compare != HEADER_ABSENT) {
			rules[i].values.texts = values;
			rules[i].values.n = nvalues;
		}
	}
	return preset->nrules;
}

static void
check_name(struct config_builder *builder, const struct config_node *node)
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
	if (*p != '\0' || p == name || p - name > MAX_NAME)
		config_fault(&builder->faults, node->line, "\"%s\" is no "
		    "name of a header field; write it without colon and "
		    "blanks", name);
	for (i = 0; i < sizeof(by_author) / sizeof(by_author[0]); i++)
		if (strcasecmp(name, by_author[i]) == 0)
			config_fault(&builder->faults, node->line, "a field "
			    "\"%s\" can be written by anyone and proves "
			    "nothing; name a field that the platform stamps",
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

/* A header section. */
static void
apply_header(struct config_builder *builder, const struct config_node *node,
    struct header_rule *rule)
{
	const struct config_setting *value;

	check_name(builder, node);
	rule->name = config_strdup(builder, node->title);
	rule->compare = parse_compare(builder, node);
	rule->proves_tenant = rule->compare != HEADER_ABSENT;
	value = config_setting(node, "value");
	if (rule->compare == HEADER_ABSENT) {
		if (value != NULL)
			config_fault(&builder->faults, value->values[0].line,
			    "a field that must be absent has no value; leave "
			    "\"value\" out");
	} else if (value != NULL)
		rule->values.texts = parse_values(builder, value, rule->compare,
		    "id", &rule->values.n);
	else if (node->is_complete)
		config_fault(&builder->faults, node->line, "header \"%s\" "
		    "names no value; add value = { \"...\" }", node->title);
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
			    "this source has a rule about \"%s\" already; "
			    "keep one, with all its values", node->title);
}

static const struct preset *
find_preset(struct config_builder *builder, const struct config_node *node)
{
	const struct config_setting *setting;
	const struct preset *preset;

	if ((setting = config_setting(node, "preset")) == NULL)
		return NULL;
	preset = preset_find(setting->values[0].text);
	if (preset == NULL)
		config_fault(&builder->faults, setting->values[0].line,
		    "unknown preset \"%s\"; there is: %s",
		    setting->values[0].text, preset_names());
	return preset;
}

void
config_apply_headers(struct config_builder *builder,
    const struct config_node *node, struct source *source)
{
	const struct config_setting *tenant;
	const struct config_node *below;
	const struct preset *preset;
	struct header_rule *rules;
	size_t n;

	preset = find_preset(builder, node);
	n = preset == NULL ? 0 : preset->nrules;
	STAILQ_FOREACH(below, &node->nodes, entry)
		n++;
	if ((rules = config_alloc(builder, n, sizeof(*rules))) == NULL)
		return;
	n = 0;
	if (preset != NULL)
		n = apply_preset(builder, node, preset, rules);
	else if ((tenant = config_setting(node, "tenant")) != NULL &&
	    config_setting(node, "preset") == NULL)
		config_fault(&builder->faults, tenant->values[0].line,
		    "\"tenant\" is for a source with a preset; add preset = "
		    "\"salesforce\", or leave it out");
	STAILQ_FOREACH(below, &node->nodes, entry) {
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
	char *copy, *p;

	if ((copy = config_strdup(builder, name)) != NULL)
		for (p = copy; *p != '\0'; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p |= 0x20;
	return copy;
}

void
config_collect_names(struct config_builder *builder)
{
	struct config *config = builder->config;
	const struct source *source;
	const char **names;
	size_t n = 0, i, j;

	for (i = 0; i < config->nsources; i++)
		n += config->sources[i].nheaders;
	if (n == 0 ||
	    (names = config_alloc(builder, n, sizeof(*names))) == NULL)
		return;
	n = 0;
	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		for (j = 0; j < source->nheaders; j++)
			if (source->headers[j].name != NULL &&
			    (names[n] = lower_name(builder,
			    source->headers[j].name)) != NULL)
				n++;
	}
	if (n == 0)
		return;
	qsort(names, n, sizeof(*names), compare_names);
	for (i = j = 1; i < n; i++)
		if (strcmp(names[i], names[j - 1]) != 0)
			names[j++] = names[i];
	config->header_names.texts = names;
	config->header_names.n = j;
}
