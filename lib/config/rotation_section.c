/* SPDX-License-Identifier: ISC */

/*
 * One section "rotation" or "domain": see rotation_section.h.
 *
 * Tables say which options there are; each row has the place of its member in
 * struct rotation, or a function that reads the option.
 */

#include "config/rotation_section.h"

#include <string.h>

#define HOUR		3600LL
#define DAY		86400LL
#define LONGEST		(3650 * DAY)
/* Where "auto" is not known here: see keys/life/rotation_policy.c. */
#define LONGEST_TEXT	"3650d"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* The member of a rotation at an offset. */
#define MEMBER(type, rotation, place) \
	((type *)(void *)((char *)(rotation) + (place)))

/* "algorithm": one RSA algorithm, with or without Ed25519; or "both". */
static void
apply_algorithm(struct config_builder *builder,
    const struct config_setting *setting, struct rotation *rotation)
{
	static const struct {
		const char	*text;
		unsigned int	 rsa_bits;
		bool		 is_ed25519;
	} words[] = {
		{ "both",	2048,	true },
		{ "ed25519",	0,	true },
		{ "rsa2048",	2048,	false },
		{ "rsa3072",	3072,	false },
		{ "rsa4096",	4096,	false },
	};
	struct config_faults *faults = &builder->faults;
	const struct config_value *value;
	unsigned int rsa_bits = 0;
	bool wants_ed25519 = false;
	size_t i, j;

	for (i = 0; i < setting->nvalues; i++) {
		value = &setting->values[i];
		for (j = 0; j < COUNT(words); j++)
			if (strcmp(value->text, words[j].text) == 0)
				break;
		if (j == COUNT(words)) {
			config_fault(faults, value->line, "\"algorithm\" is "
			    "\"%s\"; it must be both, rsa2048, rsa3072 or "
			    "rsa4096, or one of these with ed25519",
			    value->text);
			return;
		}
		if ((rsa_bits != 0 && words[j].rsa_bits != 0) ||
		    (wants_ed25519 && words[j].is_ed25519)) {
			config_fault(faults, value->line, "\"algorithm\" has "
			    "\"%s\" and another of the same kind; keep one RSA "
			    "and one ed25519", value->text);
			return;
		}
		if (words[j].rsa_bits != 0)
			rsa_bits = words[j].rsa_bits;
		wants_ed25519 = wants_ed25519 || words[j].is_ed25519;
	}
	if (rsa_bits == 0) {
		config_fault(faults, setting->values[0].line, "many receivers "
		    "do not verify ed25519; write both, or add an RSA "
		    "algorithm");
		return;
	}
	rotation->rsa_bits = rsa_bits;
	rotation->wants_ed25519 = wants_ed25519;
}

static void
apply_automatic(struct config_builder *builder,
    const struct config_setting *setting, struct rotation *rotation)
{
	config_parse_bool(builder, setting, &rotation->automatic);
}

static void
apply_publish(struct config_builder *builder,
    const struct config_setting *setting, struct rotation *rotation)
{
	const char *text = setting->values[0].text;

	if (strcmp(text, "manual") == 0)
		rotation->publish = ROTATION_MANUAL;
	else if (strcmp(text, "update") == 0)
		rotation->publish = ROTATION_UPDATE;
	else if (strcmp(text, "hook") == 0)
		rotation->publish = ROTATION_HOOK;
	else
		config_fault(&builder->faults, setting->values[0].line,
		    "\"publish\" is \"%s\"; it must be manual, update or hook",
		    text);
}

/* A path, or "no". */
static void
apply_disclose(struct config_builder *builder,
    const struct config_setting *setting, struct rotation *rotation)
{
	const char *text = setting->values[0].text;

	if (strcmp(text, "no") == 0)
		rotation->disclose = NULL;
	else if (text[0] == '/')
		rotation->disclose = config_strdup(builder, text);
	else
		config_fault(&builder->faults, setting->values[0].line,
		    "\"disclose\" is \"%s\"; it must be no, or the path of a "
		    "directory, which begins with /", text);
}

static void
apply_cname_zone(struct config_builder *builder,
    const struct config_setting *setting, struct rotation *rotation)
{
	if (strcmp(setting->values[0].text, "no") == 0)
		rotation->cname_zone = NULL;
	else
		rotation->cname_zone = config_value_dns_name(builder,
		    &setting->values[0], "zone");
}

/*
 * Whether a text is one plain mail address, which can be put into a header
 * field and on a command line: a dot-atom on both sides of the @ (RFC 5322
 * section 3.4.1), and no "-" in front.
 */
static bool
is_address(const char *text)
{
	static const char others[] = "!#$%&'*+-/=?^_`{|}~.";
	const char *p, *at = strchr(text, '@');

	if (at == NULL || at == text || at[1] == '\0' || text[0] == '-' ||
	    strlen(text) > CONFIG_MAX_CONTACT)
		return false;
	for (p = text; *p != '\0'; p++)
		if (p != at && !(*p >= '0' && *p <= '9') &&
		    !((*p | 32) >= 'a' && (*p | 32) <= 'z') &&
		    strchr(others, *p) == NULL)
			return false;
	return true;
}

static void
apply_contact(struct config_builder *builder,
    const struct config_setting *setting, struct rotation *rotation)
{
	const char *text = setting->values[0].text;

	if (is_address(text))
		rotation->contact = config_strdup(builder, text);
	else
		config_fault(&builder->faults, setting->values[0].line,
		    "\"contact\" is \"%s\"; it must be one mail address, such "
		    "as dns@example.com", text);
}

static void
apply_update_server(struct config_builder *builder,
    const struct config_setting *setting, struct rotation *rotation)
{
	if (strcmp(setting->values[0].text, "auto") == 0)
		rotation->update_server = NULL;
	else
		rotation->update_server = config_value_server(builder,
		    &setting->values[0], "DNS server");
}

static void
apply_servers(struct config_builder *builder,
    const struct config_setting *setting, struct rotation *rotation)
{
	if (setting->nvalues == 1 &&
	    strcmp(setting->values[0].text, "auto") == 0) {
		rotation->servers = (struct text_list){ NULL, 0 };
		return;
	}
	config_parse_list(builder, setting, "DNS server", config_value_server,
	    &rotation->servers);
	if (rotation->servers.n > CONFIG_MAX_SERVERS)
		config_fault(&builder->faults, setting->values[0].line,
		    "\"servers\" names more than %d servers; keep those that "
		    "the zone's NS records name", CONFIG_MAX_SERVERS);
}

static const struct {
	const char	*name;
	void		(*apply)(struct config_builder *,
			    const struct config_setting *, struct rotation *);
} appliers[] = {
	{ "algorithm",		apply_algorithm },
	{ "automatic",		apply_automatic },
	{ "check_resolvers",	config_apply_check_resolvers },
	{ "cname_zone",		apply_cname_zone },
	{ "contact",		apply_contact },
	{ "disclose",		apply_disclose },
	{ "publish",		apply_publish },
	{ "servers",		apply_servers },
	{ "update_server",	apply_update_server },
};

static const struct {
	const char	*name;
	size_t		 place;		/* of an int64_t */
	long long	 min, max;	/* seconds */
	const char	*range;
	const char	*word;		/* instead of a time, or NULL, */
	int64_t		 meaning;	/* and its value */
} durations[] = {
	{ "every", offsetof(struct rotation, every), 1, LONGEST,
	    "from 1s to " LONGEST_TEXT, NULL, 0 },
	{ "publish_lead", offsetof(struct rotation, publish_lead), 0, LONGEST,
	    "up to " LONGEST_TEXT ", or auto", "auto",
	    ROTATION_AUTO },
	{ "queue_lifetime", offsetof(struct rotation, queue_lifetime), 0,
	    LONGEST, "up to " LONGEST_TEXT ", or auto", "auto",
	    ROTATION_AUTO },
	{ "retain", offsetof(struct rotation, retain), 0, LONGEST,
	    "up to " LONGEST_TEXT, NULL, 0 },
	{ "revoke_for", offsetof(struct rotation, revoke_for), 0, LONGEST,
	    "up to " LONGEST_TEXT, NULL, 0 },
	{ "signature_lifetime", offsetof(struct rotation,
	    signature_lifetime), 0, LONGEST,
	    "up to " LONGEST_TEXT ", or auto", "auto",
	    ROTATION_AUTO },
	{ "ttl", offsetof(struct rotation, ttl), 1, DAY,
	    "from 1s to 1d", NULL, 0 },
	{ "unreachable_after", offsetof(struct rotation, unreachable_after),
	    HOUR, LONGEST, "from 1h to " LONGEST_TEXT ", or never", "never",
	    ROTATION_NEVER },
};

/* Options that belong to one way of publication. */
static const struct {
	const char	*name;
	size_t		 place;		/* of a const char * */
	const char	*way;
	enum rotation_publish publish;
	bool		 is_path;
	bool		 is_needed;
} means[] = {
	{ "hook", offsetof(struct rotation, hook), "hook", ROTATION_HOOK,
	    true, true },
	{ "tsig_key", offsetof(struct rotation, tsig_key), "update",
	    ROTATION_UPDATE, true, true },
	{ "update_server", offsetof(struct rotation, update_server), "update",
	    ROTATION_UPDATE, false, false },
};

void
rotation_section_apply(struct config_builder *builder,
    const struct config_node *node, struct rotation *rotation)
{
	const struct config_setting *setting;
	long long seconds;
	size_t i;

	rotation->line = node->line;
	for (i = 0; i < COUNT(appliers); i++)
		if ((setting = config_setting(node, appliers[i].name)) != NULL)
			appliers[i].apply(builder, setting, rotation);
	for (i = 0; i < COUNT(durations); i++) {
		if ((setting = config_setting(node, durations[i].name)) ==
		    NULL)
			continue;
		if (durations[i].word != NULL &&
		    strcmp(setting->values[0].text, durations[i].word) == 0)
			seconds = durations[i].meaning;
		else if (!config_parse_duration(builder, setting,
		    durations[i].min, durations[i].max, durations[i].range,
		    &seconds))
			continue;
		*MEMBER(int64_t, rotation, durations[i].place) = seconds;
	}
	for (i = 0; i < COUNT(means); i++)
		if (means[i].is_path && (setting = config_setting(node,
		    means[i].name)) != NULL && config_parse_path(builder,
		    setting, setting->values[0].text)) {
			*MEMBER(const char *, rotation, means[i].place) =
			    config_strdup(builder, setting->values[0].text);
			rotation->means_line = setting->values[0].line;
		}
}

static unsigned int
line_of(const struct config_node *node, const char *name)
{
	const struct config_setting *setting = config_setting(node, name);

	return setting != NULL ? setting->values[0].line : node->line;
}

static bool
is_used(const struct config *config, const struct rotation *rotation,
    enum rotation_publish publish)
{
	size_t i;

	/* A general option may be meant for a domain. */
	for (i = 0; rotation == &config->rotations[0] &&
	    i < config->nrotations; i++)
		if (config->rotations[i].publish == publish)
			return true;
	return rotation->publish == publish;
}

/* A way of publication must have what it needs, and nothing of another. */
static void
check_means(struct config_builder *builder, const struct config_node *node,
    struct rotation *rotation)
{
	const char *const *text;
	size_t i;

	for (i = 0; i < COUNT(means); i++) {
		text = MEMBER(const char *, rotation, means[i].place);
		if (rotation->publish == means[i].publish &&
		    means[i].is_needed && *text == NULL &&
		    config_setting(node, "publish") != NULL)
			config_fault(&builder->faults,
			    line_of(node, "publish"), "\"publish\" is %s, "
			    "which needs %s = \"/PATH\"", means[i].way,
			    means[i].name);
		if (config_setting(node, means[i].name) != NULL &&
		    !is_used(builder->config, rotation, means[i].publish))
			config_fault(&builder->faults,
			    line_of(node, means[i].name), "\"%s\" has no "
			    "effect here; add publish = %s, or remove it",
			    means[i].name, means[i].way);
	}
}

/* Whether a name is equal to another one or below it. */
static bool
is_within(const char *name, const char *other)
{
	size_t len = strlen(name), otherlen = strlen(other);

	return len >= otherlen && strcmp(name + len - otherlen, other) == 0 &&
	    (len == otherlen || name[len - otherlen - 1] == '.');
}

/*
 * The zone that CNAMEs lead to must not be the one that holds them; a separate
 * zone below the domain is allowed.
 */
static void
check_cname_zone(struct config_builder *builder,
    const struct config_node *node, const struct rotation *rotation)
{
	const char *zone = rotation->cname_zone, *domain = rotation->domain;
	char keys[sizeof("_domainkey.") + DKIMSIG_DOMAIN_SIZE];

	if (zone == NULL || domain == NULL || domain[0] == '*')
		return;
	(void)snprintf(keys, sizeof(keys), "_domainkey.%s", domain);
	if (strcmp(zone, domain) == 0 || is_within(zone, keys))
		config_fault(&builder->faults, line_of(node, "cname_zone"),
		    "\"cname_zone\" %s would also hold the CNAMEs of %s; name "
		    "a separate zone, or set cname_zone = no for that "
		    "domain", zone, domain);
}

/* How much earlier than "every" says some domain may change keys. */
static int64_t
longest_spread(int64_t every)
{
	return every / ROTATION_SPREAD_PART < ROTATION_SPREAD ?
	    every / ROTATION_SPREAD_PART : ROTATION_SPREAD;
}

/*
 * Behind CNAMEs, three names take turns: when a key retires, the next signs and
 * the third is in reserve, so the first must be free again when that key
 * retires.  "auto" of queue_lifetime is the default of Postfix here.
 */
static void
check_turns(struct config_builder *builder, const struct config_node *node,
    const struct rotation *rotation)
{
	static const char *const names[] = {
		"every", "retain", "revoke_for", "signature_lifetime",
		"queue_lifetime", "ttl", "cname_zone"
	};
	int64_t lifetime, queue, transit, rest, spread, needed;
	size_t i;

	for (i = 0; i < COUNT(names) &&
	    config_setting(node, names[i]) == NULL; i++)
		;
	if (rotation->cname_zone == NULL || i == COUNT(names))
		return;
	lifetime = rotation->signature_lifetime != ROTATION_AUTO ?
	    rotation->signature_lifetime : builder->config->signature_lifetime;
	queue = rotation->queue_lifetime != ROTATION_AUTO ?
	    rotation->queue_lifetime : CONFIG_POSTFIX_QUEUE;
	transit = lifetime + queue > rotation->retain ? lifetime + queue :
	    rotation->retain;
	rest = rotation->retain > rotation->ttl ? rotation->retain :
	    rotation->ttl;
	spread = longest_spread(rotation->every);
	needed = transit + rotation->revoke_for + rest + spread;
	if (rotation->every <= needed)
		config_fault(&builder->faults, line_of(node, names[i]),
		    "\"every\" is %llds, but behind CNAMEs a selector is in "
		    "use for %llds after its key retired: %llds until no mail "
		    "is in transit, %llds revoked, %llds until it may be used "
		    "again, and %llds by which a key may retire early; set a "
		    "longer \"every\", or a shorter "
		    "\"retain\" or \"revoke_for\"",
		    (long long)rotation->every, (long long)needed,
		    (long long)transit, (long long)rotation->revoke_for,
		    (long long)rest, (long long)spread);
}

void
rotation_section_check(struct config_builder *builder,
    const struct config_node *node, struct rotation *rotation)
{
	check_means(builder, node, rotation);
	check_cname_zone(builder, node, rotation);
	check_turns(builder, node, rotation);
	if (rotation->every <= rotation->publish_lead &&
	    (config_setting(node, "every") != NULL ||
	    config_setting(node, "publish_lead") != NULL))
		config_fault(&builder->faults, line_of(node,
		    config_setting(node, "every") != NULL ? "every" :
		    "publish_lead"), "\"every\" is not longer than "
		    "\"publish_lead\", so no key would be ready in time; set a "
		    "longer \"every\"");
}

void
rotation_section_drop_unused(struct rotation *rotation)
{
	size_t i;

	for (i = 0; i < COUNT(means); i++)
		if (rotation->publish != means[i].publish)
			*MEMBER(const char *, rotation, means[i].place) = NULL;
}
