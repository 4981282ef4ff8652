/* SPDX-License-Identifier: ISC */

/*
 * The troubles of several domains in one list: see alarms.h.
 *
 * A domain that cannot be read is a trouble of its own and does not hide the
 * others.  Only lack of memory is an error.
 */

#include "rotate/alarms.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "rotate/outlook.h"
#include "rotate/troubles.h"
#include "rotate/view.h"
#include "text/command.h"

int
alarms_add(struct alarms *alarms, const struct alarm *wanted,
    const char *text)
{
	struct alarm *list;
	char *copy;

	if ((copy = strdup(text)) == NULL)
		return KS_E_NOMEM;
	list = recallocarray(alarms->list, alarms->n, alarms->n + 1,
	    sizeof(*list));
	if (list == NULL) {
		free(copy);
		return KS_E_NOMEM;
	}
	alarms->list = list;
	list[alarms->n] = *wanted;
	list[alarms->n++].text = copy;
	return 0;
}

int
alarms_add_fault(struct alarms *alarms, const char *domain, const char *text,
    int64_t now)
{
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_KEY_STORE,
		.severity = TROUBLE_CRITICAL, .needs_person = true,
		.since = now
	};

	(void)strlcpy(alarm.domain, domain, sizeof(alarm.domain));
	return alarms_add(alarms, &alarm, text);
}

/* How severe a trouble is, as long as the end of a key is not near. */
static enum trouble_severity
severity_of(const struct domain_view *view, const struct report_line *line,
    int64_t now)
{
	return line->trouble == TROUBLE_CNAME ?
	    trouble_severity_of_cname(&view->state, &view->policy,
	    line->selector, now) : trouble_severity(line->trouble);
}

static int
add_report(struct alarms *alarms, const struct domain_report *report,
    const struct domain_view *view, int64_t now)
{
	const bool is_near_end = trouble_is_near_end(&view->state,
	    &view->policy, now);
	const struct report_line *line;
	struct alarm alarm;
	size_t i;
	int r = 0;

	for (i = 0; i < report->nlines && r == 0; i++) {
		line = &report->lines[i];
		if (line->trouble == TROUBLE_NONE)
			continue;
		memset(&alarm, 0, sizeof(alarm));
		(void)strlcpy(alarm.domain, report->domain,
		    sizeof(alarm.domain));
		(void)strlcpy(alarm.selector, line->selector,
		    sizeof(alarm.selector));
		alarm.trouble = line->trouble;
		alarm.severity = is_near_end ? TROUBLE_CRITICAL :
		    severity_of(view, line, now);
		alarm.needs_person = line->kind == REPORT_TODO;
		alarm.since = line->since;
		r = alarms_add(alarms, &alarm, line->text);
	}
	return report->is_cut ? KS_E_NOMEM : r;
}

int
alarms_add_domain(struct alarms *alarms, struct domain_view *view,
    struct rotation_run *run, const char *domain, int64_t now)
{
	struct domain_report report;
	struct ks_error error;
	int r;

	domain_report_init(&report, domain);
	r = domain_view_open(view, run, domain, &error);
	if (r == 0) {
		domain_outlook(view, &report, now);
		r = domain_troubles_recall(view, &report, now, &error);
	}
	if (r != 0 && r != KS_E_NOMEM)
		r = alarms_add_fault(alarms, domain, error.text, now);
	if (r == 0)
		r = add_report(alarms, &report, view, now);
	domain_report_finish(&report);
	return r;
}

void
alarm_print_fix(FILE *fp, const struct alarm *alarm)
{
	const char *fix = NULL;
	size_t len;

	if (alarm != NULL && trouble_has_fix(alarm->trouble))
		fix = text_find_command(alarm->text, &len);
	(void)fputs("\"fix\": ", fp);
	if (fix == NULL)
		(void)fputs("null", fp);
	else
		json_print_string(fp, fix, len);
	(void)fputs(", ", fp);
}

static int
compare(const void *a, const void *b)
{
	const struct alarm *one = a, *other = b;
	int r;

	if (one->severity != other->severity)
		return one->severity > other->severity ? -1 : 1;
	if (one->since != other->since)
		return one->since < other->since ? -1 : 1;
	if ((r = strcmp(one->domain, other->domain)) != 0)
		return r;
	return strcmp(one->selector, other->selector);
}

void
alarms_sort(struct alarms *alarms)
{
	if (alarms->n > 1)
		qsort(alarms->list, alarms->n, sizeof(*alarms->list),
		    compare);
}

void
alarms_finish(struct alarms *alarms)
{
	size_t i;

	for (i = 0; i < alarms->n; i++)
		free(alarms->list[i].text);
	free(alarms->list);
	memset(alarms, 0, sizeof(*alarms));
}
