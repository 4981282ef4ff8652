/* SPDX-License-Identifier: ISC */

/*
 * Why verifiers refuse a key record, RFC 6376 section 3.6.1 and RFC 8463.
 *
 * The library only tells that a record cannot be used.  This file looks for
 * the usual mistakes, from the outside in: whether the text was damaged
 * (quoted, escaped, pasted with its name), whether it is a tag list with the
 * right tags, whether p= is base64, and whether it is a complete key.  The
 * first mistake found is the answer.  If memory runs out, the key is not
 * examined.
 */

#include "keyrecord/refused.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "dkimsig/dkimsig.h"
#include "text/text.h"

#define MAX_TAGS	DKIMSIG_MAX_TAGS	/* compared with each other */

static bool
contains(const struct record_text *text, const char *word)
{
	return memmem(text->text, text->len, word, strlen(word)) != NULL;
}

static bool
begins(const struct record_text *text, const char *word)
{
	return text->len >= strlen(word) &&
	    strncasecmp(text->text, word, strlen(word)) == 0;
}

/* The position of the first octet that is not ASCII text, from 1; 0: none. */
static size_t
find_octet(const struct record_text *text)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		if (text->text[i] != '\t' &&
		    (text->text[i] < ' ' || text->text[i] > '~'))
			return i + 1;
	return 0;
}

/* Mistakes that show in the text as a whole. */
static enum record_fault
find_in_text(const struct record_text *text, struct record_where *where)
{
	if (text->len == 0)
		return RECORD_FAULT_EMPTY;
	if ((where->place = find_octet(text)) != 0)
		return RECORD_FAULT_NOT_TEXT;
	if (contains(text, "-----"))
		return RECORD_FAULT_PEM;
	if (contains(text, "IN TXT") || contains(text, "IN\tTXT") ||
	    begins(text, "TXT ") || begins(text, "(") ||
	    begins(text, "\\("))
		return RECORD_FAULT_ZONE_LINE;
	if (contains(text, "\\"))
		return RECORD_FAULT_ESCAPED;
	return contains(text, "\"") ? RECORD_FAULT_QUOTED :
	    RECORD_FAULT_NONE;
}

/* Whether another tag begins inside the value: "DKIM1 k=rsa". */
static bool
swallows_tag(const struct record_tag *tag)
{
	const char *p = tag->value;
	const char *end = p + tag->valuelen;

	while ((p = memchr(p, '=', (size_t)(end - p))) != NULL) {
		if (p - tag->value >= 2 && strchr("vkhstnp", p[-1]) != NULL &&
		    (text_is_wsp(p[-2]) || p[-2] == ','))
			return true;
		p++;
	}
	return false;
}

static bool
has_good_name(const struct record_tag *tag)
{
	size_t i;

	for (i = 0; i < tag->namelen; i++)
		if (!isalnum((unsigned char)tag->name[i]) &&
		    tag->name[i] != '_')
			return false;
	return tag->has_equal && tag->namelen > 0;
}

/* What was found in the tags; for each fault, the first tag that has it. */
struct survey {
	struct record_tag	 tags[MAX_TAGS];
	size_t			 ntags;
	bool			 has_key, swallows;
	struct record_where	 bad, duplicate;
};

static void
survey_tag(struct survey *s, const struct record_tag *tag)
{
	size_t i;

	s->has_key = s->has_key || record_tag_is(tag, "p");
	s->swallows = s->swallows || swallows_tag(tag);
	if (s->bad.place == 0 && !has_good_name(tag)) {
		s->bad.place = s->ntags + 1;
		s->bad.tag = *tag;
	}
	for (i = 0; i < s->ntags && i < MAX_TAGS; i++)
		if (s->duplicate.place == 0 && tag->namelen > 0 &&
		    s->tags[i].namelen == tag->namelen &&
		    memcmp(s->tags[i].name, tag->name, tag->namelen) == 0) {
			s->duplicate.place = s->ntags + 1;
			s->duplicate.tag = *tag;
		}
	if (s->ntags < MAX_TAGS)
		s->tags[s->ntags] = *tag;
	s->ntags++;
}

static enum record_fault
find_in_tags(const struct record_text *text, enum dkimsig_reason reason,
    struct record_where *where)
{
	struct record_text rest = *text;
	struct survey s = { .ntags = 0 };
	struct record_tag tag;

	while (record_tag_next(&rest, &tag))
		/* Nothing after the last ";" is allowed. */
		if (rest.len > 0 || tag.has_equal || tag.namelen > 0)
			survey_tag(&s, &tag);
	if (!contains(text, "DKIM") && !contains(text, "p="))
		return RECORD_FAULT_NOT_A_KEY;
	if (s.swallows)
		return RECORD_FAULT_NO_SEMICOLON;
	if (reason == DKIMSIG_REASON_KEY_VERSION)
		return RECORD_FAULT_VERSION;
	if (reason == DKIMSIG_REASON_KEY_TYPE)
		return RECORD_FAULT_UNKNOWN_TYPE;
	if (s.duplicate.place != 0) {
		*where = s.duplicate;
		return RECORD_FAULT_DUPLICATE_TAG;
	}
	if (!s.has_key)
		return RECORD_FAULT_NO_KEY;
	*where = s.bad;
	return s.bad.place != 0 ? RECORD_FAULT_SYNTAX : RECORD_FAULT_NONE;
}

/* The position of the first octet of p= not in base64, from 1; 0: none. */
static size_t
find_character(const struct record_tag *p)
{
	size_t i;

	for (i = 0; i < p->valuelen; i++)
		if (!isalnum((unsigned char)p->value[i]) &&
		    memchr("+/=", p->value[i], 3) == NULL &&
		    !text_is_blank(p->value[i]))
			return i + 1;
	return 0;
}

/* Padding that is not at the end: two keys, or pieces of keys. */
static bool
has_inner_padding(const struct record_tag *p)
{
	const char *equal = memchr(p->value, '=', p->valuelen);
	const char *end = p->value + p->valuelen;

	for (; equal != NULL && equal < end; equal++)
		if (*equal != '=' && !text_is_blank(*equal))
			return true;
	return false;
}

/* The value of p=, decoded; an incomplete last octet is dropped. */
struct decoded {
	unsigned char	*der;
	size_t		 len;
	size_t		 ndigits, npadding;
};

/* False: out of memory. */
static bool
decode(const struct record_tag *p, struct decoded *key)
{
	char *digits = malloc(p->valuelen + 4);
	size_t i, n = 0;

	memset(key, 0, sizeof(*key));
	key->der = malloc(p->valuelen + 4);
	if (digits == NULL || key->der == NULL) {
		free(digits);
		free(key->der);
		return false;
	}
	for (i = 0; i < p->valuelen; i++)
		if (p->value[i] == '=')
			key->npadding++;
		else if (!text_is_blank(p->value[i]))
			digits[n++] = p->value[i];
	key->ndigits = n;
	key->len = n * 6 / 8;
	for (; n % 4 != 0; n++)
		digits[n] = 'A';
	if (EVP_DecodeBlock(key->der, (unsigned char *)digits, (int)n) < 0)
		key->len = 0;
	free(digits);
	return true;
}

/* The length that a DER SEQUENCE claims; 0 if it is not a SEQUENCE. */
static size_t
der_length(const unsigned char *der, size_t len)
{
	if (len < 4 || der[0] != 0x30)
		return 0;
	if (der[1] < 0x80)
		return 2u + der[1];
	if (der[1] == 0x81)
		return 3u + der[2];
	if (der[1] == 0x82)
		return 4u + ((size_t)der[2] << 8 | der[3]);
	return 0;
}

/* Whether this is an Ed25519 SubjectPublicKeyInfo, RFC 8410. */
static bool
is_ed25519_der(const unsigned char *der, size_t len)
{
	static const unsigned char head[] = {
		0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03,
		0x21, 0x00,
	};

	return len == sizeof(head) + RECORD_ED25519_SIZE &&
	    memcmp(der, head, sizeof(head)) == 0;
}

/* Base64 with the wrong number of characters or the wrong padding. */
static enum record_fault
find_in_length(const struct decoded *key, size_t wantlen,
    struct record_where *where)
{
	/* One digit is missing or too many, so padding cannot be the fix. */
	if (wantlen != key->len || wantlen == 0 || key->ndigits % 4 == 1)
		return RECORD_FAULT_BASE64;
	where->have = key->npadding;
	where->want = (4 - key->ndigits % 4) % 4;
	return RECORD_FAULT_PADDING;
}

/* What is wrong with a p= that has only base64 characters. */
static enum record_fault
find_in_key(const struct record_tag *p, bool is_ed25519, bool is_read,
    struct record_where *where)
{
	struct decoded key;
	enum record_fault fault;
	size_t want;

	if (!decode(p, &key))
		return RECORD_FAULT_BASE64;
	want = is_ed25519 ? RECORD_ED25519_SIZE :
	    der_length(key.der, key.len);
	where->nbase64 = key.ndigits + key.npadding;
	where->have = key.len;
	where->want = want;
	if (!is_ed25519 && want > key.len)
		fault = RECORD_FAULT_TRUNCATED;
	else if (where->nbase64 % 4 != 0 || key.npadding > 2)
		fault = find_in_length(&key, want, where);
	else if (is_ed25519 && is_ed25519_der(key.der, key.len))
		fault = RECORD_FAULT_WRAPPED_ED25519;
	else {
		fault = is_read ? RECORD_FAULT_NO_PUBLIC_KEY :
		    RECORD_FAULT_BASE64;
		if (!is_read)
			where->nbase64 = 0;
	}
	free(key.der);
	return fault;
}

static enum record_fault
find_in_value(const struct record_text *text, bool is_read,
    struct record_where *where)
{
	struct record_tag p, k;

	if (!record_tag_find(text, "p", &p))
		return RECORD_FAULT_NO_KEY;
	if ((where->place = find_character(&p)) != 0) {
		where->octet = p.value[where->place - 1];
		return RECORD_FAULT_BASE64;
	}
	if (has_inner_padding(&p))
		return RECORD_FAULT_BASE64;
	return find_in_key(&p, record_tag_find(text, "k", &k) &&
	    k.valuelen == 7 && memcmp(k.value, "ed25519", 7) == 0, is_read,
	    where);
}

enum record_fault
record_fault_refused(const struct record_text *text,
    struct record_where *where)
{
	struct dkimsig_keyrecord record;
	struct record_where unused;
	enum dkimsig_reason reason;
	enum record_fault fault;
	int r;

	if (where == NULL)
		where = &unused;
	memset(where, 0, sizeof(*where));
	r = dkimsig_keyrecord_parse(text->text, text->len, &record, &reason);
	if (r == 0)
		return find_in_value(text, true, where);
	if ((fault = find_in_text(text, where)) != RECORD_FAULT_NONE)
		return fault;
	if (r == DKIMSIG_E_TOOBIG)
		return RECORD_FAULT_SYNTAX;
	if ((fault = find_in_tags(text, reason, where)) != RECORD_FAULT_NONE)
		return fault;
	return find_in_value(text, false, where);
}
