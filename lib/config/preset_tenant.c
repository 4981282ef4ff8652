/* SPDX-License-Identifier: ISC */

/*
 * The tenants of a source with a preset, and their placeholders in the values
 * of the preset: see preset_tenant.h.
 *
 * The kind of a tenant is recognized by its form (for a GUID, RFC 9562 section
 * 4), among the kinds that the preset accepts.  A tenant of no such form is a
 * fault.  All other failures mean that memory ran out.
 */

#include "config/preset_tenant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char	*kind, *words;
} kinds[] = {
	{ "salesforce-id",	"organization id (00D...)" },
	{ "guid",		"tenant id (a GUID)" },
	{ "domain",		"domain" },
	{ "text",		"account id" },
};

#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* 8-4-4-4-12 hexadecimal digits, RFC 9562 section 4. */
static bool
is_guid(const char *text)
{
	size_t i;

	for (i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
		} else if (text[i] == '\0' ||
		    strchr("0123456789abcdefABCDEF", text[i]) == NULL)
			return false;
	}
	return text[36] == '\0';
}

static bool
takes(const struct config_node *preset, const char *kind)
{
	const struct config_setting *setting;
	size_t i;

	setting = config_setting(preset, "tenant");
	for (i = 0; setting != NULL && i < setting->nvalues; i++)
		if (strcmp(setting->values[i].text, kind) == 0)
			return true;
	return false;
}

void
preset_tenants_kinds(const struct config_node *preset, char *buf,
    size_t bufsize)
{
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < NKINDS; i++)
		if (takes(preset, kinds[i].kind)) {
			strlcat(buf, buf[0] != '\0' ? " or " : "", bufsize);
			strlcat(buf, kinds[i].words, bufsize);
		}
}

/*
 * Recognize a tenant.  Returns its kind, and in *text the form in which it is
 * compared; or NULL after a fault.
 */
static const char *
classify(struct config_builder *builder, const struct config_node *preset,
    const struct config_value *value, char **text)
{
	char domain[DKIMSIG_DOMAIN_SIZE], words[128];
	int r = DKIMSIG_E_SYNTAX;

	if (takes(preset, "guid") && is_guid(value->text)) {
		*text = config_strdup(builder, value->text);
		return "guid";
	}
	if (takes(preset, "domain"))
		r = dkimsig_domain_normalize(value->text, strlen(value->text),
		    domain, sizeof(domain));
	if (r == DKIMSIG_E_NOMEM) {
		/* It may be a domain, so do not try other kinds. */
		builder->faults.no_memory = true;
		return NULL;
	}
	if (r == 0) {
		*text = config_strdup(builder, domain);
		return "domain";
	}
	if (takes(preset, "salesforce-id")) {
		*text = config_value_organization(builder, value,
		    "organization id");
		return *text != NULL ? "salesforce-id" : NULL;
	}
	if (takes(preset, "text")) {
		*text = config_value_word(builder, value, "tenant");
		return *text != NULL ? "text" : NULL;
	}
	preset_tenants_kinds(preset, words, sizeof(words));
	config_fault(&builder->faults, value->line, "tenant \"%s\": expected "
	    "%s", value->text, words[0] != '\0' ? words :
	    "none, as this preset has no tenants; remove it");
	return NULL;
}

int
preset_tenants_take(struct preset_tenants *tenants,
    struct config_builder *builder, const struct config_node *preset,
    const struct config_node *source)
{
	const struct config_setting *setting;
	struct preset_tenant *tenant;
	size_t i;
	int r = 0;

	memset(tenants, 0, sizeof(*tenants));
	if ((setting = config_setting(source, "tenant")) == NULL)
		return 0;
	tenants->list = calloc(setting->nvalues, sizeof(*tenants->list));
	if (tenants->list == NULL) {
		builder->faults.no_memory = true;
		return -1;
	}
	for (i = 0; i < setting->nvalues; i++) {
		tenant = &tenants->list[tenants->n];
		tenant->kind = classify(builder, preset, &setting->values[i],
		    &tenant->text);
		if (tenant->kind == NULL || tenant->text == NULL)
			r = -1;
		else
			tenants->n++;
	}
	return r;
}

void
preset_tenants_finish(struct preset_tenants *tenants)
{
	free(tenants->list);
	tenants->list = NULL;
	tenants->n = 0;
}

static bool
stands_for(const char *placeholder, size_t len,
    const struct preset_tenant *tenant)
{
	if (len == 6 && memcmp(placeholder, "tenant", 6) == 0)
		return true;
	if (len == 13 && memcmp(placeholder, "dashed-domain", 13) == 0)
		return strcmp(tenant->kind, "domain") == 0;
	return strlen(tenant->kind) == len &&
	    memcmp(placeholder, tenant->kind, len) == 0;
}

/* A copy; with dots replaced by hyphens if is_wanted. */
static char *
dashed(const char *text, bool is_wanted)
{
	char *copy, *p;

	if ((copy = strdup(text)) == NULL)
		return NULL;
	for (p = copy; is_wanted && *p != '\0'; p++)
		if (*p == '.')
			*p = '-';
	return copy;
}

int
preset_tenants_expand(const struct preset_tenants *tenants, const char *text,
    struct config_setting *setting, unsigned int line)
{
	char *name, *expanded;
	const char *begin, *end;
	size_t len, i;
	int r = 0;

	if ((begin = strchr(text, '%')) == NULL ||
	    (end = strchr(begin + 1, '%')) == NULL)
		return config_setting_add(setting, text, line);
	len = (size_t)(end - begin) - 1;
	for (i = 0; r == 0 && i < tenants->n; i++) {
		if (!stands_for(begin + 1, len, &tenants->list[i]))
			continue;
		name = dashed(tenants->list[i].text,
		    strncmp(begin, "%dashed-", 8) == 0);
		if (name == NULL || asprintf(&expanded, "%.*s%s%s",
		    (int)(begin - text), text, name, end + 1) == -1)
			r = -1;
		else {
			r = config_setting_add(setting, expanded, line);
			free(expanded);
		}
		free(name);
	}
	return r;
}
