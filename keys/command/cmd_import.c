/* SPDX-License-Identifier: ISC */

/*
 * countersign-key import: import the keys of OpenDKIM or rspamd, or one key in
 * PEM.
 *
 * The files of the other signer are first read into a plan, without regard to
 * the key store.  Then each key is stored by itself: if one is refused, the
 * others are still imported.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "command/become.h"
#include "command/lease.h"
#include "command/tool.h"
#include "import/file.h"
#include "import/opendkim.h"
#include "import/plan.h"
#include "import/report.h"
#include "import/rspamd.h"
#include "import/sources.h"
#include "import/store.h"

/* Prints an error and returns false if the table cannot be read. */
static bool
read_table(const char *path, struct import_file *file)
{
	char why[4096];

	if (import_file_read(path, IMPORT_MAX_TABLE, file, why, sizeof(why)))
		return true;
	warnx("%s", why);
	return false;
}

static bool
read_named(void *arg, const char *path, struct import_file *file, char *buf,
    size_t bufsize)
{
	(void)arg;
	return import_file_read(path, IMPORT_MAX_TABLE, file, buf, bufsize);
}

static bool
search_files(void *arg, struct import_search *search)
{
	(void)arg;
	return import_file_search(search);
}

static const struct import_files import_files = {
	.read = read_named, .search = search_files
};

/* Take what the first file is; prints an error if it is not right there. */
static bool
plan_first(struct import_plan *plan, struct import_opendkim *given)
{
	const struct import_table *first = &given->keytable;
	const char *why;

	switch (import_opendkim_kind(first->text, first->len)) {
	case IMPORT_CONF:
		if (given->signingtable.text == NULL) {
			import_opendkim_conf(plan, first->file, first->text,
			    first->len, &import_files);
			return true;
		}
		why = "opendkim.conf, which names its SigningTable itself: "
		    "give no other file";
		break;
	case IMPORT_SIGNINGTABLE:
		why = "a SigningTable: give opendkim.conf, or the KeyTable "
		    "and then the SigningTable";
		break;
	case IMPORT_PEM:
		why = "a key: use 'import pem DOMAIN SELECTOR FILE'";
		break;
	default:
		import_opendkim(plan, given);
		return true;
	}
	warnx("%s: this is %s", first->file, why);
	return false;
}

static bool
plan_opendkim(struct import_plan *plan, int argc, char **argv)
{
	struct import_opendkim given;
	struct import_table *table;
	struct import_file files[2];
	bool good;
	int i;

	memset(files, 0, sizeof(files));
	memset(&given, 0, sizeof(given));
	good = true;
	for (i = 0; i < argc && good; i++) {
		table = i == 0 ? &given.keytable : &given.signingtable;
		table->file = import_opendkim_path(argv[i]);
		if (table->file == NULL) {
			warnx("%s: cannot read a table of this type: only "
			    "file: and refile: can be read: export it to one "
			    "of these",
			    argv[i]);
			good = false;
		} else
			good = read_table(table->file, &files[i]);
		table->text = files[i].text;
		table->len = files[i].len;
	}
	good = good && plan_first(plan, &given);
	import_file_finish(&files[0]);
	import_file_finish(&files[1]);
	return good;
}

static bool
plan_rspamd(struct import_plan *plan, int argc, char **argv)
{
	struct import_file file;

	(void)argc;
	if (!read_table(argv[0], &file))
		return false;
	import_rspamd(plan, argv[0], file.text, file.len, &import_files);
	import_file_finish(&file);
	return true;
}

static bool
plan_pem(struct import_plan *plan, int argc, char **argv)
{
	struct import_place place = { .line = 0 };

	(void)argc;
	place.file = import_plan_file(plan, argv[2]);
	(void)import_plan_key(plan, place, argv[0], argv[1], argv[2], NULL);
	return true;
}

static const struct format {
	const char	*name;
	int		 min, max;	/* operands after the name */
	bool		(*plan)(struct import_plan *, int, char **);
} formats[] = {
	{ "opendkim",	1, 2, plan_opendkim },
	{ "rspamd",	1, 1, plan_rspamd },
	{ "pem",	3, 3, plan_pem }
};
#define NFORMATS	(sizeof(formats) / sizeof(formats[0]))

static const struct format *
find_format(int argc, char **argv)
{
	char domain[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];
	size_t i;

	for (i = 0; i < NFORMATS; i++)
		if (strcmp(argv[0], formats[i].name) == 0)
			break;
	if (i == NFORMATS)
		warnx("import %s: give opendkim, rspamd or pem", argv[0]);
	else if (argc - 1 < formats[i].min || argc - 1 > formats[i].max)
		warnx("import %s: too %s operands: see 'countersign-key "
		    "help'", argv[0], argc - 1 < formats[i].min ? "few" :
		    "many");
	else if (formats[i].plan != plan_pem || (tool_domain(argv[1],
	    domain) && tool_selector(argv[2], selector)))
		return &formats[i];
	return NULL;
}

/* Returns the exit status; if it is not TOOL_DONE, prints why. */
static int
exit_status(const struct import_plan *plan, const struct import_report *report)
{
	size_t i, nlost;

	nlost = report->count[IMPORT_REFUSED];
	for (i = 0; i < plan->nnotes; i++)
		nlost += plan->notes[i].is_loss;
	if (plan->is_cut)
		warnx("some keys were not read: out of memory, or more than "
		    "%d keys, senders or notes", IMPORT_MAX_ROWS);
	else if (nlost > 0)
		warnx("%zu %s not imported: the %s why", nlost,
		    nlost == 1 ? "key or line was" : "keys or lines were",
		    report->json ? "output says" : "table says");
	else if (plan->nkeys == 0)
		warnx("no key to import was found");
	else
		return TOOL_DONE;
	return TOOL_FAILED;
}

/* Store the keys of a plan, and print the report.  Returns the exit status. */
static int
store_plan(struct tool *tool, struct import_plan *plan)
{
	const struct import_into into = {
		.ks = tool->ks, .now = tool->now, .wait_s = tool->wait_s,
		.force = tool->force, .dry_run = tool->dry_run
	};
	struct import_report report = {
		.fp = stdout, .command = tool->command, .json = tool->json,
		.dry_run = tool->dry_run
	};
	struct import_result result;
	struct import_sources sources;
	struct ks_error error;
	size_t i;

	if (!tool->dry_run && plan->nkeys > 0 &&
	    lease_begin(tool, NULL, NULL, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	import_report_begin(&report);
	for (i = 0; i < plan->nkeys; i++) {
		import_store(&into, &plan->keys[i], &result);
		import_report_key(&report, &plan->keys[i], &result);
		plan->keys[i].is_new = result.outcome == IMPORT_STORED;
		plan->keys[i].is_refused = result.outcome == IMPORT_REFUSED;
	}
	import_sources_make(&sources, plan, tool->ks);
	import_report_end(&report, plan, &sources);
	import_sources_finish(&sources);
	return exit_status(plan, &report);
}

int
cmd_import(struct tool *tool, int argc, char **argv)
{
	struct import_plan plan;
	const struct format *format;
	int status;

	if ((format = find_format(argc, argv)) == NULL)
		return TOOL_USAGE;
	import_plan_init(&plan);
	status = TOOL_FAILED;
	if (format->plan(&plan, argc - 1, argv + 1))
		status = store_plan(tool, &plan);
	import_plan_finish(&plan);
	/* All files of others are read: root is of no further use. */
	return become_owner(tool) ? status : TOOL_FAILED;
}
