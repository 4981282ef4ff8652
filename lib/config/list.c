/* SPDX-License-Identifier: ISC */

/*
 * Lists of values, and the syntax of each kind of value: text, word, pattern,
 * DNS name, domain, server address, Salesforce organization.
 *
 * A value is copied in its normal form.  A faulty value is reported with its
 * line and left out; a duplicate is reported too, without its text if it is a
 * secret.  A configuration with a fault is not used.
 */

#include "config/private.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "config/salesforce_id.h"
#include "text/text.h"

/* A valid value, and its line. */
struct taken {
	const char	*text;
	unsigned int	 line;
};

bool
text_list_has(const struct text_list *list, const char *text)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->texts[i], text) == 0)
			return true;
	return false;
}

static int
compare_taken(const void *a, const void *b)
{
	const struct taken *x = a, *y = b;
	int r = strcmp(x->text, y->text);

	return r != 0 ? r : (x->line > y->line) - (x->line < y->line);
}

/* Report each value that is equal to an earlier one. */
static void
check_duplicates(struct config_builder *builder, struct taken *taken,
    size_t n, const char *what, bool is_secret)
{
	size_t i;

	qsort(taken, n, sizeof(*taken), compare_taken);
	for (i = 1; i < n; i++) {
		if (strcmp(taken[i].text, taken[i - 1].text) != 0)
			continue;
		if (is_secret)
			config_fault(&builder->faults, taken[i].line,
			    "duplicate %s; remove one", what);
		else
			config_fault(&builder->faults, taken[i].line,
			    "duplicate \"%s\"; remove one", taken[i].text);
	}
}

static void
parse_list(struct config_builder *builder,
    const struct config_setting *setting, const char *what, bool is_secret,
    config_value_fn *parse, struct text_list *list)
{
	struct taken *taken;
	const char **texts;
	size_t i, n = 0;

	texts = config_alloc(builder, setting->nvalues, sizeof(*texts));
	list->n = 0;
	list->texts = texts;
	taken = calloc(setting->nvalues, sizeof(*taken));
	if (texts == NULL || taken == NULL) {
		builder->faults.no_memory = true;
		free(taken);
		return;
	}
	for (i = 0; i < setting->nvalues; i++) {
		texts[n] = parse(builder, &setting->values[i], what);
		if (texts[n] == NULL)
			continue;
		taken[n].text = texts[n];
		taken[n++].line = setting->values[i].line;
	}
	list->n = n;
	check_duplicates(builder, taken, n, what, is_secret);
	free(taken);
}

void
config_parse_list(struct config_builder *builder,
    const struct config_setting *setting, const char *what,
    config_value_fn *parse, struct text_list *list)
{
	parse_list(builder, setting, what, false, parse, list);
}

void
config_parse_secrets(struct config_builder *builder,
    const struct config_setting *setting, config_value_fn *parse,
    struct text_list *list)
{
	parse_list(builder, setting, "secret", true, parse, list);
}

void
config_parse_list_of(struct config_builder *builder,
    const struct config_node *node, const char *name, const char *what,
    config_value_fn *parse, struct text_list *list)
{
	const struct config_setting *setting;

	if ((setting = config_setting(node, name)) != NULL)
		config_parse_list(builder, setting, what, parse, list);
}

/* Whether text is not empty and all its octets are from first to "~". */
static bool
is_printable(const char *text, char first)
{
	const char *p;

	for (p = text; *p >= first && *p <= '~'; p++)
		;
	return *p == '\0' && p > text;
}

bool
config_is_text(const char *text)
{
	return is_printable(text, ' ') && text[0] != ' ' &&
	    text[strlen(text) - 1] != ' ';
}

char *
config_value_text(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	const char *text = value->text;

	if (config_is_text(text))
		return config_strdup(builder, text);
	config_fault(&builder->faults, value->line, "the %s \"%s\" must be "
	    "printable ASCII, not empty, and without leading or trailing "
	    "spaces", what,
	    text);
	return NULL;
}

char *
config_value_word(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	if (is_printable(value->text, '!'))
		return config_strdup(builder, value->text);
	config_fault(&builder->faults, value->line, "the %s \"%s\" must be "
	    "printable ASCII, not empty, and without spaces", what,
	    value->text);
	return NULL;
}

/* A pattern that matches everything is a fault; then false. */
static bool
check_pattern(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	if (value->text[strspn(value->text, "*.@")] != '\0')
		return true;
	config_fault(&builder->faults, value->line, "the %s \"%s\" matches "
	    "everything, so it proves nothing; name yours", what,
	    value->text);
	return false;
}

char *
config_value_pattern(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	if (!check_pattern(builder, value, what))
		return NULL;
	return config_value_word(builder, value, what);
}

char *
config_value_text_pattern(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	if (!check_pattern(builder, value, what))
		return NULL;
	return config_value_text(builder, value, what);
}

/* A DNS name, which may have underscores: _spf.example.com. */
char *
config_value_dns_name(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	const char *text = value->text, *p, *label = text;
	char *copy;

	for (p = text; *p != '\0'; p++) {
		if (*p == '.' && p > label) {
			label = p + 1;
			continue;
		}
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9') || *p == '-' || *p == '_') ||
		    p - label >= 63)
			break;
	}
	if (*p != '\0' || p == label || label == text ||
	    p - text > DKIMSIG_MAX_DOMAIN) {
		config_fault(&builder->faults, value->line, "the %s \"%s\" is "
		    "not a DNS name; write it like _spf.example.com", what,
		    text);
		return NULL;
	}
	if ((copy = config_strdup(builder, text)) != NULL)
		text_lower_all(copy);
	return copy;
}

/* Normalize a domain; the first prefix octets are copied as they are. */
static char *
normalize(struct config_builder *builder, const struct config_value *value,
    size_t prefix, const char *advice)
{
	char name[2 + DKIMSIG_DOMAIN_SIZE];
	const char *text = value->text;
	int r;

	memcpy(name, text, prefix);
	r = dkimsig_domain_normalize(text + prefix, strlen(text + prefix),
	    name + prefix, sizeof(name) - prefix);
	if (r == 0)
		return config_strdup(builder, name);
	if (r == DKIMSIG_E_NOMEM)
		builder->faults.no_memory = true;
	else
		config_fault(&builder->faults, value->line, "\"%s\" is not a "
		    "domain; write it like example.com%s", text, advice);
	return NULL;
}

char *
config_value_domain(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	(void)what;
	return normalize(builder, value, 0, "");
}

char *
config_value_domains(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	(void)what;
	if (strcmp(value->text, "*") == 0) {
		config_fault(&builder->faults, value->line, "\"*\" would let "
		    "this source sign for every domain that has a key; name "
		    "the domains");
		return NULL;
	}
	return normalize(builder, value,
	    strncmp(value->text, "*.", 2) == 0 ? 2 : 0,
	    ", or *.example.com for all its subdomains");
}

char *
config_value_server(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	unsigned char octets[16];
	char address[INET6_ADDRSTRLEN];
	const char *text = value->text, *at = strchr(text, '@');
	const char *error = NULL;
	size_t len = at != NULL ? (size_t)(at - text) : strlen(text);

	if (at != NULL)
		(void)strtonum(at + 1, 1, 65535, &error);
	if (error == NULL && len < sizeof(address)) {
		memcpy(address, text, len);
		address[len] = '\0';
		if (inet_pton(AF_INET, address, octets) == 1 ||
		    inet_pton(AF_INET6, address, octets) == 1)
			return config_strdup(builder, text);
	}
	config_fault(&builder->faults, value->line, "\"%s\" is not a %s; write "
	    "its address like 192.0.2.1 or 127.0.0.1@5353", text, what);
	return NULL;
}

char *
config_value_organization(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	char id[SALESFORCE_ID_SIZE], suffix[SALESFORCE_SUFFIX_SIZE];
	struct config_faults *faults = &builder->faults;
	size_t len = strlen(value->text);

	switch (salesforce_id_parse(value->text, len, id)) {
	case SALESFORCE_ID_E_LENGTH:
		config_fault(faults, value->line, "the %s \"%s\" has %zu "
		    "characters; it must have 15 or 18, as shown in Salesforce "
		    "under Setup, Company Information", what, value->text, len);
		return NULL;
	case SALESFORCE_ID_E_CHAR:
		config_fault(faults, value->line, "the %s \"%s\" has "
		    "characters other than letters and digits; copy it "
		    "again", what,
		    value->text);
		return NULL;
	case SALESFORCE_ID_E_SUFFIX:
		salesforce_id_suffix(id, suffix);
		config_fault(faults, value->line, "the %s \"%s\" has a wrong "
		    "checksum: with these first 15 characters, the last three "
		    "must be \"%s\"; case matters, copy it again", what,
		    value->text, suffix);
		return NULL;
	}
	if (strncmp(id, "00D", 3) != 0) {
		config_fault(faults, value->line, "the %s \"%s\" is not that "
		    "of an organization; it must begin with 00D", what,
		    value->text);
		return NULL;
	}
	return config_strdup(builder, id);
}
