/* SPDX-License-Identifier: ISC */

/*
 * What is wrong with a key record, RFC 6376 section 3.6.1.
 *
 * The library has refused the record; here the usual slips of the hand are
 * looked for: zone file escapes taken as text, a first string alone, a PEM
 * header, tags without ";" between.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "diagnose/diagnose.h"

#define SHOWN		60	/* octets of a tag in a finding */
#define STRING_MAX	255	/* octets of one string of a TXT record */
#define ED25519_SIZE	32	/* octets */

struct tag {
	const char	*name, *value;
	size_t		 namelen, valuelen;
	bool		 has_equal;
};

static const char *
trim(const char *p, size_t *len)
{
	while (*len > 0 && isspace((unsigned char)p[*len - 1]))
		--*len;
	while (*len > 0 && isspace((unsigned char)*p)) {
		p++;
		--*len;
	}
	return p;
}

/* The next tag from *p on; false at the end. */
static bool
next_tag(const char **p, const char *end, struct tag *tag)
{
	const char *semicolon, *equal;
	size_t len;

	if (*p >= end)
		return false;
	semicolon = memchr(*p, ';', (size_t)(end - *p));
	len = (size_t)((semicolon == NULL ? end : semicolon) - *p);
	equal = memchr(*p, '=', len);
	tag->has_equal = equal != NULL;
	tag->namelen = equal == NULL ? len : (size_t)(equal - *p);
	tag->valuelen = equal == NULL ? 0 : len - tag->namelen - 1;
	tag->value = trim(equal == NULL ? *p + len : equal + 1,
	    &tag->valuelen);
	tag->name = trim(*p, &tag->namelen);
	*p += len + 1;
	return true;
}

static bool
find_tag(const char *txt, size_t len, const char *name, struct tag *tag)
{
	const char *p = txt;

	while (next_tag(&p, txt + len, tag))
		if (tag->namelen == strlen(name) &&
		    memcmp(tag->name, name, tag->namelen) == 0)
			return true;
	return false;
}

static int
cut(size_t len)
{
	return len > SHOWN ? SHOWN : (int)len;
}

/* Slips that show in the text as a whole. */
static bool
check_text(const char *txt, size_t len, struct diagnosis *d)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)txt[i] > 126 ||
		    ((unsigned char)txt[i] < ' ' && txt[i] != '\t')) {
			diagnosis_add(d, DIAGNOSE_KEY, "record-octets",
			    "the record has an octet outside ASCII at place "
			    "%zu, as of a typographic quote or a line break",
			    i + 1);
			return true;
		}
	if (len == 0)
		diagnosis_add(d, DIAGNOSE_KEY, "record-empty",
		    "the record is empty");
	else if (memchr(txt, '\\', len) != NULL)
		diagnosis_add(d, DIAGNOSE_KEY, "record-backslash",
		    "the record has a backslash: the \"\\;\" of a zone file "
		    "was taken as text");
	else if (memchr(txt, '"', len) != NULL)
		diagnosis_add(d, DIAGNOSE_KEY, "record-quote",
		    "the record has quotes in its text: those of a zone file "
		    "were taken as text");
	else if (memmem(txt, len, "-----", 5) != NULL)
		diagnosis_add(d, DIAGNOSE_KEY, "record-pem",
		    "p= has a line of a PEM file: only what stands between "
		    "those lines belongs there");
	else
		return false;
	return true;
}

/* Tags that are none, or twice there. */
static bool
check_tags(const char *txt, size_t len, struct diagnosis *d)
{
	const char *p = txt, *q;
	struct tag tag, other;
	size_t n = 0, i;

	while (next_tag(&p, txt + len, &tag)) {
		n++;
		if (tag.namelen == 0 && !tag.has_equal && p >= txt + len)
			break;
		if (!tag.has_equal || tag.namelen == 0) {
			diagnosis_add(d, DIAGNOSE_KEY, "record-tag",
			    "tag %zu has no name and \"=\": \"%.*s\"", n,
			    cut(tag.namelen), tag.name);
			return true;
		}
		for (i = 0; i < tag.namelen; i++)
			if (!isalnum((unsigned char)tag.name[i]) &&
			    tag.name[i] != '_') {
				diagnosis_add(d, DIAGNOSE_KEY, "record-tag",
				    "tag %zu has no good name: \"%.*s\"", n,
				    cut(tag.namelen), tag.name);
				return true;
			}
		q = p;
		while (next_tag(&q, txt + len, &other))
			if (other.namelen == tag.namelen &&
			    memcmp(other.name, tag.name, tag.namelen) == 0) {
				diagnosis_add(d, DIAGNOSE_KEY, "record-twice",
				    "%.*s= stands there twice",
				    cut(tag.namelen), tag.name);
				return true;
			}
	}
	return false;
}

static bool
is_base64(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '/' || c == '=';
}

/* The length that a DER SEQUENCE says it has; 0: it is none. */
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

/*
 * p= without blanks and padding, decoded as far as whole octets go.  *ndigits
 * is without padding, *npadding what padding there is.
 */
static unsigned char *
decode(const struct tag *p, size_t *len, size_t *ndigits, size_t *npadding)
{
	char *digits = malloc(p->valuelen + 4);
	unsigned char *der = malloc(p->valuelen + 4);
	size_t i, n = 0;
	int got = -1;

	*npadding = 0;
	for (i = 0; digits != NULL && i < p->valuelen; i++)
		if (p->value[i] == '=')
			++*npadding;
		else if (!isspace((unsigned char)p->value[i]))
			digits[n++] = p->value[i];
	*ndigits = n;
	*len = n * 6 / 8;
	if (digits != NULL)
		for (; n % 4 != 0; n++)
			digits[n] = 'A';
	if (der != NULL && digits != NULL)
		got = EVP_DecodeBlock(der, (unsigned char *)digits, (int)n);
	free(digits);
	if (got < 0)
		*len = 0;
	return der;
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/*
 * Base64 whose length is no multiple of four.  What is missing is "=" if a
 * whole key is there; else it is not known how much is.
 */
static void
report_length(bool is_whole, size_t ndigits, size_t npadding,
    struct diagnosis *d)
{
	size_t want = (4 - ndigits % 4) % 4;

	if (is_whole && npadding < want)
		diagnosis_add(d, DIAGNOSE_KEY, "record-padding",
		    "p= is a whole key, but its base64 is not complete: "
		    "add %zu \"=\" at its end", want - npadding);
	else if (is_whole)
		diagnosis_add(d, DIAGNOSE_KEY, "record-padding",
		    "p= is a whole key, but its base64 has %zu \"=\" at its "
		    "end instead of %zu", npadding, want);
	else
		diagnosis_add(d, DIAGNOSE_KEY, "record-base64",
		    "p= has %zu character%s of base64, which must be a "
		    "multiple of 4: some were lost or added",
		    ndigits + npadding, plural(ndigits + npadding));
}

/* The beginning of every Ed25519 key as a SubjectPublicKeyInfo, RFC 8410. */
static bool
is_ed25519_der(const unsigned char *der, size_t len)
{
	static const unsigned char head[] = {
		0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03,
		0x21, 0x00,
	};

	return len == sizeof(head) + ED25519_SIZE &&
	    memcmp(der, head, sizeof(head)) == 0;
}

static void
report_ed25519(const unsigned char *der, size_t len, struct diagnosis *d)
{
	if (is_ed25519_der(der, len))
		diagnosis_add(d, DIAGNOSE_KEY, "record-key",
		    "p= is an Ed25519 key in the form of a PEM file; DKIM has "
		    "its last %d octets alone (RFC 8463)", ED25519_SIZE);
	else
		diagnosis_add(d, DIAGNOSE_KEY, "record-key",
		    "p= has %zu octet%s, and an Ed25519 key has %d", len,
		    plural(len), ED25519_SIZE);
}

static bool
is_ed25519(const char *txt, size_t len)
{
	struct tag k;

	return find_tag(txt, len, "k", &k) && k.valuelen == 7 &&
	    memcmp(k.value, "ed25519", 7) == 0;
}

/* p= is base64 but for its length: what is it? */
static void
report_key(const char *txt, size_t len, const struct tag *p,
    struct diagnosis *d)
{
	size_t derlen, ndigits, npadding, want;
	bool is_ed = is_ed25519(txt, len);
	unsigned char *der;

	if ((der = decode(p, &derlen, &ndigits, &npadding)) == NULL)
		return;
	want = is_ed ? ED25519_SIZE : der_length(der, derlen);
	if (!is_ed && want > derlen)
		diagnosis_add(d, DIAGNOSE_KEY, "record-truncated",
		    "p= is cut off: %zu octets of a key of %zu are there%s",
		    derlen, want, len % STRING_MAX == 0 ? "; the record ends "
		    "where a string of 255 octets does, so further strings "
		    "are lost" : "");
	else if ((ndigits + npadding) % 4 != 0 || npadding > 2)
		report_length(want != 0 && want == derlen, ndigits, npadding,
		    d);
	else if (is_ed)
		report_ed25519(der, derlen, d);
	else
		diagnosis_add(d, DIAGNOSE_KEY, "record-key",
		    "p= is no public key of the type of k=");
	free(der);
}

/* Padding with more behind it: two keys, or pieces of keys. */
static bool
has_inner_padding(const struct tag *p)
{
	const char *equal = memchr(p->value, '=', p->valuelen);
	const char *end = p->value + p->valuelen;

	for (; equal != NULL && equal < end; equal++)
		if (*equal != '=' && !isspace((unsigned char)*equal))
			return true;
	return false;
}

static void
check_key(const char *txt, size_t len, struct diagnosis *d)
{
	struct tag p;
	size_t i;

	if (!find_tag(txt, len, "p", &p)) {
		diagnosis_add(d, DIAGNOSE_KEY, "record-no-key",
		    "the record has no p=");
		return;
	}
	for (i = 0; i < p.valuelen; i++)
		if (!is_base64(p.value[i]) &&
		    !isspace((unsigned char)p.value[i])) {
			diagnosis_add(d, DIAGNOSE_KEY, "record-base64",
			    "p= has '%c' at place %zu, which is not base64",
			    p.value[i], i + 1);
			return;
		}
	if (has_inner_padding(&p))
		diagnosis_add(d, DIAGNOSE_KEY, "record-base64",
		    "p= has characters after the \"=\" that ends base64");
	else
		report_key(txt, len, &p, d);
}

/* A tag whose value does not allow the signature. */
static void
check_value(const char *txt, size_t len, const char *name, const char *code,
    const char *why, struct diagnosis *d)
{
	struct tag tag;

	if (find_tag(txt, len, name, &tag))
		diagnosis_add(d, DIAGNOSE_KEY, code, "%s=%.*s: %s", name,
		    cut(tag.valuelen), tag.value, why);
	else
		diagnosis_add(d, DIAGNOSE_KEY, code, "no %s=: %s", name, why);
}

void
diagnose_key(const char *txt, size_t len, enum dkimsig_reason reason,
    struct diagnosis *d)
{
	switch (reason) {
	case DKIMSIG_REASON_KEY_SYNTAX:
		if (!check_text(txt, len, d) && !check_tags(txt, len, d))
			check_key(txt, len, d);
		break;
	case DKIMSIG_REASON_KEY_VERSION:
		if (!check_text(txt, len, d))
			check_value(txt, len, "v", "record-version", "v= must "
			    "be DKIM1 in capitals, and the first tag", d);
		break;
	case DKIMSIG_REASON_KEY_TYPE:
		if (!check_text(txt, len, d))
			check_value(txt, len, "k", "record-type", "the "
			    "record is for another type of key than a= of "
			    "the signature", d);
		break;
	case DKIMSIG_REASON_KEY_HASH:
		check_value(txt, len, "h", "record-hash",
		    "the record does not allow sha256", d);
		break;
	case DKIMSIG_REASON_KEY_SERVICE:
		check_value(txt, len, "s", "record-service",
		    "the record is not for email", d);
		break;
	case DKIMSIG_REASON_KEY_STRICT:
		check_value(txt, len, "t", "record-strict",
		    "the domain of i= must be d= itself, not one below", d);
		break;
	case DKIMSIG_REASON_KEY_REVOKED:
		diagnosis_add(d, DIAGNOSE_KEY, "record-revoked",
		    "p= is empty: the owner has revoked this key");
		break;
	default:
		break;
	}
}
