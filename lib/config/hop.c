/* SPDX-License-Identifier: ISC */

/*
 * The factors of a source that prove the route of a message: networks, SPF,
 * client name, HELO, TLS and client certificate.
 *
 * A value that would accept everyone is refused here: an address block wider
 * than any organization has, or TLS older than 1.2 (RFC 8996).  Each fault is
 * reported with its line, and checking continues.
 */

#include "config/private.h"

#include <sys/socket.h>

#include <string.h>

#include "config/network.h"

/* The shortest prefix lengths that are accepted. */
#define WIDEST_IPV4	8	/* bits */
#define WIDEST_IPV6	16

static bool
parse_network(struct config_builder *builder, const struct config_value *value,
    struct network *network)
{
	struct config_faults *faults = &builder->faults;
	char right[NETWORK_TEXT_SIZE];
	const char *text = value->text;
	bool is_excluded;
	unsigned int widest;

	/* As in Postfix's mynetworks. */
	if ((is_excluded = text[0] == '!'))
		text++;
	switch (network_parse(text, network)) {
	case NETWORK_E_ADDRESS:
		config_fault(faults, value->line, "\"%s\" is not a network; "
		    "write it like 192.0.2.0/24 or 2001:db8::/32", text);
		return false;
	case NETWORK_E_MAPPED:
		config_fault(faults, value->line, "\"%s\" is an IPv4 network "
		    "in IPv6 form; write it like 192.0.2.0/24", text);
		return false;
	case NETWORK_E_PREFIX:
		config_fault(faults, value->line, "the prefix length of "
		    "network \"%s\" must be a number from 0 to %d", text,
		    network->family == AF_INET ? 32 : 128);
		return false;
	case NETWORK_E_HOST_BITS:
		network_print(network, right);
		config_fault(faults, value->line, "\"%s\" has bits set after "
		    "its prefix length; write %s if you mean that network",
		    text, right);
		return false;
	}
	if ((network->excluded = is_excluded))
		return true;
	widest = network->family == AF_INET ? WIDEST_IPV4 : WIDEST_IPV6;
	if (network->prefix_length < widest) {
		config_fault(faults, value->line, "\"%s\" contains addresses "
		    "of several organizations, so it proves nothing; the "
		    "widest network allowed is /%u", text, widest);
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

/*
 * A message keeps the SPF answers for the domains of all sources, so their
 * number is limited.
 */
void
config_check_spf(struct config_builder *builder)
{
	const struct config *config = builder->config;
	const char *seen[CONFIG_MAX_SPF_DOMAINS];
	const struct source *source;
	size_t n = 0, i, j, k;

	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		for (j = 0; j < source->spf.n; j++) {
			for (k = 0; k < n && strcmp(seen[k],
			    source->spf.texts[j]) != 0; k++)
				;
			if (k < n)
				continue;
			if (n == CONFIG_MAX_SPF_DOMAINS) {
				config_fault(&builder->faults, source->line,
				    "all sources together name more than %d "
				    "SPF records", CONFIG_MAX_SPF_DOMAINS);
				return;
			}
			seen[n++] = source->spf.texts[j];
		}
	}
}

static void
apply_tls(struct config_builder *builder,
    const struct config_setting *setting, struct source *source)
{
	const char *text = setting->values[0].text;

	/* Older versions are deprecated: RFC 8996. */
	if (strcmp(text, "TLSv1.2") == 0)
		source->tls = TLS_1_2;
	else if (strcmp(text, "TLSv1.3") == 0)
		source->tls = TLS_1_3;
	else
		config_fault(&builder->faults, setting->values[0].line,
		    "\"tls\" is \"%s\"; it must be TLSv1.2 or TLSv1.3", text);
}

void
config_apply_hop(struct config_builder *builder,
    const struct config_node *node, struct source *source)
{
	const struct config_setting *setting;

	if ((setting = config_setting(node, "networks")) != NULL)
		apply_networks(builder, setting, source);
	if ((setting = config_setting(node, "trust_network")) != NULL)
		config_parse_bool(builder, setting, &source->trust_network);
	if ((setting = config_setting(node, "tls")) != NULL)
		apply_tls(builder, setting, source);
	config_parse_list_of(builder, node, "spf", "domain with an SPF record",
	    config_value_dns_name, &source->spf);
	config_parse_list_of(builder, node, "ptr", "client name",
	    config_value_pattern, &source->ptr);
	config_parse_list_of(builder, node, "helo", "HELO name",
	    config_value_pattern, &source->helo);
	config_parse_list_of(builder, node, "cert_cn", "certificate name",
	    config_value_text_pattern, &source->cert_cn);
	config_parse_list_of(builder, node, "cert_issuer",
	    "certificate issuer", config_value_text_pattern,
	    &source->cert_issuer);
	if (source->spf.n > CONFIG_MAX_SPF)
		config_fault(&builder->faults, node->line, "source \"%s\" "
		    "names more than %d SPF records; keep those of one "
		    "provider", node->title, CONFIG_MAX_SPF);
}
