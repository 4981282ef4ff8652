/* SPDX-License-Identifier: ISC */

/*
 * The scan of a body.  Faults, RFC 5321 sections 2.3.8 and 4.5.3.1.6: lines end
 * with CRLF, CR and LF do not occur elsewhere, and a line has at most 998
 * octets before its CRLF.  Changes, RFC 6376 section 3.4.4: see bodyscan.h.
 *
 * Whole blocks of 64 octets are scanned where they stand, by the fastest path
 * that the CPU supports (bodypath.h); the octets after them in a copy, which is
 * padded with text.  Nothing here fails.
 */

#include "dkimsig/bodyscan.h"

#include <string.h>

#include "dkimsig/bodypath.h"
#include "dkimsig/dkimsig.h"

#define MAX_LINE	998	/* octets without CRLF */

void
bodyscan_init(struct bodyscan *scan)
{
	const struct bodypath *paths;
	size_t i, n;

	memset(scan, 0, sizeof(*scan));
	paths = bodypath_list(&n);
	/* The last one needs nothing of the CPU. */
	for (i = 0; i < n - 1 && !paths[i].is_supported(); i++)
		continue;
	scan->path = &paths[i];
}

/*
 * Scan the last octets of a batch, less than a block.  A final CR is left out,
 * as what follows it is unknown.
 */
static void
scan_rest(const struct bodypath *path, struct bodyblocks *blocks,
    const char *data, size_t len, uint64_t *removed)
{
	unsigned char block[BODY_BLOCK];
	bool cr = data[len - 1] == '\r';

	memset(block, 'x', sizeof(block));
	memcpy(block, data, len - cr);
	path->scan(blocks, block, 1, removed);
	blocks->column -= BODY_BLOCK - len;
	/* The padding is no text after a CR. */
	if (cr)
		blocks->cr = 1;
}

static void
add_faults(struct bodyscan *scan, const struct bodyblocks *blocks)
{
	/* The column of an LF is that of its CR and one. */
	if (blocks->longest > MAX_LINE + 1 ||
	    blocks->column - blocks->cr > MAX_LINE)
		scan->faults |= DKIMSIG_FAULT_LONG_LINE;
	if (blocks->has_bare_cr)
		scan->faults |= DKIMSIG_FAULT_BARE_CR;
	if (blocks->has_bare_lf)
		scan->faults |= DKIMSIG_FAULT_BARE_LF;
	if (blocks->has_nul)
		scan->faults |= DKIMSIG_FAULT_NUL;
	if (blocks->has_8bit)
		scan->faults |= DKIMSIG_FAULT_8BIT_BODY;
}

void
bodyscan_batch(struct bodyscan *scan, const char *data, size_t len,
    struct bodymap *map)
{
	struct bodyblocks b = { .cr = scan->cr, .column = scan->column,
	    .has_words = scan->has_words };
	size_t n = len / BODY_BLOCK;

	if (n > 0)
		scan->path->scan(&b, (const unsigned char *)data, n,
		    map->removed);
	map->has_blanks = b.has_words;
	if (len % BODY_BLOCK > 0) {
		scan_rest(scan->path, &b, data + n * BODY_BLOCK,
		    len % BODY_BLOCK, map->removed + n);
		n++;
	}
	/* As if text followed. */
	map->removed[n] = b.blanks & (b.blanks >> 1 | b.ends >> 2);
	map->has_blanks |= b.has_words;
	scan->has_words = map->has_blanks;
	map->has_tabs = b.has_tabs;
	map->path = scan->path;
	add_faults(scan, &b);
	scan->cr = b.cr != 0;
	scan->column = b.column;
}

void
bodyscan_end(struct bodyscan *scan)
{
	if (scan->cr)
		scan->faults |= DKIMSIG_FAULT_BARE_CR;
	scan->cr = false;
}
