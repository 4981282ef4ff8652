/* SPDX-License-Identifier: ISC */

/*
 * The From field by its grammar: RFC 5322 sections 3.2 to 3.4, 3.6.2 and 4,
 * with UTF-8 as in RFC 6532 and groups as in RFC 6854.
 *
 * One function for each production, named after it.  Each takes its text off
 * the input and returns true, or returns false and leaves the input as it
 * was.  A production and its obsolete form share a function where the one
 * includes the other.  Rows of alternatives go back to their start, which is
 * at most a comma away, so time is linear.
 *
 * Where it is narrower than the RFC: control characters, which section 4
 * would allow in comments and quoted strings, are in no production here, nor
 * are CR and LF but in a fold.  Readers disagree about all of them, so none
 * has a meaning that a signature could vouch for.  The same holds for an
 * encoded word in a local part, where RFC 2047 section 5 forbids it.
 *
 * Where it is wider: a mailbox may have no domain, so that the caller can say
 * what is wrong with it.
 *
 * No allocation; fails only on its input.
 */

#include <string.h>

#include "dkimsig/rfc5322.h"
#include "dkimsig/utf8.h"

struct input {
	const char	*p, *end;
	unsigned int	 depth;		/* comments around p */
	bool		 is_deep;	/* once over the limit: all fails */
	bool		 takes_8bit;	/* octets over 127 need not be UTF-8 */
	rfc5322_visit	*visit;		/* of each mailbox; or NULL */
	void		*visit_arg;
};

/* -- Characters ---------------------------------------------------------- */

static bool
literal(struct input *in, char c)
{
	if (in->p == in->end || *in->p != c)
		return false;
	in->p++;
	return true;
}

static bool
utf8_non_ascii(struct input *in)
{
	size_t n = utf8_length(in->p, (size_t)(in->end - in->p));

	if (n < 2 && in->takes_8bit && in->p < in->end &&
	    (unsigned char)*in->p > 0x7f)
		n = 1;
	else if (n < 2)
		return false;
	in->p += n;
	return true;
}

/* A visible character that is none of those in but, or one in UTF-8. */
static bool
vchar_but(struct input *in, const char *but)
{
	if (in->p == in->end)
		return false;
	if (*in->p > ' ' && *in->p < 0x7f && strchr(but, *in->p) == NULL) {
		in->p++;
		return true;
	}
	return utf8_non_ascii(in);
}

/* All visible characters but specials. */
static bool
atext(struct input *in)
{
	return vchar_but(in, "()<>[]:;@\\,.\"");
}

static bool
ctext(struct input *in)
{
	return vchar_but(in, "()\\");
}

static bool
qtext(struct input *in)
{
	return vchar_but(in, "\"\\");
}

static bool
dtext(struct input *in)
{
	return vchar_but(in, "[]\\");
}

static bool
wsp(struct input *in)
{
	return literal(in, ' ') || literal(in, '\t');
}

static bool
quoted_pair(struct input *in)
{
	const char *start = in->p;

	if (literal(in, '\\') && (vchar_but(in, "") || wsp(in)))
		return true;
	in->p = start;
	return false;
}

/* -- White space and comments -------------------------------------------- */

/* CRLF before white space. */
static bool
fold(struct input *in)
{
	const char *start = in->p;

	if (literal(in, '\r') && literal(in, '\n') && wsp(in))
		return true;
	in->p = start;
	return false;
}

static bool
fws(struct input *in)
{
	const char *start = in->p;

	while (wsp(in) || fold(in))
		continue;
	return in->p != start;
}

static bool	comment(struct input *);

static bool
ccontent(struct input *in)
{
	return ctext(in) || quoted_pair(in) || comment(in);
}

static bool
comment(struct input *in)
{
	const char *start = in->p;
	bool closed;

	if (in->is_deep || !literal(in, '('))
		return false;
	if (++in->depth > RFC5322_MAX_COMMENTS)
		in->is_deep = true;
	else
		while (fws(in) || ccontent(in))
			continue;
	in->depth--;
	closed = !in->is_deep && literal(in, ')');
	if (!closed)
		in->p = start;
	return closed;
}

static bool
cfws(struct input *in)
{
	const char *start = in->p;

	while (fws(in) || comment(in))
		continue;
	return in->p != start;
}

/* -- Words --------------------------------------------------------------- */

/* The text of an atom, without what is around it. */
static bool
atom(struct input *in, struct view *text)
{
	const char *start = in->p, *begin;

	(void)cfws(in);
	begin = in->p;
	while (atext(in))
		continue;
	if (in->p == begin) {
		in->p = start;
		return false;
	}
	*text = view_of(begin, (size_t)(in->p - begin));
	(void)cfws(in);
	return true;
}

static bool
qcontent(struct input *in)
{
	return qtext(in) || quoted_pair(in);
}

static bool
quoted_string(struct input *in, struct view *text)
{
	const char *start = in->p, *begin;

	(void)cfws(in);
	begin = in->p;
	if (literal(in, '"')) {
		while (fws(in) || qcontent(in))
			continue;
		if (literal(in, '"')) {
			*text = view_of(begin, (size_t)(in->p - begin));
			(void)cfws(in);
			return true;
		}
	}
	in->p = start;
	return false;
}

static bool
word(struct input *in, struct view *text)
{
	return atom(in, text) || quoted_string(in, text);
}

/* phrase and obs-phrase. */
static bool
phrase(struct input *in)
{
	struct view text;

	if (!word(in, &text))
		return false;
	while (word(in, &text) || literal(in, '.') || cfws(in))
		continue;
	return true;
}

static bool
display_name(struct input *in)
{
	return phrase(in);
}

/* -- Addresses ----------------------------------------------------------- */

static bool
has_encoded_word(struct view text)
{
	return memmem(text.ptr, text.len, "=?", 2) != NULL;
}

static bool
local_word(struct input *in)
{
	const char *start = in->p;
	struct view text;

	if (word(in, &text) && !has_encoded_word(text))
		return true;
	in->p = start;
	return false;
}

/* dot-atom, quoted-string and obs-local-part. */
static bool
local_part(struct input *in)
{
	const char *start = in->p;

	do {
		if (!local_word(in)) {
			in->p = start;
			return false;
		}
	} while (literal(in, '.'));
	return true;
}

static void
domain_append(struct rfc5322_domain *d, struct view text)
{
	if (text.len > sizeof(d->text) - d->len) {
		d->is_long = true;
		return;
	}
	memcpy(d->text + d->len, text.ptr, text.len);
	d->len += text.len;
}

/* dot-atom and obs-domain: atoms with dots between. */
static bool
domain_name(struct input *in, struct rfc5322_domain *d)
{
	const char *start = in->p, *end = NULL;
	struct view text;

	d->kind = RFC5322_DOMAIN_NAME;
	d->len = 0;
	d->is_long = false;
	d->is_apart = false;
	while (atom(in, &text)) {
		if (end != NULL && text.ptr != end + 1)
			d->is_apart = true;
		end = text.ptr + text.len;
		domain_append(d, text);
		if (!literal(in, '.'))
			return true;
		domain_append(d, view_str("."));
	}
	in->p = start;
	return false;
}

static bool
domain_literal(struct input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	(void)cfws(in);
	if (literal(in, '[')) {
		while (fws(in) || dtext(in) || quoted_pair(in))
			continue;
		if (literal(in, ']')) {
			(void)cfws(in);
			d->kind = RFC5322_DOMAIN_LITERAL;
			return true;
		}
	}
	in->p = start;
	return false;
}

static bool
domain(struct input *in, struct rfc5322_domain *d)
{
	return domain_name(in, d) || domain_literal(in, d);
}

static bool
at_domain(struct input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	if (literal(in, '@') && domain(in, d))
		return true;
	in->p = start;
	return false;
}

/* addr-spec, or a local part alone. */
static bool
addr_spec(struct input *in, struct rfc5322_domain *d)
{
	if (!local_part(in))
		return false;
	if (!at_domain(in, d))
		d->kind = RFC5322_DOMAIN_ABSENT;
	return true;
}

static bool
obs_domain_list(struct input *in)
{
	const char *start = in->p;
	struct rfc5322_domain hop;

	while (cfws(in) || literal(in, ','))
		continue;
	if (!at_domain(in, &hop)) {
		in->p = start;
		return false;
	}
	while (literal(in, ',')) {
		(void)cfws(in);
		(void)at_domain(in, &hop);
	}
	return true;
}

static bool
obs_route(struct input *in)
{
	const char *start = in->p;

	if (obs_domain_list(in) && literal(in, ':'))
		return true;
	in->p = start;
	return false;
}

/* angle-addr and obs-angle-addr. */
static bool
angle_addr(struct input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	(void)cfws(in);
	if (literal(in, '<')) {
		(void)obs_route(in);
		if (addr_spec(in, d) && literal(in, '>')) {
			(void)cfws(in);
			return true;
		}
	}
	in->p = start;
	return false;
}

/* "<>", the reverse path of a bounce, which is no mailbox's address. */
static bool
null_angle(struct input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	(void)cfws(in);
	if (literal(in, '<')) {
		(void)cfws(in);
		if (literal(in, '>')) {
			(void)cfws(in);
			d->kind = RFC5322_DOMAIN_ABSENT;
			return true;
		}
	}
	in->p = start;
	return false;
}

static bool
name_addr(struct input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	(void)display_name(in);
	if (angle_addr(in, d) || null_angle(in, d))
		return true;
	in->p = start;
	return false;
}

static bool
mailbox(struct input *in, struct rfc5322_domain *d)
{
	if (!name_addr(in, d) && !addr_spec(in, d))
		return false;
	if (in->visit != NULL)
		in->visit(in->visit_arg, d);
	return true;
}

/* mailbox-list and obs-group-list of a group: elements may be empty. */
static void
group_list(struct input *in, struct rfc5322_from *from)
{
	struct rfc5322_domain member;

	do {
		if (mailbox(in, &member))
			from->nmembers++;
		else
			(void)cfws(in);
	} while (literal(in, ','));
}

/* What was found in one that fails does not count: the field fails then. */
static bool
group(struct input *in, struct rfc5322_from *from)
{
	const char *start = in->p;

	if (display_name(in) && literal(in, ':')) {
		group_list(in, from);
		if (literal(in, ';')) {
			(void)cfws(in);
			return true;
		}
	}
	in->p = start;
	return false;
}

/* address-list and obs-addr-list: elements may be empty. */
static void
address_list(struct input *in, struct rfc5322_from *from)
{
	do {
		if (group(in, from))
			from->ngroups++;
		else if (mailbox(in, &from->domain))
			from->nmailboxes++;
		else
			(void)cfws(in);
	} while (literal(in, ','));
}

static int
read_from(struct input *in, struct rfc5322_from *from)
{
	from->nmailboxes = 0;
	from->nmembers = 0;
	from->ngroups = 0;
	from->domain.kind = RFC5322_DOMAIN_ABSENT;
	address_list(in, from);
	if (in->is_deep)
		return DKIMSIG_E_TOOBIG;
	return in->p == in->end ? 0 : DKIMSIG_E_SYNTAX;
}

int
rfc5322_from(struct view value, struct rfc5322_from *from)
{
	struct input in = { .p = value.ptr, .end = value.ptr + value.len };

	return read_from(&in, from);
}

int
rfc5322_mailboxes(struct view value, rfc5322_visit *visit, void *arg,
    struct rfc5322_from *from)
{
	struct input in = { .p = value.ptr, .end = value.ptr + value.len,
	    .takes_8bit = true, .visit = visit, .visit_arg = arg };

	return read_from(&in, from);
}
