/* SPDX-License-Identifier: ISC */

/*
 * What of a foreign text a reader would see.  Characters that are invisible,
 * that change the direction of others or that no font has could make a page say
 * something else than its text does.
 */

#ifndef PAGE_VISIBLE_H
#define PAGE_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Take the first character of a text of len octets, at least one: UTF-8, RFC
 * 3629.  Returns its length in octets, with its code point in *code; what is
 * not UTF-8 is one octet, and *code is that octet, with *is_octet set.
 */
size_t	visible_next(const char *text, size_t len, uint32_t *code,
	    bool *is_octet);

/* Whether a character may stand in a page as it is. */
bool	visible_is(uint32_t code);

#endif /* PAGE_VISIBLE_H */
