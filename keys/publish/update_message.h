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
 * An update, not signed yet: if the TXT records at name are exactly those of
 * before (which may be none: then no CNAME may be there either), replace them
 * by one of the value to; NULL: remove them.  NULL when there is no memory, or
 * a name is none.
 */
ldns_pkt *update_message_make(const char *zone, const char *name,
	    const ldns_rr_list *before, const char *to, uint32_t ttl);

#endif /* UPDATE_MESSAGE_H */
