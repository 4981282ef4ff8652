/* SPDX-License-Identifier: ISC */

/*
 * The MAC of a TSIG, RFC 8945 section 4.3, and where a message ends that has
 * one.
 */

#ifndef TSIG_MAC_H
#define TSIG_MAC_H

#include "publish/tsig.h"

/*
 * The HMAC (RFC 2104) of octets, by the key's algorithm.  mac->len is 0 if
 * memory is short, or the algorithm is not one of those of a key file.
 */
void	tsig_mac_make(const struct tsig_key *key, const void *octets,
	    size_t len, struct tsig_mac *mac);

/* Where the last record of a message begins; 0: it has none, or is cut. */
size_t	tsig_mac_last_record(const uint8_t *wire, size_t len);

#endif /* TSIG_MAC_H */
