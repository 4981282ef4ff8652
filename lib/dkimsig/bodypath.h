/* SPDX-License-Identifier: ISC */

/*
 * The paths of the body scan: the same loop (bodyloop.h) over blocks of 64
 * octets, compiled for vectors of different widths.  They differ only in speed.
 */

#ifndef BODYPATH_H
#define BODYPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a loop finds and, up to column, what it continues with; zero it. */
struct bodyblocks {
	uint64_t	 cr;		/* 1: the octet before was a CR */
	uint64_t	 blanks;	/* of the last block: spaces, tabs, */
	uint64_t	 ends;		/* and LFs after a CR */
	uint64_t	 column;	/* octets since the last CRLF */
	bool		 has_words;	/* blanks are to be expected */

	uint64_t	 longest;	/* largest column of an LF after CR */
	bool		 has_bare_cr, has_bare_lf;
	bool		 has_nul, has_8bit, has_tabs;
};

/*
 * Scan n blocks.  Bits of the map are written one block late, because they
 * depend on the next block: removed[0] is that of the last block before data,
 * removed[n - 1] that of the last block but one.
 */
typedef void bodypath_scan_fn(struct bodyblocks *blocks,
    const unsigned char *data, size_t n, uint64_t *removed);

/*
 * Copy n blocks without the octets that removed has bits for, removed[0] those
 * of the first block; returns how many were copied.  64 octets after from are
 * read, and 64 after what was copied are overwritten.
 */
typedef size_t bodypath_copy_fn(char *to, const char *from,
    const uint64_t *removed, size_t n);

struct bodypath {
	const char		*name;
	bool			(*is_supported)(void);	/* by this CPU */
	bodypath_scan_fn	*scan;
	bodypath_copy_fn	*copy;
};

bodypath_scan_fn	bodypath_portable;
bodypath_copy_fn	bodypath_portable_copy;
bodypath_scan_fn	bodypath_sse2;
bodypath_copy_fn	bodypath_sse2_copy;
bodypath_scan_fn	bodypath_avx2;
bodypath_scan_fn	bodypath_avx512;
bodypath_copy_fn	bodypath_avx2_copy;
bodypath_copy_fn	bodypath_avx512_copy;

/* All paths of this build, the fastest first; the last one is portable. */
const struct bodypath	*bodypath_list(size_t *n);

#endif /* BODYPATH_H */
