/* SPDX-License-Identifier: ISC */

/*
 * What a run did for the keys of one domain: the steps that it took, what the
 * domain waits for, what somebody must do, and failures; as text and as JSON
 * (RFC 8259).
 *
 * Lines are collected and printed when the domain is finished, so that the
 * output of several threads does not mix.  If there is no memory for a line, it
 * is left out, and the report says so; it is still counted.
 */

#include "rotate/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/rfc3339.h"

static const char *const kind_names[] = {
	[REPORT_STEP]	= "done",
	[REPORT_DUE]	= "due",
	[REPORT_WAIT]	= "waiting",
	[REPORT_TODO]	= "needs action",
	[REPORT_FAIL]	= "FAILED"
};

void
domain_report_init(struct domain_report *report, const char *domain)
{
	memset(report, 0, sizeof(*report));
	(void)strlcpy(report->domain, domain, sizeof(report->domain));
	report->next = KS_NEVER;
}

void
domain_report_finish(struct domain_report *report)
{
	size_t i;

	for (i = 0; i < report->nlines; i++)
		free(report->lines[i].text);
	free(report->lines);
	report->lines = NULL;
	report->nlines = 0;
}

void
domain_report_add(struct domain_report *report, enum report_kind kind,
    const char *selector, const char *step, int64_t when, const char *format,
    ...)
{
	struct report_line *lines, *line;
	va_list ap;
	char *text;
	int n;

	report->count[kind]++;
	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n == -1) {
		report->is_cut = true;
		return;
	}
	lines = recallocarray(report->lines, report->nlines,
	    report->nlines + 1, sizeof(*lines));
	if (lines == NULL) {
		free(text);
		report->is_cut = true;
		return;
	}
	report->lines = lines;
	line = &lines[report->nlines++];
	line->kind = kind;
	(void)strlcpy(line->selector, selector, sizeof(line->selector));
	line->step = step;
	line->when = when;
	line->text = text;
}

void
domain_report_print(FILE *fp, const struct domain_report *report)
{
	const struct report_line *line;
	char when[RFC3339_SIZE];
	size_t i;

	for (i = 0; i < report->nlines; i++) {
		line = &report->lines[i];
		(void)fprintf(fp, "%s  %s  %s %s", report->domain,
		    line->selector, line->step, kind_names[line->kind]);
		if (line->when != KS_NEVER && rfc3339_print(line->when, when))
			(void)fprintf(fp, " until %s", when);
		(void)fprintf(fp, ": %s\n", line->text);
	}
	if (report->is_cut)
		(void)fprintf(fp, "%s: out of memory: the report is "
		    "incomplete\n",
		    report->domain);
}

void
domain_report_print_json(FILE *fp, const struct domain_report *report)
{
	static const char *const names[] = {
		[REPORT_STEP] = "done", [REPORT_DUE] = "due",
		[REPORT_WAIT] = "waiting", [REPORT_TODO] = "action_needed",
		[REPORT_FAIL] = "failed"
	};
	const struct report_line *line;
	size_t i;

	(void)fprintf(fp, "{\"domain\": ");
	json_string(fp, report->domain, strlen(report->domain));
	(void)fprintf(fp, ", \"next\": ");
	json_time(fp, report->next);
	(void)fprintf(fp, ", \"steps\": [");
	for (i = 0; i < report->nlines; i++) {
		line = &report->lines[i];
		(void)fprintf(fp, "%s\n    {\"selector\": ",
		    i == 0 ? "" : ",");
		json_string(fp, line->selector, strlen(line->selector));
		(void)fprintf(fp, ", \"step\": \"%s\", \"result\": \"%s\", "
		    "\"until\": ", line->step, names[line->kind]);
		json_time(fp, line->when);
		(void)fprintf(fp, ", \"text\": ");
		json_string(fp, line->text, strlen(line->text));
		(void)fprintf(fp, "}");
	}
	(void)fprintf(fp, "]}");
}
