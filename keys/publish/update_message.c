/* SPDX-License-Identifier: ISC */

/*
 * Building the message of a dynamic update of one TXT record, RFC 2136.
 *
 * Its prerequisites are the records that were seen at the name, so that it
 * never replaces a record that somebody else has added in the meantime.  If
 * there were none, neither a TXT record nor a CNAME may exist; and if a
 * wildcard answered, nothing at all (prerequisites do not see wildcards: RFC
 * 4592 section 2.2).  Fails if out of memory, or if a name is invalid.
 */

#include "publish/update_message.h"

#include <stdlib.h>
#include <string.h>

#include "record/txt.h"

/* The header, RFC 2136 section 2.2: where the numbers of records are. */
#define PREREQUISITES	6
#define CHANGES		8

#define OPCODE_SHIFT	11	/* in the second pair of octets */

/* What comes before the data of a record. */
static void
put_head(struct packet *packet, const char *name, ldns_rr_class class,
    ldns_rr_type type, uint32_t ttl)
{
	packet_put_name(packet, name, false);
	packet_put_u16(packet, type);
	packet_put_u16(packet, class);
	packet_put_u32(packet, ttl);
}

/* A record without data, in the section whose records are counted there. */
static void
put_bare(struct packet *packet, size_t section, const char *name,
    ldns_rr_class class, ldns_rr_type type)
{
	put_head(packet, name, class, type, 0);
	packet_put_u16(packet, 0);
	packet_add_u16(packet, section, 1);
}

/* A record that exists, as a prerequisite. */
static void
put_existing(struct packet *packet, const char *name, const ldns_rr *rr)
{
	const ldns_rdf *rdf;
	size_t i, place;

	put_head(packet, name, LDNS_RR_CLASS_IN, LDNS_RR_TYPE_TXT, 0);
	place = packet->len;
	packet_put_u16(packet, 0);
	for (i = 0; i < ldns_rr_rd_count(rr); i++) {
		rdf = ldns_rr_rdf(rr, i);
		packet_put(packet, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
		packet_add_u16(packet, place, ldns_rdf_size(rdf));
	}
	packet_add_u16(packet, PREREQUISITES, 1);
}

/* The new record: a text in strings. */
static void
put_new(struct packet *packet, const char *name, const char *text,
    uint32_t ttl)
{
	size_t left = strlen(text), n, place;
	uint8_t size;

	put_head(packet, name, LDNS_RR_CLASS_IN, LDNS_RR_TYPE_TXT, ttl);
	place = packet->len;
	packet_put_u16(packet, 0);
	do {
		n = left < TXT_STRING_MAX ? left : TXT_STRING_MAX;
		size = (uint8_t)n;
		packet_put(packet, &size, 1);
		packet_put(packet, text, n);
		packet_add_u16(packet, place, 1 + n);
		text += n;
		left -= n;
	} while (left > 0);
	packet_add_u16(packet, CHANGES, 1);
}

/* RFC 2136 section 2.4: which records must exist, and which must not. */
static void
put_prerequisites(struct packet *packet, const char *name,
    const ldns_rr_list *before)
{
	size_t i;

	if (before == NULL)
		put_bare(packet, PREREQUISITES, name, LDNS_RR_CLASS_NONE,
		    LDNS_RR_TYPE_ANY);
	else if (ldns_rr_list_rr_count(before) == 0) {
		put_bare(packet, PREREQUISITES, name, LDNS_RR_CLASS_NONE,
		    LDNS_RR_TYPE_TXT);
		put_bare(packet, PREREQUISITES, name, LDNS_RR_CLASS_NONE,
		    LDNS_RR_TYPE_CNAME);
	} else
		for (i = 0; i < ldns_rr_list_rr_count(before); i++)
			put_existing(packet, name,
			    ldns_rr_list_rr(before, i));
}

void
update_message_make(struct packet *packet, const char *zone,
    const char *name, const ldns_rr_list *before, const char *to, uint32_t ttl)
{
	static const uint8_t no_records[PACKET_HEADER_SIZE - PREREQUISITES];

	packet_put_u16(packet, arc4random() & 0xffff);
	packet_put_u16(packet, (unsigned int)LDNS_PACKET_UPDATE <<
	    OPCODE_SHIFT);
	packet_put_u16(packet, 1);	/* zone */
	packet_put(packet, no_records, sizeof(no_records));
	packet_put_name(packet, zone, false);
	packet_put_u16(packet, LDNS_RR_TYPE_SOA);
	packet_put_u16(packet, LDNS_RR_CLASS_IN);
	put_prerequisites(packet, name, before);
	/* RFC 2136 section 2.5: delete the set, add the record. */
	if (before != NULL && ldns_rr_list_rr_count(before) > 0)
		put_bare(packet, CHANGES, name, LDNS_RR_CLASS_ANY,
		    LDNS_RR_TYPE_TXT);
	if (to != NULL)
		put_new(packet, name, to, ttl);
}
