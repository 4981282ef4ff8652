/* SPDX-License-Identifier: ISC */

/*
 * Text of a canonical body on its way to the digest: long pieces from where
 * they stand, short ones collected in a buffer, because each call of the digest
 * costs as much as copying several hundred octets.
 *
 * Copies are made by the path of the scan (bodypath.h), by whole blocks: what
 * is written beyond the end is overwritten by what follows.  Fails only if the
 * digest fails.
 */

#include "dkimsig/canon_write.h"

#include "dkimsig/bodypath.h"

#define DIRECT	1024	/* octets: hash them where they stand */
#define GROUP	8	/* blocks copied at once */

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

/* Write blocks without what removed says; left is how much can be read. */
static void
write_blocks(struct canon_body *c, const char *data, size_t left,
    const struct bodymap *map, const uint64_t *removed, size_t n)
{
	char padded[2 * BODY_BLOCK];

	if (left < (n + 1) * BODY_BLOCK) {
		memset(padded, 0, sizeof(padded));
		memcpy(padded, data, left);
		data = padded;
	}
	if (c->waiting > CANON_BODY_BUFFER - n * BODY_BLOCK)
		canon_flush(c);
	n = map->path->copy(c->buffer + c->waiting, data, removed, n);
	c->waiting += count(c, n);
	c->has_tabs |= map->has_tabs;
}

/* How many octets from a block on, up to end, stay as they are. */
static size_t
count_unchanged(const struct bodymap *map, size_t block, size_t end)
{
	size_t at = block * BODY_BLOCK, i = block;

	if (map->has_tabs)
		return 0;
	while (i * BODY_BLOCK < end && map->removed[i + 1] == 0)
		i++;
	return (i * BODY_BLOCK < end ? i * BODY_BLOCK : end) - at;
}

/* Write a block of which only the octets from begin to end count. */
static size_t
write_part(struct canon_body *c, const char *batch, size_t begin, size_t end,
    const struct bodymap *map)
{
	size_t block = begin / BODY_BLOCK, at = block * BODY_BLOCK;
	uint64_t removed = map->removed[block + 1];

	removed |= ~(UINT64_MAX << begin % BODY_BLOCK);
	if (end - at < BODY_BLOCK)
		removed |= UINT64_MAX << (end - at);
	write_blocks(c, batch + at, end - at, map, &removed, 1);
	return at + BODY_BLOCK;
}

void
canon_write_changed(struct canon_body *c, const char *batch, size_t begin,
    size_t end, const struct bodymap *map)
{
	size_t at = begin, block, n;

	while (at < end) {
		block = at / BODY_BLOCK;
		if (at % BODY_BLOCK == 0 &&
		    (n = count_unchanged(map, block, end)) >= DIRECT) {
			canon_write(c, batch + at, n);
			at += n;
		} else if (at % BODY_BLOCK == 0 && end - at >= 2 * BODY_BLOCK) {
			/* Another block can be read after these. */
			n = (end - at) / BODY_BLOCK - 1;
			n = n < GROUP ? n : GROUP;
			write_blocks(c, batch + at, end - at, map,
			    map->removed + block + 1, n);
			at += n * BODY_BLOCK;
		} else
			at = write_part(c, batch, at, end, map);
	}
}
