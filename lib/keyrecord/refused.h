/* SPDX-License-Identifier: ISC */

/*
 * Why verifiers refuse a key record, judging by the record alone.
 */

#ifndef KEYRECORD_REFUSED_H
#define KEYRECORD_REFUSED_H

#include "keyrecord/fault.h"

#define RECORD_ED25519_SIZE	32	/* octets, RFC 8463 section 4.2 */

/* Details of a fault; members that do not apply to it are zero. */
struct record_where {
	size_t			 place;		/* position of octet or tag,
						 * from 1 */
	struct record_tag	 tag;		/* the wrong tag */
	char			 octet;		/* the wrong octet in p= */
	size_t			 have, want;	/* octets in p=, or "=" */
	size_t			 nbase64;	/* characters in p=, with "=" */
};

/*
 * What is wrong with a record that the library refuses, or that it accepts
 * although p= is not a key.  Never RECORD_FAULT_ABSENT, and no fault that only
 * a comparison with the wanted record can find.  If no other cause is found,
 * the answer is RECORD_FAULT_BASE64, or RECORD_FAULT_NO_PUBLIC_KEY if the
 * library accepts the record.
 *
 * where may be NULL; its tag points into text.
 */
enum record_fault record_fault_refused(const struct record_text *text,
	    struct record_where *where);

#endif /* KEYRECORD_REFUSED_H */
