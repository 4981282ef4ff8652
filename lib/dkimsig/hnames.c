/* SPDX-License-Identifier: ISC */

/*
 * The names of an h= tag, RFC 6376 sections 5.4 and 5.4.2, and the fields
 * that they select.
 *
 * A name is listed once for each field that has it, and once more if mail
 * programs would show an added field (oversigning).  Each occurrence of a name
 * in h=, a mention, selects the lowest field of that name that no earlier
 * mention has selected.  A mention with no field left selects nothing; adding
 * such a field would break the signature.
 *
 * Fails if a name must not be signed, if there is no From field, or if there
 * are more than DKIMSIG_MAX_HNAMES names.
 */

#include "dkimsig/hnames.h"

/* A list of names from the caller, or a default list. */
struct namelist {
	const char *const *names;
	size_t		 n;
};

static struct namelist
or_default(const char *const *names, size_t n,
    const char *const *(*standard)(size_t *))
{
	struct namelist list = { names, n };

	if (names == NULL && n == 0)
		list.names = standard(&list.n);
	return list;
}

static bool
has_name(struct namelist list, struct view name)
{
	size_t i;

	for (i = 0; i < list.n; i++)
		if (view_equal_nocase(view_str(list.names[i]), name))
			return true;
	return false;
}

/* RFC 6376 section 5.4: the new signature field must not be listed.  Other
 * signature fields are not either, because hops add and remove them. */
static bool
may_be_signed(struct namelist list)
{
	size_t i;

	for (i = 0; i < list.n; i++)
		if (list.names[i] == NULL ||
		    !view_is_field_name(view_str(list.names[i])) ||
		    strchr(list.names[i], ';') != NULL ||
		    strcasecmp(list.names[i], "dkim-signature") == 0)
			return false;
	return list.names != NULL || list.n == 0;
}

static bool
is_mentioned(const struct hnames *h, struct view name)
{
	size_t i;

	for (i = 0; i < h->nnames; i++)
		if (view_equal_nocase(h->names[i], name))
			return true;
	return false;
}

static int
mention(struct hnames *h, struct view name, size_t times)
{
	if (is_mentioned(h, name))
		return 0;
	if (times > DKIMSIG_MAX_HNAMES - h->nnames)
		return DKIMSIG_E_TOOBIG;
	for (; times > 0; times--)
		h->names[h->nnames++] = name;
	return 0;
}

/* Mention each existing field of these names; names in oversign or guard once
 * more. */
static int
mention_all(struct hnames *h, const struct hdrlist *fields,
    struct namelist names, struct namelist oversign, struct namelist guard)
{
	struct view name;
	size_t i, n;
	int r = 0;

	for (i = 0; r == 0 && i < names.n; i++) {
		name = view_str(names.names[i]);
		if ((n = hdrlist_count(fields, name)) > 0)
			r = mention(h, name, n + (has_name(oversign, name) ||
			    has_name(guard, name)));
	}
	return r;
}

int
hnames_compose(struct hnames *h, const struct hdrlist *fields,
    const struct dkimsig_sigspec *spec)
{
	static const char *const author[] = { "from" };
	struct namelist sign, oversign = { NULL, 0 }, guard = { NULL, 0 };
	size_t i;
	int r;

	h->nnames = 0;
	sign = or_default(spec->sign, spec->nsign, dkimsig_default_signed);
	if (!spec->no_oversign) {
		oversign = or_default(spec->oversign, spec->noversign,
		    dkimsig_default_oversigned);
		guard = or_default(spec->guard, spec->nguard,
		    dkimsig_default_guarded);
	}
	if (!may_be_signed(sign) || !may_be_signed(oversign) ||
	    !may_be_signed(guard))
		return DKIMSIG_E_ARG;
	if (hdrlist_count(fields, view_str("from")) == 0)
		return DKIMSIG_E_NOFROM;

	if ((r = mention_all(h, fields, (struct namelist){ author, 1 },
	    oversign, guard)) != 0 ||
	    (r = mention_all(h, fields, sign, oversign, guard)) != 0 ||
	    (r = mention_all(h, fields, oversign, oversign, guard)) != 0)
		return r;
	for (i = 0; r == 0 && i < guard.n; i++)
		r = mention(h, view_str(guard.names[i]), 1 +
		    hdrlist_count(fields, view_str(guard.names[i])));
	return r;
}

/*
 * The field that the i-th name selects, or NULL.  selected has what the names
 * before it select; mentions of one name mostly stand together.
 */
static const struct hdrfield *
select_field(const struct hnames *h, const struct hdrlist *fields, size_t i,
    const struct hdrfield *const *selected, const struct hdrfield *own)
{
	size_t j;

	for (j = i; j-- > 0;)
		if (view_equal_nocase(h->names[j], h->names[i]))
			return selected[j] == NULL ? NULL :
			    hdrlist_above(fields, h->names[i], selected[j],
			    own);
	return hdrlist_above(fields, h->names[i], NULL, own);
}

void
hnames_write(const struct hnames *h, const struct hdrlist *fields,
    const struct hdrfield *own, enum dkimsig_canon canon, struct buf *out)
{
	const struct hdrfield *selected[DKIMSIG_MAX_HNAMES];
	size_t i;

	for (i = 0; i < h->nnames; i++) {
		selected[i] = select_field(h, fields, i, selected, own);
		if (selected[i] == NULL)
			continue;
		canon_header(canon, selected[i]->name, selected[i]->value,
		    out);
		buf_put(out, "\r\n", 2);
	}
}
