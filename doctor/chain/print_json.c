/* SPDX-License-Identifier: ISC */

/*
 * Print findings as a JSON object (RFC 8259); countersign-doctor(8) lists its
 * members.
 *
 * Texts are escaped by json_print_string().  The caller checks the stream for
 * errors.
 */

#include <string.h>

#include "base/json.h"
#include "chain/chain.h"

static void
string(FILE *fp, const char *name, const char *value)
{
	(void)fprintf(fp, "\"%s\": ", name);
	if (value == NULL)
		(void)fputs("null", fp);
	else
		json_print_string(fp, value, strlen(value));
}

static void
print_finding(FILE *fp, const struct finding *finding)
{
	(void)fputs("\n  {", fp);
	string(fp, "id", finding->id);
	(void)fprintf(fp, ", \"state\": \"%s\", ",
	    finding_state_name(finding->state));
	string(fp, "area", finding->area);
	(void)fputs(", ", fp);
	string(fp, "subject", finding->subject);
	(void)fputs(",\n   ", fp);
	string(fp, "text", finding->text);
	(void)fputs(",\n   ", fp);
	string(fp, "fix", finding->fix);
	(void)fputs("}", fp);
}

void
chain_print_json(FILE *fp, const struct findings *findings,
    const struct chain_style *style)
{
	const char *separator = "";
	size_t i;

	(void)fprintf(fp, "{\"checks\": %zu, \"problems\": %zu, "
	    "\"unknown\": %zu, \"notes\": %zu, \"complete\": %s,\n"
	    " \"findings\": [", findings->n,
	    findings_count(findings, FINDING_PROBLEM),
	    findings_count(findings, FINDING_UNKNOWN),
	    findings_count(findings, FINDING_NOTE),
	    findings->is_incomplete ? "false" : "true");
	for (i = 0; i < findings->n; i++) {
		if (style->only_problems &&
		    findings->list[i].state != FINDING_PROBLEM)
			continue;
		(void)fputs(separator, fp);
		print_finding(fp, &findings->list[i]);
		separator = ",";
	}
	(void)fputs("\n]}\n", fp);
}
