/* SPDX-License-Identifier: ISC */

/*
 * Payloads of messages between our processes: see wire.h.
 *
 * Every length that a peer sends is compared with what is left before it is
 * added to a pointer.  Failure is recorded, not returned by each call.
 */

#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

#define WIRE_MIN_SIZE	256	/* octets, the first allocation */

void
wire_writer_init(struct wire_writer *writer, size_t max)
{
	memset(writer, 0, sizeof(*writer));
	writer->max = max;
}

void
wire_writer_finish(struct wire_writer *writer)
{
	free(writer->data);
	memset(writer, 0, sizeof(*writer));
}

/* Append len octets for the caller to fill in; NULL on failure. */
static unsigned char *
reserve(struct wire_writer *writer, size_t len)
{
	unsigned char *data;
	size_t size;

	if (writer->failed || len > writer->max - writer->len) {
		writer->failed = true;
		return NULL;
	}
	if (len > writer->size - writer->len) {
		size = writer->size == 0 ? WIRE_MIN_SIZE : writer->size;
		while (size - writer->len < len)
			size *= 2;
		if ((data = realloc(writer->data, size)) == NULL) {
			writer->failed = true;
			return NULL;
		}
		writer->data = data;
		writer->size = size;
	}
	data = writer->data + writer->len;
	writer->len += len;
	return data;
}

void
wire_put_u8(struct wire_writer *writer, uint8_t value)
{
	unsigned char *p;

	if ((p = reserve(writer, 1)) != NULL)
		p[0] = value;
}

void
wire_put_u32(struct wire_writer *writer, uint32_t value)
{
	unsigned char *p;

	if ((p = reserve(writer, 4)) == NULL)
		return;
	p[0] = (unsigned char)(value >> 24);
	p[1] = (unsigned char)(value >> 16);
	p[2] = (unsigned char)(value >> 8);
	p[3] = (unsigned char)value;
}

void
wire_put_string(struct wire_writer *writer, const void *data, size_t len)
{
	unsigned char *p;

	if (len > UINT32_MAX) {
		writer->failed = true;
		return;
	}
	wire_put_u32(writer, (uint32_t)len);
	if ((p = reserve(writer, len)) != NULL && len > 0)
		memcpy(p, data, len);
}

void
wire_reader_init(struct wire_reader *reader, const void *data, size_t len)
{
	reader->data = data;
	reader->left = len;
	reader->failed = false;
}

/* The next len octets; NULL if fewer are left. */
static const unsigned char *
take(struct wire_reader *reader, size_t len)
{
	const unsigned char *p;

	if (reader->failed || len > reader->left) {
		reader->failed = true;
		return NULL;
	}
	p = reader->data;
	if (len > 0)
		reader->data += len;
	reader->left -= len;
	return p;
}

uint8_t
wire_get_u8(struct wire_reader *reader)
{
	const unsigned char *p;

	if ((p = take(reader, 1)) == NULL)
		return 0;
	return p[0];
}

uint32_t
wire_get_u32(struct wire_reader *reader)
{
	const unsigned char *p;

	if ((p = take(reader, 4)) == NULL)
		return 0;
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

void
wire_get_string(struct wire_reader *reader, const unsigned char **data,
    size_t *len)
{
	uint32_t n;

	n = wire_get_u32(reader);
	*data = take(reader, n);
	*len = reader->failed ? 0 : n;
}

void
wire_get_text(struct wire_reader *reader, char *buf, size_t size)
{
	const unsigned char *data;
	size_t len;

	buf[0] = '\0';
	wire_get_string(reader, &data, &len);
	if (reader->failed || len == 0)
		return;
	if (len >= size || memchr(data, '\0', len) != NULL) {
		reader->failed = true;
		return;
	}
	memcpy(buf, data, len);
	buf[len] = '\0';
}

bool
wire_reader_is_complete(const struct wire_reader *reader)
{
	return !reader->failed && reader->left == 0;
}
