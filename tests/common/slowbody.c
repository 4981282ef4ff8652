/* SPDX-License-Identifier: ISC */

/*
 * A body line by line, as the RFCs describe it.  A line ends with CRLF; other
 * CRs and LFs are text.
 */

#include "slowbody.h"

#include <stdbool.h>
#include <string.h>

#define MAX_LINE	998	/* octets: RFC 5321 section 4.5.3.1.6 */

/* The length of the line that begins here, without its CRLF. */
static size_t
line_length(const char *line, size_t left)
{
	size_t i;

	for (i = 0; i < left; i++)
		if (i + 1 < left && line[i] == '\r' && line[i + 1] == '\n')
			break;
	return i;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 6376 section 3.4.4 (a): a line without what is to be ignored. */
static size_t
relax_line(const char *line, size_t len, char *out)
{
	size_t i, n = 0;

	while (len > 0 && is_blank(line[len - 1]))
		len--;
	for (i = 0; i < len; i++)
		if (!is_blank(line[i]))
			out[n++] = line[i];
		else if (i == 0 || !is_blank(line[i - 1]))
			out[n++] = ' ';
	return n;
}

size_t
slow_canon(enum dkimsig_canon canon, const char *body, size_t len, char *out)
{
	bool is_relaxed = canon == DKIMSIG_CANON_RELAXED;
	size_t at, n = 0, line;

	for (at = 0; at < len; at += line + 2) {
		line = line_length(body + at, len - at);
		if (is_relaxed)
			n += relax_line(body + at, line, out + n);
		else {
			memcpy(out + n, body + at, line);
			n += line;
		}
		memcpy(out + n, "\r\n", 2);
		n += 2;
	}
	/* Empty lines at the end are ignored. */
	while (n >= 2 && memcmp(out + n - 2, "\r\n", 2) == 0)
		n -= 2;
	if (n > 0 || !is_relaxed) {
		memcpy(out + n, "\r\n", 2);
		n += 2;
	}
	return n;
}

unsigned int
slow_faults(const char *body, size_t len)
{
	unsigned int faults = 0;
	size_t at, i, line, text;

	for (i = 0; i < len; i++) {
		if (body[i] == '\0')
			faults |= DKIMSIG_FAULT_NUL;
		if ((body[i] & 0x80) != 0)
			faults |= DKIMSIG_FAULT_8BIT_BODY;
	}
	for (at = 0; at < len; at += line + 2) {
		line = line_length(body + at, len - at);
		for (i = at; i < at + line; i++) {
			if (body[i] == '\r')
				faults |= DKIMSIG_FAULT_BARE_CR;
			if (body[i] == '\n')
				faults |= DKIMSIG_FAULT_BARE_LF;
		}
		/* A CR at the end of the body is not counted. */
		text = line;
		if (at + line == len && body[len - 1] == '\r')
			text--;
		if (text > MAX_LINE)
			faults |= DKIMSIG_FAULT_LONG_LINE;
	}
	return faults;
}
