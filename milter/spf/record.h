/* SPDX-License-Identifier: ISC */

/*
 * The terms of an SPF record, RFC 7208 section 4.6.1.
 */

#ifndef SPF_RECORD_H
#define SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "spf/spf.h"

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	/* Modifiers. */
	SPF_REDIRECT,
	SPF_EXP,
	SPF_UNKNOWN_MODIFIER
};

struct spf_term {
	enum spf_kind	 kind;
	enum spf_result	 qualifier;	/* the result if it matches */
	const char	*text;		/* the whole term, in the record */
	size_t		 textlen;
	const char	*spec;		/* domain-spec; NULL: none */
	size_t		 speclen;
	unsigned char	 address[16];	/* ip4, ip6 */
	unsigned int	 prefix4, prefix6;	/* bits */
};

/* Whether a TXT record is an SPF record of version 1, section 4.5. */
bool	spf_record_is(const char *txt, size_t len);

struct spf_cursor {
	const char	*rest;
	size_t		 len;
};

/* Start at the first term of a record for which spf_record_is() is true. */
void	spf_cursor_init(struct spf_cursor *cursor, const char *txt,
	    size_t len);

/* Read the next term.  Returns 1, 0 at the end, or -1 if its syntax is wrong;
 * its text is then set. */
int	spf_cursor_next(struct spf_cursor *cursor, struct spf_term *term);

/*
 * Whether the syntax of all terms is right, and redirect and exp appear at most
 * once each.  Otherwise *fault is the first wrong term.
 */
bool	spf_record_is_valid(const char *txt, size_t len,
	    struct spf_term *fault);

#endif /* SPF_RECORD_H */
