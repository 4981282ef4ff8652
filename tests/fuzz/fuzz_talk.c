/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: lines between countersign-key and countersign-fleet, in pieces
 * of a length that the first octet says.  A line that can be read is written
 * again as it was.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "talk/protocol.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
check_line(void *context, char *line)
{
	static char copy[TALK_MAX_LINE], printed[TALK_MAX_LINE];
	struct talk_message message;
	struct ks_error error = { "" };
	size_t len, *nlines = context;
	int r;

	(*nlines)++;
	(void)strlcpy(copy, line, sizeof(copy));
	r = talk_parse(line, &message, &error);
	if (r != 0) {
		if (error.text[0] == '\0' || r > 0)
			abort();
		return 0;
	}
	len = talk_print(&message, printed);
	/* The longest ones are cut off by an octet or two. */
	if (printed[len - 1] != '\n' || len > strlen(copy) + 1 ||
	    len + 2 < strlen(copy) + 1 || memcmp(printed, copy, len - 1) != 0)
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct talk_lines lines;
	struct ks_error error;
	size_t i, n, piece, nlines = 0;

	if (len == 0)
		return 0;
	memset(&lines, 0, sizeof(lines));
	piece = 1 + (size_t)data[0];
	for (i = 1; i < len; i += n) {
		n = len - i < piece ? len - i : piece;
		if (talk_lines_add(&lines, (const char *)data + i, n,
		    check_line, &nlines, &error) != 0)
			return 0;
		if (lines.len >= TALK_MAX_LINE || nlines > len)
			abort();
	}
	return 0;
}
