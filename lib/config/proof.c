/* SPDX-License-Identifier: ISC */

/*
 * Whether a source proves whose mail it signs.
 *
 * There are four kinds of factors.  Some prove the tenant by themselves: login,
 * any_login, daemon, dkim, secret_header.  Some do so only if the platform
 * wrote them, because anyone can write a field: header, salesforce_bounce.
 * Some prove that it was the platform: networks, spf, ptr, cert_cn.  The others
 * prove nothing, because the client is free to choose them: helo, tls,
 * cert_issuer, envelope, authors; they can only restrict a source.
 *
 * A factor counts even if its value is wrong, which is a fault of its own.
 */

#include "config/private.h"

#include <string.h>

struct proof {
	bool	 tenant;	/* by itself */
	bool	 written;	/* tenant, if the platform wrote it */
	bool	 absence;	/* only that fields are absent */
	bool	 hop;
};

static bool
has(const struct config_node *node, const char *name)
{
	return config_setting(node, name) != NULL ||
	    config_node(node, name) != NULL;
}

/* Exclusions do not say where the client is. */
static bool
has_positive_network(const struct config_node *node)
{
	const struct config_setting *setting;
	size_t i;

	if ((setting = config_setting(node, "networks")) == NULL)
		return false;
	for (i = 0; i < setting->nvalues; i++)
		if (setting->values[i].text[0] != '!')
			return true;
	return false;
}

static void
weigh_headers(const struct config_node *node, struct proof *proof)
{
	const struct config_setting *compare, *optional;
	const struct config_node *below;
	bool is_optional;

	STAILQ_FOREACH(below, &node->nodes, entry) {
		if (strcmp(below->option->name, "header") != 0)
			continue;
		compare = config_setting(below, "compare");
		optional = config_setting(below, "optional");
		is_optional = optional != NULL && config_is_true(optional);
		if (is_optional || (compare != NULL &&
		    strcmp(compare->values[0].text, "absent") == 0))
			proof->absence = true;
		else
			proof->written = true;
	}
}

static void
weigh(const struct config_node *node, struct proof *proof)
{
	const struct config_setting *bounce;

	memset(proof, 0, sizeof(*proof));
	proof->tenant = has(node, "login") || has(node, "daemon") ||
	    has(node, "dkim") || has(node, "secret_header");
	weigh_headers(node, proof);
	bounce = config_setting(node, "salesforce_bounce");
	if (bounce != NULL && strcmp(bounce->values[0].text, "required") == 0)
		proof->written = true;
	proof->hop = has_positive_network(node) || has(node, "spf") ||
	    has(node, "ptr") || has(node, "cert_cn");
}

static void
judge_trust(struct config_builder *builder, const struct config_node *node,
    const struct proof *proof)
{
	unsigned int line = config_setting(node,
	    "trust_network")->values[0].line;

	if (!has_positive_network(node))
		config_fault(&builder->faults, line, "\"trust_network\" "
		    "without networks; add networks = { ... } with those of "
		    "your own servers");
	else if (proof->tenant || proof->written || proof->absence ||
	    has(node, "preset"))
		config_fault(&builder->faults, line, "\"trust_network\" means "
		    "that the network alone is proof, but this source has "
		    "other factors too; remove trust_network");
}

/* Own people log in from anywhere, to a service that is no platform's. */
static void
judge_any_login(struct config_builder *builder,
    const struct config_node *node)
{
	static const char *const others[] = {
		"preset", "networks", "trust_network", "login",
	};
	const struct config_setting *other;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if ((other = config_setting(node, others[i])) == NULL)
			continue;
		config_fault(&builder->faults, other->values[0].line, "\"%s\" "
		    "beside \"any_login\", which is for your own people, who "
		    "may log in from anywhere; remove one of the two",
		    others[i]);
		/* The others may be those of the preset. */
		if (i == 0)
			return;
	}
}

void
config_judge_source(struct config_builder *builder,
    const struct config_node *node, const struct source *source)
{
	struct config_faults *faults = &builder->faults;
	struct proof proof;

	weigh(node, &proof);
	if (source->any_login)
		judge_any_login(builder, node);
	else if (source->trust_network)
		judge_trust(builder, node, &proof);
	else if (proof.tenant || (proof.written && proof.hop))
		return;
	else if (proof.written)
		config_fault(faults, node->line, "source \"%s\" relies on what "
		    "anyone can write into a message; add networks, spf, ptr, "
		    "cert_cn or login, so that only the platform can have "
		    "written it", node->title);
	else if (proof.absence)
		config_fault(faults, node->line, "source \"%s\" only has "
		    "header rules for absent or optional fields, which prove "
		    "nothing; add a header with a value, or login",
		    node->title);
	else if (proof.hop)
		config_fault(faults, node->line, "source \"%s\" would sign for "
		    "everyone who sends through the same hosts, such as all "
		    "customers of a platform (EchoSpoofing); add preset and "
		    "tenant, login, header, secret_header, dkim or daemon, or, "
		    "if all hosts there are your own, trust_network = true",
		    node->title);
	else
		config_fault(faults, node->line, "source \"%s\" has no factor "
		    "that proves whose mail it is (helo, tls, cert_issuer, "
		    "envelope and authors prove nothing); add preset and "
		    "tenant, login, header, secret_header, dkim or daemon",
		    node->title);
}
