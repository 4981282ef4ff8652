/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the text of a key store's state file.  What is accepted is
 * printed as it came; of format 1, as what is then printed as it came.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/state.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool
is_old(const uint8_t *data, size_t len)
{
	static const char first[] = "countersign-keys 1\n";

	return len >= strlen(first) && memcmp(data, first, strlen(first)) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ks_state state;
	const char *why;
	char *text, *again;
	size_t line, textlen, againlen;
	bool same;

	if (state_parse((const char *)data, len, &state, &line, &why) != 0)
		return 0;
	if (state_print(&state, &text, &textlen) != 0)
		abort();
	ks_state_finish(&state);
	if (is_old(data, len)) {
		if (state_parse(text, textlen, &state, &line, &why) != 0 ||
		    state_print(&state, &again, &againlen) != 0)
			abort();
		ks_state_finish(&state);
		same = againlen == textlen && memcmp(again, text, textlen) ==
		    0;
		free(again);
	} else
		same = textlen == len && memcmp(text, data, len) == 0;
	free(text);
	if (!same)
		abort();
	return 0;
}
