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
 * Most blocks of base64 have text and at most one line end; they are recognized
 * first.  In all others, decisions are made for 64 octets at a time, as bits.
 */

#ifndef BODYLOOP_H
#define BODYLOOP_H

/* Bit i stands for octet i of the block. */
struct masks {
	uint64_t	 cr, lf, blanks;
};

static inline uint64_t find_others(const unsigned char *block);
static inline void classify(struct seen *seen, const unsigned char *block,
    uint64_t others, struct masks *masks);
static inline void report(const struct seen *seen, struct bodyblocks *blocks);

/* Blanks that another blank, or CRLF, follows; next is the block after. */
static inline uint64_t
removable(uint64_t blanks, uint64_t ends, uint64_t next_blanks,
    uint64_t next_ends)
{
	return blanks & (blanks >> 1 | next_blanks << 63 |
	    ends >> 2 | next_ends << 62);
}

/* Whether only one CRLF is among the text, at this octet. */
static inline bool
is_line_end(const unsigned char *block, uint64_t others, unsigned int at)
{
	return others == (uint64_t)3 << at && at < BODY_BLOCK - 1 &&
	    block[at] == '\r' && block[at + 1] == '\n';
}

/* Count the columns of a block with these LFs after a CR. */
static inline void
count_lines(struct bodyblocks *b, uint64_t ends)
{
	uint64_t column;

	/* Only the first line end of a block can be that of a long line. */
	if (ends != 0) {
		column = b->column + first_bit(ends);
		b->longest = column > b->longest ? column : b->longest;
		b->column = bits_above(ends);
	} else
		b->column += BODY_BLOCK;
}

/* The general case: find bare CRs and LFs, and return the LFs after a CR. */
static inline uint64_t
find_ends(struct bodyblocks *b, const struct masks *m)
{
	uint64_t after_cr = m->cr << 1 | b->cr;

	b->cr = m->cr >> 63;
	b->bare_lf |= m->lf & ~after_cr;
	b->bare_cr |= after_cr & ~m->lf;
	return m->lf & after_cr;
}

static inline void
loop(struct bodyblocks *blocks, const unsigned char *data, size_t n,
    uint64_t *removed)
{
	struct bodyblocks b = *blocks;
	struct masks m;
	struct seen seen;
	uint64_t ends, others;
	unsigned int at;
	size_t i;

	memset(&seen, 0, sizeof(seen));
	for (i = 0; i < n; i++, data += BODY_BLOCK) {
		others = find_others(data);
		at = first_bit(others);
		m.blanks = 0;
		if (b.cr == 0 && others == 0) {
			ends = 0;
			b.column += BODY_BLOCK;
		} else if (b.cr == 0 && is_line_end(data, others, at)) {
			ends = (uint64_t)2 << at;
			count_lines(&b, ends);
		} else {
			classify(&seen, data, others, &m);
			ends = find_ends(&b, &m);
			count_lines(&b, ends);
		}
		removed[i] = removable(b.blanks, b.ends, m.blanks, ends);
		b.removed |= removed[i];
		b.blanks = m.blanks;
		b.ends = ends;
	}
	report(&seen, &b);
	*blocks = b;
}

#endif /* BODYLOOP_H */
