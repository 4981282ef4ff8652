/* SPDX-License-Identifier: ISC */

/*
 * The options of countersign.conf(5) and of preset files: their names, and
 * whether they are values, lists or sections.  A test compares the manual page
 * with these tables.
 */

#include "config/private.h"

#include <string.h>

#include "text/distance.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define INCLUDE		"include"
#define MAX_SLIPS	4	/* wrong letters in a misspelled name */

static const struct config_option header_options[] = {
	{ "compare",		false,	NULL },
	{ "optional",		false,	NULL },
	{ "value",		true,	NULL },
};

static const struct config_section header_section = {
	"the name of a header field", true,
	header_options, COUNT(header_options)
};

static const struct config_option secret_header_options[] = {
	{ "value",		true,	NULL },
};

static const struct config_section secret_header_section = {
	"the name of a header field", true,
	secret_header_options, COUNT(secret_header_options)
};

static const struct config_option dkim_options[] = {
	{ "domains",		true,	NULL },
	{ "fields",		true,	NULL },
	{ "leaves_out",		true,	NULL },
	{ "max_age",		false,	NULL },
	{ "max_uses",		false,	NULL },
	{ "selectors",		true,	NULL },
	{ "uncovered",		true,	NULL },
};

static const struct config_section dkim_section = {
	NULL, true, dkim_options, COUNT(dkim_options)
};

static const struct config_option ceilings_options[] = {
	{ "action",		false,	NULL },
	{ "messages_per_hour",	false,	NULL },
	{ "messages_per_recipient_per_day", false, NULL },
	{ "recipients_per_body", false,	NULL },
	{ "recipients_per_day",	false,	NULL },
	{ "recipients_per_hour", false,	NULL },
	{ "unusual",		false,	NULL },
};

static const struct config_section ceilings_section = {
	NULL, false, ceilings_options, COUNT(ceilings_options)
};

static const struct config_option source_options[] = {
	{ "also_sign",		true,	NULL },
	{ "any_login",		false,	NULL },
	{ "authors",		true,	NULL },
	{ "ceilings",		false,	&ceilings_section },
	{ "cert_cn",		true,	NULL },
	{ "cert_issuer",	true,	NULL },
	{ "daemon",		true,	NULL },
	{ "dkim",		false,	&dkim_section },
	{ "domains",		true,	NULL },
	{ "envelope",		true,	NULL },
	{ "expire",		false,	NULL },
	{ "guard",		true,	NULL },
	{ "header",		false,	&header_section },
	{ "helo",		true,	NULL },
	{ "keys",		false,	NULL },
	{ "login",		true,	NULL },
	{ "mode",		false,	NULL },
	{ "networks",		true,	NULL },
	{ "on_fault",		false,	NULL },
	{ "on_fragile",		false,	NULL },
	{ "on_mismatch",	false,	NULL },
	{ "on_no_key",		false,	NULL },
	{ "on_unclear_author",	false,	NULL },
	{ "oversign",		true,	NULL },
	{ "preset",		false,	NULL },
	{ "preset_options",	true,	NULL },
	{ "ptr",		true,	NULL },
	{ "remove",		true,	NULL },
	{ "remove_signatures",	true,	NULL },
	{ "salesforce_bounce",	false,	NULL },
	{ "secret_header",	false,	&secret_header_section },
	{ "sign_headers",	true,	NULL },
	{ "spf",		true,	NULL },
	{ "tenant",		true,	NULL },
	{ "tls",		false,	NULL },
	{ "trust_network",	false,	NULL },
};

_Static_assert(COUNT(source_options) <= CONFIG_MAX_OPTIONS,
    "CONFIG_MAX_OPTIONS is too small for a source");

static const struct config_section source_section = {
	"a name of your choice", true,
	source_options, COUNT(source_options)
};

static const struct config_option signature_options[] = {
	{ "canonicalization",	false,	NULL },
	{ "expire",		false,	NULL },
	{ "oversign",		false,	NULL },
};

static const struct config_section signature_section = {
	NULL, false, signature_options, COUNT(signature_options)
};

static const struct config_option limits_options[] = {
	{ "connections",	false,	NULL },
	{ "header_fields",	false,	NULL },
	{ "header_size",	false,	NULL },
};

static const struct config_section limits_section = {
	NULL, false, limits_options, COUNT(limits_options)
};

static const struct config_option dns_options[] = {
	{ "servers",		true,	NULL },
	{ "timeout",		false,	NULL },
	{ "trust_anchor",	false,	NULL },
};

static const struct config_section dns_section = {
	NULL, false, dns_options, COUNT(dns_options)
};

static const struct config_option metrics_options[] = {
	{ "listen",		false,	NULL },
	{ "metrics_sources",	false,	NULL },
	{ "textfile",		false,	NULL },
	{ "user",		false,	NULL },
};

static const struct config_section metrics_section = {
	NULL, false, metrics_options, COUNT(metrics_options)
};

/* Options for all domains, or for one. */
#define ROTATION_OPTIONS \
	{ "algorithm",		true,	NULL }, \
	{ "automatic",		false,	NULL }, \
	{ "check_resolvers",	true,	NULL }, \
	{ "cname_zone",		false,	NULL }, \
	{ "contact",		false,	NULL }, \
	{ "disclose",		false,	NULL }, \
	{ "every",		false,	NULL }, \
	{ "hook",		false,	NULL }, \
	{ "publish",		false,	NULL }, \
	{ "publish_lead",	false,	NULL }, \
	{ "queue_lifetime",	false,	NULL }, \
	{ "retain",		false,	NULL }, \
	{ "revoke_for",		false,	NULL }, \
	{ "servers",		true,	NULL }, \
	{ "signature_lifetime",	false,	NULL }, \
	{ "tsig_key",		false,	NULL }, \
	{ "ttl",		false,	NULL }, \
	{ "unreachable_after",	false,	NULL }, \
	{ "update_server",	false,	NULL }

static const struct config_option rotation_domain_options[] = {
	ROTATION_OPTIONS
};

static const struct config_section rotation_domain_section = {
	"a domain, or *.example.com for all its subdomains", true,
	rotation_domain_options, COUNT(rotation_domain_options)
};

static const struct config_option rotation_options[] = {
	ROTATION_OPTIONS,
	{ "domain",		false,	&rotation_domain_section },
	{ "metrics_file",	false,	NULL },
	{ "notify_hook",	false,	NULL },
	{ "parallel",		false,	NULL },
	{ "sync_command",	true,	NULL },
	{ "sync_hosts",		true,	NULL },
};

static const struct config_section rotation_section = {
	NULL, false, rotation_options, COUNT(rotation_options)
};

static const struct config_option fleet_options[] = {
	{ "database",		false,	NULL },
	{ "host",		false,	NULL },
};

static const struct config_section fleet_section = {
	NULL, false, fleet_options, COUNT(fleet_options)
};

static const struct config_option root_options[] = {
	{ "audit_file",		false,	NULL },
	{ "counts_dir",		false,	NULL },
	{ "dns",		false,	&dns_section },
	{ "eight_bit_safe",	false,	NULL },
	{ "fleet",		false,	&fleet_section },
	{ "follower",		false,	NULL },
	{ "host",		false,	NULL },
	{ INCLUDE,		false,	NULL },
	{ "kek_file",		false,	NULL },
	{ "keydir",		false,	NULL },
	{ "keydir_mounted",	false,	NULL },
	{ "keys_user",		false,	NULL },
	{ "limits",		false,	&limits_section },
	{ "log_format",		false,	NULL },
	{ "metrics",		false,	&metrics_section },
	{ "mode",		false,	NULL },
	{ "on_fault",		false,	NULL },
	{ "on_fragile",		false,	NULL },
	{ "on_mismatch",	false,	NULL },
	{ "on_no_key",		false,	NULL },
	{ "on_unclear_author",	false,	NULL },
	{ "preset_dir",		false,	NULL },
	{ "reply_contact",	false,	NULL },
	{ "rotation",		false,	&rotation_section },
	{ "sign_timeout",	false,	NULL },
	{ "signature",		false,	&signature_section },
	{ "signatures_per_hour", false,	NULL },
	{ "signers",		false,	NULL },
	{ "socket",		false,	NULL },
	{ "socket_group",	false,	NULL },
	{ "socket_mode",	false,	NULL },
	{ "source",		false,	&source_section },
	{ "state_dir",		false,	NULL },
	{ "user",		false,	NULL },
};

static const struct config_section root_section = {
	NULL, false, root_options, COUNT(root_options)
};

/* Facts of a preset, with the factors that they may have. */
static const struct config_option fact_options[] = {
	{ "date",		false,	NULL },
	{ "dkim",		false,	&dkim_section },
	{ "envelope",		true,	NULL },
	{ "grade",		false,	NULL },
	{ "guard",		true,	NULL },
	{ "header",		false,	&header_section },
	{ "helo",		true,	NULL },
	{ "networks",		true,	NULL },
	{ "ptr",		true,	NULL },
	{ "salesforce_bounce",	false,	NULL },
	{ "source",		false,	NULL },
	{ "spf",		true,	NULL },
	{ "tls",		false,	NULL },
	{ "when",		false,	NULL },
};

static const struct config_section fact_section = {
	"what the fact is", true, fact_options, COUNT(fact_options)
};

static const struct config_option preset_file_options[] = {
	{ "date",		false,	NULL },
	{ "fact",		false,	&fact_section },
	{ "facts",		false,	NULL },
	{ "needs",		true,	NULL },
	{ "tenant",		true,	NULL },
	{ "title",		false,	NULL },
};

static const struct config_section preset_file = {
	NULL, false, preset_file_options, COUNT(preset_file_options)
};

bool
config_is_bare(const struct config_option *option)
{
	return option != NULL && strcmp(option->name, INCLUDE) == 0;
}

const struct config_section *
config_preset_schema(void)
{
	return &preset_file;
}

const struct config_section *
config_source_schema(void)
{
	return &source_section;
}

const struct config_section *
config_schema(void)
{
	return &root_section;
}

const struct config_option *
config_option_find(const struct config_section *section, const char *name,
    size_t namelen)
{
	size_t i;

	for (i = 0; i < section->noptions; i++)
		if (strlen(section->options[i].name) == namelen &&
		    memcmp(section->options[i].name, name, namelen) == 0)
			return &section->options[i];
	return NULL;
}

bool
config_is_like(const char *name, size_t namelen, const char *option)
{
	char copy[32];

	if (namelen >= sizeof(copy))
		return false;
	memcpy(copy, name, namelen);
	copy[namelen] = '\0';
	return text_distance(copy, option) <= MAX_SLIPS;
}

/* A section inside parent that has an option of that name; NULL: none. */
static const char *
home_of(const struct config_section *parent, const char *name)
{
	const struct config_section *below;
	const char *home;
	size_t i;

	for (i = 0; i < parent->noptions; i++) {
		if ((below = parent->options[i].section) == NULL)
			continue;
		if (config_option_find(below, name, strlen(name)) != NULL)
			return parent->options[i].name;
		if ((home = home_of(below, name)) != NULL)
			return home;
	}
	return NULL;
}

void
config_suggest(const struct config_section *section, const char *name,
    char *buf, size_t bufsize)
{
	const char *names[CONFIG_MAX_OPTIONS], *home, *nearest;
	size_t i;

	buf[0] = '\0';
	for (i = 0; i < section->noptions; i++)
		names[i] = section->options[i].name;
	nearest = text_nearest(names, section->noptions, name);
	if (nearest != NULL)
		(void)snprintf(buf, bufsize, "; did you mean \"%s\"?", nearest);
	else if ((home = home_of(&root_section, name)) != NULL)
		(void)snprintf(buf, bufsize, "; it belongs in a section \"%s\"",
		    home);
	else if (config_option_find(&root_section, name, strlen(name)) != NULL)
		(void)snprintf(buf, bufsize,
		    "; it belongs outside of any section");
}
