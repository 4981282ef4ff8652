/* SPDX-License-Identifier: ISC */

/*
 * Room lib/keyrecord: key records in DNS and what may be wrong with them.
 *
 * Key records and what is wrong with them, for those who publish them and
 * those who verify with them: the one list of faults, and which of them the
 * TXT records at the name of a key have.  Most wrong records are right ones
 * that a web form, a zone file or a hand has spoiled in one of a few ways,
 * each with its own way back.  Pure.
 */

#ifndef KEYRECORD_FAULT_H
#define KEYRECORD_FAULT_H

#include "keyrecord/tags.h"

/* More records than this at one name are looked at no further. */
#define RECORD_FAULT_MAX_TEXTS	8

enum record_fault {
	RECORD_FAULT_NONE,
	/* Verifies all the same: record_fault_is_harmless(). */
	RECORD_FAULT_BLANKS,		/* in the base64 of p= */
	RECORD_FAULT_BARE_RSA,		/* RSAPublicKey in p= */
	RECORD_FAULT_LAX,		/* t=s is missing */
	RECORD_FAULT_STRICT,		/* t=s, and not wanted */
	/* Not one record. */
	RECORD_FAULT_ABSENT,		/* no record at all */
	RECORD_FAULT_SEVERAL,		/* the right one, and others */
	RECORD_FAULT_SEVERAL_WRONG,	/* several, none of them right */
	RECORD_FAULT_TORN,		/* several, together the right one */
	/* It does not, but is a key record, and names its cause itself. */
	RECORD_FAULT_HASH,		/* h= without sha256 */
	RECORD_FAULT_SERVICE,		/* s= without email */
	RECORD_FAULT_TESTING,		/* t=y */
	RECORD_FAULT_REVOKED,		/* empty p=, and not wanted */
	RECORD_FAULT_NOT_REVOKED,	/* the key, where empty is wanted */
	RECORD_FAULT_WRAPPED_ED25519,	/* SubjectPublicKeyInfo in p= */
	RECORD_FAULT_TRAILING,		/* octets after the key in p= */
	/* Spoiled as text. */
	RECORD_FAULT_NOT_TEXT,		/* octets that are no ASCII text */
	RECORD_FAULT_QUOTED,		/* quotes are part of the value */
	RECORD_FAULT_ESCAPED,		/* so are backslashes */
	RECORD_FAULT_ZONE_LINE,		/* the line of a zone file */
	RECORD_FAULT_PEM,		/* a PEM block in p= */
	RECORD_FAULT_CUT,		/* the end is missing */
	RECORD_FAULT_PIECE,		/* the beginning is missing */
	RECORD_FAULT_SWAPPED,		/* its strings in another order */
	/* No key record, or another one. */
	RECORD_FAULT_NO_SEMICOLON,	/* between tags */
	RECORD_FAULT_VERSION,		/* v= */
	RECORD_FAULT_UNKNOWN_TYPE,	/* k= */
	RECORD_FAULT_OTHER_TYPE,
	RECORD_FAULT_TWICE,		/* a tag stands there twice */
	RECORD_FAULT_NO_KEY,		/* no p= */
	RECORD_FAULT_BASE64,		/* p= is no base64 */
	RECORD_FAULT_PADDING,		/* "=" after a whole key in p= */
	RECORD_FAULT_TRUNCATED,		/* p= is shorter than its key */
	RECORD_FAULT_SYNTAX,
	RECORD_FAULT_EMPTY,
	RECORD_FAULT_NOT_A_KEY,		/* another kind of record */
	RECORD_FAULT_NO_PUBLIC_KEY,	/* in p=, which is base64 */
	RECORD_FAULT_SMALL,		/* another key, under 2048 bits */
	RECORD_FAULT_OTHER_KEY,
	RECORD_NFAULTS
};

/* What is wrong with all TXT records of a name; wanted is the right text. */
enum record_fault record_fault_find(const struct record_text *texts,
	    size_t ntexts, const char *wanted);

/*
 * Whether a record means to a verifier just what the wanted one means, however
 * it is written: the same key under the same conditions; or no key, if that
 * is wanted.
 */
bool	record_fault_is_same(const struct record_text *text,
	    const char *wanted);

/* Whether mail verifies with the record nevertheless. */
bool	record_fault_is_harmless(enum record_fault fault);

/* One word or a few, as "no-semicolon"; static.  A code has "record-" before
 * it, so that it is told from those of other things. */
const char *record_fault_name(enum record_fault fault);
const char *record_fault_code(enum record_fault fault);

/* Whether the key of the wanted record may verify mail by what is there. */
bool	record_fault_has_key(enum record_fault fault);

#endif /* KEYRECORD_FAULT_H */
