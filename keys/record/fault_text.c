/* SPDX-License-Identifier: ISC */

/*
 * Texts for those who publish a faulty key record: what is wrong, and how to
 * fix it.
 *
 * One table with a row for each fault of keyrecord/fault.h; the compiler
 * checks that the last row is not missing.  All texts are static; nothing can
 * fail.
 */

#include "record/fault_text.h"

static const char *const texts[] = {
	[RECORD_FAULT_NONE] =
	    "correct",
	[RECORD_FAULT_BLANKS] =
	    "the right key, but with spaces inside p=, which some verifiers "
	    "reject: join the strings without spaces",
	[RECORD_FAULT_BARE_RSA] =
	    "the right key, but as RSAPublicKey, which some verifiers reject: "
	    "publish the record that 'show' prints",
	[RECORD_FAULT_NOT_STRICT] =
	    "the right key, but t=s is missing: add it, as 'show' prints it",
	[RECORD_FAULT_STRICT] =
	    "the right key, but with t=s, which it was not generated with: "
	    "remove t=s, or leave it if no signature has i= of a subdomain",
	[RECORD_FAULT_ABSENT] =
	    "no TXT record: publish the one that 'show' prints",
	[RECORD_FAULT_SEVERAL] =
	    "the right record, but another TXT record as well, and verifiers "
	    "use either one: remove the other",
	[RECORD_FAULT_SEVERAL_WRONG] =
	    "several TXT records, none of them right: replace them with the "
	    "one that 'show' prints",
	[RECORD_FAULT_SPLIT] =
	    "the record is split into several: make it one TXT record with "
	    "several strings, in one line of the zone or one field of the form",
	[RECORD_FAULT_NOT_TEXT] =
	    "characters that are not ASCII text, such as curly quotes or "
	    "non-breaking spaces from a word processor: paste it from 'show' "
	    "again",
	[RECORD_FAULT_QUOTED] =
	    "quotes are part of the value: this form adds them itself: enter "
	    "the value that 'show' prints, without quotes",
	[RECORD_FAULT_ESCAPED] =
	    "backslashes are part of the value: this form adds them itself: "
	    "enter the value that 'show' prints, without backslashes",
	[RECORD_FAULT_ZONE_LINE] =
	    "a zone file line was entered as the value: enter only the value, "
	    "from v= on",
	[RECORD_FAULT_PEM] =
	    "a PEM block in the value: enter the value that 'show' prints",
	[RECORD_FAULT_CUT] =
	    "the end is missing: the value is longer than one string of 255: "
	    "enter it as several strings, as 'show' prints it, or use a "
	    "shorter key (rsa2048, ed25519)",
	[RECORD_FAULT_PIECE] =
	    "only a later part of the record: enter all of its strings in one "
	    "record",
	[RECORD_FAULT_SWAPPED] =
	    "the strings of the record are in the wrong order: enter them as "
	    "'show' prints them",
	[RECORD_FAULT_NO_SEMICOLON] =
	    "a semicolon is missing between two tags: enter the value that "
	    "'show' prints",
	[RECORD_FAULT_VERSION] =
	    "v= is not DKIM1, or not the first tag: start the value with "
	    "'v=DKIM1;'",
	[RECORD_FAULT_UNKNOWN_TYPE] =
	    "k= is not a known type of key: it must be 'rsa' or 'ed25519'",
	[RECORD_FAULT_OTHER_TYPE] =
	    "a key of another type (k=): enter the record that 'show' prints "
	    "for this selector",
	[RECORD_FAULT_DUPLICATE_TAG] =
	    "a tag appears twice, so verifiers reject the record: enter it "
	    "once, as 'show' prints it",
	[RECORD_FAULT_NO_KEY] =
	    "there is no p= tag: enter the value that 'show' prints",
	[RECORD_FAULT_BASE64] =
	    "p= is not base64: characters were lost, added or changed: paste "
	    "the value from 'show' again",
	[RECORD_FAULT_PADDING] =
	    "p= is a whole key with the wrong number of '=' after it: paste "
	    "the value from 'show' again",
	[RECORD_FAULT_TRUNCATED] =
	    "p= ends before the end of its key: enter the record that 'show' "
	    "prints, as several strings if one may have only 255 characters",
	[RECORD_FAULT_SYNTAX] =
	    "not a list of tags: what follows the last semicolon is not a tag: "
	    "enter the value that 'show' prints",
	[RECORD_FAULT_EMPTY] =
	    "an empty TXT record: publish the one that 'show' prints",
	[RECORD_FAULT_NOT_A_KEY] =
	    "a TXT record that is not a key, perhaps from a wildcard: publish "
	    "the one that 'show' prints at this name",
	[RECORD_FAULT_CASE] =
	    "the right record, but with capitals changed to small letters, or "
	    "the reverse, as some forms do, which makes another key of it: "
	    "enter the value that 'show' prints, and ask the provider if it "
	    "happens again",
	[RECORD_FAULT_NO_PUBLIC_KEY] =
	    "p= is not a public key: enter the record that 'show' prints for "
	    "this selector",
	[RECORD_FAULT_HASH] =
	    "h= does not include sha256, so every signature is refused: change "
	    "it to h=sha256",
	[RECORD_FAULT_SERVICE] =
	    "s= does not allow email: remove s=",
	[RECORD_FAULT_TESTING] =
	    "t=y: verifiers treat mail as if it were not signed: remove t=y",
	[RECORD_FAULT_REVOKED] =
	    "p= is empty, which revokes the key: enter the record that "
	    "'show' prints, or retire the key",
	[RECORD_FAULT_NOT_REVOKED] =
	    "the key is still there, but p= must be empty: replace the record "
	    "with 'v=DKIM1; p='",
	[RECORD_FAULT_WRAPPED_ED25519] =
	    "the right key, but p= of an Ed25519 key is the bare 32 octets "
	    "(44 characters), not what openssl prints: enter the record that "
	    "'show' prints",
	[RECORD_FAULT_TRAILING] =
	    "the right key, but with more text after it in p=: enter the value "
	    "that 'show' prints",
	[RECORD_FAULT_SMALL] =
	    "another key, under 2048 bits: enter the record that 'show' "
	    "prints",
	[RECORD_FAULT_OTHER_KEY] =
	    "another key: the private key in the store does not belong to "
	    "it: enter the record that 'show' prints for this selector"
};

_Static_assert(sizeof(texts) / sizeof(texts[0]) == RECORD_NFAULTS,
    "a text for each fault");

const char *
record_fault_text(enum record_fault fault)
{
	return texts[fault];
}
