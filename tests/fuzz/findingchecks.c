/* SPDX-License-Identifier: ISC */

/*
 * Checks of findings: see findingchecks.h.  They abort.
 */

#include "findingchecks.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static void
check_text(const struct findings *findings)
{
	const struct chain_style style = { .colours = false };
	char *text = NULL;
	size_t i, len;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		abort();
	chain_print_text(out, findings, &style);
	(void)fclose(out);
	for (i = 0; i < len; i++)
		if ((text[i] < ' ' && text[i] != '\n') || text[i] > '~')
			abort();
	free(text);
}

static void
check_json(const struct findings *findings)
{
	const struct chain_style style = { .colours = false };
	json_t *json;
	char *text = NULL;
	size_t len;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		abort();
	chain_print_json(out, findings, &style);
	(void)fclose(out);
	if ((json = json_loadb(text, len, 0, NULL)) == NULL)
		abort();
	json_decref(json);
	free(text);
}

static void
check_program(const char *line, const char *const *programs)
{
	for (; *programs != NULL; programs++)
		if (strncmp(line, *programs, strlen(*programs)) == 0)
			return;
	abort();
}

/* Commands and plain words; anything else is in quotes, which are closed. */
static void
check_fix(const char *fix, const char *const *programs, const char *more)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_ ;\n";
	bool is_quoted = false, is_begun = false;

	for (; *fix != '\0'; fix++) {
		if (!is_begun)
			check_program(fix, programs);
		is_begun = is_quoted || *fix != '\n';
		if (*fix == '\'')
			is_quoted = !is_quoted;
		else if (!is_quoted && *fix == '\\' && fix[1] == '\'')
			fix++;
		else if (!is_quoted && strchr(plain, *fix) == NULL &&
		    strchr(more, *fix) == NULL)
			abort();
	}
	if (is_quoted)
		abort();
}

void
check_findings(const struct findings *findings, const char *const *programs,
    const char *more)
{
	size_t i;

	for (i = 0; i < findings->n; i++)
		if (findings->list[i].fix != NULL)
			check_fix(findings->list[i].fix, programs, more);
	check_text(findings);
	check_json(findings);
}
