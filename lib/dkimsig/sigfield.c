/* SPDX-License-Identifier: ISC */

/*
 * The DKIM-Signature field, RFC 6376 section 3.5: a table with one function for
 * each tag.  All tags are parsed even if one has a fault, so that a report can
 * name the signature.  The fault that is reported is the first in the table's
 * order.
 *
 * The grammar does not allow "_" in d=, s= and i= (RFC 6376 section 3.1), but
 * such names exist in DNS, are in use, and all other verifiers accept them.
 *
 * Fails if the field is not valid or memory runs out.
 */

#include "dkimsig/sigfield.h"

#include "dkimsig/base64.h"
#include "dkimsig/domain.h"

#define MAX_TIME_DIGITS		12
#define MAX_LENGTH_DIGITS	76	/* RFC 6376 section 3.5, l= */
#define B_PREFIX		8

typedef int (*tag_parser)(struct sigfield *, struct view);

static int
number(struct view v, size_t maxdigits, int64_t *result)
{
	int64_t n = 0;
	size_t i;

	if (v.len == 0 || v.len > maxdigits)
		return DKIMSIG_E_SYNTAX;
	for (i = 0; i < v.len; i++) {
		if (v.ptr[i] < '0' || v.ptr[i] > '9')
			return DKIMSIG_E_SYNTAX;
		/* No body is that long, so the largest value will do. */
		if (n > (INT64_MAX - 9) / 10)
			n = (INT64_MAX - 9) / 10;
		n = n * 10 + (v.ptr[i] - '0');
	}
	*result = n;
	return 0;
}

static int
parse_v(struct sigfield *f, struct view v)
{
	(void)f;
	return view_equal(v, view_str("1")) ? 0 : DKIMSIG_E_SYNTAX;
}

static int
parse_a(struct sigfield *f, struct view v)
{
	return dkimsig_algorithm_parse(v.ptr, v.len, &f->algorithm);
}

static int
canon_name(struct view v, enum dkimsig_canon *canon)
{
	if (view_equal_nocase(v, view_str("simple")))
		*canon = DKIMSIG_CANON_SIMPLE;
	else if (view_equal_nocase(v, view_str("relaxed")))
		*canon = DKIMSIG_CANON_RELAXED;
	else
		return DKIMSIG_E_SYNTAX;
	return 0;
}

static int
parse_c(struct sigfield *f, struct view v)
{
	struct tagpieces pieces;
	struct view piece;
	int r;

	tagpieces_init(&pieces, v, '/');
	(void)tagpieces_next(&pieces, &piece);
	if ((r = canon_name(piece, &f->header_canon)) != 0 ||
	    !tagpieces_next(&pieces, &piece))
		return r;
	r = canon_name(piece, &f->body_canon);
	return r == 0 && pieces.is_done ? 0 : DKIMSIG_E_SYNTAX;
}

static int
parse_d(struct sigfield *f, struct view v)
{
	return domain_normalize(v.ptr, v.len, DOMAIN_UNDERSCORE, f->sdid,
	    sizeof(f->sdid));
}

static int
parse_s(struct sigfield *f, struct view v)
{
	return domain_normalize(v.ptr, v.len,
	    DOMAIN_ONE_LABEL | DOMAIN_UNDERSCORE, f->selector,
	    sizeof(f->selector));
}

/*
 * dkim-quoted-printable, RFC 6376 section 2.11; white space is dropped.
 * Control characters are refused: no Local-part has them (RFC 5321 section
 * 4.1.2), and they must not reach a log.
 */
static int
quoted_printable(struct view v, char *buf, size_t bufsize)
{
	size_t i, n = 0, fws;
	char c;

	for (i = 0; i < v.len; i++) {
		fws = taglist_skip_fws(view_of(v.ptr + i, v.len - i));
		if (fws > 0) {
			i += fws - 1;
			continue;
		}
		c = v.ptr[i];
		if (c == '=') {
			if (v.len - i < 3 || hex_value(v.ptr[i + 1]) < 0 ||
			    hex_value(v.ptr[i + 2]) < 0)
				return DKIMSIG_E_SYNTAX;
			c = (char)(hex_value(v.ptr[i + 1]) * 16 +
			    hex_value(v.ptr[i + 2]));
			i += 2;
		}
		if ((unsigned char)c < ' ' || c == 127)
			return DKIMSIG_E_SYNTAX;
		if (n + 1 >= bufsize)
			return DKIMSIG_E_TOOBIG;
		buf[n++] = c;
	}
	buf[n] = '\0';
	return 0;
}

static int
parse_i(struct sigfield *f, struct view v)
{
	const char *at;
	int r;

	if ((r = quoted_printable(v, f->auid, sizeof(f->auid))) != 0)
		f->auid[0] = '\0';
	else if ((at = strrchr(f->auid, '@')) == NULL)
		r = DKIMSIG_E_SYNTAX;
	else
		r = domain_normalize(at + 1, strlen(at + 1),
		    DOMAIN_UNDERSCORE, f->auid_domain,
		    sizeof(f->auid_domain));
	return r;
}

static int
parse_h(struct sigfield *f, struct view v)
{
	struct tagpieces pieces;
	struct view name;

	f->names.nnames = 0;
	tagpieces_init(&pieces, v, ':');
	while (tagpieces_next(&pieces, &name)) {
		if (f->names.nnames == DKIMSIG_MAX_HNAMES)
			return DKIMSIG_E_TOOBIG;
		if (!view_is_field_name(name))
			return DKIMSIG_E_SYNTAX;
		if (view_equal_nocase(name, view_str("from")))
			f->covers_from = true;
		if (view_equal_nocase(name, view_str("dkim-signature")))
			f->lists_itself = true;
		f->names.names[f->names.nnames++] = name;
	}
	return 0;
}

static int
decode(struct view v, unsigned char *out, size_t max, size_t *len)
{
	struct buf b;
	int r;

	buf_init(&b, max);
	if ((r = base64_decode(&b, v)) == 0) {
		if (b.len > 0)
			memcpy(out, b.data, b.len);
		*len = b.len;
	}
	buf_finish(&b);
	return r;
}

static int
parse_bh(struct sigfield *f, struct view v)
{
	size_t len;
	int r;

	if ((r = decode(v, f->bodyhash, sizeof(f->bodyhash), &len)) != 0)
		return r == DKIMSIG_E_TOOBIG ? DKIMSIG_E_SYNTAX : r;
	return len == sizeof(f->bodyhash) ? 0 : DKIMSIG_E_SYNTAX;
}

static int
parse_b(struct sigfield *f, struct view v)
{
	size_t i, n = 0;

	for (i = 0; i < v.len && n < B_PREFIX; i++)
		if (v.ptr[i] > ' ' && v.ptr[i] < 127)
			f->b_prefix[n++] = v.ptr[i];
	f->b_prefix[n] = '\0';
	return decode(v, f->sig, sizeof(f->sig), &f->siglen);
}

static int
parse_l(struct sigfield *f, struct view v)
{
	return number(v, MAX_LENGTH_DIGITS, &f->body_length);
}

static int
parse_t(struct sigfield *f, struct view v)
{
	return number(v, MAX_TIME_DIGITS, &f->timestamp);
}

static int
parse_x(struct sigfield *f, struct view v)
{
	return number(v, MAX_TIME_DIGITS, &f->expires);
}

static int
parse_q(struct sigfield *f, struct view v)
{
	struct tagpieces pieces;
	struct view method;

	(void)f;
	tagpieces_init(&pieces, v, ':');
	while (tagpieces_next(&pieces, &method))
		if (view_equal_nocase(method, view_str("dns/txt")))
			return 0;
	return DKIMSIG_E_SYNTAX;
}

static const struct {
	const char		*name;
	bool			 is_required;
	tag_parser		 parse;
	enum dkimsig_reason	 reason;
} tag_table[] = {
	{ "v",	true,	parse_v,	DKIMSIG_REASON_VERSION },
	{ "a",	true,	parse_a,	DKIMSIG_REASON_ALGORITHM },
	{ "b",	true,	parse_b,	DKIMSIG_REASON_SYNTAX },
	{ "d",	true,	parse_d,	DKIMSIG_REASON_SYNTAX },
	{ "s",	true,	parse_s,	DKIMSIG_REASON_SYNTAX },
	{ "c",	false,	parse_c,	DKIMSIG_REASON_CANON },
	{ "h",	true,	parse_h,	DKIMSIG_REASON_SYNTAX },
	{ "bh",	true,	parse_bh,	DKIMSIG_REASON_SYNTAX },
	{ "i",	false,	parse_i,	DKIMSIG_REASON_SYNTAX },
	{ "l",	false,	parse_l,	DKIMSIG_REASON_SYNTAX },
	{ "q",	false,	parse_q,	DKIMSIG_REASON_QUERY },
	{ "t",	false,	parse_t,	DKIMSIG_REASON_SYNTAX },
	{ "x",	false,	parse_x,	DKIMSIG_REASON_SYNTAX },
};

/* An RSA signature is as long as its key (RFC 8017 section 8.2.1).  The table
 * has a= before b=, so the algorithm is known. */
static bool
is_of_large_key(const struct sigfield *f, size_t row)
{
	return tag_table[row].parse == parse_b &&
	    f->algorithm == DKIMSIG_RSA_SHA256;
}

/* Parse the tag of one row: 0, or an error with *reason set. */
static int
read_tag(struct sigfield *f, const struct taglist *list, size_t row,
    enum dkimsig_reason *reason)
{
	const struct tag *tag = taglist_find(list, tag_table[row].name);
	int r;

	*reason = DKIMSIG_REASON_MISSING_TAG;
	if (tag == NULL)
		return tag_table[row].is_required ? DKIMSIG_E_SYNTAX : 0;
	r = tag_table[row].parse(f, tag->value);
	*reason = r != DKIMSIG_E_TOOBIG ? tag_table[row].reason :
	    is_of_large_key(f, row) ? DKIMSIG_REASON_KEY_SIZE :
	    DKIMSIG_REASON_LIMIT;
	return r;
}

static int
check_together(struct sigfield *f, enum dkimsig_reason *reason)
{
	if (f->auid[0] == '\0') {
		f->auid[0] = '@';
		strlcpy(f->auid + 1, f->sdid, sizeof(f->auid) - 1);
		strlcpy(f->auid_domain, f->sdid, sizeof(f->auid_domain));
	}
	*reason = DKIMSIG_REASON_AUID;
	if (!dkimsig_domain_equal(f->auid_domain, f->sdid) &&
	    !dkimsig_domain_is_below(f->auid_domain, f->sdid))
		return DKIMSIG_E_SYNTAX;
	*reason = DKIMSIG_REASON_FROM_UNSIGNED;
	if (!f->covers_from)
		return DKIMSIG_E_SYNTAX;
	*reason = DKIMSIG_REASON_TIMES;
	if (f->timestamp != -1 && f->expires != -1 &&
	    f->expires <= f->timestamp)
		return DKIMSIG_E_SYNTAX;
	*reason = DKIMSIG_REASON_NONE;
	return 0;
}

int
sigfield_parse(struct sigfield *f, struct view value,
    enum dkimsig_reason *reason)
{
	struct taglist list;
	enum dkimsig_reason fault;
	size_t i;
	int r;

	memset(f, 0, sizeof(*f));
	f->timestamp = f->expires = f->body_length = -1;
	f->header_canon = f->body_canon = DKIMSIG_CANON_SIMPLE;
	*reason = DKIMSIG_REASON_NONE;
	if ((r = taglist_parse(&list, value)) != 0) {
		*reason = r == DKIMSIG_E_TOOBIG ? DKIMSIG_REASON_LIMIT :
		    DKIMSIG_REASON_SYNTAX;
		return DKIMSIG_E_SYNTAX;
	}
	for (i = 0; i < sizeof(tag_table) / sizeof(tag_table[0]); i++) {
		r = read_tag(f, &list, i, &fault);
		if (r == DKIMSIG_E_NOMEM)
			return r;
		if (r != 0 && *reason == DKIMSIG_REASON_NONE)
			*reason = fault;
	}
	if (*reason != DKIMSIG_REASON_NONE)
		return DKIMSIG_E_SYNTAX;
	f->b_raw = taglist_find(&list, "b")->raw;
	return check_together(f, reason);
}

void
sigfield_write(const struct sigfield *f, enum dkimsig_canon canon,
    struct view name, struct view value, struct buf *out)
{
	const char *after = f->b_raw.ptr + f->b_raw.len;
	struct buf emptied;

	buf_init(&emptied, DKIMSIG_MAX_HEADER);
	buf_put(&emptied, value.ptr, (size_t)(f->b_raw.ptr - value.ptr));
	buf_put(&emptied, after, value.len - (size_t)(after - value.ptr));
	if (emptied.error != 0)
		out->error = emptied.error;
	canon_header(canon, name, buf_view(&emptied), out);
	buf_finish(&emptied);
}

DKIMSIG_API int
dkimsig_signature_sdid(const char *value, size_t valuelen, char *sdid,
    size_t sdidsize)
{
	struct taglist list;
	const struct tag *tag;
	int r;

	if ((r = taglist_parse(&list, view_of(value, valuelen))) != 0)
		return r;
	if ((tag = taglist_find(&list, "d")) == NULL)
		return DKIMSIG_E_SYNTAX;
	return domain_normalize(tag->value.ptr, tag->value.len,
	    DOMAIN_UNDERSCORE, sdid, sdidsize);
}
