/* SPDX-License-Identifier: ISC */

/*
 * What a reader would see: see visible.h.
 *
 * The table lists what is hidden, by the Unicode Standard 15.0: general
 * categories Cc, Cf, Zl, Zp and Co, spaces but U+0020, surrogates and
 * noncharacters, and the property Default_Ignorable_Code_Point.  Combining
 * marks are hidden as well: stacked, they cover other lines.  What later
 * versions add in planes that are not listed is shown as it is; a browser shows
 * a box.
 */

#include "page/visible.h"

#include <stdlib.h>

static const struct range {
	uint32_t first, last;
} hidden[] = {
	{ 0x0000, 0x001f },	/* controls */
	{ 0x007f, 0x00a0 },	/* DEL, controls, no-break space */
	{ 0x00ad, 0x00ad },	/* soft hyphen */
	{ 0x0300, 0x036f },	/* combining marks */
	{ 0x0483, 0x0489 },
	{ 0x0591, 0x05bd },
	{ 0x0600, 0x0605 },	/* Arabic signs that enclose digits */
	{ 0x0610, 0x061c },	/* the last is the Arabic letter mark */
	{ 0x064b, 0x065f },
	{ 0x06d6, 0x06dd },
	{ 0x070f, 0x070f },
	{ 0x0890, 0x0891 },
	{ 0x08d3, 0x08ff },
	{ 0x0e31, 0x0e31 },	/* marks of Thai and Lao */
	{ 0x0e34, 0x0e3a },
	{ 0x0e47, 0x0e4e },
	{ 0x0eb1, 0x0eb1 },
	{ 0x0eb4, 0x0ebc },
	{ 0x0ec8, 0x0ece },
	{ 0x115f, 0x1160 },	/* Hangul fillers */
	{ 0x1680, 0x1680 },	/* a space */
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x1ab0, 0x1aff },	/* combining marks */
	{ 0x1dc0, 0x1dff },
	{ 0x2000, 0x200f },	/* spaces, joiners, direction marks */
	{ 0x2028, 0x202f },	/* separators, embedding and override */
	{ 0x205f, 0x206f },	/* isolates, invisible operators */
	{ 0x20d0, 0x20ff },	/* combining marks for symbols */
	{ 0x2800, 0x2800 },	/* an empty Braille pattern */
	{ 0x3000, 0x3000 },	/* a space */
	{ 0x302a, 0x302f },
	{ 0x3099, 0x309a },
	{ 0x3164, 0x3164 },	/* Hangul filler */
	{ 0xd800, 0xf8ff },	/* surrogates, private use */
	{ 0xfdd0, 0xfdef },	/* noncharacters */
	{ 0xfe00, 0xfe0f },	/* variation selectors */
	{ 0xfe20, 0xfe2f },	/* combining half marks */
	{ 0xfeff, 0xfeff },	/* zero width no-break space */
	{ 0xffa0, 0xffa0 },	/* half-width Hangul filler */
	{ 0xfff0, 0xfffb },	/* annotation */
	{ 0xfffe, 0xffff },
	{ 0x110bd, 0x110bd },
	{ 0x110cd, 0x110cd },
	{ 0x13430, 0x1343f },	/* joiners of hieroglyphs */
	{ 0x1bca0, 0x1bca3 },	/* shorthand format controls */
	{ 0x1d159, 0x1d159 },	/* an empty notehead */
	{ 0x1d165, 0x1d182 },	/* musical marks and format controls */
	{ 0x1fffe, 0x1ffff },
	{ 0x2fffe, 0x2ffff },
	{ 0x3fffe, 0xe0fff },	/* planes without letters; tags */
	{ 0xe1000, 0x10ffff },	/* private use */
};

static int
compare(const void *key, const void *member)
{
	const uint32_t code = *(const uint32_t *)key;
	const struct range *range = member;

	if (code < range->first)
		return -1;
	return code > range->last;
}

bool
visible_is(uint32_t code)
{
	return bsearch(&code, hidden, sizeof(hidden) / sizeof(hidden[0]),
	    sizeof(hidden[0]), compare) == NULL;
}

/* The length of a sequence by its first octet; 0 if none begins so. */
static size_t
length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t
visible_next(const char *text, size_t len, uint32_t *code, bool *is_octet)
{
	/* The least code point of each length, so that none has two forms. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)text;
	const size_t n = length_of(p[0]);
	size_t i;

	*is_octet = false;
	*code = p[0];
	if (n == 1)
		return 1;
	*is_octet = true;
	if (n == 0 || n > len)
		return 1;
	*code = p[0] & (0x7fU >> n);
	for (i = 1; i < n && (p[i] & 0xc0) == 0x80; i++)
		*code = *code << 6 | (p[i] & 0x3fU);
	if (i == n && *code >= least[n] && *code <= 0x10ffff &&
	    (*code < 0xd800 || *code > 0xdfff)) {
		*is_octet = false;
		return n;
	}
	*code = p[0];
	return 1;
}
