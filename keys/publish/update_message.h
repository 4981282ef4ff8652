/* SPDX-License-Identifier: ISC */

/*
 * The message of a dynamic update, RFC 2136, that changes the TXT records at
 * one name.
 */

#ifndef UPDATE_MESSAGE_H
#define UPDATE_MESSAGE_H

#include <stdint.h>

#include <ldns/ldns.h>

/*
 * An update, not signed yet: if the TXT records at name are exactly those in
 * before (if that is empty, there may be no CNAME either), replace them with
 * one that has the value to; if to is NULL, remove them.  Returns NULL if out
 * of memory, or if a name is invalid.
 */
ldns_pkt *update_message_make(const char *zone, const char *name,
	    const ldns_rr_list *before, const char *to, uint32_t ttl);

#endif /* UPDATE_MESSAGE_H */
