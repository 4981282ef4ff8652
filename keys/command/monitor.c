/* SPDX-License-Identifier: ISC */

/*
 * The monitoring check: troubles of domains and of rotation itself, worst
 * first, in the form that Nagios and its successors read, or as JSON (RFC
 * 8259).
 *
 * If the troubles cannot be gathered, the status is UNKNOWN.
 */

#include "command/monitor.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "command/gathering.h"

struct monitor {
	const struct tool	*tool;
	struct gathering	 all;
	size_t			 ncritical;
};

static const char *
severity_name(enum trouble_severity severity)
{
	return severity == TROUBLE_CRITICAL ? "CRITICAL" : "WARNING";
}

static void
count_critical(struct monitor *monitor)
{
	size_t i;

	for (i = 0; i < monitor->all.alarms.n; i++)
		if (monitor->all.alarms.list[i].severity == TROUBLE_CRITICAL)
			monitor->ncritical++;
}

static enum monitor_status
status_of(const struct monitor *monitor)
{
	if (monitor->ncritical > 0)
		return MONITOR_CRITICAL;
	return monitor->all.alarms.n > 0 ? MONITOR_WARNING : MONITOR_OK;
}

/* "example.com 20261126r1", or what of it there is. */
static void
print_subject(FILE *fp, const struct alarm *alarm)
{
	(void)fprintf(fp, "%s", alarm->domain[0] == '\0' ? "all domains" :
	    alarm->domain);
	if (strcmp(alarm->selector, "-") != 0)
		(void)fprintf(fp, " %s", alarm->selector);
}

/* With its ID.  A vertical bar would begin the performance data. */
static void
print_text(FILE *fp, const struct alarm *alarm)
{
	const char *p;

	for (p = alarm->text; *p != '\0'; p++)
		(void)fputc(*p == '|' ? '/' : *p, fp);
	(void)fprintf(fp, " [%s]", trouble_word(alarm->trouble));
}

static void
print_perfdata(const struct monitor *monitor)
{
	(void)printf(" | domains=%zu warnings=%zu;0 criticals=%zu;;0",
	    monitor->all.ndomains, monitor->all.alarms.n - monitor->ncritical,
	    monitor->ncritical);
	if (monitor->all.last_run != KS_NEVER)
		(void)printf(" last_run=%llds;%d;%d",
		    (long long)(monitor->tool->now - monitor->all.last_run),
		    GATHERING_RUN_WARNING, GATHERING_RUN_CRITICAL);
	(void)putchar('\n');
}

static void
print(const struct monitor *monitor)
{
	const struct alarm *alarm;
	char since[RFC3339_SIZE];
	size_t i;

	if (monitor->all.alarms.n == 0)
		(void)printf("COUNTERSIGN OK - no problems in %zu domain%s",
		    monitor->all.ndomains,
		    monitor->all.ndomains == 1 ? "" : "s");
	else {
		(void)printf("COUNTERSIGN %s - %zu problem%s in %zu domain%s: ",
		    severity_name(monitor->all.alarms.list[0].severity),
		    monitor->all.alarms.n,
		    monitor->all.alarms.n == 1 ? "" : "s",
		    monitor->all.ndomains,
		    monitor->all.ndomains == 1 ? "" : "s");
		print_subject(stdout, &monitor->all.alarms.list[0]);
		(void)printf(": ");
		print_text(stdout, &monitor->all.alarms.list[0]);
	}
	print_perfdata(monitor);
	for (i = 0; i < monitor->all.alarms.n; i++) {
		alarm = &monitor->all.alarms.list[i];
		(void)printf("%s ", severity_name(alarm->severity));
		print_subject(stdout, alarm);
		if (alarm->since < monitor->tool->now &&
		    rfc3339_print(alarm->since, since))
			(void)printf(" since %s", since);
		(void)printf(": ");
		print_text(stdout, alarm);
		(void)putchar('\n');
	}
}

static void
print_string(const char *name, const char *text)
{
	(void)printf("\"%s\": ", name);
	json_print_text(stdout, text);
	(void)printf(", ");
}

/* why: the troubles could not be gathered, or NULL. */
static void
print_json(const struct monitor *monitor, const char *status, const char *why)
{
	const struct alarm *alarm;
	size_t i;

	(void)printf("{\"status\": \"%s\", ", status);
	print_string("error", why);
	(void)printf("\"domains\": %zu, \"last_run\": ",
	    monitor->all.ndomains);
	json_print_time(stdout, monitor->all.last_run);
	(void)printf(", \"problems\": [");
	for (i = 0; i < monitor->all.alarms.n; i++) {
		alarm = &monitor->all.alarms.list[i];
		(void)printf("%s\n  {", i == 0 ? "" : ",");
		print_string("domain", alarm->domain[0] == '\0' ? NULL :
		    alarm->domain);
		print_string("selector", strcmp(alarm->selector, "-") == 0 ?
		    NULL : alarm->selector);
		print_string("trouble", trouble_word(alarm->trouble));
		print_string("severity", alarm->severity == TROUBLE_CRITICAL ?
		    "critical" : "warning");
		print_string("text", alarm->text);
		alarm_print_fix(stdout, alarm);
		(void)printf("\"needs_person\": %s, \"since\": ",
		    alarm->needs_person ? "true" : "false");
		json_print_time(stdout, alarm->since);
		(void)printf("}");
	}
	(void)printf("%s]}\n", monitor->all.alarms.n > 0 ? "\n" : "");
}

void
monitor_print_unknown(const struct tool *tool, const char *why)
{
	struct monitor none = { .tool = tool };

	gathering_init(&none.all, tool, NULL);
	if (tool->json)
		print_json(&none, "unknown", why);
	else
		(void)printf("COUNTERSIGN UNKNOWN - %s\n", why);
}

enum monitor_status
monitor_print(const struct tool *tool, const char *domain)
{
	static const char *const names[] = {
		[MONITOR_OK] = "ok", [MONITOR_WARNING] = "warning",
		[MONITOR_CRITICAL] = "critical", [MONITOR_UNKNOWN] = "unknown"
	};
	struct monitor monitor = { .tool = tool };
	struct rotation_run run;
	enum monitor_status status = MONITOR_UNKNOWN;
	struct ks_error error;

	gathering_init(&monitor.all, tool, &run);
	if (!tool_run_init(tool, &run))
		monitor_print_unknown(tool, "cannot set up the look at the "
		    "domains: see standard error");
	else if (gathering_run(&monitor.all, domain, &error) != 0)
		monitor_print_unknown(tool, error.text);
	else {
		alarms_sort(&monitor.all.alarms);
		count_critical(&monitor);
		status = status_of(&monitor);
		if (tool->json)
			print_json(&monitor, names[status], NULL);
		else
			print(&monitor);
	}
	gathering_finish(&monitor.all);
	rotation_run_finish(&run);
	return status;
}
