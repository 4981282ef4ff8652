/* SPDX-License-Identifier: ISC */

/*
 * The signing_table and key_table of rspamd: OpenDKIM's tables with three
 * differences.  The selector may be missing in a row; paths may contain
 * variables; and a table is a map, that is a file or a list of rows in the
 * configuration.
 *
 * A table that consists of several files is not read completely: a note says
 * so.
 */

#include "import/rspamd_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/opendkim.h"

bool
rspamd_expand(const char *text, const char *domain, const char *selector,
    char buf[RSPAMD_MAX_PATH])
{
	const struct {
		const char	*name, *value;
	} variables[] = {
		{ "$LOCAL_CONFDIR", "/etc/rspamd" },
		{ "$CONFDIR", "/etc/rspamd" },
		{ "$DBDIR", "/var/lib/rspamd" },
		{ "${LOCAL_CONFDIR}", "/etc/rspamd" },
		{ "${CONFDIR}", "/etc/rspamd" },
		{ "${DBDIR}", "/var/lib/rspamd" },
		{ "$domain", domain },
		{ "$selector", selector }
	};
	const size_t n = sizeof(variables) / sizeof(variables[0]);
	size_t i, len;

	len = 0;
	buf[0] = '\0';
	while (*text != '\0') {
		for (i = 0; i < n; i++)
			if (variables[i].value != NULL && strncmp(text,
			    variables[i].name, strlen(variables[i].name)) ==
			    0)
				break;
		if (i < n) {
			text += strlen(variables[i].name);
			len = strlcat(buf, variables[i].value,
			    RSPAMD_MAX_PATH);
		} else if (++len < RSPAMD_MAX_PATH) {
			buf[len - 1] = *text++;
			buf[len] = '\0';
		}
		if (len >= RSPAMD_MAX_PATH)
			return false;
	}
	return true;
}

bool
rspamd_map_path(struct import_plan *plan, struct import_place place,
    const char *url, char path[RSPAMD_MAX_PATH])
{
	static const char *const prefixes[] = {
		"fallback+", "map://", "file://"
	};
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(url, prefixes[i], strlen(prefixes[i])) == 0)
			url += strlen(prefixes[i]);
	if (rspamd_expand(url, NULL, NULL, path) && path[0] == '/')
		return true;
	import_plan_note(plan, place, true, "map %s: not the path of a file",
	    url);
	return false;
}

static void
add_row(struct rspamd_table *table, struct import_plan *plan,
    const char *value)
{
	const size_t len = strlen(value);
	char *rows;

	rows = recallocarray(table->rows, table->rows == NULL ? 0 :
	    table->len + 1, table->len + len + 2, 1);
	if (rows == NULL) {
		plan->is_cut = true;
		return;
	}
	memcpy(rows + table->len, value, len);
	rows[table->len + len] = '\n';
	table->rows = rows;
	table->len += len + 1;
}

void
rspamd_table_add(struct rspamd_table *table, struct import_plan *plan,
    struct import_place place, const char *value,
    const struct import_files *files)
{
	char path[RSPAMD_MAX_PATH], why[RSPAMD_MAX_PATH + 128];
	const bool is_row = strpbrk(value, " \t") != NULL;

	if (table->path != NULL || (table->rows != NULL && !is_row)) {
		import_plan_note(plan, place, true, "a table in several "
		    "places, of which only the first is read: copy all rows "
		    "to one file");
		return;
	}
	if (is_row) {
		if (table->rows == NULL)
			table->place = place;
		add_row(table, plan, value);
		return;
	}
	if (!rspamd_map_path(plan, place, value, path))
		return;
	if (!files->read(files->arg, path, &table->file, why, sizeof(why)))
		import_plan_note(plan, place, true, "map %s", why);
	else if ((table->path = strdup(path)) == NULL) {
		import_file_finish(&table->file);
		plan->is_cut = true;
	} else
		table->place = place;
}

bool
rspamd_table_is_set(const struct rspamd_table *table)
{
	return table->path != NULL || table->rows != NULL;
}

static struct import_table
make_table(const struct rspamd_table *table)
{
	const struct import_table file = { .file = table->path,
	    .text = table->file.text, .len = table->file.len };
	const struct import_table rows = { .file = table->place.file,
	    .line = table->place.line, .text = table->rows,
	    .len = table->len };

	return table->path != NULL ? file : rows;
}

/* Replace the variables in the path of a key. */
static void
expand_key(struct import_plan *plan, struct import_key *key)
{
	char path[RSPAMD_MAX_PATH], *copy;

	if (!rspamd_expand(key->path, key->domain, key->selector, path)) {
		import_plan_note(plan, key->place, true, "%s: the path of "
		    "its key is over %d octets", key->domain,
		    RSPAMD_MAX_PATH - 1);
		return;
	}
	if ((copy = strdup(path)) == NULL) {
		plan->is_cut = true;
		return;
	}
	free(key->path);
	key->path = copy;
}

void
rspamd_tables_read(struct import_plan *plan,
    const struct rspamd_table *key_table,
    const struct rspamd_table *signing_table, const char *selector)
{
	const struct import_opendkim given = {
		.keytable = make_table(key_table),
		.signingtable = make_table(signing_table),
		.selector = selector
	};
	size_t i;

	plan->is_first_only = true;
	i = plan->nkeys;
	import_opendkim(plan, &given);
	for (; i < plan->nkeys; i++)
		if (plan->keys[i].path != NULL)
			expand_key(plan, &plan->keys[i]);
}

void
rspamd_table_finish(struct rspamd_table *table)
{
	import_file_finish(&table->file);
	if (table->rows != NULL)
		freezero(table->rows, table->len);
	free(table->path);
	memset(table, 0, sizeof(*table));
}
