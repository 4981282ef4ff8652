/* SPDX-License-Identifier: ISC */

/*
 * Key records, RFC 6376 section 3.6.1 and RFC 8463 section 4.
 *
 * Unknown tags, hash names, service types and flags are ignored, as the RFC
 * requires; an unknown key type makes the record unusable.  Fails on a syntax
 * error, over a limit, and if memory runs out.
 */

#include "dkimsig/base64.h"
#include "dkimsig/buf.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"
#include "dkimsig/taglist.h"

#define ED25519_SIZE	32	/* octets, RFC 8463 section 4.2 */

static const struct {
	const char		*name;
	enum dkimsig_keytype	 type;
} types[] = {
	{ "rsa",	DKIMSIG_KEYTYPE_RSA },
	{ "ed25519",	DKIMSIG_KEYTYPE_ED25519 },
};

/* Whether a colon-separated value has this word. */
static bool
has_word(const struct tag *tag, const char *word)
{
	struct tagpieces pieces;
	struct view piece;

	tagpieces_init(&pieces, tag->value, ':');
	while (tagpieces_next(&pieces, &piece))
		if (view_equal_nocase(piece, view_str(word)))
			return true;
	return false;
}

static int
parse_type(struct dkimsig_keyrecord *record, const struct tag *k)
{
	size_t i;

	record->type = DKIMSIG_KEYTYPE_RSA;
	if (k == NULL)
		return 0;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (view_equal_nocase(k->value, view_str(types[i].name))) {
			record->type = types[i].type;
			return 0;
		}
	return DKIMSIG_E_SYNTAX;
}

static int
parse_key(struct dkimsig_keyrecord *record, const struct tag *p)
{
	struct buf key;
	int r;

	if (p == NULL)
		return DKIMSIG_E_SYNTAX;
	buf_init(&key, sizeof(record->key));
	if ((r = base64_decode(&key, p->value)) == 0 && key.len > 0)
		memcpy(record->key, key.data, key.len);
	record->keylen = key.len;
	buf_finish(&key);
	return r;
}

/* n= is qp-section, RFC 2045 section 6.7; an invalid escape is kept as text. */
static int
parse_notes(struct dkimsig_keyrecord *record, const struct tag *n)
{
	size_t i, len = 0;
	char c;

	if (n == NULL)
		return 0;
	for (i = 0; i < n->value.len; i++) {
		c = n->value.ptr[i];
		if (c == '=' && n->value.len - i > 2 &&
		    hex_value(n->value.ptr[i + 1]) >= 0 &&
		    hex_value(n->value.ptr[i + 2]) >= 0) {
			c = (char)(hex_value(n->value.ptr[i + 1]) * 16 +
			    hex_value(n->value.ptr[i + 2]));
			i += 2;
		}
		if (len + 1 == sizeof(record->notes))
			return DKIMSIG_E_TOOBIG;
		record->notes[len++] = c == '\0' ? ' ' : c;
	}
	record->notes[len] = '\0';
	return 0;
}

DKIMSIG_API int
dkimsig_keyrecord_parse(const char *txt, size_t txtlen,
    struct dkimsig_keyrecord *record, enum dkimsig_reason *reason)
{
	const struct tag *tag;
	struct taglist list;
	enum dkimsig_reason unused;
	int r;

	if (reason == NULL)
		reason = &unused;
	memset(record, 0, sizeof(*record));
	*reason = DKIMSIG_REASON_KEY_SYNTAX;
	if (txtlen > DKIMSIG_MAX_KEYRECORD)
		return DKIMSIG_E_TOOBIG;
	if ((r = taglist_parse(&list, view_of(txt, txtlen))) != 0)
		return DKIMSIG_E_SYNTAX;

	/* v= is optional, but must come first and be DKIM1. */
	tag = taglist_find(&list, "v");
	if (tag != NULL && (tag != &list.tags[0] ||
	    !view_equal(tag->value, view_str("DKIM1")))) {
		*reason = DKIMSIG_REASON_KEY_VERSION;
		return DKIMSIG_E_SYNTAX;
	}
	if (parse_type(record, taglist_find(&list, "k")) != 0) {
		*reason = DKIMSIG_REASON_KEY_TYPE;
		return DKIMSIG_E_SYNTAX;
	}
	tag = taglist_find(&list, "h");
	record->hash_any = tag == NULL;
	record->hash_sha256 = tag != NULL && has_word(tag, "sha256");
	tag = taglist_find(&list, "s");
	record->service_email = tag == NULL || has_word(tag, "*") ||
	    has_word(tag, "email");
	tag = taglist_find(&list, "t");
	record->testing = tag != NULL && has_word(tag, "y");
	record->strict = tag != NULL && has_word(tag, "s");
	if ((r = parse_notes(record, taglist_find(&list, "n"))) != 0 ||
	    (r = parse_key(record, taglist_find(&list, "p"))) != 0)
		return r;
	*reason = DKIMSIG_REASON_NONE;
	return 0;
}

/* Only printable ASCII other than ";", "=" and blanks needs no escape in n=. */
static int
put_notes(struct buf *out, const char *notes)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char c;

	buf_puts(out, "; n=");
	for (; *notes != '\0'; notes++) {
		c = (unsigned char)*notes;
		if (c < ' ' || c > '~')
			return DKIMSIG_E_ARG;
		if (c == ';' || c == '=' || c == ' ') {
			buf_putc(out, '=');
			buf_putc(out, digits[c / 16]);
			buf_putc(out, digits[c % 16]);
		} else
			buf_putc(out, (char)c);
	}
	return 0;
}

static int
put_record(struct buf *out, const struct dkimsig_keyrecord *record)
{
	int r;

	buf_puts(out, "v=DKIM1; k=");
	buf_puts(out, types[record->type].name);
	if (!record->hash_any)
		buf_puts(out, "; h=sha256");
	if (record->service_email)
		buf_puts(out, "; s=email");
	if (record->testing || record->strict) {
		buf_puts(out, "; t=");
		buf_puts(out, record->testing && record->strict ? "y:s" :
		    record->testing ? "y" : "s");
	}
	if (record->notes[0] != '\0' &&
	    (r = put_notes(out, record->notes)) != 0)
		return r;
	buf_puts(out, "; p=");
	base64_encode(out, record->key, record->keylen);
	return out->error == DKIMSIG_E_TOOBIG ? DKIMSIG_E_NOSPACE :
	    out->error;
}

DKIMSIG_API int
dkimsig_keyrecord_print(const struct dkimsig_keyrecord *record, char *buf,
    size_t bufsize)
{
	struct buf out;
	int r;

	if (record->type > DKIMSIG_KEYTYPE_ED25519 ||
	    record->keylen > sizeof(record->key) ||
	    memchr(record->notes, '\0', sizeof(record->notes)) == NULL ||
	    (record->type == DKIMSIG_KEYTYPE_ED25519 &&
	    record->keylen != 0 && record->keylen != ED25519_SIZE))
		return DKIMSIG_E_ARG;
	if (bufsize == 0)
		return DKIMSIG_E_NOSPACE;
	buf_init(&out, bufsize - 1);
	if ((r = put_record(&out, record)) == 0) {
		memcpy(buf, out.data, out.len);
		buf[out.len] = '\0';
	}
	buf_finish(&out);
	return r;
}
