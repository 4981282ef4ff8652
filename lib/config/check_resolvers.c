/* SPDX-License-Identifier: ISC */

/*
 * The option "check_resolvers" of rotation: resolvers that must see a record
 * from outside, before its key may sign.
 *
 * Each is an address, with a port if it is not 53.  A name after "#" means DNS
 * over TLS (RFC 7858) to a server whose certificate has that name (RFC 8310
 * section 8.1); the port must then be given, because it is not 53.  "none"
 * alone says that nobody outside needs to see the records.
 */

#include "config/private.h"

#include <netinet/in.h>

#include <string.h>

static char *
value_resolver(struct config_builder *builder,
    const struct config_value *value, const char *what)
{
	const char *text = value->text, *hash = strchr(text, '#');
	struct config_value server = *value, name = *value;
	char address[INET6_ADDRSTRLEN + sizeof("@65535")];
	char host[DKIMSIG_DOMAIN_SIZE];

	if (strcmp(text, "none") == 0) {
		config_fault(&builder->faults, value->line, "\"none\" says "
		    "that no resolver is asked; name resolvers, or write none "
		    "alone");
		return NULL;
	}
	if (hash == NULL)
		return config_value_server(builder, value, what);
	if (strlcpy(host, hash + 1, sizeof(host)) >= sizeof(host) ||
	    (size_t)(hash - text) >= sizeof(address) ||
	    memchr(text, '@', (size_t)(hash - text)) == NULL) {
		config_fault(&builder->faults, value->line, "\"%s\" is not a "
		    "resolver for DNS over TLS; write address, port and name "
		    "like "
		    "\"9.9.9.9@853#dns.quad9.net\"", text);
		return NULL;
	}
	memcpy(address, text, (size_t)(hash - text));
	address[hash - text] = '\0';
	server.text = address;
	name.text = host;
	if (config_value_server(builder, &server, what) == NULL)
		return NULL;
	if (config_value_dns_name(builder, &name, "name of a resolver") ==
	    NULL)
		return NULL;
	return config_strdup(builder, text);
}

void
config_apply_check_resolvers(struct config_builder *builder,
    const struct config_setting *setting, struct rotation *rotation)
{
	const bool is_none = setting->nvalues == 1 &&
	    strcmp(setting->values[0].text, "none") == 0;

	rotation->check_resolvers = (struct text_list){ NULL, 0 };
	rotation->is_closed = is_none;
	if (is_none)
		return;
	config_parse_list(builder, setting, "resolver", value_resolver,
	    &rotation->check_resolvers);
	if (rotation->check_resolvers.n > CONFIG_MAX_RESOLVERS)
		config_fault(&builder->faults, setting->values[0].line,
		    "\"check_resolvers\" names more than %d resolvers; two or "
		    "three are enough", CONFIG_MAX_RESOLVERS);
}
