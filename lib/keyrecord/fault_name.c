/* SPDX-License-Identifier: ISC */

/*
 * The names of the faults of key records, in JSON and in lists.
 *
 * One table with a code for each fault; the compiler checks its size.  A name
 * is a code without "record-".  All are static; nothing can fail.
 */

#include "keyrecord/fault.h"

#include <string.h>

#define PREFIX	"record-"

static const char *const codes[] = {
	[RECORD_FAULT_NONE] = PREFIX "right",
	[RECORD_FAULT_BLANKS] = PREFIX "blanks-in-key",
	[RECORD_FAULT_BARE_RSA] = PREFIX "bare-rsa-key",
	[RECORD_FAULT_NOT_STRICT] = PREFIX "not-strict",
	[RECORD_FAULT_STRICT] = PREFIX "strict",
	[RECORD_FAULT_ABSENT] = PREFIX "absent",
	[RECORD_FAULT_SEVERAL] = PREFIX "several",
	[RECORD_FAULT_SEVERAL_WRONG] = PREFIX "several-wrong",
	[RECORD_FAULT_SPLIT] = PREFIX "split",
	[RECORD_FAULT_HASH] = PREFIX "hash",
	[RECORD_FAULT_SERVICE] = PREFIX "service",
	[RECORD_FAULT_TESTING] = PREFIX "testing",
	[RECORD_FAULT_REVOKED] = PREFIX "revoked",
	[RECORD_FAULT_NOT_REVOKED] = PREFIX "not-revoked",
	[RECORD_FAULT_WRAPPED_ED25519] = PREFIX "wrapped-ed25519",
	[RECORD_FAULT_TRAILING] = PREFIX "trailing",
	[RECORD_FAULT_NOT_TEXT] = PREFIX "not-text",
	[RECORD_FAULT_QUOTED] = PREFIX "quoted",
	[RECORD_FAULT_ESCAPED] = PREFIX "escaped",
	[RECORD_FAULT_ZONE_LINE] = PREFIX "zone-line",
	[RECORD_FAULT_PEM] = PREFIX "pem",
	[RECORD_FAULT_CUT] = PREFIX "cut",
	[RECORD_FAULT_PIECE] = PREFIX "piece",
	[RECORD_FAULT_SWAPPED] = PREFIX "swapped",
	[RECORD_FAULT_NO_SEMICOLON] = PREFIX "no-semicolon",
	[RECORD_FAULT_VERSION] = PREFIX "version",
	[RECORD_FAULT_UNKNOWN_TYPE] = PREFIX "unknown-type",
	[RECORD_FAULT_OTHER_TYPE] = PREFIX "other-type",
	[RECORD_FAULT_DUPLICATE_TAG] = PREFIX "duplicate-tag",
	[RECORD_FAULT_NO_KEY] = PREFIX "no-key",
	[RECORD_FAULT_BASE64] = PREFIX "base64",
	[RECORD_FAULT_PADDING] = PREFIX "padding",
	[RECORD_FAULT_TRUNCATED] = PREFIX "truncated",
	[RECORD_FAULT_SYNTAX] = PREFIX "syntax",
	[RECORD_FAULT_EMPTY] = PREFIX "empty",
	[RECORD_FAULT_NOT_A_KEY] = PREFIX "not-a-key",
	[RECORD_FAULT_CASE] = PREFIX "case",
	[RECORD_FAULT_NO_PUBLIC_KEY] = PREFIX "no-public-key",
	[RECORD_FAULT_SMALL] = PREFIX "small",
	[RECORD_FAULT_OTHER_KEY] = PREFIX "other-key",
};

_Static_assert(sizeof(codes) / sizeof(codes[0]) == RECORD_NFAULTS,
    "a code for each fault");

const char *
record_fault_code(enum record_fault fault)
{
	return codes[fault];
}

const char *
record_fault_name(enum record_fault fault)
{
	return codes[fault] + strlen(PREFIX);
}
