/* SPDX-License-Identifier: ISC */

/*
 * The body scan with AVX2: two vectors a block.  Compiled with -mavx2 and the
 * bit instructions that all such CPUs have; called only if the CPU has them.
 * Nothing here fails.
 */

#include "dkimsig/bodypath.h"

#include <string.h>

#include <immintrin.h>

#include "dkimsig/bodyscan.h"
#include "dkimsig/internal.h"

#define WIDTH	32	/* octets of a vector */

struct seen {
	__m256i	 tabs;		/* 0xff: a tab */
	__m256i	 high;		/* all octets, or-ed */
	__m256i	 nul;		/* 0xff: a NUL */
};

#include "dkimsig/bodyloop.h"
#include "dkimsig/bodycopy.h"

static inline uint64_t
mask_of(__m256i low, __m256i high)
{
	return (uint32_t)_mm256_movemask_epi8(low) |
	    (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

static inline __m256i
load(const unsigned char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline uint64_t
find_others(const unsigned char *block)
{
	/* Signed: also those over 0x7f. */
	const __m256i printable = _mm256_set1_epi8('!');

	return mask_of(_mm256_cmpgt_epi8(printable, load(block)),
	    _mm256_cmpgt_epi8(printable, load(block + WIDTH)));
}

static inline void
classify(struct seen *seen, const unsigned char *block, struct masks *masks)
{
	const __m256i tab = _mm256_set1_epi8('\t'), cr = _mm256_set1_epi8('\r'),
	    lf = _mm256_set1_epi8('\n'), space = _mm256_set1_epi8(' '),
	    nul = _mm256_setzero_si256();
	__m256i a = load(block), b = load(block + WIDTH);
	__m256i tabs_a = _mm256_cmpeq_epi8(a, tab);
	__m256i tabs_b = _mm256_cmpeq_epi8(b, tab);

	masks->cr = mask_of(_mm256_cmpeq_epi8(a, cr),
	    _mm256_cmpeq_epi8(b, cr));
	masks->lf = mask_of(_mm256_cmpeq_epi8(a, lf),
	    _mm256_cmpeq_epi8(b, lf));
	masks->blanks = mask_of(
	    _mm256_or_si256(tabs_a, _mm256_cmpeq_epi8(a, space)),
	    _mm256_or_si256(tabs_b, _mm256_cmpeq_epi8(b, space)));
	seen->tabs = _mm256_or_si256(seen->tabs,
	    _mm256_or_si256(tabs_a, tabs_b));
	seen->high = _mm256_or_si256(seen->high, _mm256_or_si256(a, b));
	seen->nul = _mm256_or_si256(seen->nul,
	    _mm256_cmpeq_epi8(_mm256_min_epu8(a, b), nul));
}

static inline void
copy_block(char *to, const char *from)
{
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)from);
	__m256i b = _mm256_loadu_si256((const __m256i *)
	    (const void *)(from + WIDTH));

	_mm256_storeu_si256((__m256i *)(void *)to, a);
	_mm256_storeu_si256((__m256i *)(void *)(to + WIDTH), b);
}

static inline void
report(const struct seen *seen, struct bodyblocks *blocks)
{
	blocks->has_tabs |= _mm256_movemask_epi8(seen->tabs) != 0;
	blocks->has_8bit |= _mm256_movemask_epi8(seen->high) != 0;
	blocks->has_nul |= _mm256_movemask_epi8(seen->nul) != 0;
}

size_t
bodypath_avx2_copy(char *to, const char *from, const uint64_t *removed,
    size_t n)
{
	return copy(to, from, removed, n);
}

void
bodypath_avx2(struct bodyblocks *blocks, const unsigned char *data, size_t n,
    uint64_t *removed)
{
	loop(blocks, data, n, removed);
}
