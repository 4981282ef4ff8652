/* SPDX-License-Identifier: ISC */

/*
 * The loop of the body scan, over blocks of 64 octets.  A file that includes it
 * defines
 *
 *	find_others()	a mask of octets that are not printable ASCII
 *	struct seen	what was found in all blocks
 *	classify()	the masks of a block; adds to what was seen
 *	report()	sets has_nul, has_8bit and has_tabs by what was seen
 *
 * Decisions are made for 64 octets at a time, as bits and without branches that
 * depend on the text: a wrong guess of the CPU would cost more than a block.
 * Most blocks of base64 have at most one line end among text; where the blocks
 * before had no blanks, these are recognized first.
 */

#ifndef BODYLOOP_H
#define BODYLOOP_H

/* A line that ends after fewer blocks without a line end is not too long. */
#define SHORT_BLOCKS	14

/* Bit i stands for octet i of the block. */
struct masks {
	uint64_t	 cr, lf, blanks;
};

static inline uint64_t find_others(const unsigned char *block);
static inline void classify(struct seen *seen, const unsigned char *block,
    struct masks *masks);
static inline void report(const struct seen *seen, struct bodyblocks *blocks);

/* Blanks that another blank, or CRLF, follows; next is the block after. */
static inline uint64_t
removable(uint64_t blanks, uint64_t ends, uint64_t next_blanks,
    uint64_t next_ends)
{
	return blanks & (blanks >> 1 | next_blanks << 63 |
	    ends >> 2 | next_ends << 62);
}

/* Whether a block is printable but for at most one CRLF; ends is its LF. */
static inline bool
is_text(const unsigned char *block, uint64_t *ends)
{
	uint64_t others = find_others(block);
	unsigned int at = first_bit(others);

	*ends = 0;
	if (others == 0)
		return true;
	*ends = (uint64_t)2 << at;
	return others == (uint64_t)3 << at && at < BODY_BLOCK - 1 &&
	    block[at] == '\r' && block[at + 1] == '\n';
}

/* Lines while blocks are scanned: most are too short to be worth counting. */
struct lines {
	uint64_t	 last;		/* line ends of the last block that
					 * has some; 0: none has yet */
	uint64_t	 nblocks;	/* blocks after it */
	uint64_t	 before;	/* if none has: column at the begin */
};

/* The column after the last block. */
static inline uint64_t
column_of(const struct lines *l)
{
	return l->nblocks * BODY_BLOCK +
	    (l->last != 0 ? bits_above(l->last) : l->before);
}

/* Go on to a block with these LFs after a CR. */
static inline void
count_lines(struct lines *l, struct bodyblocks *b, uint64_t ends)
{
	uint64_t column, has;

	/* Only the first line end of a block can be that of a long line. */
	if (l->nblocks >= SHORT_BLOCKS || l->last == 0) {
		column = column_of(l) + first_bit(ends);
		b->longest = column > b->longest ? column : b->longest;
	}
	/* No CPU could predict a branch. */
	has = 0 - (uint64_t)(ends != 0);
	l->last ^= (l->last ^ ends) & has;
	l->nblocks = (l->nblocks + 1) & ~has;
}

/* Tell bare CRs from bare LFs in blocks that have some; rare. */
static inline void
find_bare(struct bodyblocks *b, const unsigned char *data, size_t n,
    uint64_t cr)
{
	uint64_t after_cr;
	struct masks m;
	struct seen seen;
	size_t i;

	memset(&seen, 0, sizeof(seen));
	for (i = 0; i < n; i++) {
		classify(&seen, data + i * BODY_BLOCK, &m);
		after_cr = m.cr << 1 | cr;
		cr = m.cr >> 63;
		b->has_bare_lf |= (m.lf & ~after_cr) != 0;
		b->has_bare_cr |= (after_cr & ~m.lf) != 0;
	}
}

static ALWAYS_INLINE void
loop_as(struct bodyblocks *blocks, const unsigned char *data, size_t n,
    uint64_t *removed, bool has_words)
{
	uint64_t cr = blocks->cr, blanks = blocks->blanks;
	uint64_t ends = blocks->ends, next, after_cr, bare = 0, words = 0;
	struct lines lines = { .before = blocks->column };
	struct masks m;
	struct seen seen;
	size_t i;

	memset(&seen, 0, sizeof(seen));
	for (i = 0; i < n; i++) {
		if (!has_words && cr == 0 &&
		    is_text(data + i * BODY_BLOCK, &next)) {
			m.blanks = 0;
			if (next != 0)
				count_lines(&lines, blocks, next);
			else
				count_lines(&lines, blocks, 0);
		} else {
			classify(&seen, data + i * BODY_BLOCK, &m);
			after_cr = m.cr << 1 | cr;
			cr = m.cr >> 63;
			bare |= m.lf ^ after_cr;
			next = m.lf & after_cr;
			count_lines(&lines, blocks, next);
		}
		removed[i] = removable(blanks, ends, m.blanks, next);
		words |= m.blanks;
		blanks = m.blanks;
		ends = next;
	}
	if (bare != 0)
		find_bare(blocks, data, n, blocks->cr);
	blocks->cr = cr;
	blocks->blanks = blanks;
	blocks->ends = ends;
	blocks->column = column_of(&lines);
	blocks->has_words = words != 0;
	report(&seen, blocks);
}

/* Two loops, so that each has all registers for itself. */
static inline void
loop(struct bodyblocks *blocks, const unsigned char *data, size_t n,
    uint64_t *removed)
{
	if (blocks->has_words)
		loop_as(blocks, data, n, removed, true);
	else
		loop_as(blocks, data, n, removed, false);
}

#endif /* BODYLOOP_H */
