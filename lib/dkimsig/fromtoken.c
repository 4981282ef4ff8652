/* SPDX-License-Identifier: ISC */

/*
 * OpenDMARC and Mail::Address split a From field into tokens, and put an
 * address together from those that they do not skip.  So the domain that they
 * find need not occur in the field: for <a@"b"exam ple.com> it is
 * "b"example.com.  fromscan.c, which looks at what follows an "@", cannot find
 * it, so this file repeats their steps.
 *
 *   OpenDMARC		one address in the whole field, and one in each part
 *			between commas.  Comments and blanks in it are dropped.
 *			In the domain, its library also drops quoted text, and
 *			what is outside <>.
 *   Mail::Address	an address ends at "," and ";", and, outside <>, before
 *			a token that is not joined to the previous one by ".",
 *			"@", ":" or ";".
 *
 * Where versions of these programs differ, the results of all are reported.
 * Time is linear.  Fails only if memory runs out, or if found fails.
 */

#include <string.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/fromtoken.h"

#define QUOTES_MAX	256	/* nesting depth in OpenDMARC's library */

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

enum type {
	TOKEN_END,
	TOKEN_ATOM,
	TOKEN_SPECIAL,		/* one octet */
	TOKEN_LITERAL,		/* in "" or [] */
	TOKEN_COMMENT,
	TOKEN_ERROR		/* the closing character is missing */
};

struct token {
	enum type	 type;
	struct view	 text;
	bool		 is_after_blank;
};

/* The octet after the string, literal or comment at p; NULL if it is open. */
static const char *
find_close(const char *p, const char *end, char close)
{
	const char open = *p;
	size_t depth = 1;

	for (p++; p < end; p++) {
		if (*p == close && --depth == 0)
			return p + 1;
		if (*p == open && open == '(')
			depth++;
		if (*p == '\\' && p + 1 < end)
			p++;
	}
	return NULL;
}

static char
closing(char open)
{
	switch (open) {
	case '"':
		return '"';
	case '[':
		return ']';
	case '(':
		return ')';
	default:
		return '\0';
	}
}

struct lexer {
	struct view	 text;		/* not yet read */
	const char	*specials;
	bool		 has_open_string, has_open_bracket;
};

/* The same, but an end that was not found is not searched for again. */
static const char *
find_end(struct lexer *l, const char *p)
{
	bool *is_open = *p == '"' ? &l->has_open_string :
	    &l->has_open_bracket;
	const char *after;

	if (*p == '(')
		return find_close(p, l->text.ptr + l->text.len, ')');
	if (*is_open)
		return NULL;
	after = find_close(p, l->text.ptr + l->text.len, closing(*p));
	*is_open = after == NULL;
	return after;
}

/* Take the next token.  A comment without an end extends to the end. */
static struct token
next_token(struct lexer *l)
{
	struct token token = { .type = TOKEN_END };
	const char *p = l->text.ptr, *end = p + l->text.len, *begin, *after;

	while (p < end && is_space(*p))
		p++;
	begin = p;
	token.is_after_blank = begin > l->text.ptr;
	if (p < end && closing(*p) != '\0') {
		after = find_end(l, p);
		if (after == NULL)
			token.type = TOKEN_ERROR;
		else
			token.type = *p == '(' ? TOKEN_COMMENT :
			    TOKEN_LITERAL;
		p = after != NULL ? after : *p == '(' ? end : p + 1;
	} else if (p < end && is_one_of(*p, l->specials)) {
		token.type = TOKEN_SPECIAL;
		p++;
	} else if (p < end) {
		token.type = TOKEN_ATOM;
		while (p < end && !is_one_of(*p, l->specials) &&
		    !is_space(*p) && closing(*p) == '\0')
			p++;
	}
	token.text = view_of(begin, (size_t)(p - begin));
	l->text = view_of(p, (size_t)(end - p));
	return token;
}

static bool
is_special(const struct token *token, const char *set)
{
	return token->type == TOKEN_SPECIAL && is_one_of(*token->text.ptr, set);
}

/* -- OpenDMARC ----------------------------------------------------------- */

#define OPENDMARC_SPECIALS	"<>@,;:\\/]?="

/*
 * Replace what is in quotes of any kind by blanks.  The text ends at a ","
 * outside quotes; from a "<" on, it is copied unchanged.
 */
static void
unquote(struct view raw, struct buf *out)
{
	char quotes[QUOTES_MAX];
	size_t n = 0, i;
	char c;

	for (i = 0; i < raw.len && raw.ptr[i] != '<'; i++) {
		c = raw.ptr[i] == '(' ? ')' : raw.ptr[i];
		if (n == 0 && c == ',')
			return;
		if (n > 0 && quotes[n - 1] == c)
			n--;
		else if (is_one_of(raw.ptr[i], "\"'(") && n < QUOTES_MAX)
			quotes[n++] = c;
		else if (n == 0) {
			buf_putc(out, c);
			continue;
		}
		buf_putc(out, ' ');
	}
	buf_put(out, raw.ptr + i, raw.len - i);
}

/* The name that OpenDMARC's library looks up for a domain. */
static struct view
looked_up(struct view domain)
{
	const char *open, *close = NULL, *at;

	open = memrchr(domain.ptr, '<', domain.len);
	if (open != NULL)
		close = memchr(open, '>', domain.len -
		    (size_t)(open - domain.ptr));
	if (close != NULL)
		domain = view_of(open + 1, (size_t)(close - open - 1));
	at = memchr(domain.ptr, '@', domain.len);
	if (at != NULL)
		domain = view_of(at + 1, domain.len -
		    (size_t)(at + 1 - domain.ptr));
	return view_trim(domain);
}

static int
report(struct view domain, fromtoken_found *found, void *arg)
{
	return domain.len > 0 ? found(arg, domain) : 0;
}

/* Report the domain as it is in the field, and as it is looked up. */
static int
report_both(struct buf *domain, struct buf *scratch, fromtoken_found *found,
    void *arg)
{
	int r;

	buf_reset(scratch);
	unquote(buf_view(domain), scratch);
	if (domain->error != 0 || scratch->error != 0)
		return DKIMSIG_E_NOMEM;
	if ((r = report(buf_view(domain), found, arg)) != 0 ||
	    scratch->len == 0)
		return r;
	return report(looked_up(buf_view(scratch)), found, arg);
}

/*
 * Find the beginning of the address: after the first "<", or else the first of
 * the parts ended by ",", ";" or ":" that contains an "@".
 */
static bool
find_address(struct lexer l, struct lexer *address, bool *in_angle)
{
	struct token token;
	bool has_at = false;

	*address = l;
	*in_angle = false;
	for (;;) {
		token = next_token(&l);
		if (token.type == TOKEN_ERROR)
			return false;
		if (is_special(&token, "<")) {
			*address = l;
			*in_angle = true;
			return true;
		}
		if (token.type == TOKEN_END || (has_at &&
		    is_special(&token, ",;:")))
			return true;
		if (is_special(&token, "@"))
			has_at = true;
		else if (is_special(&token, ",;:"))
			*address = l;
	}
}

static int
read_opendmarc(struct view text, struct buf bufs[2], fromtoken_found *found,
    void *arg)
{
	struct lexer l = { .text = text, .specials = OPENDMARC_SPECIALS };
	struct token token;
	bool in_angle, has_at = false;

	if (!find_address(l, &l, &in_angle))
		return 0;
	buf_reset(&bufs[0]);
	do {
		token = next_token(&l);
		if (token.type == TOKEN_ERROR)
			return 0;
		if (token.type == TOKEN_COMMENT)
			continue;
		if (is_special(&token, in_angle ? ">" : ",;"))
			break;
		if (is_special(&token, in_angle ? "@,:" : "@")) {
			has_at = *token.text.ptr == '@';
			buf_reset(&bufs[0]);
			continue;
		}
		if (!has_at)
			continue;
		if (!in_angle && token.is_after_blank &&
		    token.type == TOKEN_ATOM && bufs[0].len > 0)
			buf_putc(&bufs[0], ' ');
		buf_put_view(&bufs[0], token.text);
	} while (token.type != TOKEN_END);
	return has_at ? report_both(&bufs[0], &bufs[1], found, arg) : 0;
}

/* The length of the part before a "," outside strings and comments. */
static size_t
part_length(struct view text)
{
	bool in_string = false;
	long depth = 0;
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.ptr[i] == '\\')
			i++;
		else if (text.ptr[i] == '"')
			in_string = !in_string;
		else if (text.ptr[i] == '(')
			depth++;
		else if (text.ptr[i] == ')')
			depth--;
		else if (text.ptr[i] == ',' && !in_string && depth == 0)
			break;
	return i < text.len ? i : text.len;
}

static int
read_parts(struct view text, struct buf bufs[2], fromtoken_found *found,
    void *arg)
{
	size_t n;
	int r;

	if ((r = read_opendmarc(text, bufs, found, arg)) != 0 ||
	    (n = part_length(text)) == text.len)
		return r;
	while ((r = read_opendmarc(view_of(text.ptr, n), bufs, found,
	    arg)) == 0 && n < text.len) {
		text = view_of(text.ptr + n + 1, text.len - (n + 1));
		n = part_length(text);
	}
	return r;
}

/* -- Mail::Address ------------------------------------------------------- */

#define MAIL_ADDRESS_SPECIALS	"()<>@,;:\\\".[]"

/* Which comes next: ",", ";" or "<"; '\0' at the end. */
static char
what_follows(struct lexer l)
{
	struct token token;

	do {
		token = next_token(&l);
		if (is_special(&token, ",;<"))
			return *token.text.ptr;
	} while (token.type != TOKEN_END);
	return '\0';
}

/* Report the domain of a complete address: what follows the last "@". */
static int
end_address(struct buf *address, fromtoken_found *found, void *arg)
{
	const char *at;
	int r = 0;

	if (address->error != 0)
		return address->error;
	if (address->len > 0 &&
	    (at = memrchr(address->data, '@', address->len)) != NULL)
		r = report(view_of(at + 1, address->len -
		    (size_t)(at + 1 - address->data)), found, arg);
	buf_reset(address);
	return r;
}

static int
read_mail_address(struct view text, struct buf *address,
    fromtoken_found *found, void *arg)
{
	struct lexer l = { .text = text, .specials = MAIL_ADDRESS_SPECIALS };
	struct token token;
	size_t depth = 0;
	char next = what_follows(l);
	bool is_joined = true;
	int r = 0;

	buf_reset(address);
	do {
		token = next_token(&l);
		if (token.type == TOKEN_COMMENT)
			continue;
		if (is_special(&token, "<"))
			depth++;
		else if (is_special(&token, ">"))
			depth -= depth > 0 ? 1 : 0;
		else if (token.type == TOKEN_END || is_special(&token, ",;")) {
			r = end_address(address, found, arg);
			depth = 0;
			next = what_follows(l);
			is_joined = true;
		} else if (depth > 0 || next != '<') {
			if (depth == 0 && !is_joined && address->len > 0 &&
			    !is_special(&token, ".@:;"))
				r = end_address(address, found, arg);
			buf_put_view(address, token.text);
			is_joined = is_special(&token, ".@:;");
		}
	} while (token.type != TOKEN_END && r == 0);
	return r;
}

int
fromtoken_domains(struct view text, fromtoken_found *found, void *arg)
{
	struct buf bufs[2];
	int r;

	buf_init(&bufs[0], text.len * 2);
	buf_init(&bufs[1], text.len * 2);
	if ((r = read_parts(text, bufs, found, arg)) == 0)
		r = read_mail_address(text, &bufs[0], found, arg);
	buf_finish(&bufs[0]);
	buf_finish(&bufs[1]);
	return r;
}
