/* SPDX-License-Identifier: ISC */

/*
 * The body scan with SSE2, which every x86-64 CPU has: four vectors of 16
 * octets a block.  It is what older CPUs use, and what compilers assume.
 * Nothing here fails.
 */

#include "dkimsig/bodypath.h"

#include <string.h>

#include <emmintrin.h>

#include "dkimsig/bodyscan.h"
#include "dkimsig/internal.h"

#define VECTORS	4
#define WIDTH	16	/* octets of a vector */

struct seen {
	__m128i	 tabs;		/* 0xff: a tab */
	__m128i	 high;		/* all octets, or-ed */
	__m128i	 nul;		/* 0xff: a NUL */
};

#include "dkimsig/bodyloop.h"
#include "dkimsig/bodycopy.h"

static inline uint64_t
mask_of(__m128i v, int at)
{
	return (uint64_t)(uint32_t)_mm_movemask_epi8(v) << at * WIDTH;
}

static inline __m128i
load(const unsigned char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline uint64_t
find_others(const unsigned char *block)
{
	/* Signed: also those over 0x7f. */
	const __m128i printable = _mm_set1_epi8('!');
	uint64_t others = 0;
	int i;

	for (i = 0; i < VECTORS; i++)
		others |= mask_of(_mm_cmplt_epi8(load(block + i * WIDTH),
		    printable), i);
	return others;
}

static inline void
classify(struct seen *seen, const unsigned char *block, struct masks *masks)
{
	const __m128i tab = _mm_set1_epi8('\t'), cr = _mm_set1_epi8('\r'),
	    lf = _mm_set1_epi8('\n'), space = _mm_set1_epi8(' '),
	    nul = _mm_setzero_si128();
	__m128i v, tabs;
	int i;

	memset(masks, 0, sizeof(*masks));
	for (i = 0; i < VECTORS; i++) {
		v = load(block + i * WIDTH);
		tabs = _mm_cmpeq_epi8(v, tab);
		masks->cr |= mask_of(_mm_cmpeq_epi8(v, cr), i);
		masks->lf |= mask_of(_mm_cmpeq_epi8(v, lf), i);
		masks->blanks |= mask_of(_mm_or_si128(tabs,
		    _mm_cmpeq_epi8(v, space)), i);
		seen->tabs = _mm_or_si128(seen->tabs, tabs);
		seen->high = _mm_or_si128(seen->high, v);
		seen->nul = _mm_or_si128(seen->nul, _mm_cmpeq_epi8(v, nul));
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
	blocks->has_tabs |= _mm_movemask_epi8(seen->tabs) != 0;
	blocks->has_8bit |= _mm_movemask_epi8(seen->high) != 0;
	blocks->has_nul |= _mm_movemask_epi8(seen->nul) != 0;
}

size_t
bodypath_sse2_copy(char *to, const char *from, const uint64_t *removed,
    size_t n)
{
	return copy(to, from, removed, n);
}

void
bodypath_sse2(struct bodyblocks *blocks, const unsigned char *data, size_t n,
    uint64_t *removed)
{
	loop(blocks, data, n, removed);
}
