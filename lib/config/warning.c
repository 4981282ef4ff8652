/* SPDX-License-Identifier: ISC */

/*
 * Warnings about settings that are allowed, but probably a mistake.
 *
 * They are collected for each configuration without faults, but shown only if
 * a person checks the file; a service that starts, or a command that runs every
 * hour, does not show them.
 */

#include "config/private.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/address_pattern.h"
#include "config/pattern.h"
#include "config/platform_network.h"
#include "dkim2/covered.h"

struct collection {
	struct config_builder	*builder;
	struct config_warning	*list;
	size_t			 n;

	/* NAME of each "*.NAME" of all sources, sorted. */
	const char		**parents;
	size_t			 nparents;
};

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
find_parents(struct collection *c)
{
	const struct config *config = c->builder->config;
	const struct text_list *domains;
	size_t n = 0, i, j;

	for (i = 0; i < config->nsources; i++)
		n += config->sources[i].domains.n;
	if ((c->parents = config_alloc(c->builder, n,
	    sizeof(*c->parents))) == NULL)
		return;
	for (i = 0; i < config->nsources; i++) {
		domains = &config->sources[i].domains;
		for (j = 0; j < domains->n; j++)
			if (strncmp(domains->texts[j], "*.", 2) == 0)
				c->parents[c->nparents++] =
				    domains->texts[j] + 2;
	}
	if (c->nparents > 0)
		qsort(c->parents, c->nparents, sizeof(*c->parents), compare);
}

/* Whether a source names all subdomains of the domain. */
static bool
are_subdomains_named(const struct collection *c, const char *domain)
{
	while (domain != NULL) {
		if (c->nparents > 0 && bsearch(&domain, c->parents,
		    c->nparents, sizeof(*c->parents), compare) != NULL)
			return true;
		if ((domain = strchr(domain, '.')) != NULL)
			domain++;
	}
	return false;
}

static void add(struct collection *c, unsigned int line, bool is_risk,
	    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void
add(struct collection *c, unsigned int line, bool is_risk,
    const char *format, ...)
{
	struct config_warning *warning;
	char *text;
	va_list ap;
	int r;

	if (c->n == CONFIG_MAX_WARNINGS) {
		c->builder->config->nmore_warnings++;
		return;
	}
	va_start(ap, format);
	r = vasprintf(&text, format, ap);
	va_end(ap);
	if (r == -1) {
		c->builder->faults.no_memory = true;
		return;
	}
	warning = &c->list[c->n++];
	warning->line = line;
	warning->is_risk = is_risk;
	warning->text = config_strdup(c->builder, text);
	free(text);
}

static void
warn_of_subdomains(struct collection *c, const char *domain,
    unsigned int line)
{
	if (strncmp(domain, "*.", 2) == 0 ||
	    are_subdomains_named(c, domain))
		return;
	add(c, line, false, "\"%s\" without \"*.%s\": mail from elsewhere that "
	    "claims to be from one of its subdomains passes unsigned; add "
	    "\"*.%s\" unless other hosts send for its subdomains", domain,
	    domain, domain);
}

/* Trust in what all customers of a platform share. */
static void
warn_of_platform(struct collection *c, const struct network *network,
    unsigned int line)
{
	char block[NETWORK_TEXT_SIZE];
	const char *platform;

	if (network->excluded ||
	    (platform = platform_of_network(network)) == NULL)
		return;
	network_print(network, block);
	add(c, line, true, "with \"trust_network\", mail of every customer of "
	    "%s is signed, because they share %s (EchoSpoofing); use a preset "
	    "and tenant instead", platform, block);
}

static void
warn_of_networks(struct collection *c, const struct config_node *node,
    const struct source *source)
{
	const struct config_setting *setting;
	size_t i;

	setting = config_setting(node, "networks");
	for (i = 0; source->trust_network && setting != NULL &&
	    i < source->nnetworks && i < setting->nvalues; i++)
		warn_of_platform(c, &source->networks[i],
		    setting->values[i].line);
}

static void
warn_of_domains(struct collection *c, const struct config_node *node,
    const struct source *source)
{
	const struct config_setting *setting;
	size_t i;

	setting = config_setting(node, "domains");
	for (i = 0; setting != NULL && i < source->domains.n &&
	    i < setting->nvalues; i++)
		warn_of_subdomains(c, source->domains.texts[i],
		    setting->values[i].line);
}

/* Fields that are removed although DKIM2 signatures cover them. */
static void
warn_of_removals(struct collection *c, const struct config_node *node,
    const struct source *source)
{
	static const char text[] = "a message that arrives with DKIM2 "
	    "signatures leaves with broken ones if \"%s\" is removed; of "
	    "fields that a source removes, DKIM2 leaves out only X-*";
	const struct config_setting *setting;
	const struct config_node *below;
	size_t i;

	setting = config_setting(node, "remove");
	for (i = 0; setting != NULL && i < source->remove.n &&
	    i < setting->nvalues; i++)
		if (dkim2_covers_pattern(source->remove.texts[i]))
			add(c, setting->values[i].line, false, text,
			    source->remove.texts[i]);
	STAILQ_FOREACH(below, &node->nodes, entry)
		if (strcmp(below->option->name, "secret_header") == 0 &&
		    dkim2_covers(below->title, strlen(below->title)))
			add(c, below->line, false, text, below->title);
}

static bool
has_domain(const struct text_list *domains, const char *domain)
{
	size_t i;

	for (i = 0; i < domains->n; i++)
		if (pattern_domains_meet(domains->texts[i], domain))
			return true;
	return false;
}

/* Whether a list of authors allows no address of a domain. */
static bool
names_none(const struct text_list *authors, const char *domain)
{
	bool has_names = false;
	size_t i;

	for (i = 0; i < authors->n; i++) {
		if (authors->texts[i][0] == '!')
			continue;
		has_names = true;
		if (pattern_domains_meet(address_pattern_domain(
		    authors->texts[i]), domain))
			return false;
	}
	return has_names;
}

/* Whether a domain has subdomains in a list, for which its key may sign. */
static bool
is_parent(const struct text_list *domains, const char *domain)
{
	size_t i;

	for (i = 0; i < domains->n; i++)
		if (strncmp(domains->texts[i], "*.", 2) == 0 ?
		    dkimsig_domain_equal(domains->texts[i] + 2, domain) ||
		    dkimsig_domain_is_below(domains->texts[i] + 2, domain) :
		    dkimsig_domain_is_below(domains->texts[i], domain))
			return true;
	return false;
}

/* Patterns for other domains than the source's, and domains without any. */
static void
warn_of_authors(struct collection *c, const struct config_node *node,
    const struct source *source)
{
	const struct config_setting *setting;
	const struct text_list *authors = &source->authors;
	size_t i;

	if ((setting = config_setting(node, "authors")) == NULL)
		return;
	for (i = 0; i < authors->n && i < setting->nvalues; i++)
		if (!has_domain(&source->domains, address_pattern_domain(
		    authors->texts[i])))
			add(c, setting->values[i].line, false, "\"%s\" matches "
			    "no author of this source, because \"domains\" "
			    "does not have its domain; correct one of them",
			    setting->values[i].text);
	for (i = 0; i < source->domains.n; i++)
		if (names_none(authors, source->domains.texts[i]))
			add(c, setting->values[0].line, false, "\"authors\" "
			    "has no address of %s, so this source never signs "
			    "for it; add \"*@%s\", or %s",
			    source->domains.texts[i],
			    source->domains.texts[i], is_parent(
			    &source->domains, source->domains.texts[i]) ?
			    "leave it in \"domains\" only if its key signs "
			    "for its subdomains" :
			    "remove it from \"domains\"");
}

/* The longest unit that leaves a whole number. */
static void
print_duration(int64_t seconds, char *text, size_t size)
{
	static const struct {
		int64_t	 seconds;
		char	 unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (seconds % units[i].seconds != 0)
		i++;
	(void)snprintf(text, size, "%lld%c",
	    (long long)(seconds / units[i].seconds), units[i].unit);
}

/* Signatures that end before mail servers give up. */
static void
warn_of_expiry(struct collection *c, const struct config_node *node,
    const struct source *source)
{
	const struct config *config = c->builder->config;
	const int64_t queue = config_longest_queue(config, source);
	const struct config_setting *setting = config_setting(node, "expire");
	char expiry[32], wait[32];

	if (source->expire == 0 || source->expire >= queue)
		return;
	print_duration(source->expire, expiry, sizeof(expiry));
	print_duration(queue, wait, sizeof(wait));
	add(c, setting != NULL ? setting->values[0].line : node->line, false,
	    "signatures of source \"%s\" expire after %s, but mail may wait in "
	    "a queue for %s (queue_lifetime), and what is delivered late then "
	    "fails DKIM; set a longer \"expire\" unless mail of this "
	    "source is useless when it is late", source->name, expiry, wait);
}

/* Seconds for which the record of a key stays after it has retired. */
static int64_t
record_stays(const struct rotation *rotation)
{
	const int64_t queue = rotation->queue_lifetime != ROTATION_AUTO ?
	    rotation->queue_lifetime : CONFIG_POSTFIX_QUEUE;
	const int64_t transit = rotation->signature_lifetime + queue;

	return transit > rotation->retain ? transit : rotation->retain;
}

/* Signatures that are valid for longer than the record of their key stays. */
static void
warn_of_lifetime(struct collection *c, const struct config_node *node,
    const struct source *source)
{
	const struct config *config = c->builder->config;
	const struct config_setting *setting = config_setting(node, "expire");
	const struct rotation *rotation;
	char expiry[32], stays[32];
	size_t i;

	for (i = 0; i < source->domains.n; i++) {
		rotation = config_rotation(config, source->domains.texts[i]);
		if (rotation->signature_lifetime == ROTATION_AUTO ||
		    record_stays(rotation) >= source->expire)
			continue;
		print_duration(source->expire, expiry, sizeof(expiry));
		print_duration(record_stays(rotation), stays, sizeof(stays));
		add(c, setting != NULL ? setting->values[0].line : node->line,
		    false, "signatures of source \"%s\" are valid for %s, but "
		    "the record of a key may be revoked %s after it signed, "
		    "as \"signature_lifetime\" says; set that to auto, or a "
		    "shorter \"expire\"", source->name, expiry, stays);
		return;
	}
}

/* Fewer signatures than one message needs. */
static void
warn_of_hourly(struct collection *c, const struct config_node *root)
{
	const struct config_setting *setting;

	setting = config_setting(root, "signatures_per_hour");
	if (setting != NULL && c->builder->config->signatures_per_hour == 1)
		add(c, setting->values[0].line, true, "with "
		    "\"signatures_per_hour = 1\", mail of a domain that has "
		    "keys of two algorithms is never signed, because each "
		    "message needs two signatures; set at least 2, or 0 for "
		    "any number");
}

static void
warn_of_sources(struct collection *c, const struct config_node *root,
    void (*warn)(struct collection *, const struct config_node *,
    const struct source *))
{
	const struct source *source = c->builder->config->sources;
	const struct config_node *node;

	STAILQ_FOREACH(node, &root->nodes, entry)
		if (strcmp(node->option->name, "source") == 0)
			warn(c, node, source++);
}

void
config_collect_warnings(struct config_builder *builder,
    const struct config_node *root)
{
	struct collection c = { .builder = builder };

	/* Without faults, the values and the parsed lists correspond. */
	if (builder->faults.total > 0 || builder->faults.no_memory)
		return;
	c.list = config_alloc(builder, CONFIG_MAX_WARNINGS, sizeof(*c.list));
	if (c.list == NULL)
		return;
	find_parents(&c);
	/* Risks come first: only so many warnings are kept. */
	warn_of_hourly(&c, root);
	warn_of_sources(&c, root, warn_of_networks);
	warn_of_sources(&c, root, warn_of_domains);
	warn_of_sources(&c, root, warn_of_removals);
	warn_of_sources(&c, root, warn_of_authors);
	warn_of_sources(&c, root, warn_of_expiry);
	warn_of_sources(&c, root, warn_of_lifetime);
	builder->config->warnings = c.list;
	builder->config->nwarnings = c.n;
}

static void
print(const struct config *config, FILE *out, bool risks, bool oddities)
{
	const struct config_warning *warning;
	struct config_place place;
	size_t i;

	for (i = 0; i < config->nwarnings; i++) {
		warning = &config->warnings[i];
		if (warning->is_risk ? !risks : !oddities)
			continue;
		place = config_place(config, warning->line);
		(void)fprintf(out, "%s:%u: warning: %s\n", place.file,
		    place.line, warning->text);
	}
	if (oddities && config->nmore_warnings > 0)
		(void)fprintf(out, "%s: %zu more warnings\n", config->file,
		    config->nmore_warnings);
}

void
config_print_warnings(const struct config *config, FILE *out)
{
	print(config, out, true, true);
}

void
config_print_risks(const struct config *config, FILE *out)
{
	print(config, out, true, false);
}

void
config_print_oddities(const struct config *config, FILE *out)
{
	print(config, out, false, true);
}
