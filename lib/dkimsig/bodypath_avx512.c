/* SPDX-License-Identifier: ISC */

/*
 * The body scan with AVX-512: a vector a block, masks without detours, and an
 * instruction (of VBMI2) that leaves out octets.  Compiled for these, and
 * called only if the CPU has them.  Nothing here fails.
 */

#include "dkimsig/bodypath.h"

#include <string.h>

#include <immintrin.h>

#include "dkimsig/bodyscan.h"
#include "dkimsig/internal.h"

struct seen {
	uint64_t	 tabs, high, nul;	/* bits of all blocks, or-ed */
};

#include "dkimsig/bodyloop.h"

static inline __m512i
load(const void *p)
{
	return _mm512_loadu_si512(p);
}

static inline uint64_t
find_others(const unsigned char *block)
{
	/* Signed: also those over 0x7f. */
	return _mm512_cmplt_epi8_mask(load(block), _mm512_set1_epi8('!'));
}

static inline void
classify(struct seen *seen, const unsigned char *block, struct masks *masks)
{
	__m512i v = load(block);
	uint64_t tabs = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\t'));

	masks->cr = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\r'));
	masks->lf = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n'));
	masks->blanks = tabs |
	    _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(' '));
	seen->tabs |= tabs;
	seen->high |= _mm512_movepi8_mask(v);
	seen->nul |= _mm512_testn_epi8_mask(v, v);
}

static inline void
report(const struct seen *seen, struct bodyblocks *blocks)
{
	blocks->has_tabs |= seen->tabs != 0;
	blocks->has_8bit |= seen->high != 0;
	blocks->has_nul |= seen->nul != 0;
}

size_t
bodypath_avx512_copy(char *to, const char *from, const uint64_t *removed,
    size_t n)
{
	char *end = to;
	size_t i;

	for (i = 0; i < n; i++, from += BODY_BLOCK) {
		_mm512_storeu_si512(end,
		    _mm512_maskz_compress_epi8(~removed[i], load(from)));
		end += BODY_BLOCK - (size_t)_mm_popcnt_u64(removed[i]);
	}
	return (size_t)(end - to);
}

void
bodypath_avx512(struct bodyblocks *blocks, const unsigned char *data,
    size_t n, uint64_t *removed)
{
	loop(blocks, data, n, removed);
}
