/* SPDX-License-Identifier: ISC */

/*
 * Print a key and its record as text, or as JSON (RFC 8259).
 *
 * The value is printed in one piece, as the strings of a TXT record (RFC 6376
 * section 3.6.2.2), and as a line of a zone file, because DNS hosts differ in
 * what they accept.  Write errors are found when the stream is flushed.
 */

#include "command/key_print.h"

#include <string.h>

#include "base/json.h"
#include "life/key_phase.h"
#include "record/txt.h"

static bool
has_alias(const struct record *record)
{
	return strcmp(record->name, record->lookup) != 0;
}

void
key_print_record(const struct record *record)
{
	if (has_alias(record))
		(void)printf("  alias      %s. IN CNAME %s.\n",
		    record->lookup, record->name);
	(void)printf("  name       %s\n", record->name);
	(void)printf("  type       TXT\n");
	(void)printf("  value      %s\n", record->txt);
	(void)printf("  strings    %s\n", record->zone);
	(void)printf("  zone file  %s. IN TXT ( %s )\n", record->name,
	    record->zone);
}

static void
print_member(FILE *fp, const char *name, const char *value)
{
	(void)fprintf(fp, "\"%s\": ", name);
	json_string(fp, value, strlen(value));
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
	print_member(fp, "algorithm", dkimsig_algorithm_name(key->algorithm));
	print_member(fp, "status", key_status(key, now));
	(void)fprintf(fp, "\"strict\": %s, \"compromised\": %s",
	    key->strict ? "true" : "false",
	    key->compromised ? "true" : "false");
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		(void)fprintf(fp, ", \"%s\": ", times[i].name);
		json_time(fp, times[i].seconds);
	}
}

/* The strings of a TXT record, RFC 6376 section 3.6.2.2. */
static void
print_strings(const char *txt)
{
	size_t len, n;

	for (len = strlen(txt); len > 0; txt += n, len -= n) {
		n = len < TXT_STRING_MAX ? len : TXT_STRING_MAX;
		json_string(stdout, txt, n);
		(void)printf("%s", n < len ? ", " : "");
	}
}

void
key_print_json(const struct tool *tool, const char *domain,
    const struct ks_key *key, const struct record *record)
{
	char zone[sizeof(record->name) + sizeof(record->zone) + 16];

	(void)printf("{");
	key_print_json_members(stdout, domain, key, tool->now);
	(void)printf(", \"bits\": %u, \"type\": \"TXT\", \"name\": ",
	    record->keybits);
	json_string(stdout, record->name, strlen(record->name));
	(void)printf(", \"value\": ");
	json_string(stdout, record->txt, strlen(record->txt));
	(void)printf(", \"strings\": [");
	print_strings(record->txt);
	(void)snprintf(zone, sizeof(zone), "%s. IN TXT ( %s )", record->name,
	    record->zone);
	(void)printf("], \"zone\": ");
	json_string(stdout, zone, strlen(zone));
	(void)printf(", \"cname_owner\": ");
	if (has_alias(record))
		json_string(stdout, record->lookup, strlen(record->lookup));
	else
		(void)printf("null");
	(void)printf("}");
}
