/* SPDX-License-Identifier: ISC */

/*
 * Print the result of the check of a domain: for each key a verdict and a row
 * for each server, then the advice; or the same as JSON (RFC 8259).
 *
 * Rows fit into 80 columns; on a wider terminal servers and records have more
 * of them, and sentences are wrapped to it.  Text from servers has already been
 * made printable: see probe/look.h.  Write errors are found when the stream is
 * flushed.
 */

#include "command/check_print.h"

#include <string.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "base/terminal.h"
#include "command/advice_print.h"
#include "life/key_phase.h"
#include "rotate/start.h"

#define KEY_INDENT	2	/* columns */
#define ROW_INDENT	4
#define LAST_INDENT	13	/* of a row's last column on its own line */
#define SERVER_WIDTH	33	/* columns of a row, at 80 columns */
#define SERVER_MAX	60
#define LAST_WIDTH	23
#define LAST_LEAST	12
#define ROW_WIDTH	80

static const char *
verdict_name(enum check_verdict verdict)
{
	static const char *const names[] = {
		[CHECK_RIGHT]	= "right",
		[CHECK_NOT_YET]	= "not yet",
		[CHECK_WRONG]	= "WRONG"
	};

	return names[verdict];
}

/*
 * "ns1.example.com [192.0.2.1]"; only the address if it has no name, or if the
 * name begins with it, as in "192.0.2.1@853#dns.example".
 */
static void
print_server(const struct dns_look *look, char *text, size_t size)
{
	if (!look->has_address ||
	    strncmp(look->server, look->address.text,
	    strlen(look->address.text)) == 0)
		(void)strlcpy(text, look->server, size);
	else
		(void)snprintf(text, size, "%s [%s]", look->server,
		    look->address.text);
}

/*
 * The end of a row: what is wrong, on a line of its own if it is long, or the
 * record, cut.
 */
static void
print_last(FILE *fp, const struct dns_look *look, const char *text,
    size_t width, const struct check_style *style)
{
	const char *verdict = dns_verdict_name(look->verdict);

	if (strlen(text) <= width)
		(void)fprintf(fp, "%-7s  %s\n", verdict, text);
	else if (text == look->text)
		(void)fprintf(fp, "%-7s  %.*s...\n", verdict, (int)width - 3,
		    text);
	else {
		(void)fprintf(fp, "%s\n", verdict);
		terminal_write(fp, text, LAST_INDENT, LAST_INDENT,
		    style->columns);
	}
}

static void
print_look(FILE *fp, const char *where, const struct dns_look *look,
    const struct check_style *style)
{
	char server[DKIMSIG_DOMAIN_SIZE + DNS_ADDRESS_SIZE + 4];
	char reason[DNS_SIGHT_TEXT_SIZE + 64];
	const char *text = look->text[0] == '\0' ? "-" : look->text;
	size_t width = SERVER_WIDTH, last = LAST_WIDTH, more = 0, over;

	if (dns_look_reason(look)[0] != '\0') {
		(void)snprintf(reason, sizeof(reason), "%s%s",
		    dns_look_reason(look), look->is_excepted ?
		    "; no longer waited for" : "");
		text = reason;
	}
	if (style->columns > ROW_WIDTH)
		more = style->columns - ROW_WIDTH;
	width += more / 2 < SERVER_MAX - SERVER_WIDTH ? more / 2 :
	    SERVER_MAX - SERVER_WIDTH;
	last += more - (width - SERVER_WIDTH);
	print_server(look, server, sizeof(server));
	over = strlen(server) > width ? strlen(server) - width : 0;
	/* A long name takes room from what follows, or has its own line. */
	if (over > 0 && over + LAST_LEAST > last &&
	    over + strlen(text) > last) {
		(void)fprintf(fp, "    %-7s  %s\n", where, server);
		where = server + strlen(server);
		server[0] = '\0';
		over = 0;
	}
	(void)fprintf(fp, "    %-7s  %-*s  ", where, (int)width, server);
	print_last(fp, look, text, last - over, style);
}

/* Until when what waits may wait. */
static void
print_until(const struct key_check *one, char *text, size_t size)
{
	char when[RFC3339_SIZE];

	text[0] = '\0';
	if (one->need == CHECK_WAITS && rfc3339_print(one->until, when))
		(void)snprintf(text, size, one->verdict == CHECK_RIGHT ?
		    "; not before %s" : "; this may take until %s", when);
}

/* Whether a person has to enter the record of a key, which is nowhere. */
static bool
is_to_enter(const struct domain_check *check, const struct key_check *one)
{
	return one->need == CHECK_NEEDS_PERSON &&
	    check->view.policy.by_hand && !one->key->compromised &&
	    one->sight.record_view == LIFECYCLE_ABSENT &&
	    key_stays_in_use(one->key, check->now);
}

static void
print_key(FILE *fp, const struct domain_check *check,
    const struct key_check *one, const struct check_style *style)
{
	char text[sizeof(one->text) + 256], until[RFC3339_SIZE + 32];
	size_t i;

	print_until(one, until, sizeof(until));
	(void)snprintf(text, sizeof(text), "%s%s%s: %s, %s: %s%s",
	    one->key->selector, one->key->stream == NULL ? "" : " of stream ",
	    one->key->stream == NULL ? "" : one->key->stream,
	    key_status(one->key, check->now),
	    verdict_name(one->verdict), one->text, until);
	terminal_write(fp, text, KEY_INDENT, ROW_INDENT, style->columns);
	for (i = 0; i < one->sight.nlooks; i++)
		print_look(fp, "inside", &one->sight.looks[i], style);
	for (i = 0; i < one->resolvers.nlooks; i++)
		print_look(fp, "outside", &one->resolvers.looks[i], style);
	/* A dead delegation is told once, for the domain. */
	if (one->sight.nlooks == 0 && one->sight.summary[0] != '\0' &&
	    one->sight.dead_delegation[0] == '\0')
		terminal_write(fp, one->sight.summary, ROW_INDENT, ROW_INDENT,
		    style->columns);
	if (!is_to_enter(check, one))
		return;
	(void)snprintf(text, sizeof(text), "'%s show %s %s' prints the record "
	    "to enter", ks_command(check->view.run->ks), check->domain,
	    one->key->selector);
	terminal_write(fp, text, ROW_INDENT, ROW_INDENT, style->columns);
}

/* What concerns the domain as a whole. */
static void
print_domain(FILE *fp, const struct domain_check *check,
    const struct check_style *style)
{
	char text[DOMAIN_START_SIZE + KS_STRAYS_SIZE], names[KS_STRAYS_SIZE];

	if (check->fault != NULL) {
		terminal_write(fp, check->fault, KEY_INDENT, ROW_INDENT,
		    style->columns);
		return;
	}
	if (check->dead_servers != NULL)
		terminal_write(fp, check->dead_servers, KEY_INDENT, ROW_INDENT,
		    style->columns);
	if (check->view.strays.n > 0) {
		ks_strays_print(&check->view.strays, names);
		(void)snprintf(text, sizeof(text), "key files that are not in "
		    "the state file: %s: enter them with '%s adopt %s'", names,
		    ks_command(check->view.run->ks), check->domain);
		terminal_write(fp, text, KEY_INDENT, ROW_INDENT,
		    style->columns);
	}
	if (check->start == LIFECYCLE_SIGNS ||
	    (check->start == LIFECYCLE_SIGNS_NOT &&
	    check->view.policy.is_leaving))
		return;
	/* Nobody has to publish what every server shows. */
	domain_start_print(check->domain, check->start, check->starts_at,
	    check->now, check->view.policy.by_hand &&
	    check->verdict != CHECK_RIGHT, ks_command(check->view.run->ks),
	    text);
	terminal_write(fp, text, KEY_INDENT, ROW_INDENT, style->columns);
}

/* The CNAMEs that the owner of the domain has to enter. */
static void
print_aliases(FILE *fp, const struct domain_check *check,
    const struct check_style *style)
{
	char text[ALIAS_TEXT_SIZE], line[sizeof(text) + KS_SELECTOR_SIZE + 16];
	const struct view_alias *alias;
	enum check_verdict verdict;
	size_t i;

	for (i = 0; i < check->view.naliases; i++) {
		alias = &check->view.aliases[i];
		if ((verdict = domain_check_alias(check, alias)) ==
		    CHECK_RIGHT)
			continue;
		domain_view_print_alias(&check->view, alias, check->now, text);
		(void)snprintf(line, sizeof(line), "%s: %s: %s",
		    alias->selector, verdict_name(verdict), text);
		terminal_write(fp, line, KEY_INDENT, ROW_INDENT,
		    style->columns);
	}
}

void
check_print(FILE *fp, const struct domain_check *check,
    const struct check_style *style)
{
	size_t i;

	(void)fprintf(fp, "%s: %s\n", check->domain,
	    verdict_name(check->verdict));
	for (i = 0; i < check->nkeys; i++)
		if (!style->only_problems ||
		    check->keys[i].need == CHECK_NEEDS_PERSON)
			print_key(fp, check, &check->keys[i], style);
	print_aliases(fp, check, style);
	print_domain(fp, check, style);
	if (check->advice != NULL)
		advice_print(fp, check->advice, style->only_problems,
		    style->columns);
}

static void
print_member(FILE *fp, const char *name, const char *text)
{
	(void)fprintf(fp, ", \"%s\": ", name);
	json_print_text(fp, text);
}

static void
print_word(FILE *fp, const char *name, const char *words)
{
	(void)fprintf(fp, ", \"%s\": ", name);
	json_print_word(fp, words);
}

static void
print_look_json(FILE *fp, const struct dns_look *look)
{
	(void)fprintf(fp, "{\"server\": ");
	json_print_string(fp, look->server, strlen(look->server));
	if (look->has_address)
		print_member(fp, "address", look->address.text);
	else
		(void)fprintf(fp, ", \"address\": null");
	print_word(fp, "verdict", dns_verdict_name(look->verdict));
	print_word(fp, "error", look->verdict == DNS_WRONG &&
	    !look->is_alias ? record_fault_name(look->fault) : "");
	print_member(fp, "reason", dns_look_reason(look));
	print_member(fp, "record", look->text);
	(void)fprintf(fp, ", \"silent_since\": ");
	json_print_time(fp, look->silent_since);
	(void)fprintf(fp, ", \"excepted\": %s, \"records\": %zu, "
	    "\"ttl\": %u}", look->is_excepted ? "true" : "false",
	    look->nrecords, (unsigned int)look->ttl);
}

/* The servers are inside; what resolvers show stands apart. */
static void
print_outside_json(FILE *fp, const struct key_check *check)
{
	static const char *const names[] = {
		[LIFECYCLE_OUTSIDE_UNASKED]	= "not asked",
		[LIFECYCLE_OUTSIDE_UNWANTED]	= "not wanted",
		[LIFECYCLE_OUTSIDE_UNSEEABLE]	= "private servers",
		[LIFECYCLE_OUTSIDE_UNKNOWN]	= "unknown",
		[LIFECYCLE_OUTSIDE_RIGHT]	= "right",
		[LIFECYCLE_OUTSIDE_CONTRADICTS]	= "contradicts"
	};
	size_t i;

	(void)fprintf(fp, "], \"outside\": {\"verdict\": ");
	json_print_word(fp, names[check->outside]);
	(void)fprintf(fp, ", \"resolvers\": [");
	for (i = 0; i < check->resolvers.nlooks; i++) {
		(void)fprintf(fp, "%s\n      ", i == 0 ? "" : ",");
		print_look_json(fp, &check->resolvers.looks[i]);
	}
	(void)fprintf(fp, "]}");
}

static void
print_need(FILE *fp, enum check_need need)
{
	(void)fprintf(fp, ", \"needs_person\": %s",
	    need == CHECK_NEEDS_PERSON ? "true" : "false");
}

static void
print_key_json(FILE *fp, const struct key_check *check, int64_t now)
{
	size_t i;

	(void)fprintf(fp, "{\"selector\": ");
	json_print_string(fp, check->key->selector,
	    strlen(check->key->selector));
	print_member(fp, "stream", check->key->stream);
	print_member(fp, "status", key_status(check->key, now));
	print_word(fp, "verdict", verdict_name(check->verdict));
	print_need(fp, check->need);
	(void)fprintf(fp, ", \"until\": ");
	json_print_time(fp, check->until);
	print_member(fp, "text", check->text);
	print_member(fp, "name", check->record.name);
	print_member(fp, "expected", check->record.txt);
	print_member(fp, "zone", check->sight.zone.apex);
	(void)fprintf(fp, ", \"servers\": [");
	for (i = 0; i < check->sight.nlooks; i++) {
		(void)fprintf(fp, "%s\n      ", i == 0 ? "" : ",");
		print_look_json(fp, &check->sight.looks[i]);
	}
	print_outside_json(fp, check);
	(void)fprintf(fp, "}");
}

static void
print_aliases_json(FILE *fp, const struct domain_check *check)
{
	const struct view_alias *alias;
	size_t i;

	for (i = 0; i < check->view.naliases; i++) {
		alias = &check->view.aliases[i];
		(void)fprintf(fp, "%s\n    {\"selector\": ",
		    i == 0 ? "" : ",");
		json_print_string(fp, alias->selector, strlen(alias->selector));
		print_word(fp, "verdict", verdict_name(domain_check_alias(
		    check, alias)));
		print_member(fp, "name", alias->name);
		print_member(fp, "target", alias->target);
		print_member(fp, "zone", alias->zone);
		(void)fprintf(fp, ", \"ttl\": %lld",
		    (long long)check->view.rotation->ttl);
		print_word(fp, "error", dns_alias_fault_name(alias->fault));
		print_member(fp, "servers", alias->evidence);
		(void)fprintf(fp, "}");
	}
}

void
check_print_json(FILE *fp, const struct domain_check *check,
    bool only_problems)
{
	size_t i, n;

	(void)fprintf(fp, "{\"domain\": ");
	json_print_string(fp, check->domain, strlen(check->domain));
	print_word(fp, "verdict", verdict_name(check->verdict));
	print_need(fp, check->need);
	print_member(fp, "error", check->fault);
	print_member(fp, "dead_servers", check->dead_servers);
	(void)fprintf(fp, ", \"keys\": [");
	for (i = n = 0; i < check->nkeys; i++) {
		if (only_problems &&
		    check->keys[i].need != CHECK_NEEDS_PERSON)
			continue;
		(void)fprintf(fp, "%s\n    ", n++ == 0 ? "" : ",");
		print_key_json(fp, &check->keys[i], check->now);
	}
	(void)fprintf(fp, "], \"cnames\": [");
	print_aliases_json(fp, check);
	(void)fprintf(fp, "], \"signs_from\": ");
	json_print_time(fp, check->starts_at);
	(void)fprintf(fp, ", \"advice\": ");
	if (check->advice == NULL)
		(void)fprintf(fp, "[]");
	else
		advice_print_json(fp, check->advice);
	(void)fprintf(fp, "}");
}
