/* SPDX-License-Identifier: ISC */

/*
 * Body canonicalization, RFC 6376 sections 3.4.3 and 3.4.4.
 *
 * Input comes in chunks cut anywhere, even between CR and LF.  Input whose
 * meaning depends on what follows (a run of line ends, then blanks, then a CR)
 * is held back as counts and flags, never as text, so memory use does not
 * depend on the message.
 *
 * Relaxed bodies are processed line by line; a line that needs no change goes
 * to the digest as it is.
 *
 * A bare CR or LF is body text here; whether to sign such mail is the caller's
 * decision.  Fails only if the digest fails.
 */

#include "dkimsig/canon.h"

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
	memcpy(to->buffer, from->buffer, from->waiting);
	return 0;
}

static void
hash_now(struct canon_body *c, const char *data, size_t len)
{
	if (c->error == 0 && len > 0)
		c->error = digest_update(&c->digest, data, len);
}

static void
flush(struct canon_body *c)
{
	hash_now(c, c->buffer, c->waiting);
	c->waiting = 0;
}

static void
emit(struct canon_body *c, const char *data, size_t len)
{
	size_t n = len;

	if (c->total >= c->limit)
		n = 0;
	else if (n > c->limit - c->total)
		n = (size_t)(c->limit - c->total);
	c->total += len;

	if (n > sizeof(c->buffer) - c->waiting)
		flush(c);
	if (n > sizeof(c->buffer)) {
		hash_now(c, data, n);
		return;
	}
	if (n > 0)
		memcpy(c->buffer + c->waiting, data, n);
	c->waiting += n;
}

/* Text follows, so what was held back is not the end of the body. */
static void
release(struct canon_body *c)
{
	for (; c->crlfs > 0; c->crlfs--)
		emit(c, "\r\n", 2);
	if (c->wsp)
		emit(c, " ", 1);
	if (c->cr)
		emit(c, "\r", 1);
	c->wsp = c->cr = false;
}

static void
update_simple(struct canon_body *c, const char *data, size_t len)
{
	size_t i = 0, end = len, crlfs = 0;
	bool cr = false;

	for (; i < len; i++) {
		if (c->cr && data[i] == '\n') {
			c->crlfs++;
			c->cr = false;
		} else if (!c->cr && data[i] == '\r')
			c->cr = true;
		else
			break;
	}
	if (i == len)
		return;
	release(c);

	/* Hold back line ends again: they may be the end of the body. */
	if (data[end - 1] == '\r') {
		cr = true;
		end--;
	}
	while (end - i >= 2 && data[end - 2] == '\r' &&
	    data[end - 1] == '\n') {
		crlfs++;
		end -= 2;
	}
	emit(c, data + i, end - i);
	c->crlfs = crlfs;
	c->cr = cr;
}

/* A piece of a line, without CR; len is over 0. */
static void
relaxed_text(struct canon_body *c, const char *s, size_t len)
{
	size_t i = 0, span;

	while (i < len) {
		if (is_wsp(s[i])) {
			c->wsp = true;
			i++;
			continue;
		}
		release(c);
		/* Up to the first blank that is not a single inner space. */
		for (span = 1; i + span < len; span++)
			if (s[i + span] == '\t' || (s[i + span] == ' ' &&
			    (i + span + 1 == len || is_wsp(s[i + span + 1]))))
				break;
		emit(c, s + i, span);
		i += span;
	}
}

/* Whether relaxed_text() would change nothing. */
static bool
is_plain_line(const char *s, size_t len)
{
	return !is_wsp(s[0]) && s[len - 1] != ' ' &&
	    memchr(s, '\t', len) == NULL && memmem(s, len, "  ", 2) == NULL;
}

static void
update_relaxed(struct canon_body *c, const char *data, size_t len)
{
	const char *cr;
	size_t i = 0, n;

	while (i < len) {
		if (c->cr && data[i] == '\n') {
			c->crlfs++;
			c->cr = c->wsp = false;
			i++;
			continue;
		}
		if (c->cr)
			release(c);
		if (data[i] == '\r') {
			c->cr = true;
			i++;
			continue;
		}
		cr = memchr(data + i, '\r', len - i);
		n = cr != NULL ? (size_t)(cr - (data + i)) : len - i;
		if (is_plain_line(data + i, n)) {
			release(c);
			emit(c, data + i, n);
		} else
			relaxed_text(c, data + i, n);
		i += n;
	}
}

int
canon_body_update(struct canon_body *c, const char *data, size_t len)
{
	if (len > 0 && c->error == 0) {
		if (c->canon == DKIMSIG_CANON_RELAXED)
			update_relaxed(c, data, len);
		else
			update_simple(c, data, len);
	}
	return c->error;
}

int
canon_body_end(struct canon_body *c, unsigned char hash[DIGEST_SIZE])
{
	/* A CR without LF is text. */
	if (c->cr)
		release(c);
	/* An empty body is CRLF in simple and nothing in relaxed. */
	if (c->total > 0 || c->canon == DKIMSIG_CANON_SIMPLE)
		emit(c, "\r\n", 2);
	flush(c);
	if (c->error == 0)
		c->error = digest_final(&c->digest, hash);
	return c->error;
}
