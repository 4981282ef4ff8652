/* SPDX-License-Identifier: ISC */

/*
 * The values of the configuration outside of sources and rotation: each is
 * checked by itself and put into struct config.  After a fault the default is
 * kept, so that the rest can be checked too.
 *
 * A table has the limits of options of common types and the members that they
 * set; each other option has a function.
 */

#include "config/private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hourly.h"

#define MAX_SIGNERS	64
#define MAX_CONNECTIONS	100000
#define DEFAULT_CONNECTIONS 6000
#define MIN_HEADER	4096	/* octets; less would refuse ordinary mail */
#define MIN_FIELDS	20

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* The member of a struct at an offset. */
#define MEMBER(type, base, place) \
	((type *)(void *)((char *)(base) + (place)))

static void
apply_expire(struct config_builder *builder,
    const struct config_setting *setting)
{
	config_parse_expire(builder, setting, &builder->config->expire);
}

/* As in c=: without a slash, the body is simple (RFC 6376 section 3.5). */
static void
apply_canonicalization(struct config_builder *builder,
    const struct config_setting *setting)
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

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(config_text(setting), words[i].text) == 0) {
			builder->config->header_canon = words[i].header;
			builder->config->body_canon = words[i].body;
			return;
		}
	FAULT(builder, setting, "\"canonicalization\" is \"%s\"; it must be "
	    "simple or relaxed for the header, a slash, and simple or relaxed "
	    "for the body, like \"relaxed/relaxed\"", config_text(setting));
}

static void
apply_mode(struct config_builder *builder,
    const struct config_setting *setting)
{
	config_parse_mode(builder, setting, &builder->config->observe);
}

static void
apply_log_format(struct config_builder *builder,
    const struct config_setting *setting)
{
	if (strcmp(config_text(setting), "json") == 0)
		builder->config->log_json = true;
	else if (strcmp(config_text(setting), "logfmt") != 0)
		FAULT(builder, setting, "\"log_format\" is \"%s\"; it must be "
		    "logfmt or json", config_text(setting));
}

/* It stands in SMTP replies. */
static void
apply_reply_contact(struct config_builder *builder,
    const struct config_setting *setting)
{
	const char *text = config_text(setting), *p;

	for (p = text; *p >= ' ' && *p <= '~'; p++)
		continue;
	if (*p != '\0' || p == text || p - text > CONFIG_MAX_REPLY_CONTACT)
		FAULT(builder, setting, "\"reply_contact\" must have 1 to %d "
		    "characters of printable ASCII, such as "
		    "postmaster@example.com", CONFIG_MAX_REPLY_CONTACT);
	else
		builder->config->reply_contact = config_strdup(builder, text);
}

static void
apply_servers(struct config_builder *builder,
    const struct config_setting *setting)
{
	size_t i;

	config_parse_list(builder, setting, "DNS server",
	    config_value_server, &builder->config->dns.servers);
	for (i = 0; i < setting->nvalues; i++)
		(void)config_may_use(builder, CONFIG_ASKS,
		    setting->values[i].text, "servers",
		    setting->values[i].text, setting->values[i].line);
}

/* Check the form of a name; users and groups must exist at the start. */
static void
apply_account(struct config_builder *builder,
    const struct config_setting *setting, const char **account)
{
	const char *text = config_text(setting), *p;

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

/* Options with a function of their own. */
static const struct {
	const char	*section;	/* NULL: the root */
	const char	*name;
	void		(*apply)(struct config_builder *,
			    const struct config_setting *);
} appliers[] = {
	{ NULL,		"socket",	config_apply_socket },
	{ NULL,		"socket_mode",	config_apply_socket_mode },
	{ NULL,		"mode",		apply_mode },
	{ NULL,		"log_format",	apply_log_format },
	{ NULL,		"reply_contact", apply_reply_contact },
	{ "dns",	"servers",	apply_servers },
	{ "signature",	"expire",	apply_expire },
	{ "signature",	"canonicalization", apply_canonicalization },
};

/* The type of a member, and how its value is checked. */
enum kind {
	KIND_ACCOUNT,		/* const char *: a user, group or host */
	KIND_PATH,		/* const char * */
	KIND_BOOLEAN,		/* bool */
	KIND_NUMBER,		/* unsigned int from min to max */
	KIND_SIZE,		/* size_t from min to max */
	KIND_SECONDS		/* unsigned int, ms: a duration in seconds */
};

#define PLACE(member)	offsetof(struct config, member)

/* Options of a common kind. */
static const struct plain {
	const char	*section;	/* NULL: the root */
	const char	*name;
	enum kind	 kind;
	size_t		 place;		/* in struct config */
	long long	 min, max;
	const char	*range;		/* of a duration, in words */
	enum config_use	 use;		/* of a path, in the front; 0: none */
} plains[] = {
	{ .name = "audit_file", .kind = KIND_PATH, .place = PLACE(audit_file),
	    .use = CONFIG_APPENDS },
	{ .name = "counts_dir", .kind = KIND_PATH, .place = PLACE(counts_dir),
	    .use = CONFIG_KEEPS },
	{ .name = "eight_bit_safe", .kind = KIND_BOOLEAN,
	    .place = PLACE(eight_bit_safe) },
	{ .name = "follower", .kind = KIND_BOOLEAN, .place = PLACE(follower) },
	{ .name = "host", .kind = KIND_ACCOUNT, .place = PLACE(host) },
	{ .name = "kek_file", .kind = KIND_PATH, .place = PLACE(kek_file) },
	{ .name = "keydir", .kind = KIND_PATH, .place = PLACE(keydir) },
	{ .name = "keydir_mounted", .kind = KIND_BOOLEAN,
	    .place = PLACE(keydir_mounted) },
	{ .name = "keys_user", .kind = KIND_ACCOUNT,
	    .place = PLACE(keys_user) },
	{ .name = "preset_dir", .kind = KIND_PATH, .place = PLACE(preset_dir) },
	/* Two tries must end long before the MTA gives up. */
	{ .name = "sign_timeout", .kind = KIND_SECONDS,
	    .place = PLACE(sign_timeout_ms),
	    .min = 1, .max = 60, .range = "from 1s to 60s" },
	{ .name = "signatures_per_hour", .kind = KIND_NUMBER,
	    .place = PLACE(signatures_per_hour),
	    .min = 0, .max = HOURLY_MAX },
	{ .name = "signers", .kind = KIND_NUMBER, .place = PLACE(signers),
	    .min = 0, .max = MAX_SIGNERS },
	{ .name = "socket_group", .kind = KIND_ACCOUNT,
	    .place = PLACE(socket_group) },
	{ .name = "state_dir", .kind = KIND_PATH, .place = PLACE(state_dir) },
	{ .name = "user", .kind = KIND_ACCOUNT, .place = PLACE(user) },
	{ .section = "dns", .name = "timeout", .kind = KIND_SECONDS,
	    .place = PLACE(dns.timeout_ms),
	    .min = 1, .max = 20, .range = "from 1s to 20s" },
	{ .section = "dns", .name = "trust_anchor", .kind = KIND_PATH,
	    .place = PLACE(dns.trust_anchor), .use = CONFIG_READS },
	{ .section = "limits", .name = "connections", .kind = KIND_NUMBER,
	    .place = PLACE(max_connections),
	    .min = 1, .max = MAX_CONNECTIONS },
	{ .section = "limits", .name = "header_fields", .kind = KIND_SIZE,
	    .place = PLACE(max_fields),
	    .min = MIN_FIELDS, .max = DKIMSIG_MAX_FIELDS },
	{ .section = "limits", .name = "header_size", .kind = KIND_SIZE,
	    .place = PLACE(max_header),
	    .min = MIN_HEADER, .max = DKIMSIG_MAX_HEADER },
	{ .section = "metrics", .name = "user", .kind = KIND_ACCOUNT,
	    .place = PLACE(metrics_user) },
	{ .section = "signature", .name = "oversign", .kind = KIND_BOOLEAN,
	    .place = PLACE(oversign) },
};

static void
apply_plain(struct config_builder *builder,
    const struct config_setting *setting, const struct plain *plain)
{
	struct config *config = builder->config;
	long long n;

	switch (plain->kind) {
	case KIND_ACCOUNT:
		apply_account(builder, setting,
		    MEMBER(const char *, config, plain->place));
		break;
	case KIND_PATH:
		if (config_parse_path(builder, setting, config_text(setting)) &&
		    (plain->use == 0 || config_may_use(builder, plain->use,
		    config_text(setting), plain->name, config_text(setting),
		    setting->values[0].line)))
			*MEMBER(const char *, config, plain->place) =
			    config_strdup(builder, config_text(setting));
		break;
	case KIND_BOOLEAN:
		config_parse_bool(builder, setting,
		    MEMBER(bool, config, plain->place));
		break;
	case KIND_NUMBER:
		if (config_parse_number(builder, setting, plain->min,
		    plain->max, &n))
			*MEMBER(unsigned int, config, plain->place) =
			    (unsigned int)n;
		break;
	case KIND_SIZE:
		if (config_parse_number(builder, setting, plain->min,
		    plain->max, &n))
			*MEMBER(size_t, config, plain->place) = (size_t)n;
		break;
	case KIND_SECONDS:
		if (config_parse_duration(builder, setting, plain->min,
		    plain->max, plain->range, &n))
			*MEMBER(unsigned int, config, plain->place) =
			    (unsigned int)n * 1000;
		break;
	}
}

/* The setting of an option; NULL if the file does not have it. */
static const struct config_setting *
find_setting(const struct config_node *root, const char *section,
    const char *name)
{
	const struct config_node *node = root;

	if (section != NULL)
		node = config_node(root, section);
	return node != NULL ? config_setting(node, name) : NULL;
}

/* The defaults of sources. */
static const struct {
	const char	*name;
	unsigned int	 allowed;
	size_t		 place;		/* in struct config_defaults */
} actions[] = {
	{ "on_fault", CONFIG_MISMATCH_ACTIONS,
	    offsetof(struct config_defaults, on_fault) },
	{ "on_fragile", CONFIG_FRAGILE_ACTIONS,
	    offsetof(struct config_defaults, on_fragile) },
	{ "on_mismatch", CONFIG_MISMATCH_ACTIONS,
	    offsetof(struct config_defaults, on_mismatch) },
	{ "on_no_key", CONFIG_MISMATCH_ACTIONS,
	    offsetof(struct config_defaults, on_no_key) },
	{ "on_unclear_author", CONFIG_MISMATCH_ACTIONS,
	    offsetof(struct config_defaults, on_unclear_author) },
};

static void
apply_actions(struct config_builder *builder, const struct config_node *root,
    struct config_defaults *defaults)
{
	const struct config_setting *setting;
	size_t i;

	for (i = 0; i < COUNT(actions); i++)
		if ((setting = config_setting(root, actions[i].name)) != NULL)
			config_parse_action(builder, setting,
			    actions[i].allowed, MEMBER(enum action, defaults,
			    actions[i].place));
	defaults->says_unclear_author =
	    config_setting(root, "on_unclear_author") != NULL;
}

/* Signers cannot write last uses into a mounted key directory. */
static void
check_state_dir(struct config_builder *builder, const struct config_node *root)
{
	const struct config *config = builder->config;
	const struct config_setting *setting;

	if (config->keydir_mounted && config->state_dir == NULL &&
	    (setting = config_setting(root, "keydir_mounted")) != NULL)
		FAULT(builder, setting,
		    "\"keydir_mounted\" needs a directory for the last use of "
		    "keys; add state_dir = \"/var/lib/countersign/state\"");
	if (!config->keydir_mounted &&
	    (setting = config_setting(root, "state_dir")) != NULL)
		FAULT(builder, setting,
		    "\"state_dir\" has no effect here; add keydir_mounted = "
		    "true, or remove it");
}

static void
set_defaults(struct config_builder *builder)
{
	struct config *config = builder->config;
	long cores;

	config->socket = config_strdup(builder,
	    "unix:/run/countersign/milter.sock");
	config->socket_mode = 0660;
	config->keydir = config_strdup(builder, CONFIG_DEFAULT_KEYDIR);
	config->counts_dir = config_strdup(builder, CONFIG_DEFAULT_COUNTS);
	config->user = config_strdup(builder, "countersign");
	config->keys_user = config_strdup(builder, "countersign-keys");
	config->sign_timeout_ms = 5000;
	config->dns.timeout_ms = 5000;
	config->expire = 7 * 86400;
	config->oversign = true;
	config->header_canon = DKIMSIG_CANON_RELAXED;
	config->body_canon = DKIMSIG_CANON_RELAXED;
	config->max_connections = DEFAULT_CONNECTIONS;
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
	unsigned int cores;
	size_t i;

	set_defaults(builder);
	cores = builder->config->signers;
	for (i = 0; i < COUNT(appliers); i++)
		if ((setting = find_setting(root, appliers[i].section,
		    appliers[i].name)) != NULL)
			appliers[i].apply(builder, setting);
	for (i = 0; i < COUNT(plains); i++)
		if ((setting = find_setting(root, plains[i].section,
		    plains[i].name)) != NULL)
			apply_plain(builder, setting, &plains[i]);
	config_check_socket_file(builder, root);
	check_state_dir(builder, root);
	if (builder->config->signers == 0)
		builder->config->signers = cores;
	apply_actions(builder, root, &defaults);
	config_apply_sources(builder, root, &defaults);
	config_apply_rotation(builder, root);
	config_apply_fleet(builder, root);
	config_apply_metrics(builder, root);
}
