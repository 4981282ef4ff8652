/* SPDX-License-Identifier: ISC */

/*
 * Building the message of a dynamic update (RFC 2136) that changes the TXT
 * records at one name.
 */

#ifndef UPDATE_MESSAGE_H
#define UPDATE_MESSAGE_H

#include <stdint.h>

#include <ldns/ldns.h>

#include "record/packet_write.h"

/*
 * Write an unsigned update.  If the TXT records at name are exactly those in
 * before, it replaces them with one that has the value to, or removes them if
 * to is NULL.  If before is empty, the name may not have a CNAME either; if it
 * is NULL, nothing may exist at the name.  packet->failed then says whether
 * memory was short, or a name is invalid.
 */
void	update_message_make(struct packet *packet, const char *zone,
	    const char *name, const ldns_rr_list *before, const char *to,
	    uint32_t ttl);

#endif /* UPDATE_MESSAGE_H */
