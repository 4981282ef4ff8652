/* SPDX-License-Identifier: ISC */

/*
 * Text of a canonical body on its way to the digest: long pieces from where
 * they stand, short ones collected in a buffer, because each call of the digest
 * costs as much as copying several hundred octets.
 *
 * Copies are made by whole blocks, for a fixed length is fastest: what is
 * written beyond the end is overwritten by what follows.  Fails only if the
 * digest fails.
 */

#include "dkimsig/canon_write.h"

#define DIRECT	1024	/* octets: hash them where they stand */

static void
hash_now(struct canon_body *c, const char *data, size_t len)
{
	if (c->error == 0 && len > 0)
		c->error = digest_update(&c->digest, data, len);
}

void
canon_flush(struct canon_body *c)
{
	size_t i;

	if (c->has_tabs)
		for (i = 0; i < sizeof(c->buffer); i++)
			c->buffer[i] = c->buffer[i] == '\t' ? ' ' :
			    c->buffer[i];
	c->has_tabs = false;
	hash_now(c, c->buffer, c->waiting);
	c->waiting = 0;
}

/* Count text; returns how much of it is within the limit. */
static size_t
count(struct canon_body *c, size_t len)
{
	uint64_t left = c->total < c->limit ? c->limit - c->total : 0;

	c->total += len;
	return len < left ? len : (size_t)left;
}

void
canon_write(struct canon_body *c, const char *data, size_t len)
{
	size_t n = count(c, len);

	if (n > CANON_BODY_BUFFER - c->waiting || n >= DIRECT)
		canon_flush(c);
	if (n >= DIRECT) {
		hash_now(c, data, n);
		return;
	}
	memcpy(c->buffer + c->waiting, data, n);
	c->waiting += n;
}

/*
 * Copy the octets of a block that keep has bits for; returns their number.
 * Both blocks are followed by another one, which is read and overwritten.
 */
static size_t
copy_kept(char *to, const char *from, uint64_t keep)
{
	uint64_t edges = keep ^ keep << 1;	/* where runs begin and end */
	unsigned int begin, end;
	char *at = to;

	while (edges != 0) {
		begin = first_bit(edges);
		edges &= edges - 1;
		end = edges != 0 ? first_bit(edges) : BODY_BLOCK;
		edges &= edges - 1;
		memcpy(at, from + begin, BODY_BLOCK);
		at += end - begin;
	}
	return (size_t)(at - to);
}

/* Write a block; left is how many octets can be read. */
static void
write_block(struct canon_body *c, const char *block, size_t left,
    uint64_t keep)
{
	char padded[2 * BODY_BLOCK];

	if (left < sizeof(padded)) {
		memset(padded, 0, sizeof(padded));
		memcpy(padded, block, left);
		block = padded;
	}
	if (c->waiting > CANON_BODY_BUFFER - BODY_BLOCK)
		canon_flush(c);
	c->waiting += count(c, copy_kept(c->buffer + c->waiting, block,
	    keep));
}

/* How many octets from this block to end are whole blocks without changes. */
static size_t
count_unchanged(const struct bodymap *map, size_t block, size_t end)
{
	size_t i = block;

	if (map->has_tabs)
		return 0;
	while ((i + 1) * BODY_BLOCK <= end && map->removed[i + 1] == 0)
		i++;
	return (i - block) * BODY_BLOCK;
}

void
canon_write_changed(struct canon_body *c, const char *batch, size_t begin,
    size_t end, const struct bodymap *map)
{
	size_t at = begin, block, n, skip;
	uint64_t keep;

	while (at < end) {
		block = at / BODY_BLOCK;
		skip = at % BODY_BLOCK;
		if (skip == 0 && (n = count_unchanged(map, block, end)) > 0) {
			canon_write(c, batch + at, n);
			at += n;
			continue;
		}
		keep = ~map->removed[block + 1] & UINT64_MAX << skip;
		n = end - block * BODY_BLOCK;
		if (n < BODY_BLOCK)
			keep &= ~(UINT64_MAX << n);
		write_block(c, batch + block * BODY_BLOCK, n, keep);
		c->has_tabs |= map->has_tabs;
		at = (block + 1) * BODY_BLOCK;
	}
}
