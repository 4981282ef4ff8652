/* SPDX-License-Identifier: ISC */

/*
 * Printing the text of a state file.
 *
 * The text is parsed again before it is returned, so that a caller's mistake
 * (an invalid selector, a duplicate key) never produces a file that no reader
 * accepts.
 */

#include "store/state_private.h"

#include <stdlib.h>

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
	(void)fputs(STATE_FIRST_LINE "\n", fp);
	for (i = 0; i < state->nkeys; i++)
		state_line_print(fp, &state->keys[i]);
	for (i = 0; i < state->nunfinished; i++)
		state_line_print(fp, &state->unfinished[i]);
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
