/* SPDX-License-Identifier: ISC */

/*
 * Parser for the From field: RFC 5322 sections 3.4, 3.6.2 and 4.4, with groups
 * as in RFC 6854; the tokens are in rfc5322lex.c.
 *
 * One function for each production, named after it.  Each takes its text off
 * the input and returns true, or returns false and leaves the input as it
 * was.  A production and its obsolete form share a function if one includes
 * the other.  If an alternative fails, the next one starts again at the same
 * position, which is at most a comma away, so time is linear.
 *
 * Stricter than the RFC: no production has control characters, which section 4
 * allows in comments and quoted strings, and CR and LF occur only in folds.
 * Parsers disagree about all of these, so a signature could not vouch for any
 * one meaning.  The same is true of an encoded word in a local part, which RFC
 * 2047 section 5 forbids.
 *
 * More lenient than the RFC: a mailbox may have no domain, so that the caller
 * can tell what is wrong with it.
 *
 * No allocation; fails only on its input.
 */

#include <string.h>

#include "dkimsig/rfc5322.h"
#include "dkimsig/rfc5322lex.h"

static bool
display_name(struct lex_input *in)
{
	return lex_phrase(in);
}

static bool
has_encoded_word(struct view text)
{
	return memmem(text.ptr, text.len, "=?", 2) != NULL;
}

static bool
local_word(struct lex_input *in)
{
	const char *start = in->p;
	struct view text;

	if (lex_word(in, &text) && !has_encoded_word(text))
		return true;
	in->p = start;
	return false;
}

/* dot-atom, quoted-string and obs-local-part. */
static bool
local_part(struct lex_input *in)
{
	const char *start = in->p;

	do {
		if (!local_word(in)) {
			in->p = start;
			return false;
		}
	} while (lex_literal(in, '.'));
	return true;
}

static void
domain_append(struct rfc5322_domain *d, struct view text)
{
	if (text.len > sizeof(d->text) - d->len) {
		d->is_truncated = true;
		return;
	}
	memcpy(d->text + d->len, text.ptr, text.len);
	d->len += text.len;
}

/* dot-atom and obs-domain: atoms joined by dots. */
static bool
domain_name(struct lex_input *in, struct rfc5322_domain *d)
{
	const char *start = in->p, *end = NULL;
	struct view text;

	d->kind = RFC5322_DOMAIN_NAME;
	d->len = 0;
	d->is_truncated = false;
	d->has_cfws = false;
	while (lex_atom(in, &text)) {
		if (end != NULL && text.ptr != end + 1)
			d->has_cfws = true;
		end = text.ptr + text.len;
		domain_append(d, text);
		if (!lex_literal(in, '.'))
			return true;
		domain_append(d, view_str("."));
	}
	in->p = start;
	return false;
}

static bool
domain_literal(struct lex_input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	(void)lex_cfws(in);
	if (lex_literal(in, '[')) {
		while (lex_fws(in) || lex_dtext(in) || lex_quoted_pair(in))
			continue;
		if (lex_literal(in, ']')) {
			(void)lex_cfws(in);
			d->kind = RFC5322_DOMAIN_LITERAL;
			return true;
		}
	}
	in->p = start;
	return false;
}

static bool
domain(struct lex_input *in, struct rfc5322_domain *d)
{
	return domain_name(in, d) || domain_literal(in, d);
}

static bool
at_domain(struct lex_input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	if (lex_literal(in, '@') && domain(in, d))
		return true;
	in->p = start;
	return false;
}

/* addr-spec, or a local part alone. */
static bool
addr_spec(struct lex_input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	if (!local_part(in))
		return false;
	d->local = view_of(start, (size_t)(in->p - start));
	if (!at_domain(in, d))
		d->kind = RFC5322_DOMAIN_ABSENT;
	return true;
}

static bool
obs_domain_list(struct lex_input *in)
{
	const char *start = in->p;
	struct rfc5322_domain hop;

	while (lex_cfws(in) || lex_literal(in, ','))
		continue;
	if (!at_domain(in, &hop)) {
		in->p = start;
		return false;
	}
	while (lex_literal(in, ',')) {
		(void)lex_cfws(in);
		(void)at_domain(in, &hop);
	}
	return true;
}

static bool
obs_route(struct lex_input *in)
{
	const char *start = in->p;

	if (obs_domain_list(in) && lex_literal(in, ':'))
		return true;
	in->p = start;
	return false;
}

/* angle-addr and obs-angle-addr. */
static bool
angle_addr(struct lex_input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	(void)lex_cfws(in);
	if (lex_literal(in, '<')) {
		d->has_route = obs_route(in);
		if (addr_spec(in, d) && lex_literal(in, '>')) {
			(void)lex_cfws(in);
			return true;
		}
	}
	in->p = start;
	return false;
}

/* "<>", the null reverse-path of a bounce, not the address of a mailbox. */
static bool
null_angle(struct lex_input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	(void)lex_cfws(in);
	if (lex_literal(in, '<')) {
		(void)lex_cfws(in);
		if (lex_literal(in, '>')) {
			(void)lex_cfws(in);
			d->kind = RFC5322_DOMAIN_ABSENT;
			d->local = view_of(in->p, 0);
			return true;
		}
	}
	in->p = start;
	return false;
}

static bool
name_addr(struct lex_input *in, struct rfc5322_domain *d)
{
	const char *start = in->p;

	(void)display_name(in);
	if (angle_addr(in, d) || null_angle(in, d))
		return true;
	in->p = start;
	return false;
}

static bool
mailbox(struct lex_input *in, struct rfc5322_domain *d)
{
	d->has_route = false;
	if (!name_addr(in, d) && !addr_spec(in, d))
		return false;
	if (in->visit != NULL)
		in->visit(in->visit_arg, d);
	return true;
}

/* mailbox-list and obs-group-list of a group: elements may be empty. */
static void
group_list(struct lex_input *in, struct rfc5322_from *from)
{
	struct rfc5322_domain member;

	do {
		if (mailbox(in, &member))
			from->nmembers++;
		else
			(void)lex_cfws(in);
	} while (lex_literal(in, ','));
}

/* If a group fails, so does the field, and its counts do not matter. */
static bool
group(struct lex_input *in, struct rfc5322_from *from)
{
	const char *start = in->p;

	if (display_name(in) && lex_literal(in, ':')) {
		group_list(in, from);
		if (lex_literal(in, ';')) {
			(void)lex_cfws(in);
			return true;
		}
	}
	in->p = start;
	return false;
}

/* address-list and obs-addr-list: elements may be empty. */
static void
address_list(struct lex_input *in, struct rfc5322_from *from)
{
	do {
		if (group(in, from))
			from->ngroups++;
		else if (mailbox(in, &from->domain))
			from->nmailboxes++;
		else
			(void)lex_cfws(in);
	} while (lex_literal(in, ','));
}

static int
read_from(struct lex_input *in, struct rfc5322_from *from)
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
	struct lex_input in = { .p = value.ptr, .end = value.ptr + value.len };

	return read_from(&in, from);
}

int
rfc5322_mailboxes(struct view value, rfc5322_visit *visit, void *arg,
    struct rfc5322_from *from)
{
	struct lex_input in = { .p = value.ptr, .end = value.ptr + value.len,
	    .takes_8bit = true, .visit = visit, .visit_arg = arg };

	return read_from(&in, from);
}
