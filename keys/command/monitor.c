/* SPDX-License-Identifier: ISC */

/*
 * The monitoring check: troubles of domains and of rotation itself, worst
 * first, in the form that Nagios and its successors read, or as JSON (RFC
 * 8259).
 *
 * A domain that cannot be read is a trouble of its own and does not hide the
 * others.  If the troubles cannot be gathered, the status is UNKNOWN.
 */

#include "command/monitor.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "command/holder.h"
#include "config/config.h"
#include "config/means.h"
#include "rotate/alarms.h"
#include "rotate/context.h"
#include "store/generation.h"
#include "store/last_run.h"

struct monitor {
	const struct tool	*tool;
	struct rotation_run	 run;
	struct alarms		 alarms;
	size_t			 ndomains;
	size_t			 ncritical;
	bool			 is_automatic;	/* the timer has work to do */
	int64_t			 oldest;	/* key of such a domain */
	int64_t			 last_run;	/* or KS_NEVER */
};

/* Remember how long the timer could have run for a domain. */
static void
note_automatic(struct monitor *monitor, const struct domain_view *view)
{
	size_t i;

	if (!view->rotation->automatic)
		return;
	monitor->is_automatic = true;
	for (i = 0; i < view->state.nkeys; i++)
		if (view->state.keys[i].generated != KS_NEVER &&
		    view->state.keys[i].generated < monitor->oldest)
			monitor->oldest = view->state.keys[i].generated;
}

static int
monitor_domain(const char *domain, void *arg)
{
	struct monitor *monitor = arg;
	struct domain_view view;
	int r;

	monitor->ndomains++;
	r = alarms_add_domain(&monitor->alarms, &view, &monitor->run, domain,
	    monitor->tool->now);
	if (view.state.nkeys > 0)
		note_automatic(monitor, &view);
	domain_view_close(&view);
	return r;
}

/* A domain that has keys, whatever is wrong with them, is not one without. */
static int
monitor_keyless(const struct source *source, const char *domain, void *arg)
{
	struct monitor *monitor = arg;
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_NO_KEYS,
		.severity = trouble_severity(TROUBLE_NO_KEYS),
		.needs_person = true, .since = monitor->tool->now
	};
	struct config_place place;
	char text[DKIMSIG_DOMAIN_SIZE + PATH_MAX + 512];
	size_t i;

	for (i = 0; i < monitor->alarms.n; i++)
		if (strcmp(monitor->alarms.list[i].domain, domain) == 0)
			return 0;
	(void)strlcpy(alarm.domain, domain, sizeof(alarm.domain));
	place = config_place(monitor->tool->config, source->line);
	(void)snprintf(text, sizeof(text), "source \"%.100s\" on line %u of "
	    "%s names it, but it has no keys, so its mail is "
	    "not signed: create them with 'countersign-key add %s'",
	    source->name, place.line, place.file, domain);
	return alarms_add(&monitor->alarms, &alarm, text);
}

/* Another host rotates the keys, and this one is not meant to follow it. */
static int
monitor_holder(struct monitor *monitor)
{
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_OTHER_HOST,
		.severity = TROUBLE_CRITICAL, .needs_person = true,
		.since = monitor->tool->now
	};
	struct ks_error text;

	return holder_trouble(monitor->tool, &text) ?
	    alarms_add(&monitor->alarms, &alarm, text.text) : 0;
}

/* On a host that follows: whether keys are still pushed to it. */
static int
monitor_push(struct monitor *monitor, int64_t silent)
{
	struct ks_generation generation;
	struct ks_error error;
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_HOST,
		.severity = silent >= MONITOR_RUN_CRITICAL ?
		    TROUBLE_CRITICAL : TROUBLE_WARNING,
		.needs_person = true, .since = monitor->last_run
	};

	if (ks_generation_read(monitor->tool->ks, &generation, &error) != 0)
		return alarms_add_fault(&monitor->alarms, "", error.text,
		    monitor->tool->now);
	/* Copied in another way. */
	if (generation.term == 0 || monitor->last_run == KS_NEVER)
		return 0;
	return alarms_add(&monitor->alarms, &alarm, "no keys were pushed to "
	    "this host: see 'countersign-key sync --status' on the host that "
	    "rotates them");
}

/* Rotation over all domains has not run for too long. */
static int
monitor_timer(struct monitor *monitor)
{
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_ROTATION,
		.needs_person = true
	};
	char text[256], when[RFC3339_SIZE];
	struct ks_error error;
	int64_t silent;

	if (ks_last_run_read(monitor->tool->ks, &monitor->last_run,
	    &error) != 0)
		return alarms_add_fault(&monitor->alarms, "", error.text,
		    monitor->tool->now);
	alarm.since = monitor->last_run != KS_NEVER ? monitor->last_run :
	    monitor->oldest;
	silent = monitor->tool->now - alarm.since;
	if (!monitor->is_automatic || silent < MONITOR_RUN_WARNING)
		return 0;
	if (holder_follows(monitor->tool))
		return monitor_push(monitor, silent);
	if (silent >= MONITOR_RUN_CRITICAL)
		alarm.severity = TROUBLE_CRITICAL;
	(void)rfc3339_print(monitor->last_run, when);
	(void)snprintf(text, sizeof(text), "'countersign-key rotate' %s%s for "
	    "all domains: see 'systemctl status countersign-rotate.timer', or "
	    "run it by hand and read what it says",
	    monitor->last_run == KS_NEVER ? "has never run" : "last ran at ",
	    when);
	return alarms_add(&monitor->alarms, &alarm, text);
}

/* A host of sync_hosts to which no keys can be pushed. */
static int
monitor_host(struct monitor *monitor, const char *host)
{
	const struct ks_host_record *record;
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_HOST,
		.severity = trouble_severity(TROUBLE_HOST),
		.needs_person = true
	};
	char text[KS_HOST_NAME_SIZE + KS_HOST_FAULT_SIZE + 128];

	record = ks_hosts_find(&monitor->run.hosts, host);
	if (record != NULL && record->failing == KS_NEVER)
		return 0;
	alarm.since = record != NULL ? record->failing : monitor->tool->now;
	if (record == NULL)
		(void)snprintf(text, sizeof(text), "%s of sync_hosts: no keys "
		    "were pushed to it yet: run 'countersign-key sync %s'",
		    host, host);
	else
		(void)snprintf(text, sizeof(text), "%s of sync_hosts: keys "
		    "cannot be pushed to it, so new keys may have to wait: %s",
		    host, record->fault);
	return alarms_add(&monitor->alarms, &alarm, text);
}

static int
monitor_hosts(struct monitor *monitor)
{
	const struct text_list *hosts = &monitor->tool->config->sync_hosts;
	size_t i;
	int r = 0;

	for (i = 0; i < hosts->n && r == 0; i++)
		if (!holder_follows(monitor->tool))
			r = monitor_host(monitor, hosts->texts[i]);
	return r;
}

static const char *
severity_name(enum trouble_severity severity)
{
	return severity == TROUBLE_CRITICAL ? "CRITICAL" : "WARNING";
}

static void
count_critical(struct monitor *monitor)
{
	size_t i;

	for (i = 0; i < monitor->alarms.n; i++)
		if (monitor->alarms.list[i].severity == TROUBLE_CRITICAL)
			monitor->ncritical++;
}

static enum monitor_status
status_of(const struct monitor *monitor)
{
	if (monitor->ncritical > 0)
		return MONITOR_CRITICAL;
	return monitor->alarms.n > 0 ? MONITOR_WARNING : MONITOR_OK;
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

/* A vertical bar would begin the performance data. */
static void
print_text(FILE *fp, const char *text)
{
	for (; *text != '\0'; text++)
		(void)fputc(*text == '|' ? '/' : *text, fp);
}

static void
print_perfdata(const struct monitor *monitor)
{
	(void)printf(" | domains=%zu warnings=%zu;0 criticals=%zu;;0",
	    monitor->ndomains, monitor->alarms.n - monitor->ncritical,
	    monitor->ncritical);
	if (monitor->last_run != KS_NEVER)
		(void)printf(" last_run=%llds;%d;%d",
		    (long long)(monitor->tool->now - monitor->last_run),
		    MONITOR_RUN_WARNING, MONITOR_RUN_CRITICAL);
	(void)putchar('\n');
}

static void
print(const struct monitor *monitor)
{
	const struct alarm *alarm;
	char since[RFC3339_SIZE];
	size_t i;

	if (monitor->alarms.n == 0)
		(void)printf("COUNTERSIGN OK - no problems in %zu domain%s",
		    monitor->ndomains, monitor->ndomains == 1 ? "" : "s");
	else {
		(void)printf("COUNTERSIGN %s - %zu problem%s in %zu domain%s: ",
		    severity_name(monitor->alarms.list[0].severity),
		    monitor->alarms.n, monitor->alarms.n == 1 ? "" : "s",
		    monitor->ndomains, monitor->ndomains == 1 ? "" : "s");
		print_subject(stdout, &monitor->alarms.list[0]);
		(void)printf(": ");
		print_text(stdout, monitor->alarms.list[0].text);
	}
	print_perfdata(monitor);
	for (i = 0; i < monitor->alarms.n; i++) {
		alarm = &monitor->alarms.list[i];
		(void)printf("%s ", severity_name(alarm->severity));
		print_subject(stdout, alarm);
		if (alarm->since < monitor->tool->now &&
		    rfc3339_print(alarm->since, since))
			(void)printf(" since %s", since);
		(void)printf(": ");
		print_text(stdout, alarm->text);
		(void)putchar('\n');
	}
}

static void
print_string(const char *name, const char *text)
{
	(void)printf("\"%s\": ", name);
	if (text == NULL)
		(void)printf("null");
	else
		json_string(stdout, text, strlen(text));
	(void)printf(", ");
}

static void
print_json(const struct monitor *monitor, const char *status)
{
	const struct alarm *alarm;
	size_t i;

	(void)printf("{\"status\": \"%s\", \"domains\": %zu, \"last_run\": ",
	    status, monitor->ndomains);
	json_time(stdout, monitor->last_run);
	(void)printf(", \"problems\": [");
	for (i = 0; i < monitor->alarms.n; i++) {
		alarm = &monitor->alarms.list[i];
		(void)printf("%s\n  {", i == 0 ? "" : ",");
		print_string("domain", alarm->domain[0] == '\0' ? NULL :
		    alarm->domain);
		print_string("selector", strcmp(alarm->selector, "-") == 0 ?
		    NULL : alarm->selector);
		print_string("trouble", trouble_word(alarm->trouble));
		print_string("severity", alarm->severity == TROUBLE_CRITICAL ?
		    "critical" : "warning");
		print_string("text", alarm->text);
		(void)printf("\"needs_person\": %s, \"since\": ",
		    alarm->needs_person ? "true" : "false");
		json_time(stdout, alarm->since);
		(void)printf("}");
	}
	(void)printf("%s]}\n", monitor->alarms.n > 0 ? "\n" : "");
}

void
monitor_print_unknown(const struct tool *tool, const char *why)
{
	struct monitor none = { .tool = tool, .last_run = KS_NEVER };

	if (tool->json)
		print_json(&none, "unknown");
	else
		(void)printf("COUNTERSIGN UNKNOWN - %s\n", why);
}

static int
gather(struct monitor *monitor, const char *domain, struct ks_error *error)
{
	int r;

	(void)strlcpy(error->text, "out of memory", sizeof(error->text));
	r = domain != NULL ? monitor_domain(domain, monitor) :
	    ks_each_domain(monitor->tool->ks, monitor_domain, monitor,
	    error);
	if (r == 0 && domain == NULL)
		r = config_each_keyless(monitor->tool->config,
		    monitor->tool->keydir, monitor_keyless, monitor);
	if (r == 0)
		r = monitor_holder(monitor);
	if (r == 0)
		r = monitor_hosts(monitor);
	return r == 0 ? monitor_timer(monitor) : r;
}

enum monitor_status
monitor_print(const struct tool *tool, const char *domain)
{
	static const char *const names[] = {
		[MONITOR_OK] = "ok", [MONITOR_WARNING] = "warning",
		[MONITOR_CRITICAL] = "critical", [MONITOR_UNKNOWN] = "unknown"
	};
	struct monitor monitor = {
		.tool = tool, .oldest = tool->now, .last_run = KS_NEVER
	};
	enum monitor_status status = MONITOR_UNKNOWN;
	struct ks_error error;

	if (!tool_run_init(tool, &monitor.run))
		monitor_print_unknown(tool, "cannot set up the look at the "
		    "domains: see standard error");
	else if (gather(&monitor, domain, &error) != 0)
		monitor_print_unknown(tool, error.text);
	else {
		alarms_sort(&monitor.alarms);
		count_critical(&monitor);
		status = status_of(&monitor);
		if (tool->json)
			print_json(&monitor, names[status]);
		else
			print(&monitor);
	}
	alarms_finish(&monitor.alarms);
	rotation_run_finish(&monitor.run);
	return status;
}
