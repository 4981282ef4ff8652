/* SPDX-License-Identifier: ISC */

/*
 * Parser for a to-be-signed block, for a process that holds the key and does
 * not trust the sender of the block.  A block consists of header fields, each
 * ended by CRLF, and the DKIM-Signature field, without CRLF.  Anything else is
 * refused, so that a signature of the block cannot mean anything else.  A bare
 * CR or LF is refused, too, because one receiver takes it as text and another
 * as the end of a field.
 *
 * Fails if the block is not accepted or memory runs out.
 */

#include "dkimsig/dkimsig.h"
#include "dkimsig/hdrlist.h"
#include "dkimsig/internal.h"
#include "dkimsig/sigfield.h"

/*
 * The end of the field that begins at i: the offset of its CRLF, or the length
 * of the block.  A CRLF before a blank is a fold.
 */
static size_t
end_of_field(struct view block, size_t i)
{
	const char *cr;

	for (; i < block.len; i++) {
		cr = memchr(block.ptr + i, '\r', block.len - i);
		if (cr == NULL)
			return block.len;
		i = (size_t)(cr - block.ptr);
		if (block.len - i >= 2 && block.ptr[i + 1] == '\n' &&
		    (block.len - i == 2 || !is_wsp(block.ptr[i + 2])))
			return i;
	}
	return block.len;
}

/* Whether there is no NUL, no CR without LF and no LF without CR. */
static bool
is_clean(struct view block)
{
	size_t i;

	for (i = 0; i < block.len; i++)
		if (block.ptr[i] == '\0' || block.ptr[i] == '\n')
			return false;
		else if (block.ptr[i] == '\r' &&
		    (++i == block.len || block.ptr[i] != '\n'))
			return false;
	return true;
}

static int
split(struct view field, struct view *name, struct view *value)
{
	const char *colon;
	size_t n;

	if (field.len == 0 ||
	    (colon = memchr(field.ptr, ':', field.len)) == NULL)
		return DKIMSIG_E_SYNTAX;
	n = (size_t)(colon - field.ptr);
	*name = view_rtrim(view_of(field.ptr, n));
	*value = view_of(colon + 1, field.len - n - 1);
	return view_is_field_name(*name) ? 0 : DKIMSIG_E_SYNTAX;
}

/*
 * Find the last field, which must be the only signature field, and count the
 * From fields.
 */
static int
find_last(struct view block, struct view *name, struct view *value,
    size_t *nfrom)
{
	size_t i = 0, end;
	int r;

	*nfrom = 0;
	for (;;) {
		end = end_of_field(block, i);
		if ((r = split(view_of(block.ptr + i, end - i), name,
		    value)) != 0)
			return r;
		if (end == block.len)
			break;
		if (view_equal_nocase(*name, view_str("dkim-signature")))
			return DKIMSIG_E_SYNTAX;
		if (view_equal_nocase(*name, view_str("from")))
			++*nfrom;
		i = end + 2;
	}
	return view_equal_nocase(*name, view_str("dkim-signature")) ? 0 :
	    DKIMSIG_E_SYNTAX;
}

/* How often h= names From. */
static size_t
count_from(const struct hnames *h)
{
	size_t i, n = 0;

	for (i = 0; i < h->nnames; i++)
		n += view_equal_nocase(h->names[i], view_str("from"));
	return n;
}

DKIMSIG_API int
dkimsig_tbs_parse(const void *tbs, size_t tbslen, struct dkimsig_tbs *parsed)
{
	struct sigfield field;
	struct view name, value;
	enum dkimsig_reason reason;
	size_t nfrom;
	int r;

	memset(parsed, 0, sizeof(*parsed));
	if (tbslen > DKIMSIG_MAX_HEADER + DKIMSIG_MAX_TAGLIST)
		return DKIMSIG_E_TOOBIG;
	if (tbslen == 0 || !is_clean(view_of(tbs, tbslen)))
		return DKIMSIG_E_SYNTAX;
	if ((r = find_last(view_of(tbs, tbslen), &name, &value,
	    &nfrom)) != 0)
		return r;
	r = sigfield_parse(&field, value, &reason);
	/* The caller checks covers_from itself. */
	if (r != 0 && reason != DKIMSIG_REASON_FROM_UNSIGNED)
		return r;
	if (field.siglen != 0 || field.b_raw.len != 0 ||
	    field.lists_itself)
		return DKIMSIG_E_SYNTAX;
	memcpy(parsed->sdid, field.sdid, sizeof(parsed->sdid));
	memcpy(parsed->selector, field.selector, sizeof(parsed->selector));
	parsed->algorithm = field.algorithm;
	parsed->timestamp = field.timestamp;
	parsed->expires = field.expires;
	parsed->covers_from = field.covers_from && nfrom > 0;
	parsed->oversigns_from = nfrom > 0 && count_from(&field.names) > nfrom;
	parsed->has_length = field.body_length != -1;
	memcpy(parsed->bodyhash, field.bodyhash, sizeof(parsed->bodyhash));
	return 0;
}
