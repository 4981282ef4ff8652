/* SPDX-License-Identifier: ISC */

/*
 * The keys that rspamd's DKIM signing module uses for each domain, according to
 * dkim_signing.conf or to "rspamadm configdump -j dkim_signing".
 *
 *	selector, path		for all domains; "$domain" and "$selector" in
 *				a path are replaced
 *	selector_map, path_map	files; a line has a domain, and its selector
 *				or path
 *	domain NAME { selector, path, selectors [ { selector, path } ] }
 *	signing_table, key_table	see rspamd_table.c; if both are set,
 *				nothing else counts
 *
 * What the section of a domain does not set comes from the maps, and what they
 * do not set is that for all domains.  Other domains are found by the names of
 * the key files, unless try_fallback is false.
 */

#include "import/rspamd.h"

#include <sys/tree.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/lines.h"
#include "import/rspamd_table.h"
#include "import/ucl.h"

#define DEFAULT_SELECTOR	"dkim"
#define DEFAULT_PATH		"/var/lib/rspamd/dkim/$domain.$selector.key"
#define MAX_ELEMENTS		1000	/* in a list of selectors */

/* A domain, or an element of selectors in its section. */
struct domain {
	RB_ENTRY(domain)	 entry;
	struct import_place	 place;
	char	*name;
	unsigned int element;			/* from 1; 0: no element */
	char	*selector, *path;		/* in its section, or NULL */
	char	*map_selector, *map_path;	/* in the maps, or NULL */
};
RB_HEAD(import_domain_tree, domain);

struct rspamd {
	struct import_plan		*plan;
	struct import_place		 place;
	const struct import_files	*files;
	struct import_domain_tree	 domains;
	char	*selector, *path;
	struct rspamd_table		 signing_table, key_table;
	bool	 no_fallback;		/* sign for no other domains */
	bool	 no_subdomains;		/* for none of their subdomains */
	struct import_search		 search;	/* for key files */
};

static int
compare(const struct domain *a, const struct domain *b)
{
	int r = strcasecmp(a->name, b->name);

	return r != 0 ? r : (a->element > b->element) -
	    (a->element < b->element);
}

RB_PROTOTYPE(import_domain_tree, domain, entry, compare)
RB_GENERATE(import_domain_tree, domain, entry, compare)

static void
set(struct rspamd *rspamd, char **option, const char *value)
{
	import_plan_wipe(*option);
	if ((*option = strdup(value)) == NULL)
		rspamd->plan->is_cut = true;
}

/* Find a domain or element, or add it.  NULL if out of memory. */
static struct domain *
find_domain(struct rspamd *rspamd, struct import_place place,
    const char *name, unsigned int element)
{
	struct domain *domain, *found;

	if ((domain = calloc(1, sizeof(*domain))) == NULL ||
	    (domain->name = strdup(name)) == NULL) {
		free(domain);
		rspamd->plan->is_cut = true;
		return NULL;
	}
	domain->place = place;
	domain->element = element;
	found = RB_INSERT(import_domain_tree, &rspamd->domains, domain);
	if (found == NULL)
		return domain;
	free(domain->name);
	free(domain);
	return found;
}

static void
add_key(struct rspamd *rspamd, struct import_place place, const char *domain,
    const char *selector, const char *template)
{
	char path[RSPAMD_MAX_PATH];

	if (selector == NULL)
		selector = rspamd->selector == NULL ? DEFAULT_SELECTOR :
		    rspamd->selector;
	if (template == NULL)
		template = rspamd->path == NULL ? DEFAULT_PATH :
		    rspamd->path;
	if (!rspamd_expand(template, domain, selector, path))
		import_plan_note(rspamd->plan, place, true, "%s: the path of "
		    "its key is over %d octets", domain, RSPAMD_MAX_PATH - 1);
	else if (path[0] != '/')
		/* Do not print it: it may be the key itself. */
		import_plan_note(rspamd->plan, place, true, "%s: the path of "
		    "its key does not begin with /", domain);
	else
		(void)import_plan_key(rspamd->plan, place, domain, selector,
		    path, NULL);
}

/* Take a line of a map: a domain, and its path or selector. */
static void
read_mapping(struct rspamd *rspamd, struct import_place place,
    const char *name, const char *value, bool is_path)
{
	struct domain *domain;
	char **option;

	if (strcspn(name, "*?[/^(\\") != strlen(name)) {
		import_plan_note(rspamd->plan, place, true, "%s: a pattern, "
		    "not a domain: import the keys that it stands for with "
		    "'import pem'", name);
		return;
	}
	if (*value == '\0') {
		import_plan_note(rspamd->plan, place, true, "%s: has no %s",
		    name, is_path ? "path" : "selector");
		return;
	}
	if ((domain = find_domain(rspamd, place, name, 0)) == NULL)
		return;
	option = is_path ? &domain->map_path : &domain->map_selector;
	if (*option == NULL)
		set(rspamd, option, value);
}

static void
read_map_text(struct rspamd *rspamd, const char *path,
    const struct import_file *file, bool is_path)
{
	struct import_lines *lines;
	char *value;
	size_t len;

	if ((lines = malloc(sizeof(*lines))) == NULL) {
		rspamd->plan->is_cut = true;
		return;
	}
	import_lines_init(lines, rspamd->plan,
	    import_plan_file(rspamd->plan, path), file->text, file->len);
	while (import_lines_next(lines)) {
		value = import_lines_cut(lines->line);
		len = strlen(value);
		if (len > 1 && (*value == '"' || *value == '\'') &&
		    value[len - 1] == *value) {
			value[len - 1] = '\0';
			value++;
		}
		read_mapping(rspamd, lines->place, lines->line, value,
		    is_path);
	}
	import_lines_finish(lines);
	free(lines);
}

static void
read_map(struct rspamd *rspamd, const char *url, bool is_path)
{
	struct import_file file;
	char path[RSPAMD_MAX_PATH], why[RSPAMD_MAX_PATH + 128];

	if (!rspamd_map_path(rspamd->plan, rspamd->place, url, path))
		return;
	if (!rspamd->files->read(rspamd->files->arg, path, &file, why,
	    sizeof(why))) {
		import_plan_note(rspamd->plan, rspamd->place, true, "map %s",
		    why);
		return;
	}
	read_map_text(rspamd, path, &file, is_path);
	import_file_finish(&file);
}

/* Take an option in the section of a domain, names[0]. */
static void
read_domain(struct rspamd *rspamd, char (*names)[UCL_MAX_NAME],
    size_t nnames, const char *value)
{
	const char *option = names[nnames - 1];
	struct domain *domain;
	const char *why = NULL;
	unsigned int element = 0;

	if (strcmp(option, "path") != 0 && strcmp(option, "selector") != 0)
		return;
	if (nnames == 4 && strcmp(names[1], "selectors") == 0)
		element = 1 + (unsigned int)strtonum(names[2], 0,
		    MAX_ELEMENTS - 1, &why);
	if (why != NULL || (nnames != 2 && element == 0)) {
		import_plan_note(rspamd->plan, rspamd->place, true, "%s: "
		    "neither an option of the domain nor one in a list of at "
		    "most %d selectors", names[0], MAX_ELEMENTS);
		return;
	}
	domain = find_domain(rspamd, rspamd->place, names[0],
	    element);
	if (domain != NULL)
		set(rspamd, *option == 'p' ? &domain->path :
		    &domain->selector, value);
}

static bool
is_yes(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "yes") == 0 ||
	    strcmp(value, "on") == 0;
}

/* Take an option that has a single value. */
static void
read_single(struct rspamd *rspamd, const char *option, const char *value)
{
	if (strcmp(option, "path") == 0)
		set(rspamd, &rspamd->path, value);
	else if (strcmp(option, "selector") == 0)
		set(rspamd, &rspamd->selector, value);
	else if (strcmp(option, "try_fallback") == 0)
		rspamd->no_fallback = !is_yes(value);
	else if (strcmp(option, "use_esld") == 0)
		rspamd->no_subdomains = !is_yes(value);
	else if (strcmp(option, "use_domain_custom") == 0)
		/* Do not print it: it is long. */
		import_plan_note(rspamd->plan, rspamd->place, false,
		    "use_domain_custom: a script chooses the domain that "
		    "signs, and it cannot be read: the domain in From decides "
		    "here: check the sources, and add another domain that has "
		    "to sign, too, to also_sign");
	else if (strncmp(option, "use_domain", strlen("use_domain")) == 0 &&
	    strcmp(value, "header") != 0)
		import_plan_note(rspamd->plan, rspamd->place, false,
		    "%s %s: the domain in From decides here: add another "
		    "domain that has to sign, too, to also_sign of a source",
		    option, value);
	else if ((strcmp(option, "use_redis") == 0 ||
	    strcmp(option, "use_vault") == 0) && is_yes(value))
		import_plan_note(rspamd->plan, rspamd->place, true, "%s: the "
		    "keys are not in files: write each to a file, and import "
		    "it with 'import pem'", option);
}

static void
read_global(struct rspamd *rspamd, char (*names)[UCL_MAX_NAME],
    size_t nnames, const char *value)
{
	const char *option = names[0], *last = names[nnames - 1];
	struct rspamd_table *table;
	const bool is_map = nnames == 1 || isdigit((unsigned char)*last) ||
	    strcmp(last, "url") == 0 || strcmp(last, "urls") == 0;

	if (strcmp(option, "path_map") == 0 ||
	    strcmp(option, "selector_map") == 0) {
		if (is_map)
			read_map(rspamd, value, *option == 'p');
	} else if (strcmp(option, "signing_table") == 0 ||
	    strcmp(option, "key_table") == 0) {
		table = *option == 's' ? &rspamd->signing_table :
		    &rspamd->key_table;
		table->is_named = true;
		if (is_map)
			rspamd_table_add(table, rspamd->plan, rspamd->place,
			    value, rspamd->files);
	} else if (nnames == 1)
		read_single(rspamd, option, value);
}

static void
read_option(void *arg, unsigned int line, char (*names)[UCL_MAX_NAME],
    size_t nnames, const char *value)
{
	struct rspamd *rspamd = arg;

	rspamd->place.line = line;
	if (nnames > 1 && strcmp(names[0], "dkim_signing") == 0) {
		names++;
		nnames--;
	}
	if (nnames >= 3 && strcmp(names[0], "domain") == 0)
		read_domain(rspamd, names + 1, nnames - 1, value);
	else
		read_global(rspamd, names, nnames, value);
}

/* Take a key file that exists: the domain is the text between both ends. */
static void
found_file(void *arg, const char *path)
{
	struct rspamd *rspamd = arg;
	char buf[RSPAMD_MAX_PATH];
	size_t after, before, len;

	before = strlen(rspamd->search.before);
	after = strlen(rspamd->search.after);
	len = strlen(path);
	if (len <= before + after || len - before - after >= sizeof(buf))
		return;
	memcpy(buf, path + before, len - before - after);
	buf[len - before - after] = '\0';
	(void)find_domain(rspamd, rspamd->place, buf, 0);
}

/* Find domains by the files whose names begin and end like this. */
static void
search_files(struct rspamd *rspamd, const char *before, const char *after)
{
	struct import_search *search = &rspamd->search;

	search->before = before;
	search->after = after;
	search->each = found_file;
	search->arg = rspamd;
	if (!rspamd->files->search(rspamd->files->arg, search)) {
		/* It is the default path, and not in use. */
		if (rspamd->path == NULL && search->is_missing &&
		    !RB_EMPTY(&rspamd->domains))
			return;
		import_plan_note(rspamd->plan, rspamd->place, true,
		    "cannot list key files %s*%s: %s: domains that only such "
		    "a file names are left out: make the directory readable, "
		    "or import their keys with 'import pem'", before, after,
		    search->why);
	} else if (RB_EMPTY(&rspamd->domains))
		import_plan_note(rspamd->plan, rspamd->place, true,
		    "%s*%s: no such file, and no domain is named: import each "
		    "key with 'import pem'", before, after);
}

/* Find domains by the key files that match the path for all domains. */
static void
list_files(struct rspamd *rspamd)
{
	char path[RSPAMD_MAX_PATH], *variable;

	if (rspamd->no_fallback && !RB_EMPTY(&rspamd->domains))
		return;
	if (!rspamd_expand(rspamd->path == NULL ? DEFAULT_PATH : rspamd->path,
	    NULL, rspamd->selector == NULL ? DEFAULT_SELECTOR :
	    rspamd->selector, path))
		return;
	rspamd->place.line = 0;
	variable = strstr(path, "$domain");
	if (variable == NULL && !RB_EMPTY(&rspamd->domains))
		return;
	if (path[0] != '/') {
		/* Do not print it: it may be the key itself. */
		import_plan_note(rspamd->plan, rspamd->place, true,
		    "the path for all domains does not begin with /: import "
		    "each key with 'import pem'");
		return;
	}
	if (variable == NULL) {
		import_plan_note(rspamd->plan, rspamd->place, true,
		    "%s: one key for all domains: import it for each with "
		    "'import pem'", path);
		return;
	}
	*variable = '\0';
	variable += strlen("$domain");
	/* A path that contains it twice cannot be searched for. */
	if (strstr(variable, "$domain") == NULL)
		search_files(rspamd, path, variable);
}

static void
finish(struct rspamd *rspamd)
{
	struct domain *domain, *next;

	RB_FOREACH_SAFE(domain, import_domain_tree, &rspamd->domains, next) {
		(void)RB_REMOVE(import_domain_tree, &rspamd->domains, domain);
		free(domain->name);
		import_plan_wipe(domain->selector);
		import_plan_wipe(domain->path);
		import_plan_wipe(domain->map_selector);
		import_plan_wipe(domain->map_path);
		free(domain);
	}
	rspamd_table_finish(&rspamd->signing_table);
	rspamd_table_finish(&rspamd->key_table);
	import_plan_wipe(rspamd->selector);
	import_plan_wipe(rspamd->path);
	free(rspamd);
}

/* Add the keys of all domains. */
static void
add_keys(struct rspamd *rspamd)
{
	struct domain *base = NULL, *domain, *next;

	RB_FOREACH(domain, import_domain_tree, &rspamd->domains) {
		/* A domain is followed by its elements. */
		if (base == NULL || strcasecmp(base->name, domain->name) != 0)
			base = domain;
		next = RB_NEXT(import_domain_tree, &rspamd->domains, domain);
		if (domain->element == 0 && domain->selector == NULL &&
		    domain->path == NULL && next != NULL &&
		    strcasecmp(next->name, domain->name) == 0)
			continue;
		add_key(rspamd, domain->place, domain->name,
		    domain->selector != NULL ? domain->selector :
		    base->map_selector,
		    domain->path != NULL ? domain->path : base->map_path);
	}
}

/*
 * Add the keys and senders of both tables.  If one could not be read, it is not
 * known who is signed for, so there are no sources.
 */
static void
read_tables(struct rspamd *rspamd, bool signs, bool has_keys)
{
	rspamd->plan->has_senders = true;
	if (!signs || !has_keys)
		import_plan_note(rspamd->plan, rspamd->place, true, "%s could "
		    "not be read: no source is proposed, because only both "
		    "tables say who is signed for", signs ? "key_table" :
		    "signing_table");
	if (has_keys)
		rspamd_tables_read(rspamd->plan, &rspamd->key_table,
		    &rspamd->signing_table, rspamd->selector == NULL ?
		    DEFAULT_SELECTOR : rspamd->selector);
	if (!RB_EMPTY(&rspamd->domains))
		import_plan_note(rspamd->plan, rspamd->place, false,
		    "rspamd uses only signing_table and key_table if both "
		    "are set: the keys of sections and maps are left out");
}

/* Add the keys, from the tables if both are set. */
static void
read_keys(struct rspamd *rspamd)
{
	const size_t before = rspamd->plan->nkeys;
	const bool signs = rspamd_table_is_set(&rspamd->signing_table);
	const bool has_keys = rspamd_table_is_set(&rspamd->key_table);

	rspamd->place.line = 0;
	if (rspamd->signing_table.is_named && rspamd->key_table.is_named) {
		read_tables(rspamd, signs, has_keys);
		return;
	}
	if (signs || has_keys)
		import_plan_note(rspamd->plan, rspamd->place, true,
		    "%s cannot be used without %s", signs ? "signing_table" :
		    "key_table", signs ? "key_table" : "signing_table");
	list_files(rspamd);
	add_keys(rspamd);
	if (!rspamd->no_subdomains && rspamd->plan->nkeys > before)
		import_plan_note(rspamd->plan, rspamd->place, false,
		    "use_esld: rspamd signs mail from subdomains as the "
		    "domain itself: add \"*.DOMAIN\" to domains of a source "
		    "whose subdomains send mail");
}

void
import_rspamd(struct import_plan *plan, const char *file, const char *text,
    size_t len, const struct import_files *files)
{
	struct rspamd *rspamd;

	if ((rspamd = calloc(1, sizeof(*rspamd))) == NULL) {
		plan->is_cut = true;
		return;
	}
	rspamd->plan = plan;
	rspamd->place.file = import_plan_file(plan, file);
	rspamd->files = files;
	RB_INIT(&rspamd->domains);
	import_ucl(plan, file, text, len, read_option, rspamd);
	read_keys(rspamd);
	finish(rspamd);
}
