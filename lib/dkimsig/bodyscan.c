/* SPDX-License-Identifier: ISC */

/*
 * Faults of a body, RFC 5321 sections 2.3.8 and 4.5.3.1.6: lines end with CRLF,
 * CR and LF do not occur elsewhere, and a line has at most 998 octets before
 * its CRLF.
 *
 * For speed, it searches with memchr(3): line by line for line ends, and in the
 * whole chunk for the rest.  Nothing here fails.
 */

#include "dkimsig/bodyscan.h"

#include <string.h>

#include "dkimsig/dkimsig.h"

#define MAX_LINE	998	/* octets without CRLF */

static bool
has_high_octet(const char *data, size_t len)
{
	unsigned char all = 0;
	size_t i;

	for (i = 0; i < len; i++)
		all |= (unsigned char)data[i];
	return (all & 0x80) != 0;
}

static void
count_column(struct bodyscan *scan, size_t n)
{
	scan->column += n;
	if (scan->column > MAX_LINE) {
		scan->faults |= DKIMSIG_FAULT_LONG_LINE;
		scan->column = MAX_LINE + 1;
	}
}

/* Scan a piece that contains no LF. */
static void
scan_text(struct bodyscan *scan, const char *data, size_t len)
{
	if (len == 0)
		return;
	if (scan->cr) {
		scan->faults |= DKIMSIG_FAULT_BARE_CR;
		count_column(scan, 1);
	}
	if (memchr(data, '\r', len - 1) != NULL)
		scan->faults |= DKIMSIG_FAULT_BARE_CR;
	scan->cr = data[len - 1] == '\r';
	count_column(scan, len - scan->cr);
}

void
bodyscan_update(struct bodyscan *scan, const char *data, size_t len)
{
	const char *end = data + len, *lf;

	if (len == 0)
		return;
	if ((scan->faults & DKIMSIG_FAULT_NUL) == 0 &&
	    memchr(data, '\0', len) != NULL)
		scan->faults |= DKIMSIG_FAULT_NUL;
	if ((scan->faults & DKIMSIG_FAULT_8BIT_BODY) == 0 &&
	    has_high_octet(data, len))
		scan->faults |= DKIMSIG_FAULT_8BIT_BODY;
	for (; (lf = memchr(data, '\n', (size_t)(end - data))) != NULL;
	    data = lf + 1) {
		scan_text(scan, data, (size_t)(lf - data));
		if (scan->cr)
			scan->column = 0;
		else {
			scan->faults |= DKIMSIG_FAULT_BARE_LF;
			count_column(scan, 1);
		}
		scan->cr = false;
		if (lf + 1 == end)
			return;
	}
	scan_text(scan, data, (size_t)(end - data));
}

void
bodyscan_end(struct bodyscan *scan)
{
	if (scan->cr)
		scan->faults |= DKIMSIG_FAULT_BARE_CR;
	scan->cr = false;
}
