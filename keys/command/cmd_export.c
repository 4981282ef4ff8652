/* SPDX-License-Identifier: ISC */

/*
 * countersign-key export: print the records that should be in DNS, in one of
 * the formats of export_format.h.
 *
 * An output file is replaced in one step, and only if every record could be
 * made: if the zone loses a record, signatures fail.  On standard output, the
 * others are printed, and the exit status tells.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/replace_file.h"
#include "command/domain_list.h"
#include "command/export_format.h"
#include "command/tool.h"
#include "config/config.h"
#include "life/key_phase.h"

#define RECORDS_MODE	0644	/* records are public */

struct export {
	const struct tool		*tool;
	const struct export_format	*format;
	struct export_list		 list;
	int				 status;
};

static void
fail(struct export *export, const char *why)
{
	warnx("%s", why);
	export->status = TOOL_FAILED;
}

static bool
is_below(const char *name, const char *zone)
{
	const size_t namelen = strlen(name), zonelen = strlen(zone);

	return namelen > zonelen && name[namelen - zonelen - 1] == '.' &&
	    strcmp(name + namelen - zonelen, zone) == 0;
}

/* The zone that has the record, as far as can be told without asking. */
static const char *
zone_of(const char *name, const char *domain, const char *cname_zone)
{
	if (is_below(name, domain))
		return domain;
	if (cname_zone != NULL && is_below(name, cname_zone))
		return cname_zone;
	/* A cname_zone that is no longer configured. */
	return strchr(name, '.') + 1;
}

static void
add_record(struct export *export, const char *domain,
    const struct ks_key *key, const struct record *record)
{
	const struct rotation *rotation =
	    config_rotation(export->tool->config, domain);
	struct export_list *list = &export->list;
	struct export_record *records, *new;

	records = recallocarray(list->records, list->n, list->n + 1,
	    sizeof(*records));
	if (records == NULL) {
		fail(export, "out of memory");
		return;
	}
	list->records = records;
	new = &records[list->n++];
	new->status = key_status(key, export->tool->now);
	new->ttl = rotation->ttl;
	new->value = strdup(record->txt);
	new->strings = strdup(record->zone);
	(void)strlcpy(new->domain, domain, sizeof(new->domain));
	(void)strlcpy(new->selector, key->selector, sizeof(new->selector));
	(void)strlcpy(new->name, record->name, sizeof(new->name));
	(void)strlcpy(new->zone, zone_of(record->name, domain,
	    rotation->cname_zone), sizeof(new->zone));
	if (new->value == NULL || new->strings == NULL) {
		fail(export, "out of memory");
		free(new->value);
		free(new->strings);
		list->n--;
	}
}

static void
add_domain(struct export *export, const char *domain)
{
	struct ks_error error;
	struct ks_state state;
	struct record record;
	const struct ks_key *key;
	size_t i;

	if (ks_state_read(export->tool->ks, domain, &state, &error) != 0) {
		fail(export, error.text);
		return;
	}
	for (i = 0; i < state.nkeys; i++) {
		key = &state.keys[i];
		if (key->removed != KS_NEVER)
			continue;
		if (record_load(export->tool->ks, domain, key,
		    key->revoked != KS_NEVER, &record, &error) != 0)
			fail(export, error.text);
		else
			add_record(export, domain, key, &record);
	}
	ks_state_finish(&state);
}

/* Replace the file, unless a record is missing. */
static void
print_to_file(struct export *export)
{
	struct replace_file file;
	struct ks_error error;

	if (replace_file_begin(&file, export->tool->output, error.text,
	    sizeof(error.text)) != 0) {
		fail(export, error.text);
		return;
	}
	if (export->status != TOOL_DONE) {
		replace_file_abandon(&file);
		warnx("%s: left unchanged", export->tool->output);
		return;
	}
	export->format->print(file.fp, &export->list);
	if (replace_file_end(&file, RECORDS_MODE, error.text,
	    sizeof(error.text)) != 0)
		fail(export, error.text);
}

/* A zone is a file with octoDNS, so that of two one would be lost. */
static bool
has_one_zone(const struct export_list *list)
{
	const struct export_record *first = list->records;
	size_t i;

	for (i = 1; i < list->n; i++)
		if (strcmp(list->records[i].zone, first->zone) != 0) {
			warnx("records of %s are in zone %s, those of %s in "
			    "%s: export the domains of one zone at a time",
			    first->domain, first->zone,
			    list->records[i].domain, list->records[i].zone);
			return false;
		}
	return true;
}

static bool
choose_format(struct export *export)
{
	const char *name = export->tool->format;

	if (name != NULL && export->tool->json) {
		warnx("export: --json and --format exclude each other");
		return false;
	}
	if (name == NULL)
		name = export->tool->json ? "json" : "zone";
	if ((export->format = export_format_find(name)) != NULL)
		return true;
	warnx("export: --format %s: use zone, json, octodns or dnscontrol",
	    name);
	return false;
}

static void
export_all(struct export *export, const struct domain_list *domains)
{
	size_t i;

	for (i = 0; i < domains->n; i++)
		add_domain(export, domains->names[i]);
	if (export->format->has_one_zone && !has_one_zone(&export->list))
		export->status = TOOL_FAILED;
	else if (export->tool->output != NULL)
		print_to_file(export);
	else
		export->format->print(stdout, &export->list);
	for (i = 0; i < export->list.n; i++) {
		free(export->list.records[i].value);
		free(export->list.records[i].strings);
	}
	free(export->list.records);
}

int
cmd_export(struct tool *tool, int argc, char **argv)
{
	struct export export = {
		.tool = tool, .list = { .now = tool->now }
	};
	struct domain_list domains;

	if (!choose_format(&export))
		return TOOL_USAGE;
	export.status = domain_list_init(&domains, tool, argc, argv);
	if (export.status == TOOL_DONE)
		export_all(&export, &domains);
	domain_list_finish(&domains);
	return export.status;
}
