/* SPDX-License-Identifier: ISC */

/*
 * Files of the store that consist of lines: see line_file.h.
 *
 * A file without its last newline was cut off, and what is left of the line may
 * be a valid one with another meaning, so nothing of it is read.
 *
 * Fails for a file that is not whole lines or begins with another one.
 */

#include "store/line_file.h"

#include <string.h>

#include "store/keystore.h"

int
store_take_lines(char *text, size_t len, const char *first,
    store_take_fn *take, void *context, size_t *number)
{
	char *line, *end;
	int r;

	*number = 1;
	if (strlen(text) != len || len == 0 || text[len - 1] != '\n')
		return KS_E_DAMAGED;
	for (line = text; *line != '\0'; line = end + 1, (*number)++) {
		end = strchr(line, '\n');
		*end = '\0';
		if (*number > 1)
			r = take(context, line);
		else
			r = strcmp(line, first) == 0 ? 0 : KS_E_DAMAGED;
		if (r != 0)
			return r;
	}
	return 0;
}
