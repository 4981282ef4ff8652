/* SPDX-License-Identifier: ISC */

/*
 * Room lib/keyrecord: key records in DNS and what may be wrong with them.
 *
 * The list of faults, for programs that publish key records and programs that
 * verify with them, and functions that find the fault of the TXT records at the
 * name of a key.  Most wrong records were right until a web form, a zone file
 * or a person damaged them in one of a few ways, and each way has its own fix.
 * No input or output.
 */

#ifndef KEYRECORD_FAULT_H
#define KEYRECORD_FAULT_H

#include "keyrecord/tags.h"

/* At most this many records at one name are examined. */
#define RECORD_FAULT_MAX_TEXTS	8

enum record_fault {
	RECORD_FAULT_NONE,
	/* Mail verifies nevertheless: record_fault_is_harmless(). */
	RECORD_FAULT_BLANKS,		/* in the base64 of p= */
	RECORD_FAULT_BARE_RSA,		/* RSAPublicKey in p= */
	RECORD_FAULT_NOT_STRICT,	/* t=s is missing */
	RECORD_FAULT_STRICT,		/* t=s, but not wanted */
	/* No record, or more than one. */
	RECORD_FAULT_ABSENT,		/* no record at all */
	RECORD_FAULT_SEVERAL,		/* the right one, and others */
	RECORD_FAULT_SEVERAL_WRONG,	/* several, none of them right */
	RECORD_FAULT_SPLIT,		/* several that join to the right one */
	/* A key record that does not verify, and that shows why. */
	RECORD_FAULT_HASH,		/* h= without sha256 */
	RECORD_FAULT_SERVICE,		/* s= without email */
	RECORD_FAULT_TESTING,		/* t=y */
	RECORD_FAULT_REVOKED,		/* empty p=, but not wanted */
	RECORD_FAULT_NOT_REVOKED,	/* a key, but an empty p= is wanted */
	RECORD_FAULT_WRAPPED_ED25519,	/* SubjectPublicKeyInfo in p= */
	RECORD_FAULT_TRAILING,		/* octets after the key in p= */
	/* The text is damaged. */
	RECORD_FAULT_NOT_TEXT,		/* octets that are not ASCII text */
	RECORD_FAULT_QUOTED,		/* quotes are part of the value */
	RECORD_FAULT_ESCAPED,		/* backslashes are part of the value */
	RECORD_FAULT_ZONE_LINE,		/* a whole line of a zone file */
	RECORD_FAULT_PEM,		/* a PEM block in p= */
	RECORD_FAULT_CUT,		/* the end is missing */
	RECORD_FAULT_PIECE,		/* the beginning is missing */
	RECORD_FAULT_SWAPPED,		/* its strings in another order */
	/* Not a key record, or not the right one. */
	RECORD_FAULT_NO_SEMICOLON,	/* missing between tags */
	RECORD_FAULT_VERSION,		/* v= */
	RECORD_FAULT_UNKNOWN_TYPE,	/* k= */
	RECORD_FAULT_OTHER_TYPE,
	RECORD_FAULT_DUPLICATE_TAG,
	RECORD_FAULT_NO_KEY,		/* no p= */
	RECORD_FAULT_BASE64,		/* p= is not base64 */
	RECORD_FAULT_PADDING,		/* wrong number of "=" in p= */
	RECORD_FAULT_TRUNCATED,		/* p= is shorter than its key */
	RECORD_FAULT_SYNTAX,
	RECORD_FAULT_EMPTY,
	RECORD_FAULT_NOT_A_KEY,		/* another kind of record */
	RECORD_FAULT_CASE,		/* capitals and small letters of p= */
	RECORD_FAULT_NO_PUBLIC_KEY,	/* p= is base64, but not a key */
	RECORD_FAULT_SMALL,		/* another key, under 2048 bits */
	RECORD_FAULT_OTHER_KEY,
	RECORD_NFAULTS
};

/* What is wrong with the TXT records of a name; wanted is the right text. */
enum record_fault record_fault_find(const struct record_text *texts,
	    size_t ntexts, const char *wanted);

/*
 * Whether a record means the same to a verifier as the wanted one, however it
 * is written: the same key under the same conditions, or, if the wanted record
 * is revoked, no key.
 */
bool	record_fault_is_same(const struct record_text *text,
	    const char *wanted);

/* Whether mail verifies with the record despite the fault. */
bool	record_fault_is_harmless(enum record_fault fault);

/* A name such as "no-semicolon", and the code, "record-no-semicolon", which
 * differs from the codes of all other findings.  Static. */
const char *record_fault_name(enum record_fault fault);
const char *record_fault_code(enum record_fault fault);

/* Whether some verifiers may accept the wanted key despite the fault. */
bool	record_fault_has_key(enum record_fault fault);

#endif /* KEYRECORD_FAULT_H */
