/* SPDX-License-Identifier: ISC */

/*
 * The sources of a configuration, each checked for what it lets be signed.
 *
 * A source that would sign for everybody who can reach the relay is refused,
 * as are those that look stronger than they are.  What is missing is only
 * said of sections that were read to their end.
 */

#include "config_private.h"

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "network.h"

#define MAX_TITLE	64	/* octets */
/* The widest blocks that one organization has. */
#define WIDEST_IPV4	8	/* bits */
#define WIDEST_IPV6	16

static bool
parse_network(struct config_builder *builder, const struct config_value *value,
    struct network *network)
{
	struct config_faults *faults = &builder->faults;
	char right[NETWORK_TEXT_SIZE];
	unsigned int widest;

	switch (network_parse(value->text, network)) {
	case NETWORK_E_ADDRESS:
		config_fault(faults, value->line, "\"%s\" is no network; "
		    "write it as 192.0.2.0/24 or 2001:db8::/32", value->text);
		return false;
	case NETWORK_E_MAPPED:
		config_fault(faults, value->line, "\"%s\" is an IPv4 network "
		    "in IPv6 form; write it as 192.0.2.0/24", value->text);
		return false;
	case NETWORK_E_PREFIX:
		config_fault(faults, value->line, "the length of network "
		    "\"%s\" must be a number from 0 to %d", value->text,
		    network->family == AF_INET ? 32 : 128);
		return false;
	case NETWORK_E_HOST_BITS:
		network_print(network, right);
		config_fault(faults, value->line, "\"%s\" has bits set behind "
		    "its length; write %s if you mean that network",
		    value->text, right);
		return false;
	}
	widest = network->family == AF_INET ? WIDEST_IPV4 : WIDEST_IPV6;
	if (network->prefix_length < widest) {
		config_fault(faults, value->line, "\"%s\" holds the addresses "
		    "of more than one organization, and so proves nothing; "
		    "the widest that is taken is /%u", value->text, widest);
		return false;
	}
	return true;
}

static void
apply_networks(struct config_builder *builder,
    const struct config_setting *setting, struct source *source)
{
	struct network *networks;
	size_t n = 0, i;

	networks = config_alloc(builder, setting->nvalues, sizeof(*networks));
	if (networks == NULL)
		return;
	for (i = 0; i < setting->nvalues; i++)
		if (parse_network(builder, &setting->values[i], &networks[n]))
			n++;
	source->networks = networks;
	source->nnetworks = n;
}

static void
apply_logins(struct config_builder *builder,
    const struct config_setting *setting, struct source *source)
{
	const char **logins;
	size_t n = 0, i;

	logins = config_alloc(builder, setting->nvalues, sizeof(*logins));
	if (logins == NULL)
		return;
	for (i = 0; i < setting->nvalues; i++) {
		if (setting->values[i].text[0] == '\0')
			config_fault(&builder->faults,
			    setting->values[i].line, "a login must not be "
			    "empty; write the user name that the platform "
			    "logs in with");
		else if ((logins[n] = config_strdup(builder,
		    setting->values[i].text)) != NULL)
			n++;
	}
	source->login.texts = logins;
	source->login.n = n;
}

/* The normalized form of a domain or "*.domain"; NULL after a fault. */
static char *
parse_domain(struct config_builder *builder, const struct config_value *value)
{
	char name[2 + DKIMSIG_DOMAIN_SIZE];
	const char *text = value->text;
	size_t prefix;
	int r;

	if (strcmp(text, "*") == 0) {
		config_fault(&builder->faults, value->line, "\"*\" would let "
		    "this source sign for every domain that has a key; name "
		    "the domains");
		return NULL;
	}
	prefix = strncmp(text, "*.", 2) == 0 ? 2 : 0;
	memcpy(name, "*.", 2);
	r = dkimsig_domain_normalize(text + prefix, strlen(text + prefix),
	    name + prefix, sizeof(name) - prefix);
	if (r == DKIMSIG_E_NOMEM) {
		builder->faults.no_memory = true;
		return NULL;
	}
	if (r != 0) {
		config_fault(&builder->faults, value->line, "\"%s\" is no "
		    "domain; write it as example.com, or *.example.com for "
		    "all its subdomains", text);
		return NULL;
	}
	return config_strdup(builder, name);
}

static void
apply_domains(struct config_builder *builder,
    const struct config_setting *setting, struct source *source)
{
	const char **domains;
	char *domain;
	size_t n = 0, i, j;

	domains = config_alloc(builder, setting->nvalues, sizeof(*domains));
	if (domains == NULL)
		return;
	for (i = 0; i < setting->nvalues; i++) {
		domain = parse_domain(builder, &setting->values[i]);
		if (domain == NULL)
			continue;
		for (j = 0; j < n && strcmp(domains[j], domain) != 0; j++)
			;
		if (j < n)
			config_fault(&builder->faults,
			    setting->values[i].line, "\"%s\" is there twice; "
			    "remove one", domain);
		else
			domains[n++] = domain;
	}
	source->domains.texts = domains;
	source->domains.n = n;
}

/* What the factors of a source prove, together. */
static void
check_factors(struct config_builder *builder, const struct config_node *node,
    const struct config_setting *trust, const struct source *source)
{
	struct config_faults *faults = &builder->faults;
	bool has_networks, has_login, has_header;

	/* By what is written, right or not: that has its own fault. */
	has_networks = config_setting(node, "networks") != NULL;
	has_login = config_setting(node, "login") != NULL;
	has_header = config_setting(node, "preset") != NULL ||
	    config_node(node, "header") != NULL;

	if (source->trust_network) {
		if (!has_networks)
			config_fault(faults, trust->values[0].line,
			    "\"trust_network\" without networks; add networks "
			    "= { ... } with those of your own servers");
		else if (has_login || has_header)
			config_fault(faults, trust->values[0].line,
			    "\"trust_network\" says that the network alone is "
			    "proof, but this source has other factors too; "
			    "remove trust_network");
	} else if (!has_networks && !has_login && !has_header)
		config_fault(faults, node->line, "source \"%s\" has no factor "
		    "that proves whose mail it is; add networks and preset, "
		    "login, or header", node->title);
	else if (has_header && !has_networks && !has_login)
		config_fault(faults, node->line, "source \"%s\" looks at "
		    "header fields only, which anyone can write; add networks "
		    "or login, so that the platform itself must have sent "
		    "them", node->title);
	else if (has_networks && !has_login && !has_header)
		config_fault(faults, node->line, "source \"%s\" would sign "
		    "for everyone who sends from these networks; a platform "
		    "sends all its customers' mail from one pool, and "
		    "EchoSpoofing had millions of mails a day signed by "
		    "relays that trusted such a pool; add preset and tenant, "
		    "login or header, or, if all hosts there are your own, "
		    "trust_network = true", node->title);
}

/* With preset and headers looked at: one of them must prove the tenant. */
static void
check_tenant(struct config_builder *builder, const struct config_node *node,
    const struct source *source)
{
	size_t i;

	if (source->trust_network || source->login.n > 0 ||
	    config_node(node, "header") == NULL ||
	    config_setting(node, "preset") != NULL)
		return;
	for (i = 0; i < source->nheaders; i++)
		if (source->headers[i].proves_tenant)
			return;
	config_fault(&builder->faults, node->line, "source \"%s\" only asks "
	    "for fields to be absent, which proves nothing; add a header with "
	    "a value, or login", node->title);
}

static void
check_title(struct config_builder *builder, const struct config_node *root,
    const struct config_node *node)
{
	const struct config_node *before;

	if (node->title[0] == '\0' || strlen(node->title) > MAX_TITLE)
		config_fault(&builder->faults, node->line, "the name of a "
		    "source has 1 to %d octets; it stands in the log, choose "
		    "a short one", MAX_TITLE);
	STAILQ_FOREACH(before, &root->nodes, entry) {
		if (before == node)
			return;
		if (before->option == node->option &&
		    strcmp(before->title, node->title) == 0) {
			config_fault(&builder->faults, node->line, "there is "
			    "a source \"%s\" on line %u; give this one "
			    "another name", node->title, before->line);
			return;
		}
	}
}

static void
apply_source(struct config_builder *builder, const struct config_node *node,
    struct source *source)
{
	const struct config_setting *setting, *trust;

	source->name = config_strdup(builder, node->title);
	source->line = node->line;
	if ((setting = config_setting(node, "networks")) != NULL)
		apply_networks(builder, setting, source);
	if ((trust = config_setting(node, "trust_network")) != NULL)
		config_parse_bool(builder, trust, &source->trust_network);
	if ((setting = config_setting(node, "login")) != NULL)
		apply_logins(builder, setting, source);
	config_apply_headers(builder, node, source);
	if ((setting = config_setting(node, "on_mismatch")) != NULL)
		config_parse_action(builder, setting, CONFIG_MISMATCH_ACTIONS,
		    &source->on_mismatch);
	if ((setting = config_setting(node, "on_no_key")) != NULL)
		config_parse_action(builder, setting, CONFIG_NO_KEY_ACTIONS,
		    &source->on_no_key);
	if ((setting = config_setting(node, "domains")) != NULL)
		apply_domains(builder, setting, source);
	else if (node->is_complete)
		config_fault(&builder->faults, node->line, "source \"%s\" "
		    "names no domains; add domains = { \"example.com\" } with "
		    "those that it may have signed", node->title);
	if (node->is_complete) {
		check_factors(builder, node, trust, source);
		check_tenant(builder, node, source);
	}
}

void
config_apply_sources(struct config_builder *builder,
    const struct config_node *root, enum action on_mismatch,
    enum action on_no_key)
{
	const struct config_node *node;
	struct source *sources;
	size_t n = 0;

	STAILQ_FOREACH(node, &root->nodes, entry)
		if (strcmp(node->option->name, "source") == 0)
			n++;
	if ((sources = config_alloc(builder, n, sizeof(*sources))) == NULL)
		return;
	n = 0;
	STAILQ_FOREACH(node, &root->nodes, entry) {
		if (strcmp(node->option->name, "source") != 0)
			continue;
		check_title(builder, root, node);
		sources[n].on_mismatch = on_mismatch;
		sources[n].on_no_key = on_no_key;
		apply_source(builder, node, &sources[n++]);
	}
	builder->config->sources = sources;
	builder->config->nsources = n;
	config_collect_names(builder);
}
