/* SPDX-License-Identifier: ISC */

/*
 * Printing the text of a state file, in format 3 only if a key has a stream:
 * an earlier version then refuses it, and can read any other.
 *
 * The text is parsed again before it is returned, so that a caller's mistake
 * (an invalid selector, a duplicate key) never produces a file that no reader
 * accepts.
 */

#include "base/memstream.h"
#include "store/state_private.h"

#include <stdlib.h>

bool
state_has_streams(const struct ks_state *state)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (state->keys[i].stream != NULL)
			return true;
	for (i = 0; i < state->nunfinished; i++)
		if (state->unfinished[i].stream != NULL)
			return true;
	return false;
}

int
state_print(const struct ks_state *state, char **text, size_t *len)
{
	struct ks_state check;
	FILE *fp;
	const char *why;
	size_t i, line;
	int r;

	*text = NULL;
	if ((fp = memstream_open(text, len)) == NULL)
		return KS_E_NOMEM;
	(void)fprintf(fp, "%s\n", state_has_streams(state) ?
	    STATE_FIRST_LINE3 : STATE_FIRST_LINE);
	for (i = 0; i < state->nkeys; i++)
		state_line_print(fp, &state->keys[i]);
	for (i = 0; i < state->nunfinished; i++)
		state_line_print(fp, &state->unfinished[i]);
	if (!memstream_close(fp, text))
		return KS_E_NOMEM;
	r = state_parse(*text, *len, &check, &line, &why);
	if (r == 0)
		ks_state_finish(&check);
	else if (r == KS_E_DAMAGED)
		r = KS_E_ARG;
	if (r != 0) {
		free(*text);
		*text = NULL;
	}
	return r;
}
