/* SPDX-License-Identifier: ISC */

/*
 * Why verifiers refuse a key record, seen from the record alone.
 */

#ifndef KEYRECORD_REFUSED_H
#define KEYRECORD_REFUSED_H

#include "keyrecord/fault.h"

#define RECORD_ED25519_SIZE	32	/* octets, RFC 8463 section 4.2 */

/* More about a fault; what does not fit it is zero. */
struct record_where {
	size_t			 place;		/* of an octet or a tag, from 1 */
	struct record_tag	 tag;		/* the one at fault */
	char			 octet;		/* the one in p= at fault */
	size_t			 have, want;	/* octets in p=, or "=" */
	size_t			 nbase64;	/* characters in p=, with "=" */
};

/*
 * What is wrong with a record that the library refuses, or takes although p=
 * is no key.  RECORD_FAULT_ABSENT and what tells it from a wanted record are
 * not among the answers.  What the record does not show is said to be
 * RECORD_FAULT_BASE64, or, where the library reads the record,
 * RECORD_FAULT_NO_PUBLIC_KEY.
 *
 * where may be NULL, and borrows from text.
 */
enum record_fault record_fault_refused(const struct record_text *text,
	    struct record_where *where);

#endif /* KEYRECORD_REFUSED_H */
