/* SPDX-License-Identifier: ISC */

/*
 * What is wrong with the TXT records at the name of a key.
 *
 * Checks from the outside in: how many records there are; whether verifiers
 * refuse the record (refused.c); whether it is a part of the wanted text; which
 * key it has, and under which conditions (RFC 6376 section 3.6.1).  Nothing
 * fails: if memory runs out, the keys count as different.
 */

#include "keyrecord/fault.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "dkimsig/dkimsig.h"
#include "keyrecord/refused.h"

#define MAX_SPLIT	3	/* records to try to join */
#define MIN_PIECE	16	/* octets; a shorter text proves nothing */
#define LEAST_BITS	2048

static bool
contains(const struct record_text *text, const char *word)
{
	return memmem(text->text, text->len, word, strlen(word)) != NULL;
}

/* Whether the text is the wanted one, rotated: its strings out of order. */
static bool
is_rotated(const struct record_text *text, const char *wanted, size_t len)
{
	size_t cut;

	if (text->len != len)
		return false;
	for (cut = 1; cut < len; cut++)
		if (memcmp(text->text, wanted + cut, len - cut) == 0 &&
		    memcmp(text->text + len - cut, wanted, cut) == 0)
			return true;
	return false;
}

/* Whether the text is what is left of the wanted one. */
static enum record_fault
find_left(const struct record_text *text, const char *wanted)
{
	const size_t len = strlen(wanted);

	if (text->len >= MIN_PIECE && text->len < len) {
		if (memcmp(text->text, wanted, text->len) == 0 &&
		    contains(text, "p="))
			return RECORD_FAULT_CUT;
		if (memmem(wanted + 1, len - 1, text->text, text->len) !=
		    NULL)
			return RECORD_FAULT_PIECE;
	}
	return is_rotated(text, wanted, len) ? RECORD_FAULT_SWAPPED :
	    RECORD_FAULT_NONE;
}

/* Read an RSA public key in either form; *trailing: octets follow it. */
static EVP_PKEY *
read_rsa(const struct dkimsig_keyrecord *record, bool *is_bare,
    bool *trailing)
{
	const unsigned char *p = record->key;
	EVP_PKEY *pkey;

	*is_bare = false;
	if ((pkey = d2i_PUBKEY(NULL, &p, (long)record->keylen)) == NULL) {
		p = record->key;
		pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p,
		    (long)record->keylen);
		*is_bare = true;
	}
	ERR_clear_error();
	*trailing = pkey != NULL &&
	    (size_t)(p - record->key) < record->keylen;
	return pkey;
}

static enum record_fault
compare_rsa(const struct dkimsig_keyrecord *record,
    const struct dkimsig_keyrecord *wanted)
{
	enum record_fault fault;
	EVP_PKEY *got, *want;
	bool is_bare, trailing, unused;

	got = read_rsa(record, &is_bare, &trailing);
	want = read_rsa(wanted, &unused, &unused);
	if (got == NULL)
		fault = RECORD_FAULT_NO_PUBLIC_KEY;
	else if (want == NULL || !EVP_PKEY_is_a(got, "RSA"))
		fault = RECORD_FAULT_OTHER_KEY;
	else if (EVP_PKEY_eq(got, want) != 1)
		fault = EVP_PKEY_get_bits(got) < LEAST_BITS ?
		    RECORD_FAULT_SMALL : RECORD_FAULT_OTHER_KEY;
	else if (trailing)
		fault = RECORD_FAULT_TRAILING;
	else
		fault = is_bare ? RECORD_FAULT_BARE_RSA : RECORD_FAULT_NONE;
	EVP_PKEY_free(got);
	EVP_PKEY_free(want);
	ERR_clear_error();
	return fault;
}

static enum record_fault
compare_ed25519(const struct dkimsig_keyrecord *record,
    const struct dkimsig_keyrecord *wanted)
{
	if (record->keylen > wanted->keylen) {
		if (memcmp(record->key, wanted->key, wanted->keylen) == 0)
			return RECORD_FAULT_TRAILING;
		if (memcmp(record->key + record->keylen - wanted->keylen,
		    wanted->key, wanted->keylen) == 0)
			return RECORD_FAULT_WRAPPED_ED25519;
	}
	return RECORD_FAULT_OTHER_KEY;
}

static enum record_fault
compare_keys(const struct dkimsig_keyrecord *record,
    const struct dkimsig_keyrecord *wanted)
{
	if (record->keylen == wanted->keylen &&
	    memcmp(record->key, wanted->key, record->keylen) == 0)
		return RECORD_FAULT_NONE;
	if (record->keylen == 0)
		return RECORD_FAULT_REVOKED;
	if (wanted->keylen == 0)
		return RECORD_FAULT_NOT_REVOKED;
	return wanted->type == DKIMSIG_KEYTYPE_RSA ?
	    compare_rsa(record, wanted) : compare_ed25519(record, wanted);
}

/* Whether there are blanks inside the value of p=. */
static bool
has_blanks(const struct record_text *text)
{
	struct record_tag p;
	size_t i;

	if (record_tag_find(text, "p", &p))
		for (i = 0; i < p.valuelen; i++)
			if (p.value[i] <= ' ')
				return true;
	return false;
}

/* Compare a record that the library accepts: the key, then its conditions. */
static enum record_fault
compare(const struct record_text *text,
    const struct dkimsig_keyrecord *record,
    const struct dkimsig_keyrecord *wanted)
{
	enum record_fault fault;

	/* In a revoked record, no other tag matters. */
	if (wanted->keylen == 0 && record->keylen == 0)
		return RECORD_FAULT_NONE;
	if (record->keylen > 0 && record->type != wanted->type)
		return RECORD_FAULT_OTHER_TYPE;
	fault = compare_keys(record, wanted);
	if (fault != RECORD_FAULT_NONE && fault != RECORD_FAULT_BARE_RSA)
		return fault;
	if (!record->hash_any && !record->hash_sha256)
		return RECORD_FAULT_HASH;
	if (!record->service_email)
		return RECORD_FAULT_SERVICE;
	if (record->testing)
		return RECORD_FAULT_TESTING;
	if (fault != RECORD_FAULT_NONE)
		return fault;
	if (record->strict != wanted->strict)
		return wanted->strict ? RECORD_FAULT_NOT_STRICT :
		    RECORD_FAULT_STRICT;
	return has_blanks(text) ? RECORD_FAULT_BLANKS : RECORD_FAULT_NONE;
}

/*
 * Whether p= is the wanted one but for capitals and small letters, which base64
 * distinguishes.
 */
static bool
is_other_case(const struct record_text *text, const char *wanted)
{
	const struct record_text want = { wanted, strlen(wanted) };
	struct record_tag p, q;
	bool differs = false;
	size_t i, j;

	if (!record_tag_find(text, "p", &p) ||
	    !record_tag_find(&want, "p", &q) || q.valuelen == 0)
		return false;
	for (i = j = 0; i < p.valuelen; i++) {
		if (p.value[i] <= ' ')
			continue;
		if (j == q.valuelen || tolower((unsigned char)p.value[i]) !=
		    tolower((unsigned char)q.value[j]))
			return false;
		differs |= p.value[i] != q.value[j++];
	}
	return differs && j == q.valuelen;
}

/* What is wrong with the text as a key record. */
static enum record_fault
find_in_record(const struct record_text *text, const char *wanted)
{
	struct dkimsig_keyrecord record, want;

	if (dkimsig_keyrecord_parse(text->text, text->len, &record,
	    NULL) != 0)
		return record_fault_refused(text, NULL);
	if (dkimsig_keyrecord_parse(wanted, strlen(wanted), &want, NULL) != 0)
		return RECORD_FAULT_OTHER_KEY;
	return compare(text, &record, &want);
}

static enum record_fault
find_in_one(const struct record_text *text, const char *wanted)
{
	enum record_fault fault, left;

	if (text->len == strlen(wanted) &&
	    memcmp(text->text, wanted, text->len) == 0)
		return RECORD_FAULT_NONE;
	fault = find_in_record(text, wanted);
	/* If the text itself shows what happened to it, that is the answer. */
	if (fault >= RECORD_FAULT_NO_SEMICOLON &&
	    (left = find_left(text, wanted)) != RECORD_FAULT_NONE)
		return left;
	return fault >= RECORD_FAULT_NO_SEMICOLON &&
	    is_other_case(text, wanted) ? RECORD_FAULT_CASE : fault;
}

/* Whether all the texts, joined in some order, are the wanted one. */
static bool
is_split(const struct record_text *texts, size_t ntexts, const char *wanted,
    unsigned int used)
{
	const size_t len = strlen(wanted);
	size_t i;

	if (len == 0)
		return used == (1u << ntexts) - 1;
	for (i = 0; i < ntexts; i++)
		if ((used & (1u << i)) == 0 && texts[i].len > 0 &&
		    texts[i].len <= len &&
		    memcmp(wanted, texts[i].text, texts[i].len) == 0 &&
		    is_split(texts, ntexts, wanted + texts[i].len,
		    used | (1u << i)))
			return true;
	return false;
}

static enum record_fault
find_in_several(const struct record_text *texts, size_t ntexts,
    const char *wanted)
{
	size_t i;

	if (ntexts <= MAX_SPLIT && is_split(texts, ntexts, wanted, 0))
		return RECORD_FAULT_SPLIT;
	for (i = 0; i < ntexts && i < RECORD_FAULT_MAX_TEXTS; i++)
		if (record_fault_is_harmless(find_in_one(&texts[i], wanted)))
			return RECORD_FAULT_SEVERAL;
	return RECORD_FAULT_SEVERAL_WRONG;
}

enum record_fault
record_fault_find(const struct record_text *texts, size_t ntexts,
    const char *wanted)
{
	if (ntexts == 0)
		return RECORD_FAULT_ABSENT;
	if (ntexts > 1)
		return find_in_several(texts, ntexts, wanted);
	return find_in_one(&texts[0], wanted);
}

bool
record_fault_is_harmless(enum record_fault fault)
{
	return fault <= RECORD_FAULT_STRICT;
}

/* Whether two records put the same conditions on the use of their key. */
static bool
has_same_conditions(const struct record_text *text, const char *wanted)
{
	struct dkimsig_keyrecord record, want;

	return dkimsig_keyrecord_parse(text->text, text->len, &record,
	    NULL) == 0 &&
	    dkimsig_keyrecord_parse(wanted, strlen(wanted), &want, NULL) == 0 &&
	    record.type == want.type && record.strict == want.strict &&
	    record.testing == want.testing &&
	    record.service_email == want.service_email;
}

bool
record_fault_is_same(const struct record_text *text, const char *wanted)
{
	switch (find_in_one(text, wanted)) {
	case RECORD_FAULT_NONE:
		return true;
	case RECORD_FAULT_BLANKS:
	case RECORD_FAULT_BARE_RSA:
		return has_same_conditions(text, wanted);
	default:
		return false;
	}
}

bool
record_fault_has_key(enum record_fault fault)
{
	switch (fault) {
	case RECORD_FAULT_ABSENT:
	case RECORD_FAULT_SEVERAL_WRONG:
	case RECORD_FAULT_REVOKED:
		return false;
	default:
		return fault < RECORD_FAULT_NO_SEMICOLON;
	}
}
