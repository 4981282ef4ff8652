/* SPDX-License-Identifier: ISC */

/*
 * Read opendkim.conf(5), and recognize it.
 *
 * A line has the name of a parameter, in any case, and its value; the last one
 * of a name counts.  Include is followed, five levels deep.  Keys come from
 * either
 *
 *	KeyTable, SigningTable		data sets: see opendkim.c
 *	Domain, Selector, KeyFile	one key for the domains of a data set
 *
 * and the former take precedence.  A data set is a file, or a list separated by
 * commas, as opendkim(8) says; databases cannot be read, and are noted.
 *
 * Relative paths are relative to BaseDirectory or, if it is not set, to the
 * directory of the first configuration file.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"
#include "import/lines.h"
#include "import/opendkim.h"

#define MAX_DEPTH	5	/* of included files */
#define MAX_INCLUDES	100	/* included files */
#define MAX_PATH	4096	/* octets, NUL included */

enum parameter {
	BASE_DIRECTORY, CHANGE_ROOT, DOMAIN, INCLUDE, KEY_FILE, KEY_TABLE,
	MODE, MULTIPLE_SIGNATURES, SELECTOR, SIGNING_TABLE, SUB_DOMAINS,
	/* These only show what the file is. */
	CANONICALIZATION, PID_FILE, SOCKET, SYSLOG, USER_ID,
	NPARAMETERS
};

static const char *const names[NPARAMETERS] = {
	[BASE_DIRECTORY] = "BaseDirectory",
	[CANONICALIZATION] = "Canonicalization",
	[CHANGE_ROOT] = "ChangeRootDirectory",
	[DOMAIN] = "Domain",
	[INCLUDE] = "Include",
	[KEY_FILE] = "KeyFile",
	[KEY_TABLE] = "KeyTable",
	[MODE] = "Mode",
	[MULTIPLE_SIGNATURES] = "MultipleSignatures",
	[PID_FILE] = "PidFile",
	[SELECTOR] = "Selector",
	[SIGNING_TABLE] = "SigningTable",
	[SOCKET] = "Socket",
	[SUB_DOMAINS] = "SubDomains",
	[SYSLOG] = "Syslog",
	[USER_ID] = "UserID"
};

struct option {
	struct import_place	 place;
	char			*value;		/* NULL: not set */
};

struct conf {
	struct import_plan		*plan;
	const struct import_files	*files;
	const char			*file;	/* the first one */
	unsigned int			 nincludes;
	struct option			 options[NPARAMETERS];
};

/* A data set that was read; file holds or is zeroed. */
struct dataset {
	struct import_file	 file;
	char			*list, path[MAX_PATH];
	struct import_table	 table;
};

static void	read_text(struct conf *conf, const char *file,
		    const char *text, size_t len, unsigned int depth);

static enum parameter
find_parameter(const char *name)
{
	size_t i;

	for (i = 0; i < NPARAMETERS; i++)
		if (strcasecmp(name, names[i]) == 0)
			break;
	return (enum parameter)i;
}

/* Up to the last slash, the directory for relative paths. */
static const char *
base_folder(const struct conf *conf, char folder[MAX_PATH])
{
	const char *base = conf->options[BASE_DIRECTORY].value;

	if (base == NULL || snprintf(folder, MAX_PATH, "%s/", base) >=
	    MAX_PATH)
		return conf->file;
	return folder;
}

/* Returns false, with a note, if the path is too long. */
static bool
make_path(struct conf *conf, const struct import_place *place,
    const char *value, char path[MAX_PATH])
{
	char buf[MAX_PATH];
	const char *folder, *slash;
	int n;

	folder = base_folder(conf, buf);
	slash = strrchr(folder, '/');
	n = snprintf(path, MAX_PATH, "%.*s%s", value[0] == '/' ||
	    slash == NULL ? 0 : (int)(slash + 1 - folder), folder, value);
	if (n >= 0 && n < MAX_PATH)
		return true;
	import_plan_note(conf->plan, *place, true,
	    "the path is over %d octets", MAX_PATH - 1);
	return false;
}

static void
set(struct conf *conf, enum parameter parameter, struct import_place place,
    const char *value)
{
	struct option *option = &conf->options[parameter];

	/* By mistake, it may be a key. */
	import_plan_wipe(option->value);
	option->place = place;
	if ((option->value = strdup(value)) == NULL)
		conf->plan->is_cut = true;
}

static void
include(struct conf *conf, const struct import_place *place,
    const char *value, unsigned int depth)
{
	struct import_file file;
	char path[MAX_PATH], why[MAX_PATH + 128];

	if (depth == MAX_DEPTH || conf->nincludes == MAX_INCLUDES)
		import_plan_note(conf->plan, *place, true, "Include %s: not "
		    "read: more than %d levels or %d files are included",
		    value, MAX_DEPTH, MAX_INCLUDES);
	else if (!make_path(conf, place, value, path))
		return;
	else if (!conf->files->read(conf->files->arg, path, &file, why,
	    sizeof(why)))
		import_plan_note(conf->plan, *place, true, "Include %s", why);
	else {
		conf->nincludes++;
		read_text(conf, path, file.text, file.len, depth + 1);
		import_file_finish(&file);
	}
}

static void
read_text(struct conf *conf, const char *file, const char *text, size_t len,
    unsigned int depth)
{
	struct import_lines *lines;
	enum parameter parameter;
	char *value;

	if ((lines = malloc(sizeof(*lines))) == NULL) {
		conf->plan->is_cut = true;
		return;
	}
	import_lines_init(lines, conf->plan,
	    import_plan_file(conf->plan, file), text, len);
	while (import_lines_next(lines)) {
		value = import_lines_cut(lines->line);
		parameter = find_parameter(lines->line);
		if (parameter == NPARAMETERS)
			continue;
		if (*value == '\0')
			import_plan_note(conf->plan, lines->place, true,
			    "%s: has no value", names[parameter]);
		else if (parameter == INCLUDE)
			include(conf, &lines->place, value, depth);
		else
			set(conf, parameter, lines->place, value);
	}
	import_lines_finish(lines);
	free(lines);
}

static void
finish_dataset(struct dataset *set)
{
	import_file_finish(&set->file);
	import_plan_wipe(set->list);
	set->list = NULL;
}

/* "a,b=c" becomes lines "a" and "b c". */
static bool
split_list(struct conf *conf, const struct option *option, const char *value,
    struct dataset *set)
{
	bool is_value = false;
	char *c;

	if ((set->list = strdup(value)) == NULL) {
		conf->plan->is_cut = true;
		return false;
	}
	for (c = set->list; *c != '\0'; c++)
		if (*c == ',') {
			*c = '\n';
			is_value = false;
		} else if (*c == '=' && !is_value) {
			*c = ' ';
			is_value = true;
		}
	set->table = (struct import_table){ .file = option->place.file,
	    .line = option->place.line, .text = set->list,
	    .len = strlen(set->list) };
	return true;
}

static bool
is_database(const char *value)
{
	static const char *const types[] = {
		"db:", "dsn:", "erlang:", "ldap:", "ldapi:", "ldaps:", "lua:",
		"mdb:", "memcache:"
	};
	size_t i, len;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strncmp(value, types[i], strlen(types[i])) == 0)
			return true;
	len = strlen(value);
	return len > 3 && strcmp(value + len - 3, ".db") == 0 &&
	    strchr(value, ',') == NULL && strchr(value, ':') == NULL;
}

/* Returns false, with a note, if the data set cannot be read. */
static bool
read_dataset(struct conf *conf, enum parameter parameter, struct dataset *set)
{
	const struct option *option = &conf->options[parameter];
	const char *path, *value = option->value;
	char why[MAX_PATH + 128];

	memset(set, 0, sizeof(*set));
	if (is_database(value)) {
		import_plan_note(conf->plan, option->place, true, "%s %s: a "
		    "data set of this type cannot be read: export it to a "
		    "file", names[parameter], value);
		return false;
	}
	if (strncmp(value, "csl:", 4) == 0)
		return split_list(conf, option, value + 4, set);
	path = import_opendkim_path(value);
	if (path == NULL || (path == value && *path != '/'))
		return split_list(conf, option, value, set);
	if (!make_path(conf, &option->place, path, set->path))
		return false;
	if (!conf->files->read(conf->files->arg, set->path, &set->file, why,
	    sizeof(why))) {
		import_plan_note(conf->plan, option->place, true, "%s %s",
		    names[parameter], why);
		return false;
	}
	set->table = (struct import_table){ .file = set->path,
	    .text = set->file.text, .len = set->file.len };
	return true;
}

static bool
is_true(const struct option *option)
{
	return option->value != NULL &&
	    strchr("tTyY1", option->value[0]) != NULL;
}

static void
read_tables(struct conf *conf)
{
	const struct option *options = conf->options;
	struct import_opendkim given = { .selector = NULL };
	struct dataset keys, senders;
	char folder[MAX_PATH];

	if (options[KEY_FILE].value != NULL || options[DOMAIN].value != NULL)
		import_plan_note(conf->plan, options[options[KEY_FILE].value ==
		    NULL ? DOMAIN : KEY_FILE].place, false, "Domain, Selector "
		    "and KeyFile: not read, because OpenDKIM ignores them if "
		    "KeyTable is set");
	if (!read_dataset(conf, KEY_TABLE, &keys))
		return;
	memset(&senders, 0, sizeof(senders));
	if (options[SIGNING_TABLE].value == NULL)
		import_plan_note(conf->plan, options[KEY_TABLE].place, false,
		    "SigningTable is not set: sources are proposed for the "
		    "domains of the keys");
	else if (!read_dataset(conf, SIGNING_TABLE, &senders))
		conf->plan->has_senders = true;
	conf->plan->is_first_only = !is_true(&options[MULTIPLE_SIGNATURES]);
	given.keytable = keys.table;
	given.signingtable = senders.table;
	if (options[BASE_DIRECTORY].value != NULL)
		given.folder = base_folder(conf, folder);
	import_opendkim(conf->plan, &given);
	finish_dataset(&senders);
	finish_dataset(&keys);
}

/* Add the key for a domain, and its senders. */
static void
add_domain(struct conf *conf, struct import_place place, const char *domain,
    const char *path)
{
	char pattern[DKIMSIG_DOMAIN_SIZE + 2];
	size_t key;

	if (strchr(domain, '*') != NULL) {
		import_plan_note(conf->plan, place, true, "Domain %s: a "
		    "pattern, not a domain: import the key for each domain "
		    "with 'import pem'", domain);
		return;
	}
	key = import_plan_key(conf->plan, place, domain,
	    conf->options[SELECTOR].value, path, NULL);
	(void)import_plan_sender(conf->plan, place, domain, NULL, key);
	if (is_true(&conf->options[SUB_DOMAINS]) &&
	    snprintf(pattern, sizeof(pattern), "*.%s", domain) <
	    (int)sizeof(pattern))
		(void)import_plan_sender(conf->plan, place, pattern, NULL,
		    key);
}

/* One key for the domains of a data set. */
static void
read_domains(struct conf *conf)
{
	static const enum parameter needed[] = { DOMAIN, SELECTOR, KEY_FILE };
	const struct option *options = conf->options;
	struct import_place place = { .file = conf->file };
	struct import_lines *lines;
	struct dataset set;
	char path[MAX_PATH];
	size_t i;
	bool good = true;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (options[needed[i]].value == NULL) {
			import_plan_note(conf->plan, place, true, "%s is not "
			    "set: set it, or import the key with 'import "
			    "pem'", names[needed[i]]);
			good = false;
		}
	if (!good || !make_path(conf, &options[KEY_FILE].place,
	    options[KEY_FILE].value, path) ||
	    !read_dataset(conf, DOMAIN, &set))
		return;
	conf->plan->has_senders = true;
	if ((lines = malloc(sizeof(*lines))) == NULL)
		conf->plan->is_cut = true;
	else {
		import_lines_init(lines, conf->plan, import_plan_file(
		    conf->plan, set.table.file), set.table.text,
		    set.table.len);
		lines->is_option = set.table.line != 0;
		lines->place.line = set.table.line;
		while (import_lines_next(lines)) {
			(void)import_lines_cut(lines->line);
			add_domain(conf, lines->place, lines->line, path);
		}
		import_lines_finish(lines);
		free(lines);
	}
	finish_dataset(&set);
}

static void
read_keys(struct conf *conf)
{
	const struct option *options = conf->options;
	const struct import_place place = { .file = conf->file };

	if (options[MODE].value != NULL &&
	    strpbrk(options[MODE].value, "sS") == NULL) {
		import_plan_note(conf->plan, options[MODE].place, false,
		    "Mode %s: this OpenDKIM only verifies and signs nothing",
		    options[MODE].value);
		return;
	}
	if (options[CHANGE_ROOT].value != NULL)
		import_plan_note(conf->plan, options[CHANGE_ROOT].place, false,
		    "ChangeRootDirectory: paths are read as they are, not "
		    "below %s", options[CHANGE_ROOT].value);
	if (options[KEY_TABLE].value != NULL)
		read_tables(conf);
	else if (options[SIGNING_TABLE].value != NULL)
		import_plan_note(conf->plan, options[SIGNING_TABLE].place,
		    true, "SigningTable is set, but not KeyTable: no key is "
		    "named");
	else if (options[DOMAIN].value != NULL ||
	    options[SELECTOR].value != NULL || options[KEY_FILE].value != NULL)
		read_domains(conf);
	else
		import_plan_note(conf->plan, place, true, "names no key: "
		    "neither KeyTable nor Domain, Selector and KeyFile are "
		    "set: if they are options on the command line of opendkim "
		    "(-d, -s, -k), import the key with 'import pem'");
}

void
import_opendkim_conf(struct import_plan *plan, const char *file,
    const char *text, size_t len, const struct import_files *files)
{
	struct conf conf = { .plan = plan, .files = files };
	size_t i;

	conf.file = import_plan_file(plan, file);
	read_text(&conf, file, text, len, 0);
	read_keys(&conf);
	for (i = 0; i < NPARAMETERS; i++)
		import_plan_wipe(conf.options[i].value);
}

/* Whether a value is DOMAIN:SELECTOR:KEY. */
static bool
is_row(const char *value)
{
	const char *colon = strchr(value, ':');

	return colon != NULL && colon != value && colon[1] != ':' &&
	    strchr(colon + 1, ':') != NULL;
}

enum import_kind
import_opendkim_kind(const char *text, size_t len)
{
	struct import_lines *lines;
	struct import_plan scratch;
	enum import_kind kind = IMPORT_KEYTABLE;
	bool has_pattern = false, has_row = false;
	char *value;

	if ((lines = malloc(sizeof(*lines))) == NULL)
		return IMPORT_KEYTABLE;
	import_plan_init(&scratch);
	import_lines_init(lines, &scratch, "", text, len);
	while (kind == IMPORT_KEYTABLE && import_lines_next(lines)) {
		if (strncmp(lines->line, "-----BEGIN ", 11) == 0)
			kind = IMPORT_PEM;
		value = import_lines_cut(lines->line);
		if (is_row(value))
			has_row = true;
		else if (find_parameter(lines->line) != NPARAMETERS)
			kind = IMPORT_CONF;
		else if (*value != '\0' && strpbrk(lines->line, "*@") != NULL)
			has_pattern = true;
	}
	if (kind == IMPORT_KEYTABLE && has_pattern && !has_row)
		kind = IMPORT_SIGNINGTABLE;
	import_lines_finish(lines);
	free(lines);
	import_plan_finish(&scratch);
	return kind;
}
