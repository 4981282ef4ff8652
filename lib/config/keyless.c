/* SPDX-License-Identifier: ISC */

/*
 * Whose keys sign for the domains of sources, and which have none, so that
 * their mail cannot be signed.
 *
 * Whether a domain has keys is seen by its state file alone, because the
 * programs that read the configuration include those that must not see keys.
 * Fails only if the caller's function does.
 */

#include "config/means.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config/relation.h"
#include "dkimsig/dkimsig.h"

#define DATA_LINK	"/..data"

static bool
has_file(const char *keydir, const char *folder, const char *domain,
    const char *file)
{
	char path[PATH_MAX];
	struct stat st;
	int n;

	n = snprintf(path, sizeof(path), "%s%s/%s%s", keydir, folder, domain,
	    file);
	return n < 0 || (size_t)n >= sizeof(path) || stat(path, &st) == 0 ||
	    (errno != ENOENT && errno != ENOTDIR);
}

/* In a mounted volume, it is below a link: see store/mounted.h. */
static bool
has_state(const char *keydir, const char *domain)
{
	return has_file(keydir, "", domain, "/state") ||
	    has_file(keydir, DATA_LINK, domain, "/state") ||
	    has_file(keydir, "", domain, DATA_LINK "/state");
}

const char *
config_signing_domain(const struct source *source, const char *keydir,
    const char *domain)
{
	const bool is_pattern = strncmp(domain, "*.", 2) == 0;
	const char *parent = is_pattern ? domain + 2 : domain;

	if (!is_pattern && has_state(keydir, domain))
		return domain;
	if (!is_pattern)
		parent = strchr(domain, '.');
	for (; parent != NULL; parent = strchr(parent, '.')) {
		parent += *parent == '.';
		if (source_allows(source, parent) &&
		    has_state(keydir, parent))
			return parent;
	}
	return NULL;
}

/*
 * What a key directory lists.  It is read as far as somebody asks, and what was
 * read is kept: it may have a million names, of which the first one is often
 * the answer.
 */
struct listing {
	const char	*keydir;
	DIR		*dir;		/* that is being read; NULL: none */
	size_t		 nfolders;	/* of listed_folders, opened so far */
	bool		 is_unknown;	/* one could not be read */
	char		**names;
	size_t		 n, size;
};

static const char *const listed_folders[] = { "", DATA_LINK };

static bool
add_name(struct listing *listing, const char *name)
{
	char **names;
	size_t size;

	if (listing->n == listing->size) {
		size = 2 * listing->size + 64;
		names = reallocarray(listing->names, size, sizeof(*names));
		if (names == NULL)
			return false;
		listing->names = names;
		listing->size = size;
	}
	if ((listing->names[listing->n] = strdup(name)) == NULL)
		return false;
	listing->n++;
	return true;
}

/* Open the next folder that exists; false if there is none. */
static bool
open_next(struct listing *listing)
{
	const size_t n = sizeof(listed_folders) / sizeof(listed_folders[0]);
	char path[PATH_MAX];
	int len;

	while (listing->dir == NULL && listing->nfolders < n) {
		len = snprintf(path, sizeof(path), "%s%s", listing->keydir,
		    listed_folders[listing->nfolders++]);
		if (len < 0 || (size_t)len >= sizeof(path))
			listing->is_unknown = true;
		else if ((listing->dir = opendir(path)) == NULL &&
		    errno != ENOENT)
			listing->is_unknown = true;
	}
	return listing->dir != NULL;
}

/* Read one more name; NULL: there are no more. */
static const char *
read_name(struct listing *listing)
{
	const struct dirent *entry;

	while (open_next(listing)) {
		while (errno = 0, (entry = readdir(listing->dir)) != NULL) {
			if (entry->d_name[0] == '.')
				continue;
			if (add_name(listing, entry->d_name))
				return listing->names[listing->n - 1];
			listing->is_unknown = true;
		}
		if (errno != 0)
			listing->is_unknown = true;
		(void)closedir(listing->dir);
		listing->dir = NULL;
	}
	return NULL;
}

static void
listing_free(struct listing *listing)
{
	if (listing->dir != NULL)
		(void)closedir(listing->dir);
	while (listing->n > 0)
		free(listing->names[--listing->n]);
	free(listing->names);
}

static bool
is_keyed_below(const struct listing *listing, const char *name,
    const char *domain)
{
	return dkimsig_domain_is_below(name, domain) &&
	    has_state(listing->keydir, name);
}

/* Whether any domain below this one has keys; they sign for it alone. */
static bool
has_keys_below(struct listing *listing, const char *domain)
{
	const char *name;
	size_t i;

	for (i = 0; i < listing->n; i++)
		if (is_keyed_below(listing, listing->names[i], domain))
			return true;
	while ((name = read_name(listing)) != NULL)
		if (is_keyed_below(listing, name, domain))
			return true;
	return listing->is_unknown;
}

/*
 * Whether keys sign for a domain of a source.  A pattern is left to the domain
 * above it if the source names that, too.
 */
static bool
has_keys(const struct source *source, struct listing *listing,
    const char *domain)
{
	if (config_signing_domain(source, listing->keydir, domain) != NULL)
		return true;
	return strncmp(domain, "*.", 2) == 0 &&
	    (source_allows(source, domain + 2) ||
	    has_keys_below(listing, domain + 2));
}

static bool
lists(const struct text_list *list, const char *domain, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list->texts[i], domain) == 0)
			return true;
	return false;
}

/* Whether an earlier place names the domain: the nth of a list of source i. */
static bool
was_named(const struct config *config, size_t i, const struct text_list *list,
    size_t n, const char *domain)
{
	const struct source *source = &config->sources[i];
	size_t j;

	for (j = 0; j < i; j++)
		if (!config->sources[j].observe &&
		    (lists(&config->sources[j].domains, domain,
		    config->sources[j].domains.n) ||
		    lists(&config->sources[j].also_sign, domain,
		    config->sources[j].also_sign.n)))
			return true;
	if (list == &source->also_sign &&
	    lists(&source->domains, domain, source->domains.n))
		return true;
	return lists(list, domain, n);
}

/* The part of config_each_keyless() that is one list of source i. */
static int
each_of_list(const struct config *config, size_t i,
    const struct text_list *list, struct listing *listing,
    int (*each)(const struct source *, const char *, void *), void *arg)
{
	const struct source *source = &config->sources[i];
	const char *domain;
	size_t j;
	int r = 0;

	for (j = 0; j < list->n && r == 0; j++) {
		domain = list->texts[j];
		if (!(list == &source->domains ?
		    has_keys(source, listing, domain) :
		    has_state(listing->keydir, domain)) &&
		    !was_named(config, i, list, j, domain))
			r = each(source, domain, arg);
	}
	return r;
}

int
config_each_keyless(const struct config *config, const char *keydir,
    int (*each)(const struct source *, const char *, void *), void *arg)
{
	struct listing listing = { .keydir = keydir };
	const struct source *source;
	size_t i;
	int r = 0;

	for (i = 0; i < config->nsources && !config->observe && r == 0; i++) {
		source = &config->sources[i];
		if (source->observe)
			continue;
		r = each_of_list(config, i, &source->domains, &listing, each,
		    arg);
		if (r == 0)
			r = each_of_list(config, i, &source->also_sign,
			    &listing, each, arg);
	}
	listing_free(&listing);
	return r;
}

struct warnings {
	const struct config	*config;
	FILE			*out;
	size_t			 n;
};

void
config_keyless_fix(const char *command, bool is_mounted, const char *domain,
    char *fix, size_t size)
{
	const bool is_pattern = strncmp(domain, "*.", 2) == 0;
	const char *name = is_pattern ? domain + 2 : domain;

	if (is_pattern)
		(void)snprintf(fix, size, "no key signs for all subdomains "
		    "unless the source also names \"%s\": add it to domains",
		    name);
	else if (is_mounted)
		(void)snprintf(fix, size, "put them into the volume that is "
		    "mounted at keydir");
	else
		(void)snprintf(fix, size, "create them with '%s add %s'",
		    command, name);
}

static int
warn_of(const struct source *source, const char *domain, void *arg)
{
	struct warnings *warnings = arg;
	const struct config *config = warnings->config;
	struct config_place place;
	char command[PATH_MAX + 32], fix[CONFIG_KEYLESS_FIX_SIZE];

	if (warnings->n++ >= CONFIG_MAX_WARNINGS)
		return 0;
	(void)snprintf(command, sizeof(command), "countersign-key%s%s",
	    config_option(config->file), config_option_file(config->file));
	config_keyless_fix(command, config->keydir_mounted, domain, fix,
	    sizeof(fix));
	place = config_place(config, source->line);
	(void)fprintf(warnings->out, "%s:%u: warning: source \"%s\" names %s, "
	    "which has no keys in %s, so its mail is not signed: %s\n",
	    place.file, place.line, source->name, domain, config->keydir, fix);
	return 0;
}

void
config_warn_of_keyless(const struct config *config, FILE *out)
{
	struct warnings warnings = { .config = config, .out = out };

	(void)config_each_keyless(config, config->keydir, warn_of, &warnings);
	if (warnings.n > CONFIG_MAX_WARNINGS)
		(void)fprintf(out, "%s: %zu more domains have no keys\n",
		    config->file, warnings.n - CONFIG_MAX_WARNINGS);
}
