/* SPDX-License-Identifier: ISC */

/*
 * Print the result of the check of a domain: a table with a row for each key
 * and server, a verdict for each key, and the advice; or the same as JSON
 * (RFC 8259).
 *
 * Text from servers has already been made printable: see probe/look.h.  Write
 * errors are found when the stream is flushed.
 */

#include "command/check_print.h"

#include <string.h>

#include "base/json.h"
#include "life/key_phase.h"
#include "rotate/start.h"

#define RECORD_COLUMNS	40	/* of a record in the table */

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

/* The last column: the reason for the verdict, or the record. */
static const char *
last_column(const struct dns_look *look)
{
	const char *reason = dns_look_reason(look);

	if (reason[0] != '\0')
		return reason;
	return look->text[0] != '\0' ? look->text : "-";
}

static void
print_look(FILE *fp, const struct key_check *check,
    const struct dns_look *look)
{
	const char *text = last_column(look);

	(void)fprintf(fp, "  %-16s %-28s %-20s %-9s %.*s%s%s\n",
	    check->key->selector, look->server,
	    look->has_address ? look->address.text : "-",
	    dns_verdict_name(look->verdict), RECORD_COLUMNS, text,
	    strlen(text) > RECORD_COLUMNS ? "..." : "",
	    look->is_excepted ? "; no longer waited for" : "");
}

static void
print_table(FILE *fp, const struct domain_check *check)
{
	size_t i, j, nlooks;

	for (i = nlooks = 0; i < check->nkeys; i++)
		nlooks += check->keys[i].sight.nlooks;
	if (nlooks == 0)
		return;
	(void)fprintf(fp, "  %-16s %-28s %-20s %-9s %s\n", "SELECTOR",
	    "SERVER", "ADDRESS", "VERDICT", "RECORD");
	for (i = 0; i < check->nkeys; i++)
		for (j = 0; j < check->keys[i].sight.nlooks; j++)
			print_look(fp, &check->keys[i],
			    &check->keys[i].sight.looks[j]);
}

/* What resolvers outside show, if any were asked. */
static void
print_outside(FILE *fp, const struct domain_check *check)
{
	size_t i, j, n;

	for (i = n = 0; i < check->nkeys; i++)
		n += check->keys[i].resolvers.nlooks;
	if (n == 0)
		return;
	(void)fprintf(fp, "  %-16s %-28s %-20s %-9s %s\n", "SELECTOR",
	    "RESOLVER OUTSIDE", "ADDRESS", "VERDICT", "RECORD");
	for (i = 0; i < check->nkeys; i++)
		for (j = 0; j < check->keys[i].resolvers.nlooks; j++)
			print_look(fp, &check->keys[i],
			    &check->keys[i].resolvers.looks[j]);
}

void
check_print(FILE *fp, const struct domain_check *check)
{
	char text[DOMAIN_START_SIZE], names[KS_STRAYS_SIZE];
	const struct key_check *one;
	size_t i;

	(void)fprintf(fp, "%s: %s\n", check->domain,
	    verdict_name(check->verdict));
	if (check->fault != NULL)
		(void)fprintf(fp, "  %s\n", check->fault);
	print_table(fp, check);
	print_outside(fp, check);
	for (i = 0; i < check->nkeys; i++) {
		one = &check->keys[i];
		(void)fprintf(fp, "  %s: %s, %s: %s\n", one->key->selector,
		    key_status(one->key, check->now),
		    verdict_name(one->verdict), one->text);
		if (one->sight.nlooks == 0 && one->sight.summary[0] != '\0')
			(void)fprintf(fp, "    %s\n", one->sight.summary);
	}
	if (check->view.strays.n > 0) {
		ks_strays_print(&check->view.strays, names);
		(void)fprintf(fp, "  key files that are not in the state file: "
		    "%s: enter them with 'countersign-key adopt %s'\n", names,
		    check->domain);
	}
	if (check->starts_at != KS_NEVER) {
		domain_start_print(check->domain, check->start,
		    check->starts_at, check->now,
		    check->view.policy.by_hand, text);
		(void)fprintf(fp, "  %s\n", text);
	}
	if (check->advice != NULL)
		advice_print(fp, check->advice);
}

static void
print_member(FILE *fp, const char *name, const char *text)
{
	(void)fprintf(fp, ", \"%s\": ", name);
	json_string(fp, text, strlen(text));
}

static void
print_look_json(FILE *fp, const struct dns_look *look)
{
	(void)fprintf(fp, "{\"server\": ");
	json_string(fp, look->server, strlen(look->server));
	if (look->has_address)
		print_member(fp, "address", look->address.text);
	else
		(void)fprintf(fp, ", \"address\": null");
	print_member(fp, "verdict", dns_verdict_name(look->verdict));
	print_member(fp, "error", look->verdict == DNS_WRONG &&
	    !look->is_alias ? record_fault_name(look->fault) : "");
	print_member(fp, "reason", dns_look_reason(look));
	print_member(fp, "record", look->text);
	(void)fprintf(fp, ", \"silent_since\": ");
	json_time(fp, look->silent_since);
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

	(void)fprintf(fp, "], \"outside\": {\"verdict\": \"%s\", "
	    "\"resolvers\": [", names[check->outside]);
	for (i = 0; i < check->resolvers.nlooks; i++) {
		(void)fprintf(fp, "%s\n      ", i == 0 ? "" : ",");
		print_look_json(fp, &check->resolvers.looks[i]);
	}
	(void)fprintf(fp, "]}");
}

static void
print_key_json(FILE *fp, const struct key_check *check, int64_t now)
{
	size_t i;

	(void)fprintf(fp, "{\"selector\": ");
	json_string(fp, check->key->selector, strlen(check->key->selector));
	print_member(fp, "status", key_status(check->key, now));
	print_member(fp, "verdict", verdict_name(check->verdict));
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

void
check_print_json(FILE *fp, const struct domain_check *check)
{
	size_t i;

	(void)fprintf(fp, "{\"domain\": ");
	json_string(fp, check->domain, strlen(check->domain));
	print_member(fp, "verdict", verdict_name(check->verdict));
	print_member(fp, "error", check->fault == NULL ? "" : check->fault);
	(void)fprintf(fp, ", \"keys\": [");
	for (i = 0; i < check->nkeys; i++) {
		(void)fprintf(fp, "%s\n    ", i == 0 ? "" : ",");
		print_key_json(fp, &check->keys[i], check->now);
	}
	(void)fprintf(fp, "], \"signs_from\": ");
	json_time(fp, check->starts_at);
	(void)fprintf(fp, ", \"advice\": ");
	if (check->advice == NULL)
		(void)fprintf(fp, "[]");
	else
		advice_print_json(fp, check->advice);
	(void)fprintf(fp, "}");
}
