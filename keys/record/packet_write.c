/* SPDX-License-Identifier: ISC */

/*
 * Writing a DNS message: see packet_write.h.
 *
 * Failure is recorded, not returned by each call, so that who writes a message
 * asks once, at its end.
 */

#include "record/packet_write.h"

#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "record/dname.h"

#define MIN_SIZE	512	/* octets, the first allocation */
#define MAX_SIZE	65535	/* over TCP */

void
packet_finish(struct packet *packet)
{
	free(packet->data);
	memset(packet, 0, sizeof(*packet));
}

/* Append len octets for the caller to fill in; NULL on failure. */
static uint8_t *
reserve(struct packet *packet, size_t len)
{
	uint8_t *data;
	size_t size;

	if (packet->failed || len > MAX_SIZE - packet->len) {
		packet->failed = true;
		return NULL;
	}
	if (len > packet->size - packet->len) {
		size = packet->size == 0 ? MIN_SIZE : packet->size;
		while (size - packet->len < len)
			size *= 2;
		if ((data = realloc(packet->data, size)) == NULL) {
			packet->failed = true;
			return NULL;
		}
		packet->data = data;
		packet->size = size;
	}
	data = packet->data + packet->len;
	packet->len += len;
	return data;
}

void
packet_put(struct packet *packet, const void *octets, size_t len)
{
	uint8_t *p;

	if ((p = reserve(packet, len)) != NULL && len > 0)
		memcpy(p, octets, len);
}

void
packet_put_u16(struct packet *packet, unsigned int value)
{
	const uint8_t octets[] = { (uint8_t)(value >> 8), (uint8_t)value };

	packet_put(packet, octets, sizeof(octets));
}

void
packet_put_u32(struct packet *packet, uint32_t value)
{
	packet_put_u16(packet, value >> 16);
	packet_put_u16(packet, value & 0xffff);
}

void
packet_put_name(struct packet *packet, const char *name, bool is_canonical)
{
	ldns_rdf *rdf;

	if ((rdf = dname_new(name)) == NULL) {
		packet->failed = true;
		return;
	}
	if (is_canonical)
		ldns_dname2canonical(rdf);
	packet_put(packet, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
	ldns_rdf_deep_free(rdf);
}

void
packet_add_u16(struct packet *packet, size_t place, size_t value)
{
	if (packet->failed)
		return;
	value += (size_t)packet->data[place] << 8 | packet->data[place + 1];
	if (value > UINT16_MAX)
		packet->failed = true;
	packet->data[place] = (uint8_t)(value >> 8);
	packet->data[place + 1] = (uint8_t)value;
}
