/* SPDX-License-Identifier: ISC */

/*
 * What a person enters in DNS: see entry.h.
 *
 * The value of a TXT record is printed in one piece and in strings of at most
 * 255 octets (RFC 1035 section 3.3.14), because forms differ in what they
 * take.  Both begin a line of their own and are not wrapped, so that they can
 * be copied.  Write errors are found when the stream is flushed.
 */

#include "command/entry.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "config/organization.h"
#include "life/key_phase.h"
#include "life/lifecycle.h"
#include "record/txt.h"

#define MAX_HOST_AND_ZONE	54	/* columns of both in a line */

enum entry_role
entry_role(const struct ks_state *state, const struct ks_key *key,
    int64_t now)
{
	const struct lifecycle_line line = lifecycle_line_of(key);
	const struct ks_key *other;
	size_t i;

	if (ks_key_is_active(key, now))
		return ENTRY_SIGNS;
	if (!key_stays_in_use(key, now))
		return ENTRY_OLD;
	/* One that signs, is verified or is older comes first. */
	for (i = 0; i < state->nkeys; i++) {
		other = &state->keys[i];
		if (other == key || !lifecycle_line_has(&line, other) ||
		    other->compromised || key_phase(other, now) >= KEY_RETIRED)
			continue;
		if (key_phase(other, now) > key_phase(key, now) ||
		    (key_phase(other, now) == key_phase(key, now) &&
		    other < key))
			return ENTRY_RESERVE;
	}
	return ENTRY_NEXT;
}

const char *
entry_role_text(enum entry_role role)
{
	static const char *const texts[] = {
		[ENTRY_SIGNS] = "signs", [ENTRY_NEXT] = "signs next",
		[ENTRY_RESERVE] = "in reserve", [ENTRY_OLD] = "no longer signs"
	};

	return texts[role];
}

/* Add the host name within a zone, if the name is below it. */
static void
add_host(struct entry *entry, const char *zone)
{
	const size_t len = strlen(entry->name), zonelen = strlen(zone);
	const char *end;

	if (len <= zonelen + 1 || entry->nhosts == ENTRY_MAX_HOSTS)
		return;
	end = entry->name + len - zonelen;
	if (strcmp(end, zone) != 0 || end[-1] != '.')
		return;
	(void)snprintf(entry->hosts[entry->nhosts].zone,
	    sizeof(entry->hosts[0].zone), "%s", zone);
	(void)snprintf(entry->hosts[entry->nhosts].host,
	    sizeof(entry->hosts[0].host), "%.*s",
	    (int)(len - zonelen - 1), entry->name);
	entry->nhosts++;
}

static void
add_hosts(struct entry *entry, const char *domain)
{
	char organization[DKIMSIG_DOMAIN_SIZE];

	organization_of(domain, organization);
	add_host(entry, organization);
	if (strcmp(organization, domain) != 0)
		add_host(entry, domain);
}

void
entry_of_record(struct entry *entry, const char *domain,
    const struct rotation *rotation, const struct record *record)
{
	memset(entry, 0, sizeof(*entry));
	entry->type = "TXT";
	entry->ttl = rotation == NULL ? ENTRY_NO_TTL : rotation->ttl;
	(void)strlcpy(entry->name, record->name, sizeof(entry->name));
	(void)strlcpy(entry->value, record->txt, sizeof(entry->value));
	if (rotation != NULL && rotation->cname_zone != NULL)
		add_host(entry, rotation->cname_zone);
	else
		add_hosts(entry, domain);
}

void
entry_of_alias(struct entry *entry, const char *domain,
    const struct rotation *rotation, const char *name, const char *target)
{
	memset(entry, 0, sizeof(*entry));
	entry->type = "CNAME";
	entry->ttl = rotation == NULL ? ENTRY_NO_TTL : rotation->ttl;
	(void)strlcpy(entry->name, name, sizeof(entry->name));
	(void)snprintf(entry->value, sizeof(entry->value), "%s.", target);
	add_hosts(entry, domain);
}

/* The strings of a TXT value in quotes, each with that before and after. */
static void
print_strings(const char *txt, const char *before, const char *after)
{
	size_t n, len = strlen(txt);

	for (; len > 0; txt += n, len -= n) {
		n = len < TXT_STRING_MAX ? len : TXT_STRING_MAX;
		(void)printf("%s\"%.*s\"%s", before, (int)n, txt, after);
	}
}

void
entry_print(const struct entry *entry)
{
	size_t i;

	for (i = 0; i < entry->nhosts; i++)
		(void)printf("    %s  %s%sin the zone %s\n",
		    i == 0 ? "host  " : "or    ", entry->hosts[i].host,
		    strlen(entry->hosts[i].host) +
		    strlen(entry->hosts[i].zone) > MAX_HOST_AND_ZONE ?
		    "\n            " : "  ", entry->hosts[i].zone);
	if (entry->nhosts == 0)
		(void)printf("    name    %s\n", entry->name);
	(void)printf("    type    %s\n", entry->type);
	if (entry->ttl != ENTRY_NO_TTL)
		(void)printf("    TTL     %lld\n", (long long)entry->ttl);
	if (strcmp(entry->type, "TXT") != 0) {
		(void)printf("    target  %s\n    or in a zone file:\n"
		    "%s. IN CNAME %s\n", entry->value, entry->name,
		    entry->value);
		return;
	}
	(void)printf("    value, in one piece:\n%s\n", entry->value);
	if (strlen(entry->value) > TXT_STRING_MAX) {
		(void)printf("    or in strings of at most %d characters:\n",
		    TXT_STRING_MAX);
		print_strings(entry->value, "", "\n");
	}
	(void)printf("    or in a zone file:\n%s. IN TXT (", entry->name);
	print_strings(entry->value, " ", "");
	(void)printf(" )\n");
}

static void
print_member(FILE *fp, const char *name, const char *value)
{
	(void)fprintf(fp, "\"%s\": ", name);
	json_print_string(fp, value, strlen(value));
}

static void
write_members(FILE *fp, const struct entry *entry)
{
	const char *txt = entry->value;
	size_t i, n, len = strlen(txt);

	print_member(fp, "type", entry->type);
	(void)fprintf(fp, ", ");
	print_member(fp, "name", entry->name);
	if (entry->ttl == ENTRY_NO_TTL)
		(void)fprintf(fp, ", \"ttl\": null, ");
	else
		(void)fprintf(fp, ", \"ttl\": %lld, ",
		    (long long)entry->ttl);
	print_member(fp, "value", txt);
	(void)fprintf(fp, ", \"strings\": [");
	for (i = 0; len > 0; txt += n, len -= n, i++) {
		n = len < TXT_STRING_MAX ? len : TXT_STRING_MAX;
		(void)fprintf(fp, "%s", i == 0 ? "" : ", ");
		json_print_string(fp, txt, n);
	}
	(void)fprintf(fp, "], \"hosts\": [");
	for (i = 0; i < entry->nhosts; i++) {
		(void)fprintf(fp, "%s{", i == 0 ? "" : ", ");
		print_member(fp, "zone", entry->hosts[i].zone);
		(void)fprintf(fp, ", ");
		print_member(fp, "host", entry->hosts[i].host);
		(void)fprintf(fp, "}");
	}
	(void)fprintf(fp, "]");
}

void
entry_print_members(const struct entry *entry)
{
	write_members(stdout, entry);
}

void
entry_write_json(FILE *fp, const struct entry *entry)
{
	(void)fprintf(fp, "{");
	write_members(fp, entry);
	(void)fprintf(fp, "}");
}

void
entry_print_json(const struct entry *entry)
{
	entry_write_json(stdout, entry);
}
