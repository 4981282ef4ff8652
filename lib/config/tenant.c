/* SPDX-License-Identifier: ISC */

/*
 * The factors of a source that prove whose mail it is, except header rules:
 * login, service, envelope sender, Salesforce bounce address, secret header
 * fields and DKIM signatures.
 *
 * A value that would prove nothing is refused: a short secret, or a signing
 * domain that all customers of a platform share.  No fault shows a secret,
 * because faults are printed and logged.
 */

#include "config/private.h"

#include <string.h>
#include <strings.h>

/* A shorter secret could be guessed. */
#define MIN_SECRET	16	/* octets */
#define DEFAULT_MAX_AGE	900	/* seconds */
#define MOST_USES	1000

static char *
parse_secret(struct config_builder *builder, const struct config_value *value,
    const char *what)
{
	if (strlen(value->text) < MIN_SECRET)
		config_fault(&builder->faults, value->line, "a %s must have at "
		    "least %d octets; create one with \"openssl rand -hex "
		    "16\"", what, MIN_SECRET);
	else if (!config_is_text(value->text))
		config_fault(&builder->faults, value->line, "a %s must be "
		    "printable ASCII without leading or trailing spaces; "
		    "create one with \"openssl rand -hex 16\"", what);
	else
		return config_strdup(builder, value->text);
	return NULL;
}

static void
apply_secret(struct config_builder *builder, const struct config_node *node,
    struct secret_rule *rule)
{
	const struct config_setting *setting;

	config_check_field_name(builder, node);
	rule->name = config_strdup(builder, node->title);
	/* The title is not quoted either: it may be the secret. */
	if ((setting = config_setting(node, "value")) == NULL) {
		if (node->is_complete)
			config_fault(&builder->faults, node->line,
			    "this secret_header has no value; add value = "
			    "{ \"...\" }");
		return;
	}
	if (setting->nvalues > CONFIG_MAX_SECRETS)
		config_fault(&builder->faults, setting->values[0].line,
		    "this secret_header has more than %d values; keep the "
		    "current one and the next one",
		    CONFIG_MAX_SECRETS);
	config_parse_secrets(builder, setting, parse_secret, &rule->values);
}

/* Whether a pattern is the domain, or has no letter in front of it. */
static bool
is_open_below(const char *text, const char *domain)
{
	size_t len = strlen(text), domainlen = strlen(domain), i;

	if (len < domainlen ||
	    strcasecmp(text + len - domainlen, domain) != 0)
		return false;
	for (i = 0; i < len - domainlen; i++)
		if (strchr("*.-0123456789", text[i]) == NULL)
			return false;
	return true;
}

/*
 * A signing domain proves a tenant only if no other customer of the platform
 * has it, and if nobody can register another domain that the pattern matches.
 */
static char *
parse_sdid(struct config_builder *builder, const struct config_value *value,
    const char *what)
{
	static const char *const shared[] = {
		"amazonses.com", "gappssmtp.com", "onmicrosoft.com",
		"salesforce.com", "sendgrid.net", "zendesk.com",
	};
	const char *star = strrchr(value->text, '*'), *dot;
	size_t i;

	for (i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (is_open_below(value->text, shared[i])) {
			config_fault(&builder->faults, value->line, "\"%s\" is "
			    "in the signatures of every customer of %s, so it "
			    "proves nothing; name yours", value->text,
			    shared[i]);
			return NULL;
		}
	if (star != NULL && strspn(value->text, "*.") != strlen(value->text) &&
	    ((dot = strchr(star, '.')) == NULL ||
	    strchr(dot + 1, '.') == NULL)) {
		config_fault(&builder->faults, value->line, "anyone can "
		    "register a domain that matches the %s \"%s\"; write \"*\" "
		    "before a whole domain, like *.example.com", what,
		    value->text);
		return NULL;
	}
	return config_value_pattern(builder, value, what);
}

static void
apply_dkim(struct config_builder *builder, const struct config_node *node,
    struct dkim_rule *rule)
{
	const struct config_setting *setting;
	long long n;

	if (node->is_complete && config_setting(node, "selectors") == NULL)
		rule->line = node->line;
	rule->max_age = DEFAULT_MAX_AGE;
	rule->max_uses = 1;
	if ((setting = config_setting(node, "max_age")) != NULL &&
	    config_parse_duration(builder, setting, 60, 7 * 86400LL,
	    "from 1m to 7d", &n))
		rule->max_age = n;
	if ((setting = config_setting(node, "max_uses")) != NULL &&
	    config_parse_number(builder, setting, 1, MOST_USES, &n))
		rule->max_uses = (unsigned int)n;
	config_parse_list_of(builder, node, "domains", "signing domain",
	    parse_sdid, &rule->sdids);
	config_parse_list_of(builder, node, "selectors", "selector",
	    config_value_pattern, &rule->selectors);
	config_parse_list_of(builder, node, "fields", "field name",
	    config_value_word, &rule->fields);
	config_apply_left_out(builder, node, rule);
	if (config_setting(node, "domains") == NULL && node->is_complete)
		config_fault(&builder->faults, node->line, "this dkim section "
		    "names no domains, so anyone's signature would do; add "
		    "domains = { \"...\" } with the d= that only your mail "
		    "has");
}

static void
check_count(struct config_builder *builder, const struct config_node *node,
    const char *name, size_t n, size_t most)
{
	if (n > most)
		config_fault(&builder->faults, node->line, "source \"%s\" has "
		    "%zu sections \"%s\"; at most %zu are "
		    "allowed", node->title, n,
		    name, most);
}

static void
apply_sections(struct config_builder *builder, const struct config_node *node,
    struct source *source)
{
	size_t nsecrets = config_count_nodes(node, "secret_header");
	size_t ndkims = config_count_nodes(node, "dkim");
	const struct config_node *below;
	struct secret_rule *secrets;
	struct dkim_rule *dkims;

	check_count(builder, node, "secret_header", nsecrets,
	    CONFIG_MAX_SECRET_RULES);
	check_count(builder, node, "dkim", ndkims, CONFIG_MAX_DKIM_RULES);
	secrets = config_alloc(builder, nsecrets, sizeof(*secrets));
	dkims = config_alloc(builder, ndkims, sizeof(*dkims));
	if (secrets == NULL || dkims == NULL)
		return;
	STAILQ_FOREACH(below, &node->nodes, entry) {
		if (strcmp(below->option->name, "secret_header") == 0)
			apply_secret(builder, below,
			    &secrets[source->nsecrets++]);
		else if (strcmp(below->option->name, "dkim") == 0)
			apply_dkim(builder, below, &dkims[source->ndkims++]);
	}
	source->secrets = secrets;
	source->dkims = dkims;
}

/* The ids of organizations among the tenants, which may also be domains. */
static void
apply_bounce_ids(struct config_builder *builder,
    const struct config_setting *tenant, struct source *source)
{
	const char **ids;
	size_t n = 0, i;

	ids = config_alloc(builder, tenant->nvalues, sizeof(*ids));
	if (ids == NULL)
		return;
	for (i = 0; i < tenant->nvalues; i++)
		if (strchr(tenant->values[i].text, '.') == NULL &&
		    (ids[n] = config_value_organization(builder,
		    &tenant->values[i], "organization id")) != NULL)
			n++;
	source->bounce_ids.texts = ids;
	source->bounce_ids.n = n;
}

static void
apply_bounce(struct config_builder *builder, const struct config_node *node,
    struct source *source)
{
	const struct config_setting *setting, *tenant;
	const char *text;

	if ((setting = config_setting(node, "salesforce_bounce")) == NULL)
		return;
	text = setting->values[0].text;
	if (strcmp(text, "required") == 0)
		source->bounce = BOUNCE_REQUIRED;
	else if (strcmp(text, "optional") == 0)
		source->bounce = BOUNCE_OPTIONAL;
	else if (strcmp(text, "no") != 0) {
		config_fault(&builder->faults, setting->values[0].line,
		    "\"salesforce_bounce\" is \"%s\"; it must be required, "
		    "optional or no", text);
		return;
	}
	if (source->bounce == BOUNCE_UNASKED)
		return;
	if ((tenant = config_setting(node, "tenant")) != NULL)
		apply_bounce_ids(builder, tenant, source);
	else if (node->is_complete)
		config_fault(&builder->faults, setting->values[0].line,
		    "\"salesforce_bounce\" needs tenant = { \"...\" } with the "
		    "organization id that is in these addresses");
}

void
config_apply_tenant(struct config_builder *builder,
    const struct config_node *node, struct source *source)
{
	const struct config_setting *setting;

	config_parse_list_of(builder, node, "login", "login",
	    config_value_text, &source->login);
	if ((setting = config_setting(node, "any_login")) != NULL)
		config_parse_bool(builder, setting, &source->any_login);
	config_parse_list_of(builder, node, "daemon", "service name or port",
	    config_value_word, &source->daemon);
	config_parse_list_of(builder, node, "envelope", "envelope sender",
	    config_value_pattern, &source->envelope);
	config_parse_list_of(builder, node, "authors", "address",
	    config_value_author, &source->authors);
	apply_bounce(builder, node, source);
	apply_sections(builder, node, source);
	config_apply_headers(builder, node, source);
}
