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

/* What people read of a step that was taken, and of one that is due. */
static const struct {
	const char	*done, *due;
} step_texts[] = {
	[LIFECYCLE_NOTHING]	= { "done", "due" },
	[LIFECYCLE_LOOK]	= { "looked up", "to be looked up" },
	[LIFECYCLE_LOOK_OUTSIDE] = { "looked up outside",
				    "to be looked up outside" },
	[LIFECYCLE_GENERATE]	= { "generated", "to be generated" },
	[LIFECYCLE_UNUSED]	= { "name is free", "name is free" },
	[LIFECYCLE_GIVE_UP]	= { "given up", "to be given up" },
	[LIFECYCLE_PUBLISH]	= { "published", "to be published" },
	[LIFECYCLE_SEEN]	= { "seen", "seen" },
	[LIFECYCLE_UNSEEN]	= { "no longer seen", "no longer seen" },
	[LIFECYCLE_VERIFY]	= { "verified", "to be verified" },
	[LIFECYCLE_ACTIVATE]	= { "activated", "to be activated" },
	[LIFECYCLE_RETIRE]	= { "retired", "to be retired" },
	[LIFECYCLE_REVOKE]	= { "revoked", "to be revoked" },
	[LIFECYCLE_REMOVE]	= { "removed", "to be removed" },
	[LIFECYCLE_DESTROY]	= { "destroyed", "to be destroyed" },
	[LIFECYCLE_ARCHIVE]	= { "archived", "to be archived" }
};

void
domain_report_init(struct domain_report *report, const char *domain)
{
	memset(report, 0, sizeof(*report));
	(void)strlcpy(report->domain, domain, sizeof(report->domain));
	report->next = KS_NEVER;
	key_counts_init(&report->keys);
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

static void __attribute__((__format__(printf, 3, 0)))
add(struct domain_report *report, const struct report_line *wanted,
    const char *format, va_list ap)
{
	struct report_line *lines, *line;
	char *text;

	report->count[wanted->kind]++;
	if (vasprintf(&text, format, ap) == -1) {
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
	*line = *wanted;
	line->text = text;
}

void
domain_report_add(struct domain_report *report, enum report_kind kind,
    const char *selector, enum lifecycle_step step, int64_t when,
    const char *format, ...)
{
	struct report_line line = {
		.kind = kind, .step = step, .when = when, .since = KS_NEVER
	};
	va_list ap;

	(void)strlcpy(line.selector, selector, sizeof(line.selector));
	va_start(ap, format);
	add(report, &line, format, ap);
	va_end(ap);
}

void
domain_report_trouble(struct domain_report *report, enum report_kind kind,
    const char *selector, enum trouble trouble, const char *format, ...)
{
	struct report_line line = {
		.kind = kind, .trouble = trouble, .when = KS_NEVER,
		.since = KS_NEVER
	};
	va_list ap;

	(void)strlcpy(line.selector, selector, sizeof(line.selector));
	va_start(ap, format);
	add(report, &line, format, ap);
	va_end(ap);
}

/* What a line is about, in the words of those who read it. */
static const char *
headline(const struct report_line *line)
{
	switch (line->kind) {
	case REPORT_STEP:
		return step_texts[line->step].done;
	case REPORT_DUE:
		return step_texts[line->step].due;
	case REPORT_WAIT:
		return "waiting";
	case REPORT_BUSY:
		return "busy";
	case REPORT_TODO:
		return "waiting for you";
	case REPORT_FAIL:
		break;
	}
	return "FAILED";
}

void
domain_report_print(FILE *fp, const struct domain_report *report)
{
	const struct report_line *line;
	char when[RFC3339_SIZE];
	size_t i;

	for (i = 0; i < report->nlines; i++) {
		line = &report->lines[i];
		(void)fprintf(fp, "%s  %s  %s", report->domain,
		    line->selector, headline(line));
		if (line->when != KS_NEVER && rfc3339_print(line->when, when))
			(void)fprintf(fp, " until %s", when);
		(void)fprintf(fp, ": %s", line->text);
		if (line->trouble != TROUBLE_NONE)
			(void)fprintf(fp, " [%s]",
			    trouble_word(line->trouble));
		(void)fputc('\n', fp);
	}
	if (report->is_cut)
		(void)fprintf(fp, "%s: out of memory: the report is "
		    "incomplete\n",
		    report->domain);
}

void
domain_report_print_members(FILE *fp, const struct domain_report *report)
{
	static const char *const names[] = {
		[REPORT_STEP] = "done", [REPORT_DUE] = "due",
		[REPORT_WAIT] = "waiting", [REPORT_BUSY] = "busy",
		[REPORT_TODO] = "action-needed", [REPORT_FAIL] = "failed"
	};
	const struct report_line *line;
	size_t i;

	(void)fprintf(fp, "\"domain\": ");
	json_print_string(fp, report->domain, strlen(report->domain));
	(void)fprintf(fp, ", \"next\": ");
	json_print_time(fp, report->next);
	(void)fprintf(fp, ", \"steps\": [");
	for (i = 0; i < report->nlines; i++) {
		line = &report->lines[i];
		(void)fprintf(fp, "%s\n    {\"selector\": ",
		    i == 0 ? "" : ",");
		json_print_text(fp, strcmp(line->selector, "-") == 0 ? NULL :
		    line->selector);
		(void)fprintf(fp, ", \"step\": ");
		json_print_text(fp, line->step == LIFECYCLE_NOTHING ? NULL :
		    lifecycle_step_name(line->step));
		(void)fprintf(fp, ", \"trouble\": ");
		json_print_text(fp, line->trouble == TROUBLE_NONE ? NULL :
		    trouble_word(line->trouble));
		(void)fprintf(fp, ", \"result\": \"%s\", \"until\": ",
		    names[line->kind]);
		json_print_time(fp, line->when);
		(void)fprintf(fp, ", \"text\": ");
		json_print_string(fp, line->text, strlen(line->text));
		(void)fprintf(fp, "}");
	}
	(void)fprintf(fp, "]");
}

void
domain_report_print_json(FILE *fp, const struct domain_report *report)
{
	(void)fprintf(fp, "{");
	domain_report_print_members(fp, report);
	(void)fprintf(fp, ", \"records\": []}");
}
