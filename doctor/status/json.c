/* SPDX-License-Identifier: ISC */

/*
 * All that is known, as JSON; countersign-doctor(8) describes it.
 *
 * Nothing is left out but what the limits of numbers.h and keys.h leave out,
 * and that is counted.
 */

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "config/action.h"
#include "config/ceiling.h"
#include "status/status.h"

static void
put_text(FILE *fp, const char *key, const char *text)
{
	(void)fprintf(fp, "\"%s\": ", key);
	json_print_text(fp, text);
}

static void
put_time(FILE *fp, const char *key, int64_t time)
{
	(void)fprintf(fp, "\"%s\": ", key);
	if (time == KEYLIST_NONE)
		(void)fputs("null", fp);
	else
		json_print_time(fp, time);
}

static void
put_messages(FILE *fp, const struct numbers *numbers)
{
	unsigned int i;
	const char *before = "";

	(void)fprintf(fp, "  \"messages\": {");
	for (i = ACTION_PASS; i <= ACTION_SIGN; i++, before = ", ")
		(void)fprintf(fp, "%s\"%s\": %" PRIu64, before,
		    action_done((enum action)i), numbers->done[i]);
	(void)fprintf(fp, ", \"observed\": %" PRIu64 ", \"aborted\": %" PRIu64
	    "},\n", numbers->nobserved, numbers->counts[METERS_ABORTED]);
}

static void
put_unsigned(FILE *fp, const struct numbers *numbers)
{
	const struct number_row *row;
	size_t i;

	(void)fprintf(fp, "  \"not_signed\": [");
	for (i = 0; i < numbers->nrows; i++) {
		row = &numbers->rows[i];
		(void)fprintf(fp, "%s\n    {", i > 0 ? "," : "");
		put_text(fp, "source", row->source);
		(void)fprintf(fp, ", \"decision\": \"%s\", \"reason\": \"%s\", "
		    "\"observed\": %s, \"messages\": %" PRIu64 "}",
		    action_done((enum action)row->action),
		    meters_reason_name(row->reason),
		    row->is_observed ? "true" : "false", row->n);
	}
	(void)fprintf(fp, "],\n  \"not_signed_others\": %" PRIu64 ",\n",
	    numbers->nothers);
}

/* "within": the bound of 50, 95 and 99 of 100; null above the last one. */
static void
put_times(FILE *fp, const struct numbers *numbers, enum meters_time time,
    const char *name)
{
	static const unsigned int percents[] = { 50, 95, 99 };
	int64_t us;
	size_t i;

	(void)fprintf(fp, "    \"%s\": {\"count\": %" PRIu64 ", "
	    "\"sum_seconds\": %.6f", name, numbers_ntimes(numbers, time),
	    (double)numbers->sum_us[time] / 1e6);
	for (i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		us = numbers_within(numbers, time, percents[i]);
		(void)fprintf(fp, ", \"p%u_seconds\": ", percents[i]);
		if (us == -1 || numbers_ntimes(numbers, time) == 0)
			(void)fputs("null", fp);
		else
			(void)fprintf(fp, "%.4f", (double)us / 1e6);
	}
	(void)fputc('}', fp);
}

static void
put_service(FILE *fp, const struct numbers *numbers)
{
	(void)fprintf(fp, "  \"signatures\": {\"rsa-sha256\": %" PRIu64 ", "
	    "\"ed25519-sha256\": %" PRIu64 "},\n", numbers->signatures[0],
	    numbers->signatures[1]);
	(void)fprintf(fp, "  \"times\": {\n");
	put_times(fp, numbers, METERS_MESSAGE_TIME, "message");
	(void)fputs(",\n", fp);
	put_times(fp, numbers, METERS_SIGN_TIME, "sign");
	(void)fputs(",\n", fp);
	put_times(fp, numbers, METERS_DNS_TIME, "dns");
	(void)fprintf(fp, "},\n  \"now\": {\"connections\": %" PRId64 ", "
	    "\"sign_requests_waiting\": %" PRId64 ", "
	    "\"sign_requests_active\": %" PRId64 "},\n",
	    numbers->gauges[METERS_CONNECTIONS],
	    numbers->gauges[METERS_WAITING], numbers->gauges[METERS_SIGNING]);
	(void)fprintf(fp, "  \"dns\": {\"lookups\": %" PRIu64 ", "
	    "\"failures\": %" PRIu64 "},\n",
	    numbers->counts[METERS_DNS_LOOKUPS],
	    numbers->counts[METERS_DNS_FAILURES]);
	(void)fprintf(fp, "  \"restarts\": {\"front\": %" PRIu64 ", "
	    "\"signer\": %" PRIu64 ", \"metrics\": %" PRIu64 "},\n",
	    numbers->counts[METERS_FRONT_RESTARTS],
	    numbers->counts[METERS_SIGNER_RESTARTS],
	    numbers->counts[METERS_METRICS_RESTARTS]);
}

static void
put_ceilings(FILE *fp, const struct numbers *numbers)
{
	const struct number_ceiling *ceiling;
	size_t i;

	(void)fprintf(fp, "  \"ceilings\": [");
	for (i = 0; i < numbers->nceilings; i++) {
		ceiling = &numbers->ceilings[i];
		(void)fprintf(fp, "%s\n    {", i > 0 ? "," : "");
		put_text(fp, "source", ceiling->source);
		(void)fprintf(fp, ", \"ceiling\": \"%s\", \"used\": %" PRIu64
		    ", \"limit\": %" PRIu64 "}",
		    ceiling_name((enum ceiling)ceiling->ceiling),
		    ceiling->used, ceiling->limit);
	}
	(void)fprintf(fp, "],\n");
}

static void
put_key(FILE *fp, const struct keylist_key *key, int64_t now)
{
	char step[STATUS_STEP_SIZE];

	status_key_step(key, now, step);
	(void)fputs("\n    {", fp);
	put_text(fp, "domain", key->domain);
	(void)fputs(", ", fp);
	put_text(fp, "selector", key->selector);
	(void)fputs(", ", fp);
	put_text(fp, "algorithm", key->algorithm);
	(void)fputs(", ", fp);
	put_text(fp, "status", key->status);
	(void)fputs(", ", fp);
	put_text(fp, "next", step);
	(void)fputs(", ", fp);
	put_time(fp, "last_use", key->last_use);
	(void)fputs(", ", fp);
	put_text(fp, "alarm", key->alarm[0] != '\0' ? key->alarm : NULL);
	(void)fputc('}', fp);
}

static void
put_keys(FILE *fp, const struct status *status)
{
	const struct status_keys *keys = status->keys;
	size_t i;

	(void)fputs("  ", fp);
	put_text(fp, "keys_missing", keys == NULL ||
	    status->keys_why[0] != '\0' ? status->keys_why : NULL);
	(void)fputs(",\n", fp);
	if (keys == NULL) {
		(void)fputs("  \"keys\": null,\n", fp);
		return;
	}
	(void)fprintf(fp, "  \"keys\": {\"signing\": %zu, \"in_reserve\": %zu, "
	    "\"alarms\": %zu, \"left_out\": %zu, \"list\": [", keys->nsigning,
	    keys->nreserve, keys->nalarms, keys->nleft_out);
	for (i = 0; i < keys->n; i++) {
		(void)fputs(i > 0 ? "," : "", fp);
		put_key(fp, &keys->list[i], status->now);
	}
	(void)fputs("]},\n", fp);
}

static void
put_problem(FILE *fp, bool is_first, const char *id, const char *subject,
    const char *text, const char *fix)
{
	(void)fprintf(fp, "%s\n    {", is_first ? "" : ",");
	put_text(fp, "id", id);
	(void)fputs(", ", fp);
	put_text(fp, "subject", subject);
	(void)fputs(", ", fp);
	put_text(fp, "text", text);
	(void)fputs(", ", fp);
	put_text(fp, "fix", fix);
	(void)fputc('}', fp);
}

static void
put_problems(FILE *fp, const struct status *status)
{
	const struct finding *finding;
	size_t i, n = 0;

	(void)fprintf(fp, "  \"problems\": [");
	for (i = 0; i < status->troubles->n; i++)
		put_problem(fp, n++ == 0, status->troubles->list[i].id, NULL,
		    status->troubles->list[i].text,
		    status->troubles->list[i].command);
	for (i = 0; i < status->findings->n; i++) {
		finding = &status->findings->list[i];
		if (finding->state == FINDING_PROBLEM)
			put_problem(fp, n++ == 0, finding->id,
			    finding->subject, finding->text, finding->fix);
	}
	(void)fprintf(fp, "]\n");
}

/* Those to choose from; none, if there was no need to. */
static void
put_choices(FILE *fp, const struct choices *choices)
{
	const struct choice *choice;
	size_t i;

	(void)fputs("  \"milters\": [", fp);
	for (i = 0; i < choices->n; i++) {
		choice = &choices->list[i];
		(void)fprintf(fp, "%s\n    {\"pid\": %ld, ", i > 0 ? "," : "",
		    (long)choice->pid);
		put_text(fp, "user", choice->user);
		(void)fputs(", ", fp);
		put_text(fp, "unit", choice->unit[0] != '\0' ? choice->unit :
		    NULL);
		(void)fputs(", ", fp);
		put_time(fp, "since", choice->made != 0 ? choice->made :
		    KEYLIST_NONE);
		(void)fputs(", ", fp);
		put_text(fp, "source", choice->nsources > 0 ? choice->source :
		    NULL);
		(void)fprintf(fp, ", \"sources\": %u}", choice->nsources);
	}
	(void)fputs("],\n", fp);
}

void
status_print_json(FILE *fp, const struct status *status)
{
	(void)fputs("{\n  ", fp);
	put_text(fp, "host", status->host);
	(void)fputs(",\n  ", fp);
	put_time(fp, "time", status->now);
	(void)fputs(",\n  ", fp);
	put_text(fp, "missing", status->total == NULL ? status->why : NULL);
	(void)fputs(",\n", fp);
	put_choices(fp, &status->choices);
	(void)fputs("  \"pid\": ", fp);
	if (status->total == NULL)
		(void)fputs("null, \"since\": null, \"messages\": null,\n"
		    "  \"not_signed\": null, \"not_signed_others\": null, "
		    "\"signatures\": null,\n  \"times\": null, "
		    "\"now\": null, \"dns\": null, \"restarts\": null,\n"
		    "  \"ceilings\": null,\n", fp);
	else {
		(void)fprintf(fp, "%ld,\n  ", (long)status->pid);
		put_time(fp, "since", status->total->made);
		(void)fputs(",\n", fp);
		put_messages(fp, status->total);
		put_unsigned(fp, status->total);
		put_service(fp, status->total);
		put_ceilings(fp, status->total);
	}
	put_keys(fp, status);
	put_problems(fp, status);
	(void)fputs("}\n", fp);
}
