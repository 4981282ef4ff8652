/* SPDX-License-Identifier: ISC */

/*
 * The loop of the copy (bodypath.h), for paths whose vectors cannot leave out
 * octets: runs of what is kept are copied one after another, each as a whole
 * block, because a fixed length is fastest.  A file that includes it defines
 * copy_block(), which copies 64 octets.
 */

#ifndef BODYCOPY_H
#define BODYCOPY_H

static inline void copy_block(char *to, const char *from);

/* Take the lowest bit; its index, or the length of a block if there is none. */
static inline size_t
take_edge(uint64_t *edges)
{
	size_t at = *edges != 0 ? first_bit(*edges) : BODY_BLOCK;

	*edges &= *edges - 1;
	return at;
}

static inline size_t
copy(char *to, const char *from, const uint64_t *removed, size_t n)
{
	uint64_t edges, keep;
	char *end = to;
	size_t begin, i;

	for (i = 0; i < n; i++, from += BODY_BLOCK) {
		keep = ~removed[i];
		edges = keep ^ keep << 1;	/* where runs begin and end */
		/* Two runs at once, as most blocks have one or two. */
		do {
			begin = take_edge(&edges);
			copy_block(end, from + begin);
			end += take_edge(&edges) - begin;
			begin = take_edge(&edges);
			copy_block(end, from + begin);
			end += take_edge(&edges) - begin;
		} while (edges != 0);
	}
	return (size_t)(end - to);
}

#endif /* BODYCOPY_H */
