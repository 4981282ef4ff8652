/* SPDX-License-Identifier: ISC */

/*
 * The values of the configuration that stand outside of sources: each is
 * checked by itself and put into struct config; a faulty one leaves the
 * default, so that the rest can be checked too.
 */

#include "config/private.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SIGNERS	64
#define MIN_HEADER	4096	/* octets; less would refuse ordinary mail */
#define MIN_FIELDS	20

/* Faults name the option, and stand on the line of the value. */
#define FAULT(b, s, ...) \
	config_fault(&(b)->faults, (s)->values[0].line, __VA_ARGS__)

static const char *
text_of(const struct config_setting *setting)
{
	return setting->values[0].text;
}

/* PORT@ADDRESS, with an address of that family. */
static void
check_inet(struct config_builder *builder,
    const struct config_setting *setting, const char *text, int family)
{
	unsigned char address[16];
	const char *at, *error;
	char port[8];
	size_t len;

	if ((at = strchr(text, '@')) == NULL) {
		FAULT(builder, setting, "\"socket\" names no address, so it "
		    "would listen on all of them; write %s:PORT@%s",
		    family == AF_INET ? "inet" : "inet6",
		    family == AF_INET ? "127.0.0.1" : "::1");
		return;
	}
	len = (size_t)(at - text);
	if (len < sizeof(port)) {
		memcpy(port, text, len);
		port[len] = '\0';
		strtonum(port, 1, 65535, &error);
	} else
		error = "too long";
	if (error != NULL || !isdigit((unsigned char)text[0])) {
		FAULT(builder, setting, "the port of \"socket\" is \"%.*s\"; "
		    "it must be a number from 1 to 65535", (int)len, text);
		return;
	}
	if (inet_pton(family, at + 1, address) != 1 &&
	    strcmp(at + 1, "localhost") != 0)
		FAULT(builder, setting, "the address of \"socket\" is \"%s\"; "
		    "it must be an %s address%s", at + 1,
		    family == AF_INET ? "IPv4" : "IPv6",
		    family == AF_INET && strchr(at + 1, ':') != NULL ?
		    " (for IPv6 write inet6:)" : "");
}

static void
apply_socket(struct config_builder *builder, const struct config_node *node,
    const struct config_setting *setting)
{
	const char *text = text_of(setting);
	const struct config_setting *unused;
	size_t i;

	builder->config->socket = config_strdup(builder, text);
	if (strncmp(text, "unix:", 5) == 0) {
		if (config_parse_path(builder, setting, text + 5) &&
		    strlen(text + 5) > CONFIG_MAX_SOCKET_PATH)
			FAULT(builder, setting, "the path of \"socket\" is "
			    "longer than the %d octets that a socket may "
			    "have; choose a shorter one",
			    CONFIG_MAX_SOCKET_PATH);
		return;
	}
	if (strncmp(text, "inet:", 5) == 0)
		check_inet(builder, setting, text + 5, AF_INET);
	else if (strncmp(text, "inet6:", 6) == 0)
		check_inet(builder, setting, text + 6, AF_INET6);
	else {
		FAULT(builder, setting, "\"socket\" is \"%s\"; write "
		    "unix:/PATH or inet:PORT@ADDRESS", text);
		return;
	}
	for (i = 0; i < 2; i++) {
		unused = config_setting(node, i == 0 ? "socket_mode" :
		    "socket_group");
		if (unused != NULL)
			FAULT(builder, unused, "\"%s\" is for a unix socket "
			    "only; leave it out", unused->option->name);
	}
}

static void
apply_socket_mode(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	const char *text = text_of(setting);
	unsigned int mode = 0;
	size_t len = strlen(text), i;

	(void)node;
	for (i = 0; i < len && text[i] >= '0' && text[i] <= '7'; i++)
		mode = mode << 3 | (unsigned int)(text[i] - '0');
	if (i < len || len < 3 || len > 4 || mode > 0777)
		FAULT(builder, setting, "\"socket_mode\" is \"%s\"; it must "
		    "be an octal number as 0660", text);
	else if ((mode & 0007) != 0)
		FAULT(builder, setting, "\"socket_mode\" %s lets every local "
		    "user tell the milter what it likes, and so have mail "
		    "signed; use 0660 and socket_group", text);
	else
		builder->config->socket_mode = mode;
}

/* A user or a group: only its form; whether it exists shows at the start. */
static void
apply_account(struct config_builder *builder,
    const struct config_setting *setting, char **account)
{
	const char *text = text_of(setting), *p;

	for (p = text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			break;
	if (*p != '\0' || p == text || text[0] == '-')
		FAULT(builder, setting, "\"%s\" is \"%s\"; it must be a name "
		    "of letters, digits, \"_\", \".\" and \"-\"",
		    setting->option->name, text);
	else
		*account = config_strdup(builder, text);
}

static void
apply_socket_group(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	(void)node;
	apply_account(builder, setting, &builder->config->socket_group);
}

static void
apply_user(struct config_builder *builder, const struct config_node *node,
    const struct config_setting *setting)
{
	(void)node;
	apply_account(builder, setting, &builder->config->user);
}

static void
apply_keys_user(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	(void)node;
	apply_account(builder, setting, &builder->config->keys_user);
}

static void
apply_keydir(struct config_builder *builder, const struct config_node *node,
    const struct config_setting *setting)
{
	(void)node;
	if (config_parse_path(builder, setting, text_of(setting)))
		builder->config->keydir = config_strdup(builder,
		    text_of(setting));
}

static void
apply_signers(struct config_builder *builder, const struct config_node *node,
    const struct config_setting *setting)
{
	long long n;

	(void)node;
	if (config_parse_number(builder, setting, 0, MAX_SIGNERS, &n))
		builder->config->signers = (unsigned int)n;
}

static void
apply_sign_timeout(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	long long seconds;

	(void)node;
	/* Two tries must be over long before the MTA gives up. */
	if (config_parse_duration(builder, setting, 1, 60, "from 1s to 60s",
	    &seconds))
		builder->config->sign_timeout_ms =
		    (unsigned int)seconds * 1000;
}

static void
apply_expire(struct config_builder *builder, const struct config_node *node,
    const struct config_setting *setting)
{
	long long seconds;

	(void)node;
	if (strcmp(text_of(setting), "0") == 0)
		builder->config->expire = 0;
	else if (config_parse_duration(builder, setting, 3600, 366 * 86400LL,
	    "from 1h to 366d, or 0 for none", &seconds))
		builder->config->expire = seconds;
}

static void
apply_oversign(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	(void)node;
	config_parse_bool(builder, setting, &builder->config->oversign);
}

/* As in c=: what is left out behind the slash is simple (RFC 6376, 3.5). */
static void
apply_canonicalization(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	static const struct {
		const char *text;
		enum dkimsig_canon header, body;
	} words[] = {
		{ "relaxed/relaxed", DKIMSIG_CANON_RELAXED,
		    DKIMSIG_CANON_RELAXED },
		{ "relaxed/simple", DKIMSIG_CANON_RELAXED,
		    DKIMSIG_CANON_SIMPLE },
		{ "relaxed", DKIMSIG_CANON_RELAXED, DKIMSIG_CANON_SIMPLE },
		{ "simple/relaxed", DKIMSIG_CANON_SIMPLE,
		    DKIMSIG_CANON_RELAXED },
		{ "simple/simple", DKIMSIG_CANON_SIMPLE,
		    DKIMSIG_CANON_SIMPLE },
		{ "simple", DKIMSIG_CANON_SIMPLE, DKIMSIG_CANON_SIMPLE },
	};
	size_t i;

	(void)node;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text_of(setting), words[i].text) == 0) {
			builder->config->header_canon = words[i].header;
			builder->config->body_canon = words[i].body;
			return;
		}
	FAULT(builder, setting, "\"canonicalization\" is \"%s\"; it must be "
	    "simple or relaxed for the header, a slash, and the same for the "
	    "body, as \"relaxed/relaxed\"", text_of(setting));
}

static void
apply_header_size(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	long long n;

	(void)node;
	if (config_parse_number(builder, setting, MIN_HEADER,
	    DKIMSIG_MAX_HEADER, &n))
		builder->config->max_header = (size_t)n;
}

static void
apply_header_fields(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	long long n;

	(void)node;
	if (config_parse_number(builder, setting, MIN_FIELDS,
	    DKIMSIG_MAX_FIELDS, &n))
		builder->config->max_fields = (size_t)n;
}

static void
apply_mode(struct config_builder *builder, const struct config_node *node,
    const struct config_setting *setting)
{
	(void)node;
	config_parse_mode(builder, setting, &builder->config->observe);
}

static void
apply_log_format(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	(void)node;
	if (strcmp(text_of(setting), "json") == 0)
		builder->config->log_json = true;
	else if (strcmp(text_of(setting), "logfmt") != 0)
		FAULT(builder, setting, "\"log_format\" is \"%s\"; it must be "
		    "logfmt or json", text_of(setting));
}

static void
apply_audit_file(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	(void)node;
	if (config_parse_path(builder, setting, text_of(setting)))
		builder->config->audit_file = config_strdup(builder,
		    text_of(setting));
}

static void
apply_preset_dir(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	(void)node;
	if (config_parse_path(builder, setting, text_of(setting)))
		builder->config->preset_dir = config_strdup(builder,
		    text_of(setting));
}

static void
apply_eight_bit_safe(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	(void)node;
	config_parse_bool(builder, setting, &builder->config->eight_bit_safe);
}

static void
apply_servers(struct config_builder *builder, const struct config_node *node,
    const struct config_setting *setting)
{
	(void)node;
	config_parse_list(builder, setting, "DNS server",
	    config_value_server, &builder->config->dns.servers);
}

static void
apply_trust_anchor(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	(void)node;
	if (config_parse_path(builder, setting, text_of(setting)))
		builder->config->dns.trust_anchor = config_strdup(builder,
		    text_of(setting));
}

static void
apply_dns_timeout(struct config_builder *builder,
    const struct config_node *node, const struct config_setting *setting)
{
	long long seconds;

	(void)node;
	if (config_parse_duration(builder, setting, 1, 20, "from 1s to 20s",
	    &seconds))
		builder->config->dns.timeout_ms = (unsigned int)seconds * 1000;
}

static const struct applier {
	const char	*section;	/* NULL: the root */
	const char	*name;
	void		(*apply)(struct config_builder *,
			    const struct config_node *,
			    const struct config_setting *);
} appliers[] = {
	{ NULL,		"socket",	apply_socket },
	{ NULL,		"socket_mode",	apply_socket_mode },
	{ NULL,		"socket_group",	apply_socket_group },
	{ NULL,		"keydir",	apply_keydir },
	{ NULL,		"user",		apply_user },
	{ NULL,		"keys_user",	apply_keys_user },
	{ NULL,		"signers",	apply_signers },
	{ NULL,		"sign_timeout",	apply_sign_timeout },
	{ NULL,		"mode",		apply_mode },
	{ NULL,		"log_format",	apply_log_format },
	{ NULL,		"audit_file",	apply_audit_file },
	{ NULL,		"preset_dir",	apply_preset_dir },
	{ NULL,		"eight_bit_safe", apply_eight_bit_safe },
	{ "dns",	"servers",	apply_servers },
	{ "dns",	"trust_anchor",	apply_trust_anchor },
	{ "dns",	"timeout",	apply_dns_timeout },
	{ "signature",	"expire",	apply_expire },
	{ "signature",	"oversign",	apply_oversign },
	{ "signature",	"canonicalization", apply_canonicalization },
	{ "limits",	"header_size",	apply_header_size },
	{ "limits",	"header_fields", apply_header_fields },
};

static void
set_defaults(struct config_builder *builder)
{
	struct config *config = builder->config;
	long cores;

	config->socket = config_strdup(builder,
	    "unix:/run/countersign/milter.sock");
	config->socket_mode = 0660;
	config->keydir = config_strdup(builder, "/var/lib/countersign/keys");
	config->user = config_strdup(builder, "countersign");
	config->keys_user = config_strdup(builder, "countersign-keys");
	config->sign_timeout_ms = 5000;
	config->dns.timeout_ms = 5000;
	config->expire = 7 * 86400;
	config->oversign = true;
	config->header_canon = DKIMSIG_CANON_RELAXED;
	config->body_canon = DKIMSIG_CANON_RELAXED;
	config->max_header = DKIMSIG_MAX_HEADER;
	config->max_fields = DKIMSIG_MAX_FIELDS;
	cores = sysconf(_SC_NPROCESSORS_ONLN);
	config->signers = cores < 1 ? 1 : cores > MAX_SIGNERS ? MAX_SIGNERS :
	    (unsigned int)cores;
}

void
config_apply(struct config_builder *builder, const struct config_node *root)
{
	struct config_defaults defaults = {
		.on_mismatch = ACTION_REJECT,
		.on_no_key = ACTION_TEMPFAIL,
		.on_fragile = ACTION_PASS,
		.on_fault = ACTION_REJECT,
		.on_unclear_author = ACTION_REJECT,
	};
	const struct config_setting *setting;
	const struct config_node *node;
	unsigned int cores;
	size_t i;

	set_defaults(builder);
	cores = builder->config->signers;
	for (i = 0; i < sizeof(appliers) / sizeof(appliers[0]); i++) {
		node = root;
		if (appliers[i].section != NULL)
			node = config_node(root, appliers[i].section);
		if (node != NULL && (setting = config_setting(node,
		    appliers[i].name)) != NULL)
			appliers[i].apply(builder, node, setting);
	}
	if (builder->config->signers == 0)
		builder->config->signers = cores;
	if ((setting = config_setting(root, "on_mismatch")) != NULL)
		config_parse_action(builder, setting, CONFIG_MISMATCH_ACTIONS,
		    &defaults.on_mismatch);
	if ((setting = config_setting(root, "on_no_key")) != NULL)
		config_parse_action(builder, setting, CONFIG_MISMATCH_ACTIONS,
		    &defaults.on_no_key);
	if ((setting = config_setting(root, "on_fragile")) != NULL)
		config_parse_action(builder, setting, CONFIG_FRAGILE_ACTIONS,
		    &defaults.on_fragile);
	if ((setting = config_setting(root, "on_fault")) != NULL)
		config_parse_action(builder, setting, CONFIG_MISMATCH_ACTIONS,
		    &defaults.on_fault);
	if ((setting = config_setting(root, "on_unclear_author")) != NULL)
		defaults.says_unclear_author = config_parse_action(builder,
		    setting, CONFIG_MISMATCH_ACTIONS,
		    &defaults.on_unclear_author);
	config_apply_sources(builder, root, &defaults);
	config_apply_rotation(builder, root);
}
