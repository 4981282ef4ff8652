/* SPDX-License-Identifier: ISC */

/*
 * A plan as text: see planprint.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "planprint.h"

char *
planprint(struct import_plan *plan)
{
	char *text;
	size_t i, len;
	FILE *fp;

	assert_non_null(fp = open_memstream(&text, &len));
	for (i = 0; i < plan->nkeys; i++)
		(void)fprintf(fp, "key %s:%u %s %s %s%s\n",
		    plan->keys[i].place.file, plan->keys[i].place.line,
		    plan->keys[i].domain, plan->keys[i].selector,
		    plan->keys[i].path == NULL ? "=" : "",
		    plan->keys[i].path == NULL ? plan->keys[i].secret :
		    plan->keys[i].path);
	for (i = 0; i < plan->nsenders; i++) {
		assert_true(plan->senders[i].key < plan->nkeys);
		(void)fprintf(fp, "sender %s:%u %s%s%s\n",
		    plan->senders[i].place.file,
		    plan->senders[i].place.line,
		    plan->senders[i].local == NULL ? "" :
		    plan->senders[i].local,
		    plan->senders[i].local == NULL ? "" : "@",
		    plan->senders[i].pattern);
	}
	for (i = 0; i < plan->nnotes; i++)
		(void)fprintf(fp, "%s %s:%u %.*s\n",
		    plan->notes[i].is_loss ? "lost" : "note",
		    plan->notes[i].place.file, plan->notes[i].place.line,
		    (int)strcspn(plan->notes[i].text, ":"),
		    plan->notes[i].text);
	assert_false(plan->is_cut);
	import_plan_finish(plan);
	assert_int_equal(fclose(fp), 0);
	return text;
}

void
plan_check(const struct plan_case *cases, size_t ncases,
    void (*read)(struct import_plan *plan, const char *text, size_t len))
{
	struct import_plan plan;
	char *got;
	size_t i;

	for (i = 0; i < ncases; i++) {
		import_plan_init(&plan);
		read(&plan, cases[i].text, strlen(cases[i].text));
		got = planprint(&plan);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s:\n%s", cases[i].name, got);
		free(got);
	}
}

bool
plan_read_file(const struct plan_file *files, size_t nfiles,
    const char *path, struct import_file *file, char *buf, size_t bufsize)
{
	size_t i;

	memset(file, 0, sizeof(*file));
	for (i = 0; i < nfiles; i++)
		if (strcmp(files[i].path, path) == 0) {
			assert_non_null(file->text = strdup(files[i].text));
			file->len = strlen(file->text);
			return true;
		}
	(void)snprintf(buf, bufsize, "%s: none", path);
	return false;
}
