/* SPDX-License-Identifier: ISC */

/*
 * Body canonicalization, RFC 6376 sections 3.4.3 and 3.4.4.
 *
 * Input comes in chunks cut anywhere, even between CR and LF.  Input whose
 * meaning depends on what follows (a run of line ends, then blanks, then a CR)
 * is held back as counts and flags, never as text, so memory use does not
 * depend on the message.
 *
 * A chunk is worked on in batches: each is scanned (bodyscan.h), then hashed.
 * Of a batch, the head completes what was held back, and the tail is held back
 * again.  What is between them ends with text, so the scan knows all changes in
 * it: if there are none, it goes to the digest where it stands, else through a
 * buffer (canon_write.c).
 *
 * A bare CR or LF is body text here; whether to sign such mail is the caller's
 * decision.  Fails only if the digest fails.
 */

#include "dkimsig/canon.h"

#include "dkimsig/canon_write.h"

/* What is held back of a batch: as in struct canon_body. */
struct tail {
	uint64_t	 crlfs;
	bool		 wsp, cr;
};

int
canon_body_init(struct canon_body *c, enum dkimsig_canon canon,
    uint64_t limit)
{
	memset(c, 0, sizeof(*c));
	c->canon = canon;
	c->limit = limit;
	return digest_init(&c->digest);
}

void
canon_body_finish(struct canon_body *c)
{
	digest_finish(&c->digest);
}

int
canon_body_copy(struct canon_body *to, const struct canon_body *from)
{
	struct digest digest = to->digest;
	int r;

	if ((r = digest_copy(&digest, &from->digest)) != 0)
		return r;
	to->canon = from->canon;
	to->limit = from->limit;
	to->total = from->total;
	to->crlfs = from->crlfs;
	to->wsp = from->wsp;
	to->cr = from->cr;
	to->error = from->error;
	to->waiting = from->waiting;
	to->has_tabs = from->has_tabs;
	memcpy(to->buffer, from->buffer, from->waiting);
	return 0;
}

/* Text follows, so what was held back is not the end of the body. */
static void
release(struct canon_body *c)
{
	static const char crlfs[] =
	    "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
	uint64_t n;

	for (; c->crlfs > 0; c->crlfs -= n) {
		n = (sizeof(crlfs) - 1) / 2;
		if (n > c->crlfs)
			n = c->crlfs;
		canon_write(c, crlfs, (size_t)n * 2);
	}
	if (c->wsp)
		canon_write(c, " ", 1);
	if (c->cr)
		canon_write(c, "\r", 1);
	c->wsp = c->cr = false;
}

/*
 * Decide what blanks and CR held back mean, by the octets that follow; returns
 * how many of these were taken.
 */
static size_t
take_head(struct canon_body *c, const char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len && (c->wsp || c->cr); i++) {
		if (c->cr && data[i] == '\n') {
			c->crlfs++;
			c->wsp = c->cr = false;
		} else if (!c->cr && data[i] == '\r')
			c->cr = true;
		else if (c->cr || !is_wsp(data[i])) {
			release(c);
			break;
		}
	}
	return i;
}

static size_t
skip_blanks_before(const struct canon_body *c, const char *data, size_t end)
{
	if (c->canon == DKIMSIG_CANON_RELAXED)
		while (end > 0 && is_wsp(data[end - 1]))
			end--;
	return end;
}

/*
 * Find what has to be held back at the end of a batch, which begins a line or
 * continues text; returns the length of the text before it, which ends neither
 * with CRLF nor, in relaxed, with a blank.
 */
static size_t
find_tail(const struct canon_body *c, const char *data, size_t len,
    struct tail *tail)
{
	size_t end = len, text;

	memset(tail, 0, sizeof(*tail));
	if (data[end - 1] == '\r') {
		tail->cr = true;
		end--;
	}
	text = skip_blanks_before(c, data, end);
	tail->wsp = text < end;
	while (text >= 2 && data[text - 2] == '\r' &&
	    data[text - 1] == '\n') {
		tail->crlfs++;
		text = skip_blanks_before(c, data, text - 2);
	}
	return text;
}

static void
add_batch(struct canon_body *c, const char *data, size_t len,
    const struct bodymap *map)
{
	size_t begin = take_head(c, data, len), end;
	struct tail tail;

	if (begin == len)
		return;
	end = begin + find_tail(c, data + begin, len - begin, &tail);
	if (end > begin) {
		release(c);
		if (c->canon == DKIMSIG_CANON_RELAXED && map->has_blanks)
			canon_write_changed(c, data, begin, end, map);
		else
			canon_write(c, data + begin, end - begin);
	}
	c->crlfs += tail.crlfs;
	c->wsp = tail.wsp;
	c->cr = tail.cr;
}

static bool
has_relaxed(struct canon_body *const *bodies, size_t n)
{
	size_t i;

	for (i = 0; i < n && bodies[i]->canon != DKIMSIG_CANON_RELAXED; i++)
		continue;
	return i < n;
}

int
canon_bodies_update(struct bodyscan *scan, struct canon_body *const *bodies,
    size_t n, const char *data, size_t len)
{
	bool needs_map = scan != NULL || has_relaxed(bodies, n);
	struct bodyscan own;
	struct bodymap map;
	size_t batch, i;

	if (scan == NULL) {
		bodyscan_init(&own);
		scan = &own;
	}
	for (; len > 0; data += batch, len -= batch) {
		batch = len < BODY_BATCH ? len : BODY_BATCH;
		if (needs_map)
			bodyscan_batch(scan, data, batch, &map);
		for (i = 0; i < n; i++) {
			if (bodies[i]->error == 0)
				add_batch(bodies[i], data, batch, &map);
			if (bodies[i]->error != 0)
				return bodies[i]->error;
		}
	}
	return 0;
}

int
canon_body_update(struct canon_body *c, const char *data, size_t len)
{
	return c->error != 0 ? c->error :
	    canon_bodies_update(NULL, &c, 1, data, len);
}

int
canon_body_end(struct canon_body *c, unsigned char hash[DIGEST_SIZE])
{
	/* A CR without LF is text. */
	if (c->cr)
		release(c);
	/* An empty body is CRLF in simple and nothing in relaxed. */
	if (c->total > 0 || c->canon == DKIMSIG_CANON_SIMPLE)
		canon_write(c, "\r\n", 2);
	canon_flush(c);
	if (c->error == 0)
		c->error = digest_final(&c->digest, hash);
	return c->error;
}
