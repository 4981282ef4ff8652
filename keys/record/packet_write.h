/* SPDX-License-Identifier: ISC */

/*
 * Writing a DNS message in wire format, RFC 1035 section 4.  ldns could do it,
 * but crashes if it has no memory while it compresses names; here none is
 * compressed.
 */

#ifndef PACKET_WRITE_H
#define PACKET_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_HEADER_SIZE	12	/* octets */

/* Begins as { 0 }. */
struct packet {
	uint8_t	*data;
	size_t	 len;
	size_t	 size;		/* allocated octets */
	bool	 failed;	/* out of memory, too long, or a bad name */
};

void	packet_finish(struct packet *packet);

void	packet_put(struct packet *packet, const void *octets, size_t len);
void	packet_put_u16(struct packet *packet, unsigned int value);
void	packet_put_u32(struct packet *packet, uint32_t value);

/* A domain name, its letters in lower case if is_canonical. */
void	packet_put_name(struct packet *packet, const char *name,
	    bool is_canonical);

/* Add to the number of two octets at a place that has been written. */
void	packet_add_u16(struct packet *packet, size_t place, size_t value);

#endif /* PACKET_WRITE_H */
