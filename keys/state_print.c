/* SPDX-License-Identifier: ISC */

/*
 * Writing the text of a state file.
 *
 * What is written is read again before it is handed out: a caller's mistake
 * (a selector that is none, a key given twice) shall never become a file that
 * no reader accepts.
 */

#include "state.h"

#include <stdio.h>
#include <stdlib.h>

#include "rfc3339.h"

static void
print_time(FILE *fp, int64_t seconds)
{
	char buf[RFC3339_SIZE];

	/* A time out of range leaves an empty field: refused on reading. */
	if (seconds == KS_NEVER)
		(void)fputs(" -", fp);
	else {
		(void)rfc3339_print(seconds, buf);
		(void)fprintf(fp, " %s", buf);
	}
}

static void
print_key(FILE *fp, const struct ks_key *key)
{
	const char *algorithm;

	algorithm = dkimsig_algorithm_name(key->algorithm);
	(void)fprintf(fp, "%s %s", key->selector,
	    algorithm == NULL ? "?" : algorithm);
	print_time(fp, key->generated);
	print_time(fp, key->published);
	print_time(fp, key->seen);
	print_time(fp, key->verified);
	print_time(fp, key->active_from);
	print_time(fp, key->retire_at);
	print_time(fp, key->revoked);
	print_time(fp, key->removed);
	if (key->strict)
		(void)fputs(" strict", fp);
	if (key->compromised)
		(void)fputs(" compromised", fp);
	if (key->record[0] != '\0')
		(void)fprintf(fp, " record=%s", key->record);
	(void)fputc('\n', fp);
}

int
state_print(const struct ks_state *state, char **text, size_t *len)
{
	struct ks_state check;
	FILE *fp;
	const char *why;
	size_t i, line;
	bool failed;
	int r;

	*text = NULL;
	if ((fp = open_memstream(text, len)) == NULL)
		return KS_E_NOMEM;
	(void)fputs("countersign-keys 1\n", fp);
	for (i = 0; i < state->nkeys; i++)
		print_key(fp, &state->keys[i]);
	failed = ferror(fp) != 0;
	if (fclose(fp) != 0 || failed) {
		r = KS_E_NOMEM;
		goto out;
	}
	r = state_parse(*text, *len, &check, &line, &why);
	if (r == 0)
		ks_state_finish(&check);
	else if (r == KS_E_DAMAGED)
		r = KS_E_ARG;
out:
	if (r != 0) {
		free(*text);
		*text = NULL;
	}
	return r;
}
