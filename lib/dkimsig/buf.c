/* SPDX-License-Identifier: ISC */

/*
 * A growing octet buffer with a maximum: see buf.h.
 *
 * The size doubles, and is always at least one octet more than the length, so
 * that a NUL fits.  DKIMSIG_E_TOOBIG (over the maximum) and DKIMSIG_E_NOMEM are
 * sticky until the buffer is reset; what was written before does not change.
 */

#include "dkimsig/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "dkimsig/dkimsig.h"

#define FIRST_SIZE	256	/* octets */

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_finish(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->error = 0;
}

int
buf_reserve(struct buf *b, size_t len)
{
	size_t size = b->size;
	char *data;

	if (b->error != 0)
		return b->error;
	if (len > b->max - b->len)
		return b->error = DKIMSIG_E_TOOBIG;
	if (size > b->len && len < size - b->len)
		return 0;
	if (size == 0)
		size = FIRST_SIZE;
	while (size <= b->len || size - b->len <= len) {
		if (size > SIZE_MAX / 2)
			return b->error = DKIMSIG_E_TOOBIG;
		size *= 2;
	}
	if ((data = realloc(b->data, size)) == NULL)
		return b->error = DKIMSIG_E_NOMEM;
	b->data = data;
	b->size = size;
	return 0;
}

void
buf_put(struct buf *b, const void *data, size_t len)
{
	if (len == 0 || buf_reserve(b, len) != 0)
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_put_view(struct buf *b, struct view v)
{
	buf_put(b, v.ptr, v.len);
}

void
buf_put_number(struct buf *b, long long n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", n);
	buf_puts(b, text);
}

const char *
buf_str(struct buf *b)
{
	if (buf_reserve(b, 0) != 0)
		return NULL;
	b->data[b->len] = '\0';
	return b->data;
}

struct view
buf_view(const struct buf *b)
{
	return view_of(b->data != NULL ? b->data : "", b->len);
}
