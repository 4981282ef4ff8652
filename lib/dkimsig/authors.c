/* SPDX-License-Identifier: ISC */

/*
 * Who a message says it is from: the domains of all its From fields.
 *
 * If a field is valid by the grammar (rfc5322.c), and has a form about which
 * the reference parsers agree, the domains of its mailboxes are the authors,
 * and other addresses in it are mentions.  Any other field is parsed as
 * leniently as by the most lenient parser (fromscan.c): every domain that some
 * parser may take as the author's is an author.  Such a field is parsed several
 * times: as it is; with its encoded words decoded; as if it had no strings and
 * comments, if parsers disagree about where they end; and by putting an address
 * together from tokens, as some parsers do (fromtoken.c).
 *
 * Local parts are only kept for those who ask for them (authorlocal.c).
 *
 * Fails only if memory runs out.  What was found is read in authors_found.c.
 */

#include <stdlib.h>
#include <string.h>

#include "dkimsig/authorlocal.h"
#include "dkimsig/authorname.h"
#include "dkimsig/authors_private.h"
#include "dkimsig/buf.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/encword.h"
#include "dkimsig/fromscan.h"
#include "dkimsig/fromtext.h"
#include "dkimsig/fromtoken.h"
#include "dkimsig/internal.h"
#include "dkimsig/rfc5322.h"

#define OPENDMARC_MAX_DOMAIN	255	/* octets */

/* -- Names --------------------------------------------------------------- */

/* A limit was reached, so there may be authors that are not in the list. */
static void
cut_short(struct dkimsig_authors *a)
{
	a->is_uncertain = true;
	a->is_cut_short = true;
}

static int
add_author(struct dkimsig_authors *a, const struct authorname *name)
{
	size_t i;
	int r = 0;

	for (i = 0; i < AUTHORNAME_FORMS && r == 0; i++) {
		if (name->text[i][0] == '\0')
			continue;
		r = authorlist_add(&a->authors, name->text[i]);
		authorlist_remove(&a->mentions, name->text[i]);
	}
	if (r == DKIMSIG_E_TOOBIG) {
		cut_short(a);
		r = 0;
	}
	return r;
}

/* Ignores a name that is already an author, and names over the limit. */
static int
add_mention(struct dkimsig_authors *a, const struct authorname *name)
{
	size_t i;
	int r = 0;

	for (i = 0; i < AUTHORNAME_FORMS && r == 0; i++)
		if (name->text[i][0] != '\0' && authorlist_find(&a->authors,
		    name->text[i]) == a->authors.n)
			r = authorlist_add(&a->mentions, name->text[i]);
	return r == DKIMSIG_E_TOOBIG ? 0 : r;
}

/* Keep an address; local is NULL if it is not certain. */
static int
add_address(struct dkimsig_authors *a, const struct buf *local,
    const struct authorname *name)
{
	struct view view;
	size_t i;
	int r = 0;

	if (local != NULL)
		view = buf_view(local);
	for (i = 0; i < AUTHORNAME_FORMS && r == 0; i++)
		if (name->text[i][0] != '\0')
			r = addresslist_add(&a->addresses,
			    local != NULL ? &view : NULL, name->text[i]);
	if (r == DKIMSIG_E_TOOBIG) {
		a->is_unsure = true;
		r = 0;
	}
	return r;
}

/* Count an "@"; false if there are too many. */
static bool
count_at(size_t *n)
{
	if (*n == DKIMSIG_MAX_ADDRSPECS)
		return false;
	(*n)++;
	return true;
}

/* OpenDMARC cuts a longer name at the end of its buffer. */
static int
add_cut(struct dkimsig_authors *a, struct view candidate)
{
	struct authorname name;
	int r;

	if (candidate.len <= OPENDMARC_MAX_DOMAIN)
		return 0;
	candidate.len = OPENDMARC_MAX_DOMAIN;
	if ((r = authorname_read(candidate, &name)) != 0)
		return r;
	return add_author(a, &name);
}

static int
found_authors(void *arg, const struct view *candidates, size_t n)
{
	struct dkimsig_authors *a = arg;
	struct authorname name;
	bool is_certain = false;
	size_t i;
	int r = 0;

	if (!count_at(&a->nauthorats)) {
		cut_short(a);
		return 0;
	}
	for (i = 0; i < n && r == 0; i++) {
		if ((r = authorname_read(candidates[i], &name)) == 0 &&
		    (r = add_author(a, &name)) == 0)
			r = add_cut(a, candidates[i]);
		is_certain = is_certain || (r == 0 && name.is_certain);
	}
	if (!is_certain)
		a->is_uncertain = true;
	return r;
}

static int
found_mention(void *arg, struct view before, struct view domain)
{
	struct dkimsig_authors *a = arg;
	struct authorname name;
	bool is_sure;
	int r;

	if (domain.len == 0)
		return 0;
	if (!count_at(&a->nmentionats)) {
		a->is_unsure = true;
		return 0;
	}
	if ((r = authorname_read(domain, &name)) != 0 || !name.is_certain ||
	    (r = add_mention(a, &name)) != 0 || !a->keeps_addresses)
		return r;
	is_sure = authorlocal_before(before, &a->local);
	if (a->local.error != 0)
		return a->local.error;
	return add_address(a, is_sure ? &a->local : NULL, &name);
}

static int
found_address(void *arg, struct view domain)
{
	struct dkimsig_authors *a = arg;
	struct authorname name;
	int r;

	if (!count_at(&a->naddresses)) {
		cut_short(a);
		return 0;
	}
	if ((r = authorname_read(domain, &name)) != 0 ||
	    (r = add_author(a, &name)) != 0)
		return r;
	return add_cut(a, domain);
}

/* -- Valid fields -------------------------------------------------------- */

struct mailboxes {
	struct dkimsig_authors	*a;
	bool			 is_clear;
	int			 error;
};

/*
 * Parsers disagree about a mailbox without a domain, which is a name to one and
 * an address to another; about an address literal, which may contain anything;
 * and about a domain that contains an encoded word, blanks, comments or
 * characters that no domain has.
 */
static void
check_mailbox(void *arg, const struct rfc5322_domain *domain)
{
	struct mailboxes *m = arg;

	if (domain->kind != RFC5322_DOMAIN_NAME || domain->is_truncated ||
	    domain->has_cfws ||
	    !fromscan_is_word(view_of(domain->text, domain->len)))
		m->is_clear = false;
}

/* Mail::Address takes a route as a part of the local part. */
static int
keep_mailbox(struct dkimsig_authors *a, const struct rfc5322_domain *domain)
{
	struct authorname name;
	bool is_sure = authorlocal_read(domain->local, &a->local) &&
	    !domain->has_route;
	int r;

	if ((r = a->local.error) != 0 || (r = authorname_read(view_of(
	    domain->text, domain->len), &name)) != 0)
		return r;
	return add_address(a, is_sure ? &a->local : NULL, &name);
}

static void
take_mailbox(void *arg, const struct rfc5322_domain *domain)
{
	struct mailboxes *m = arg;
	struct view name = view_of(domain->text, domain->len);

	if (m->error == 0)
		m->error = found_authors(m->a, &name, 1);
	if (m->error == 0 && m->a->keeps_addresses)
		m->error = keep_mailbox(m->a, domain);
}

/* If the field is valid and clear, add its authors and set *is_clear. */
static int
read_strictly(struct dkimsig_authors *a, struct view value, bool *is_clear)
{
	struct mailboxes m = { .a = a, .is_clear = true };
	struct rfc5322_from from;
	int r;

	r = rfc5322_mailboxes(value, check_mailbox, &m, &from);
	if (r == DKIMSIG_E_TOOBIG)
		a->is_uncertain = true;
	*is_clear = r == 0 && m.is_clear;
	if (!*is_clear)
		return m.error;
	/* Mail::Address takes the name of a group as a part of its first
	 * address. */
	if (from.ngroups > 0)
		a->is_unsure = true;
	(void)rfc5322_mailboxes(value, take_mailbox, &m, &from);
	return m.error;
}

/* -- Other fields -------------------------------------------------------- */

static int
scan(struct dkimsig_authors *a, const struct buf *text, bool in_strings)
{
	if (text->error != 0)
		return text->error;
	return fromscan_domains(buf_view(text), in_strings, found_authors, a);
}

static int
read_outside(struct dkimsig_authors *a, struct view text, bool *is_agreed)
{
	int r;

	buf_reset(&a->outside);
	buf_reset(&a->inside);
	if (!fromtext_outside(text, &a->outside))
		*is_agreed = false;
	fromtext_angled(buf_view(&a->outside), &a->inside);
	if ((r = scan(a, &a->outside, false)) != 0)
		return r;
	return scan(a, &a->inside, false);
}

/* Ways to remove comments; parsers differ in which one they use. */
static void (*const uncomment[])(struct view, struct buf *) = {
	fromtext_uncomment,
	fromtext_uncomment_strings,
	fromtext_uncomment_blindly,
};

static int
read_all(struct dkimsig_authors *a, struct view text)
{
	size_t i;
	int r;

	r = fromscan_domains(text, true, found_authors, a);
	for (i = 0; i < sizeof(uncomment) / sizeof(uncomment[0]) && r == 0;
	    i++) {
		buf_reset(&a->inside);
		uncomment[i](text, &a->inside);
		r = scan(a, &a->inside, true);
	}
	return r;
}

/*
 * Encoded words that contain brackets, quotes or parentheses: these are
 * structure to parsers that look for it before decoding, and text to others.
 */
static int
read_undecided(struct dkimsig_authors *a, struct view value)
{
	static const enum encword_reading readings[] = {
		ENCWORD_GLUED, ENCWORD_OPAQUE
	};
	bool is_agreed, ignored;
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(readings) / sizeof(readings[0]) && r == 0;
	    i++) {
		buf_reset(&a->apart);
		(void)encword_decode(value, readings[i], &a->apart, &ignored);
		is_agreed = true;
		if ((r = a->apart.error) == 0 && (r = read_outside(a,
		    buf_view(&a->apart), &is_agreed)) == 0 && !is_agreed)
			r = read_all(a, buf_view(&a->apart));
	}
	return r;
}

/* Add every domain that some parser may take as the author's. */
static int
read_leniently(struct dkimsig_authors *a, struct view value, bool is_decoded)
{
	const struct view texts[] = {
		value, buf_view(&a->decoded), buf_view(&a->apart)
	};
	size_t n = is_decoded ? 3 : 1, i;
	bool is_agreed = true;
	int r = 0;

	for (i = 0; i < n && r == 0; i++) {
		if (!authorlocal_is_tame(texts[i]))
			a->is_unsure = true;
		r = read_outside(a, texts[i], &is_agreed);
	}
	for (i = 0; i < n && r == 0 && !is_agreed; i++)
		r = read_all(a, texts[i]);
	if (r == 0 && is_decoded && encword_has_structure(value))
		r = read_undecided(a, value);
	return r != 0 ? r : fromtoken_domains(value, found_address, a);
}

/* Decode the encoded words of a field; *is_decoded is set if there are any. */
static int
decode(struct dkimsig_authors *a, struct view value, bool *is_decoded,
    bool *is_foreign)
{
	size_t n;

	buf_reset(&a->decoded);
	buf_reset(&a->apart);
	n = encword_decode(value, ENCWORD_JOINED, &a->decoded, is_foreign);
	n += encword_decode(value, ENCWORD_APART, &a->apart, is_foreign);
	*is_decoded = n > 0;
	return a->decoded.error != 0 ? a->decoded.error : a->apart.error;
}

static bool
has_at(struct view text)
{
	return text.len > 0 && memchr(text.ptr, '@', text.len) != NULL;
}

static int
read_field(struct dkimsig_authors *a, struct view value)
{
	bool is_decoded, is_foreign = false, is_clear;
	int r;

	if ((r = decode(a, value, &is_decoded, &is_foreign)) != 0)
		return r;
	if (!has_at(value) && !has_at(buf_view(&a->decoded)) &&
	    !has_at(buf_view(&a->apart))) {
		a->is_uncertain = a->is_uncertain || is_foreign;
		return 0;
	}
	if ((r = read_strictly(a, value, &is_clear)) != 0)
		return r;
	if (is_clear) {
		/* Some parsers take a string in a comment as a string, and
		 * some decode an encoded word before they parse the address
		 * around it. */
		buf_reset(&a->outside);
		is_clear = fromtext_outside(value, &a->outside) &&
		    !(is_decoded && encword_has_structure(value));
		if ((r = a->outside.error) != 0)
			return r;
	}
	if (!is_clear) {
		a->is_uncertain = a->is_uncertain || is_foreign;
		if ((r = read_leniently(a, value, is_decoded)) != 0)
			return r;
	}
	if ((r = fromscan_words(value, found_mention, a)) != 0 || !is_decoded)
		return r;
	return fromscan_words(buf_view(&a->decoded), found_mention, a);
}

/* -- Public functions ---------------------------------------------------- */

DKIMSIG_API int
dkimsig_authors_new(struct dkimsig_authors **out)
{
	if ((*out = calloc(1, sizeof(**out))) == NULL)
		return DKIMSIG_E_NOMEM;
	/* Decoding may turn one octet into three. */
	buf_init(&(*out)->decoded, (size_t)3 * DKIMSIG_MAX_HEADER);
	buf_init(&(*out)->apart, (size_t)3 * DKIMSIG_MAX_HEADER);
	buf_init(&(*out)->outside, (size_t)3 * DKIMSIG_MAX_HEADER);
	buf_init(&(*out)->inside, (size_t)3 * DKIMSIG_MAX_HEADER);
	buf_init(&(*out)->local, DKIMSIG_MAX_LOCAL);
	return 0;
}

DKIMSIG_API void
dkimsig_authors_free(struct dkimsig_authors *a)
{
	if (a == NULL)
		return;
	authorlist_finish(&a->authors);
	authorlist_finish(&a->mentions);
	buf_finish(&a->decoded);
	buf_finish(&a->apart);
	buf_finish(&a->outside);
	buf_finish(&a->inside);
	buf_finish(&a->local);
	addresslist_finish(&a->addresses);
	free(a);
}

DKIMSIG_API int
dkimsig_authors_field(struct dkimsig_authors *a, const char *value, size_t len)
{
	if (a->error != 0)
		return a->error;
	a->nfields++;
	if (len > DKIMSIG_MAX_HEADER)
		cut_short(a);
	else if (len > 0)
		a->error = read_field(a, view_of(value, len));
	return a->error;
}

DKIMSIG_API void
dkimsig_authors_keep_addresses(struct dkimsig_authors *a)
{
	a->keeps_addresses = true;
}
