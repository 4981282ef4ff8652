/* SPDX-License-Identifier: ISC */

/*
 * countersign-key export: print the records that should be in DNS, as a
 * fragment of a zone file (RFC 1035 section 5.1) for $INCLUDE, or as JSON.
 *
 * Names are fully qualified, so the fragment works with any origin.  An
 * output file is replaced in one step, and only if every record could be made:
 * if the zone loses a record, signatures fail.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "command/domain_list.h"
#include "command/tool.h"
#include "config/config.h"
#include "life/key_phase.h"
#include "rotate/replace_file.h"

struct export {
	const struct tool	*tool;
	FILE			*fp;
	size_t			 nrecords;
	int			 status;
};

static void
print_record(struct export *export, const char *domain,
    const struct ks_key *key, const struct record *record, int64_t ttl)
{
	if (!export->tool->json) {
		(void)fprintf(export->fp, "%s. %lld IN TXT ( %s ) ; %s, "
		    "%s\n", record->name, (long long)ttl, record->zone,
		    key->selector, key_status(key, export->tool->now));
		export->nrecords++;
		return;
	}
	(void)fprintf(export->fp, "%s\n  {\"domain\": ",
	    export->nrecords++ == 0 ? "" : ",");
	json_string(export->fp, domain, strlen(domain));
	(void)fprintf(export->fp, ", \"selector\": ");
	json_string(export->fp, key->selector, strlen(key->selector));
	(void)fprintf(export->fp, ", \"status\": \"%s\", \"name\": ",
	    key_status(key, export->tool->now));
	json_string(export->fp, record->name, strlen(record->name));
	(void)fprintf(export->fp, ", \"ttl\": %lld, \"value\": ",
	    (long long)ttl);
	json_string(export->fp, record->txt, strlen(record->txt));
	(void)fprintf(export->fp, "}");
}

static void
export_domain(struct export *export, const char *domain)
{
	struct ks_error error;
	struct ks_state state;
	struct record record;
	const struct ks_key *key;
	size_t i;

	if (ks_state_read(export->tool->ks, domain, &state, &error) != 0) {
		warnx("%s", error.text);
		export->status = TOOL_FAILED;
		return;
	}
	for (i = 0; i < state.nkeys; i++) {
		key = &state.keys[i];
		if (key->removed != KS_NEVER)
			continue;
		if (record_load(export->tool->ks, domain, key,
		    key->revoked != KS_NEVER, &record, &error) != 0) {
			warnx("%s", error.text);
			export->status = TOOL_FAILED;
			continue;
		}
		print_record(export, domain, key, &record,
		    config_rotation(export->tool->config, domain)->ttl);
	}
	ks_state_finish(&state);
}

static void
export_all(struct export *export, const struct domain_list *list)
{
	char now[RFC3339_SIZE];
	size_t i;

	(void)rfc3339_print(export->tool->now, now);
	if (export->tool->json)
		(void)fprintf(export->fp, "[");
	else
		(void)fprintf(export->fp, "; DKIM keys, written at %s by "
		    "countersign-key export: do not edit.\n", now);
	for (i = 0; i < list->n; i++)
		export_domain(export, list->names[i]);
	if (export->tool->json)
		(void)fprintf(export->fp, "\n]\n");
}

/* Replace the file, unless a record is missing. */
static void
export_to_file(struct export *export, const struct domain_list *list)
{
	struct replace_file file;
	struct ks_error error;

	if (replace_file_begin(&file, export->tool->output, &error) != 0) {
		warnx("%s", error.text);
		export->status = TOOL_FAILED;
		return;
	}
	export->fp = file.fp;
	export_all(export, list);
	if (export->status != TOOL_DONE) {
		replace_file_abandon(&file);
		warnx("%s: left unchanged", export->tool->output);
	} else if (replace_file_end(&file, &error) != 0) {
		warnx("%s", error.text);
		export->status = TOOL_FAILED;
	}
}

int
cmd_export(struct tool *tool, int argc, char **argv)
{
	struct export export = {
		.tool = tool, .fp = stdout, .status = TOOL_DONE
	};
	struct domain_list list;

	export.status = domain_list_init(&list, tool, argc, argv);
	if (export.status == TOOL_DONE) {
		if (tool->output != NULL)
			export_to_file(&export, &list);
		else
			export_all(&export, &list);
	}
	domain_list_finish(&list);
	return export.status;
}
