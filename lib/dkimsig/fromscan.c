/* SPDX-License-Identifier: ISC */

/*
 * Where lenient parsers may find a domain in a From field that is not valid.
 *
 * Mail programs find addresses even in text that has none by the grammar, each
 * in its own way, but they agree that a domain follows an "@".  They differ in
 * where it ends (at a blank, a special, the end), in what they drop from it
 * (blanks, comments, quoted strings), and in what they skip before it.  So
 * there are several candidates for each "@", which together cover what the
 * reference parsers find:
 *
 *   joined	atoms and dots, without the blanks between them: Python's
 *		email, and Mail::Address and OpenDMARC inside <>
 *   token	the same, up to the first blank that is not next to a dot:
 *		Mail::Address, rspamd, the obsolete grammar
 *   plain	as joined, up to a backslash: Python's email
 *   unescaped	as joined, without backslashes: Python's email
 *   unquoted	up to a quote of any kind, without blanks: OpenDMARC
 *   controlled	as token, without vertical tabs and form feeds, which stand
 *		for comments: Python's email, rspamd
 *   rest	up to the end of a mailbox, without blanks: Mail::Address
 *   unbroken	the same, up to a blank: Mail::Address
 *   continued	as rest, across "," and ";": rspamd
 *   listed	as rest, across ";" only: rspamd
 *   everything	up to the end of a string, without blanks and backslashes:
 *		Python's email
 *   commented	as token, without form feeds, or, as uncommented, up to the
 *		first one: rspamd, Python's email
 *   nested	up to a ">" or a blank, or up to a ">" without blanks: rspamd
 *   literal	what follows [] at the beginning, or the last "]": Python's
 *		email
 *   unspaced	as joined, also without blanks beyond ASCII and the separators
 *		0x1c to 0x1f, which Python's email takes as blanks
 *   spliced	up to a blank, without "<", ">" and ")" that are not in pairs:
 *		rspamd
 *   parted	as spliced, up to a ")": Mail::Address
 *   angled	what is inside "<>" and has no "@": OpenDMARC
 *   word	letters, digits, hyphens, underscores, dots, and characters
 *		beyond ASCII other than blanks and punctuation
 *   after	the word after quoted text: OpenDMARC
 *
 * Time is linear: no candidate extends beyond the next "@".  Fails only if
 * memory runs out, or if found fails.
 */

#include <string.h>

#include "dkimsig/dkimsig.h"
#include "dkimsig/fromscan.h"

static bool
is_angle(char c)
{
	return c == '<' || c == '>';
}

static bool
is_word(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
	    (unsigned char)c > 0x7f;
}

/* Blanks and punctuation beyond ASCII, in UTF-8: ranges. */
static const struct {
	const char	*first, *last;
} no_word[] = {
	{ "\xc2\xa0", "\xc2\xa0" },		/* no-break space */
	{ "\xc2\xab", "\xc2\xab" },
	{ "\xc2\xbb", "\xc2\xbb" },		/* angle quotes */
	{ "\xe2\x80\x80", "\xe2\x80\x8a" },	/* spaces */
	{ "\xe2\x80\x90", "\xe2\x81\x9f" },	/* general punctuation */
	{ "\xe3\x80\x80", "\xe3\x80\x81" },	/* ideographic */
};

static bool
is_no_word(const char *p, size_t len)
{
	size_t i, n;

	for (i = 0; i < sizeof(no_word) / sizeof(no_word[0]); i++) {
		n = strlen(no_word[i].first);
		if (len >= n && memcmp(p, no_word[i].first, n) >= 0 &&
		    memcmp(p, no_word[i].last, n) <= 0)
			return true;
	}
	return false;
}

/* The end of the word at p. */
static const char *
word_end(const char *p, const char *end)
{
	while (p < end && is_word(*p) && !is_no_word(p, (size_t)(end - p)))
		p++;
	return p;
}

bool
fromscan_is_word(struct view text)
{
	return word_end(text.ptr, text.ptr + text.len) == text.ptr + text.len;
}

/* The candidates for one "@"; scratch has their text. */
struct candidates {
	struct buf	*scratch;
	size_t		 start[FROMSCAN_CANDIDATES];
	size_t		 len[FROMSCAN_CANDIDATES];
	size_t		 n;
};

static void
keep(struct candidates *c, size_t start)
{
	size_t len = c->scratch->len - start, i;

	if (c->scratch->error != 0)
		return;
	for (i = 0; i < c->n; i++)
		if (c->len[i] == len && memcmp(c->scratch->data + start,
		    c->scratch->data + c->start[i], len) == 0)
			break;
	if (len == 0 || i < c->n) {
		c->scratch->len = start;
		return;
	}
	c->start[c->n] = start;
	c->len[c->n++] = len;
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && is_space(*p))
		p++;
	return p;
}

/* How to take a candidate from the text after an "@". */
struct way {
	const char	*stops, *skipped;
	bool		 joins;		/* reads on after blanks */
};

#define NAME_STOPS	"()<>@,:;\"[]"

static const struct way joined = { NAME_STOPS, "", true };
static const struct way token = { NAME_STOPS, "", false };
static const struct way plain = { NAME_STOPS "\\", "", true };
static const struct way unescaped = { NAME_STOPS, "\\", true };
static const struct way unquoted = { "'\"(,;", "", true };
static const struct way controlled = { NAME_STOPS "'", "\v\f", false };
static const struct way commented = { NAME_STOPS "'", "\f", false };
static const struct way uncommented = { NAME_STOPS "\f", "", true };
static const struct way nested = { ">", "", false };
static const struct way nested_joined = { ">", "", true };
static const struct way rest = { "<>,;", ")", true };
static const struct way unbroken = { "<>,;", ")", false };
static const struct way continued = { "<>", ")", true };
static const struct way listed = { "<>,", ")", true };
static const struct way everything = { "\"", "\\", true };
static const struct way parted = { "(),;[]\\\"", "<>", false };
static const struct way spliced = { "(,;[]\\\"", "<>)", false };

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static void
find_name(struct candidates *c, const char *p, const char *end,
    const struct way *way)
{
	size_t start = c->scratch->len;
	const char *next;
	char last = '.';

	for (; p < end && !is_one_of(*p, way->stops); p++) {
		if (is_one_of(*p, way->skipped))
			continue;
		if (!is_space(*p)) {
			last = *p;
			buf_putc(c->scratch, last);
			continue;
		}
		if (way->joins)
			continue;
		next = skip_space(p, end);
		if (last != '.' && (next == end || *next != '.'))
			break;
		p = next - 1;
	}
	keep(c, start);
}

/* What Python takes as white space in addition to is_space(). */
static const struct {
	const char	*first, *last;
} wide_spaces[] = {
	{ "\x1c", "\x1f" },
	{ "\xc2\x85", "\xc2\x85" },
	{ "\xc2\xa0", "\xc2\xa0" },
	{ "\xe1\x9a\x80", "\xe1\x9a\x80" },
	{ "\xe2\x80\x80", "\xe2\x80\x8a" },
	{ "\xe2\x80\xa8", "\xe2\x80\xa9" },
	{ "\xe2\x80\xaf", "\xe2\x80\xaf" },
	{ "\xe2\x81\x9f", "\xe2\x81\x9f" },
	{ "\xe3\x80\x80", "\xe3\x80\x80" },
};

/* The length of such a character at p; 0 if there is none. */
static size_t
wide_space(const char *p, const char *end)
{
	size_t i, n;

	for (i = 0; i < sizeof(wide_spaces) / sizeof(wide_spaces[0]); i++) {
		n = strlen(wide_spaces[i].first);
		if (n <= (size_t)(end - p) &&
		    memcmp(p, wide_spaces[i].first, n) >= 0 &&
		    memcmp(p, wide_spaces[i].last, n) <= 0)
			return n;
	}
	return 0;
}

bool
fromscan_has_blank(struct view text)
{
	const char *p, *end = text.ptr + text.len;

	for (p = text.ptr; p < end; p++)
		if (is_no_word(p, (size_t)(end - p)) || wide_space(p, end) > 0)
			return true;
	return false;
}

static void
find_unspaced(struct candidates *c, const char *p, const char *end,
    const char *stops)
{
	size_t start = c->scratch->len, n;

	while (p < end && !is_one_of(*p, stops)) {
		n = is_space(*p) ? 1 : wide_space(p, end);
		if (n == 0)
			buf_putc(c->scratch, *p++);
		else
			p += n;
	}
	keep(c, start);
}

/* Skip blanks and punctuation, also beyond ASCII. */
static const char *
skip_blank(const char *p, const char *end)
{
	while (p < end && (is_space(*p) || is_no_word(p, (size_t)(end - p)) ||
	    /* The remaining octets of such a character. */
	    ((unsigned char)*p & 0xc0) == 0x80))
		p++;
	return p;
}

static void
find_word(struct candidates *c, const char *p, const char *end)
{
	size_t start = c->scratch->len;
	const char *begin = skip_blank(p, end);

	p = word_end(begin, end);
	buf_put(c->scratch, begin, (size_t)(p - begin));
	keep(c, start);
}

/* Skip quoted text; of a string without an end, only its quote. */
static const char *
skip_quoted(const char *p, const char *end)
{
	const char *close;

	while ((p = skip_space(p, end)) < end && (*p == '"' || *p == '\'')) {
		close = memchr(p + 1, *p, (size_t)(end - (p + 1)));
		p = close != NULL ? close + 1 : p + 1;
	}
	return p;
}

/* Whether "<" and ">" do not alternate, or there is a ")". */
static bool
has_wild_brackets(struct view text)
{
	bool is_open = false;
	size_t i;

	for (i = 0; i < text.len; i++) {
		if (text.ptr[i] == ')')
			return true;
		if (!is_angle(text.ptr[i]))
			continue;
		if ((text.ptr[i] == '<') == is_open)
			return true;
		is_open = !is_open;
	}
	return false;
}

static bool
has_octet(struct view text, char c)
{
	return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

static bool
has_wide(struct view text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] > 0x7f ||
		    (text.ptr[i] >= 0x1c && text.ptr[i] <= 0x1f))
			return true;
	return false;
}

static void
find_after_literals(struct candidates *c, const char *p, const char *end)
{
	const char *first = p < end ? memchr(p, ']', (size_t)(end - p)) : NULL;
	const char *colon;

	if (first == NULL)
		return;
	if (*p == '[' &&
	    (colon = memrchr(p, ':', (size_t)(first - p))) != NULL)
		find_name(c, colon + 1, first, &joined);
	find_name(c, first + 1, end, &joined);
	find_name(c, (const char *)memrchr(p, ']', (size_t)(end - p)) + 1,
	    end, &joined);
}

/* What makes parsers differ more: each needs further candidates. */
struct traits {
	bool	has_wild_brackets, has_backslash, has_quote, has_separator;
	bool	has_control, has_wide, is_anything;
};

/* Find the candidates for one "@": p is after it, end is the next "@". */
static int
find_all(const struct traits *traits, struct buf *scratch, const char *p,
    const char *end, fromscan_found *found, void *arg)
{
	const char *angle, *after;
	struct view views[FROMSCAN_CANDIDATES];
	struct candidates c = { .scratch = scratch };
	size_t i;

	buf_reset(scratch);
	find_name(&c, p, end, &joined);
	find_name(&c, p, end, &token);
	find_name(&c, p, end, &rest);
	find_name(&c, p, end, &unbroken);
	if (traits->has_wild_brackets) {
		find_name(&c, p, end, &spliced);
		find_name(&c, p, end, &parted);
		find_name(&c, p, end, &nested);
		find_name(&c, p, end, &nested_joined);
	}
	if (traits->has_backslash) {
		find_name(&c, p, end, &plain);
		find_name(&c, p, end, &unescaped);
	}
	if (traits->has_quote)
		find_name(&c, p, end, &unquoted);
	if (traits->has_separator) {
		find_name(&c, p, end, &continued);
		find_name(&c, p, end, &listed);
	}
	if (traits->is_anything)
		find_name(&c, p, end, &everything);
	if (traits->has_control) {
		find_name(&c, p, end, &controlled);
		find_name(&c, p, end, &commented);
		find_name(&c, p, end, &uncommented);
	}
	find_after_literals(&c, p, end);
	if (traits->has_wide) {
		find_unspaced(&c, p, end, NAME_STOPS);
		find_unspaced(&c, p, end, NAME_STOPS "\\");
	}
	if ((angle = memrchr(p, '<', (size_t)(end - p))) != NULL)
		find_name(&c, angle + 1, end, &rest);
	find_word(&c, p, end);
	after = skip_quoted(p, end);
	if (after != skip_space(p, end)) {
		find_word(&c, after, end);
		find_name(&c, after, end, &unquoted);
	}
	if (scratch->error != 0)
		return scratch->error;
	for (i = 0; i < c.n; i++)
		views[i] = view_of(scratch->data + c.start[i], c.len[i]);
	return found(arg, views, c.n);
}

static const char *
next_at(const char *p, const char *end)
{
	const char *at = p < end ? memchr(p, '@', (size_t)(end - p)) : NULL;

	return at != NULL ? at : end;
}

int
fromscan_domains(struct view text, bool in_strings, fromscan_found *found,
    void *arg)
{
	const char *end = text.ptr + text.len, *at = next_at(text.ptr, end);
	const char *next;
	const struct traits traits = { has_wild_brackets(text),
	    has_octet(text, '\\'), has_octet(text, '\''),
	    has_octet(text, ';') || has_octet(text, ','),
	    has_octet(text, '\v') || has_octet(text, '\f'),
	    has_wide(text), in_strings };
	struct buf scratch;
	int r = 0;

	buf_init(&scratch, FROMSCAN_CANDIDATES * text.len);
	for (; at < end && r == 0; at = next) {
		next = next_at(at + 1, end);
		r = find_all(&traits, &scratch, at + 1, next, found,
		    arg);
	}
	buf_finish(&scratch);
	return r;
}

int
fromscan_words(struct view text, fromscan_mention *mention, void *arg)
{
	const char *end = text.ptr + text.len, *at = next_at(text.ptr, end);
	const char *p;
	int r = 0;

	for (; at < end && r == 0; at = next_at(at + 1, end)) {
		p = word_end(at + 1, end);
		r = mention(arg, view_of(text.ptr, (size_t)(at - text.ptr)),
		    view_of(at + 1, (size_t)(p - (at + 1))));
	}
	return r;
}
