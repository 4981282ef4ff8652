/* SPDX-License-Identifier: ISC */

/*
 * A plan as text: see planprint.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
		(void)fprintf(fp, "sender %s:%u %s\n",
		    plan->senders[i].place.file,
		    plan->senders[i].place.line, plan->senders[i].pattern);
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
