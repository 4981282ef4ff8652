/* SPDX-License-Identifier: ISC */

/*
 * A plan as a person reads it: see plan.h.
 *
 * Like a patch: what is new begins with "+", what goes with "-".  Files that
 * are not new are shown by their difference, and those with secrets only by
 * their name.
 */


#include "base/print.h"
#include "base/user_name.h"
#include "setup/diff.h"
#include "setup/plan.h"

static void
print_heading(const char *what, const char *place, bool colours, FILE *out)
{
	print_colour(out, colours, PRINT_BOLD);
	(void)fprintf(out, "%s %s", what, place);
	print_colour(out, colours, PRINT_PLAIN);
}

static void
print_access(const struct change *change, FILE *out)
{
	char user[USER_NAME_SIZE], group[USER_NAME_SIZE];

	user_name(change->access.uid, user);
	user_name_group(change->access.gid, group);
	(void)fprintf(out, " (%s:%s, mode %04o)", user, group,
	    (unsigned int)change->access.mode);
}

static void
print_file(const struct change *change, bool colours, FILE *out)
{
	print_heading("file", change->place, colours, out);
	if (change->after == NULL)
		(void)fprintf(out, " (removed)");
	else if (change->before == NULL) {
		(void)fprintf(out, " (new)");
		print_access(change, out);
	}
	(void)fputc('\n', out);
	if (change->is_secret)
		(void)fprintf(out, "(it holds a secret and is not shown)\n");
	else
		diff_print(change->before, change->after, colours, out);
}

/* One line with a sign before it. */
static void
print_signed(char sign, const char *name, const char *value, bool colours,
    FILE *out)
{
	print_colour(out, colours, sign == '+' ? PRINT_GOOD : PRINT_BAD);
	(void)fprintf(out, "%c%s = %s", sign, name, value);
	print_colour(out, colours, PRINT_PLAIN);
	(void)fputc('\n', out);
}

static void
print_setting(const struct change *change, bool colours, FILE *out)
{
	print_heading("Postfix", change->place, colours, out);
	(void)fprintf(out, "/main.cf\n");
	if (change->before != NULL)
		print_signed('-', change->name, change->before, colours, out);
	if (change->after != NULL)
		print_signed('+', change->name, change->after, colours, out);
}

void
change_print(const struct change *change, bool colours, FILE *out)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		print_heading("directory", change->place, colours, out);
		if (change->after == NULL)
			(void)fprintf(out, " (removed)");
		else {
			(void)fprintf(out, " (new)");
			print_access(change, out);
		}
		(void)fputc('\n', out);
		break;
	case CHANGE_FILE:
		print_file(change, colours, out);
		break;
	case CHANGE_KEYS:
		print_heading("keys of", change->place, colours, out);
		(void)fprintf(out, " (new)\n");
		break;
	case CHANGE_UNIT:
		print_heading("unit", change->place, colours, out);
		(void)fprintf(out, ": %s -> %s\n", change->before,
		    change->after);
		break;
	case CHANGE_SETTING:
		print_setting(change, colours, out);
		break;
	}
}

void
plan_print(const struct plan *plan, bool colours, FILE *out)
{
	const struct change *change;

	TAILQ_FOREACH(change, &plan->changes, entry) {
		change_print(change, colours, out);
		(void)fputc('\n', out);
	}
}
