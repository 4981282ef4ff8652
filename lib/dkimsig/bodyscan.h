/* SPDX-License-Identifier: ISC */

/*
 * The one scan of a body, for all that is done with it: it finds what makes a
 * signature unsafe or fragile (DKIMSIG_FAULT_*), and the blanks that relaxed
 * canonicalization changes.  Chunks may be cut anywhere.
 */

#ifndef BODYSCAN_H
#define BODYSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A batch is what is scanned before it is hashed: small enough to be still in
 * the fastest cache then, large enough that the calls cost nothing.
 */
#define BODY_BATCH	8192	/* octets */
#define BODY_BLOCK	64	/* octets: one for each bit of a mask */
#define BODY_BLOCKS	(BODY_BATCH / BODY_BLOCK)

struct bodypath;

struct bodyscan {
	unsigned int	 faults;
	bool		 cr;		/* the last octet was a CR */
	uint64_t	 column;	/* octets since the last CRLF */
	bool		 has_words;	/* blanks in the last batch: faster */
	const struct bodypath *path;
};

/*
 * What relaxed canonicalization changes in a batch.  Bit i % 64 of
 * removed[i / 64 + 1] says that octet i is removed: a blank before a blank or
 * before CRLF.  All other tabs become a space.  What follows the batch is
 * unknown, so blanks at its end, also those before a final CR, have no bit.
 */
struct bodymap {
	uint64_t	 removed[BODY_BLOCKS + 2];	/* from 1; last: 0 */
	bool		 has_blanks;	/* otherwise nothing is removed */
	bool		 has_tabs;
	const struct bodypath *path;	/* that the scan used */
};

/* Begin a body, with the fastest path of this machine. */
void	bodyscan_init(struct bodyscan *scan);
/* Scan the next octets, at most BODY_BATCH, and fill the map. */
void	bodyscan_batch(struct bodyscan *scan, const char *data, size_t len,
	    struct bodymap *map);
void	bodyscan_end(struct bodyscan *scan);

#endif /* BODYSCAN_H */
