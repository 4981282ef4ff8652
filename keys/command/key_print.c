/* SPDX-License-Identifier: ISC */

/*
 * Print a key and its record as text, or as JSON (RFC 8259).
 *
 * What is entered in DNS has one form in all commands: see entry.h.  Write
 * errors are found when the stream is flushed.
 */

#include "command/key_print.h"

#include <string.h>

#include "base/json.h"
#include "command/entry.h"
#include "life/key_phase.h"

static bool
has_alias(const struct record *record)
{
	return strcmp(record->name, record->lookup) != 0;
}

static const struct rotation *
rotation_of(const struct tool *tool, const char *domain)
{
	return tool->config == NULL ? NULL :
	    config_rotation(tool->config, domain);
}

void
key_print_record(const struct tool *tool, const char *domain,
    const struct record *record)
{
	const struct rotation *rotation = rotation_of(tool, domain);
	struct entry entry;

	if (has_alias(record)) {
		entry_of_alias(&entry, domain, rotation, record->lookup,
		    record->name);
		entry_print(&entry);
		(void)putchar('\n');
	}
	entry_of_record(&entry, domain, rotation, record);
	entry_print(&entry);
}

static void
print_member(FILE *fp, const char *name, const char *value)
{
	(void)fprintf(fp, "\"%s\": ", name);
	json_print_string(fp, value, strlen(value));
	(void)fputs(", ", fp);
}

void
key_print_json_members(FILE *fp, const char *domain, const struct ks_key *key,
    int64_t now)
{
	const struct {
		const char	*name;
		int64_t		 seconds;
	} times[] = {
		{ "generated",	 key->generated },
		{ "published",	 key->published },
		{ "seen",	 key->seen },
		{ "verified",	 key->verified },
		{ "active_from", key->active_from },
		{ "retire_at",	 key->retire_at },
		{ "revoked",	 key->revoked },
		{ "removed",	 key->removed }
	};
	size_t i;

	print_member(fp, "domain", domain);
	print_member(fp, "selector", key->selector);
	if (key->stream != NULL)
		print_member(fp, "stream", key->stream);
	else
		(void)fputs("\"stream\": null, ", fp);
	print_member(fp, "algorithm", dkimsig_algorithm_name(key->algorithm));
	print_member(fp, "status", key_status(key, now));
	(void)fprintf(fp, "\"strict\": %s, \"compromised\": %s",
	    key->strict ? "true" : "false",
	    key->compromised ? "true" : "false");
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		(void)fprintf(fp, ", \"%s\": ", times[i].name);
		json_print_time(fp, times[i].seconds);
	}
}

void
key_print_json(const struct tool *tool, const char *domain,
    const struct ks_key *key, const struct record *record)
{
	char zone[sizeof(record->name) + sizeof(record->zone) + 16];
	struct entry entry;

	(void)printf("{");
	key_print_json_members(stdout, domain, key, tool->now);
	(void)printf(", \"bits\": %u, ", record->keybits);
	entry_of_record(&entry, domain, rotation_of(tool, domain), record);
	entry_print_members(&entry);
	(void)snprintf(zone, sizeof(zone), "%s. IN TXT ( %s )", record->name,
	    record->zone);
	(void)printf(", \"zone_line\": ");
	json_print_string(stdout, zone, strlen(zone));
	(void)printf(", \"cname_owner\": ");
	if (has_alias(record))
		json_print_string(stdout, record->lookup,
		    strlen(record->lookup));
	else
		(void)printf("null");
	(void)printf("}");
}
