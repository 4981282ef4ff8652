/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the text of a key store's state file.  What is accepted is
 * printed as it came.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ks_state state;
	const char *why;
	char *text;
	size_t line, textlen;

	if (state_parse((const char *)data, len, &state, &line, &why) != 0)
		return 0;
	if (state_print(&state, &text, &textlen) != 0 || textlen != len ||
	    memcmp(text, data, len) != 0)
		abort();
	free(text);
	ks_state_finish(&state);
	return 0;
}
