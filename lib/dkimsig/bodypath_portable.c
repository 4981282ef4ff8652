/* SPDX-License-Identifier: ISC */

/*
 * The body scan for any CPU: eight octets at a time, in words.  Octet i of a
 * word is in its bits 8 * i and up, in any byte order.  Words of printable
 * ASCII are skipped.  Nothing here fails.
 */

#include "dkimsig/bodypath.h"

#include <string.h>

#include "dkimsig/bodyscan.h"
#include "dkimsig/internal.h"

#define WORDS	(BODY_BLOCK / 8)
#define ONES	0x0101010101010101u
#define HIGHS	0x8080808080808080u
#define LOWS	0x7f7f7f7f7f7f7f7fu

struct seen {
	uint64_t	 tabs, high, nul;	/* HIGHS: where one was */
};

#include "dkimsig/bodyloop.h"
#include "dkimsig/bodycopy.h"

static inline uint64_t
load(const unsigned char *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	    (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	    (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	    (uint64_t)p[7] << 56;
}

/* The high bit of each octet that is c. */
static inline uint64_t
equal(uint64_t word, unsigned char c)
{
	uint64_t x = word ^ ONES * c;

	return ~(((x & LOWS) + LOWS) | x) & HIGHS;
}

/* The eight high bits of a word as a mask, at word i of a block. */
static inline uint64_t
mask_of(uint64_t highs, int i)
{
	return ((highs >> 7) * 0x0102040810204080u >> 56) << i * 8;
}

/* The high bit of each octet that is 0x80 or more, or less than 0x21. */
static inline uint64_t
unprintable(uint64_t word)
{
	return (word | ~((word & LOWS) + ONES * 0x5f)) & HIGHS;
}

static inline uint64_t
find_others(const unsigned char *block)
{
	uint64_t highs, others = 0;
	int i;

	for (i = 0; i < WORDS; i++)
		if ((highs = unprintable(load(block + i * 8))) != 0)
			others |= mask_of(highs, i);
	return others;
}

static inline void
classify(struct seen *seen, const unsigned char *block, struct masks *masks)
{
	uint64_t word, tabs;
	int i;

	memset(masks, 0, sizeof(*masks));
	for (i = 0; i < WORDS; i++) {
		word = load(block + i * 8);
		if (unprintable(word) == 0)
			continue;
		tabs = equal(word, '\t');
		seen->tabs |= tabs;
		seen->high |= word & HIGHS;
		seen->nul |= equal(word, '\0');
		masks->cr |= mask_of(equal(word, '\r'), i);
		masks->lf |= mask_of(equal(word, '\n'), i);
		masks->blanks |= mask_of(tabs | equal(word, ' '), i);
	}
}

static inline void
copy_block(char *to, const char *from)
{
	memcpy(to, from, BODY_BLOCK);
}

static inline void
report(const struct seen *seen, struct bodyblocks *blocks)
{
	blocks->has_tabs |= seen->tabs != 0;
	blocks->has_8bit |= seen->high != 0;
	blocks->has_nul |= seen->nul != 0;
}

size_t
bodypath_portable_copy(char *to, const char *from, const uint64_t *removed,
    size_t n)
{
	return copy(to, from, removed, n);
}

void
bodypath_portable(struct bodyblocks *blocks, const unsigned char *data,
    size_t n, uint64_t *removed)
{
	loop(blocks, data, n, removed);
}
