/* SPDX-License-Identifier: ISC */

/*
 * Files of the store that consist of lines: see line_file.h.
 *
 * A file without its last newline was cut off, and what is left of the line may
 * be a valid one with another meaning, so nothing of it is read.  Nothing is
 * lost for good with such a file, so what a later version wrote is treated as
 * damaged, too; only the reason is another one.
 *
 * Fails for a file that is not whole lines or begins with another one.
 */

#include "store/line_file.h"

#include <string.h>

#include "store/format.h"
#include "store/keystore.h"

#define FIRST_LINE_SIZE	64

static bool
is_later(const char *text, size_t len, const char *first)
{
	char word[FIRST_LINE_SIZE];

	if (strlcpy(word, first, sizeof(word)) >= sizeof(word))
		return false;
	word[strlen(word) - 1] = '\0';		/* "1" */
	return store_format_is_later(text, len, word, 1);
}

int
store_take_lines(char *text, size_t len, const char *first,
    store_take_fn *take, void *context, struct line_stop *stop)
{
	char *line, *end;
	int r;

	stop->number = 1;
	stop->why = is_later(text, len, first) ? FORMAT_LATER :
	    "not as countersign-key writes it";
	if (strlen(text) != len || len == 0 || text[len - 1] != '\n')
		return KS_E_DAMAGED;
	for (line = text; *line != '\0'; line = end + 1, stop->number++) {
		end = strchr(line, '\n');
		*end = '\0';
		if (stop->number > 1)
			r = take(context, line);
		else
			r = strcmp(line, first) == 0 ? 0 : KS_E_DAMAGED;
		if (r != 0)
			return r;
	}
	return 0;
}
