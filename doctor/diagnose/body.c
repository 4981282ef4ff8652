/* SPDX-License-Identifier: ISC */

/*
 * Find out why a body hash differs, RFC 6376 section 3.7 step 1.
 *
 * The body is hashed in one pass, and the hash is compared at the end of each
 * line, which finds appended text exactly.  Then each known change is undone
 * (body_undo.h), and the result is hashed in the same way.  Last, the search
 * tries text inserted elsewhere (at the beginning, or next to a MIME boundary,
 * <body> or </body>), and a body that was wrapped in a MIME part.
 *
 * DIAGNOSE_MAX_OCTETS limits the number of octets hashed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memstream.h"
#include "diagnose/body_undo.h"
#include "diagnose/diagnose.h"

#define HASH_COST	256	/* octets that one final hash counts as */
#define MAX_INSERTED	200	/* lines inserted other than at the end */
#define EXCERPT		60	/* octets of a changed line to show */

struct search {
	const struct dkimsig_verdict *verdict;
	struct diagnosis	*d;
	struct dkimsig_bodyhash	*at, *scratch;
	uint64_t		 octets;	/* hashed so far */
	bool			 found;
};

struct lines {
	const char	*text;
	size_t		*starts;	/* n + 1 of them; the last is the end */
	size_t		 n;
};

static bool
lines_init(struct lines *lines, const char *text, size_t len)
{
	const char *p, *end = text + len;
	size_t size = 2;

	memset(lines, 0, sizeof(*lines));
	lines->text = text;
	for (p = text; p < end && (p = memchr(p, '\n', (size_t)(end - p))) !=
	    NULL; p++)
		size++;
	if ((lines->starts = calloc(size, sizeof(*lines->starts))) == NULL)
		return false;
	for (p = text; p < end; lines->n++) {
		lines->starts[lines->n] = (size_t)(p - text);
		p = memchr(p, '\n', (size_t)(end - p));
		p = p == NULL ? end : p + 1;
	}
	lines->starts[lines->n] = len;
	return true;
}

static size_t
line_len(const struct lines *lines, size_t i)
{
	return lines->starts[i + 1] - lines->starts[i];
}

/* The first line between i and j that is not blank, for a finding. */
static void
excerpt(const struct lines *lines, size_t i, size_t j, char *buf,
    size_t bufsize)
{
	const char *line = "";
	size_t len = 0;

	for (; i < j && len == 0; i++) {
		line = lines->text + lines->starts[i];
		len = line_len(lines, i);
		while (len > 0 && strchr("\r\n \t", line[len - 1]) != NULL)
			len--;
	}
	(void)snprintf(buf, bufsize, "%.*s%s",
	    (int)(len > EXCERPT ? EXCERPT : len), line,
	    len > EXCERPT ? "..." : "");
}

static int
feed(struct search *s, struct dkimsig_bodyhash *b, const char *text,
    size_t len)
{
	s->octets += len;
	return dkimsig_bodyhash_update(b, text, len);
}

/* Whether the body fed so far is the one that was signed. */
static int
compare(struct search *s, struct dkimsig_bodyhash *b, bool *is_same)
{
	unsigned char hash[DKIMSIG_HASH_SIZE];
	int r;

	s->octets += HASH_COST;
	r = dkimsig_bodyhash_hash(b, hash);
	*is_same = r == 0 &&
	    memcmp(hash, s->verdict->bodyhash, sizeof(hash)) == 0;
	return r;
}

static bool
may_go_on(const struct search *s)
{
	return !s->found && s->octets < DIAGNOSE_MAX_OCTETS;
}

static int
restart(struct search *s, enum dkimsig_canon canon)
{
	dkimsig_bodyhash_free(s->at);
	return dkimsig_bodyhash_new(&s->at, canon, s->verdict->body_length);
}

/* Report that the lines from i to j were inserted. */
static void
report_inserted(struct search *s, const struct lines *lines, size_t i,
    size_t j)
{
	char text[EXCERPT + 8];

	excerpt(lines, i, j, text, sizeof(text));
	if (j == lines->n)
		diagnosis_add(s->d, DIAGNOSE_BODY, "footer",
		    "a footer was appended: %zu line%s (%zu octets) after "
		    "line %zu of the body, beginning \"%s\"", j - i,
		    j - i == 1 ? "" : "s", lines->starts[j] -
		    lines->starts[i], i, text);
	else
		diagnosis_add(s->d, DIAGNOSE_BODY,
		    i == 0 ? "banner" : "inserted",
		    "text was inserted: %zu line%s (%zu octets) at line %zu "
		    "of the body, beginning \"%s\"", j - i, j - i == 1 ? "" :
		    "s", lines->starts[j] - lines->starts[i], i + 1, text);
	s->found = true;
}

/*
 * Hash from line i on, and compare at the end of each line.  If a hash
 * matches, *upto is the line after the last one that was signed.
 */
static int
find_prefix(struct search *s, const struct lines *lines, size_t i,
    size_t *upto)
{
	bool is_same = false;
	int r;

	if ((r = restart(s, s->verdict->body_canon)) != 0 ||
	    (r = compare(s, s->at, &is_same)) != 0)
		return r;
	for (; r == 0 && !is_same && i < lines->n && may_go_on(s); i++)
		if ((r = feed(s, s->at, lines->text + lines->starts[i],
		    line_len(lines, i))) == 0)
			r = compare(s, s->at, &is_same);
	s->found = is_same;
	*upto = i;
	return r;
}

static bool
begins(const struct lines *lines, size_t i, const char *word)
{
	size_t len = strlen(word);

	return line_len(lines, i) >= len && strncasecmp(lines->text +
	    lines->starts[i], word, len) == 0;
}

/* Whether a line has that HTML tag. */
static bool
has_tag(const struct lines *lines, size_t i, const char *tag)
{
	const char *p = lines->text + lines->starts[i];
	const char *end = lines->text + lines->starts[i + 1];
	size_t len = strlen(tag);

	for (; (p = memchr(p, '<', (size_t)(end - p))) != NULL; p++)
		if ((size_t)(end - p) >= len &&
		    strncasecmp(p, tag, len) == 0)
			return true;
	return false;
}

static bool
is_empty_line(const struct lines *lines, size_t i)
{
	return line_len(lines, i) <= 2;
}

/* Whether line i looks like a MIME boundary; "-- " does not. */
static bool
is_boundary(const struct lines *lines, size_t i)
{
	return begins(lines, i, "--") && line_len(lines, i) > 5;
}

/* Whether line i is one that text is often inserted before. */
static bool
is_before(const struct lines *lines, size_t i)
{
	return is_boundary(lines, i) || begins(lines, i, "</body") ||
	    begins(lines, i, "</html");
}

/*
 * Mark the lines at which text is often inserted: the first line of the body,
 * the first line of a MIME part's content, and the line after <body>.
 */
static void
mark_begins(const struct lines *lines, bool *begin)
{
	bool in_part_header = false;
	size_t i;

	begin[0] = true;
	for (i = 0; i < lines->n; i++) {
		if (is_boundary(lines, i))
			in_part_header = true;
		else if ((in_part_header && is_empty_line(lines, i)) ||
		    has_tag(lines, i, "<body")) {
			begin[i + 1] = true;
			in_part_header = false;
		}
	}
}

/* Try the body without the lines from i to j; s->at was fed up to line i. */
static int
try_without(struct search *s, const struct lines *lines, size_t i, size_t j)
{
	bool is_same = false;
	int r;

	if ((r = dkimsig_bodyhash_copy(s->scratch, s->at)) != 0 ||
	    (r = feed(s, s->scratch, lines->text + lines->starts[j],
	    lines->starts[lines->n] - lines->starts[j])) != 0 ||
	    (r = compare(s, s->scratch, &is_same)) != 0)
		return r;
	if (is_same)
		report_inserted(s, lines, i, j);
	return 0;
}

static int
find_inserted(struct search *s, const struct lines *lines, const bool *begin)
{
	size_t i, j;
	int r;

	r = restart(s, s->verdict->body_canon);
	for (i = 0; r == 0 && i < lines->n && may_go_on(s); i++) {
		for (j = i + 1; r == 0 && j < lines->n && may_go_on(s) &&
		    j <= i + MAX_INSERTED; j++)
			if (begin[i] || is_before(lines, j))
				r = try_without(s, lines, i, j);
		if (r == 0)
			r = feed(s, s->at, lines->text + lines->starts[i],
			    line_len(lines, i));
	}
	return r;
}

/* A list server may make the body a MIME part, followed by its footer. */
static int
find_wrapped(struct search *s, const struct lines *lines, const bool *begin)
{
	size_t i, upto;
	int r = 0;

	for (i = 1; r == 0 && i < lines->n && may_go_on(s); i++) {
		if (!begin[i])
			continue;
		if ((r = find_prefix(s, lines, i, &upto)) == 0 && s->found)
			diagnosis_add(s->d, DIAGNOSE_BODY, "wrapped",
			    "the body was wrapped in a MIME part, as mailing "
			    "lists do: lines %zu to %zu are the signed body",
			    i + 1, upto);
	}
	return r;
}

static int
find_elsewhere(struct search *s, const struct lines *lines)
{
	bool *begin;
	int r;

	if ((begin = calloc(lines->n + 1, sizeof(*begin))) == NULL)
		return DKIMSIG_E_NOMEM;
	mark_begins(lines, begin);
	r = find_inserted(s, lines, begin);
	if (r == 0 && may_go_on(s))
		r = find_wrapped(s, lines, begin);
	free(begin);
	return r;
}

/* Undo one change, and look for text appended after it. */
static int
try_undo(struct search *s, const struct body_undo *undo,
    const struct mailfile *mail)
{
	struct lines lines;
	char *text = NULL;
	size_t len, upto;
	FILE *fp;
	bool applies;
	int r = 0;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return DKIMSIG_E_NOMEM;
	applies = undo->undo(mail, fp);
	if (!memstream_close(fp, &text))
		return DKIMSIG_E_NOMEM;
	if (applies && (len != mail->bodylen ||
	    memcmp(text, mail->body, len) != 0)) {
		if (!lines_init(&lines, text, len)) {
			free(text);
			return DKIMSIG_E_NOMEM;
		}
		r = find_prefix(s, &lines, 0, &upto);
		if (r == 0 && s->found) {
			diagnosis_add(s->d, DIAGNOSE_BODY, undo->code, "%s",
			    undo->text);
			if (upto > 0 && upto < lines.n)
				report_inserted(s, &lines, upto, lines.n);
		}
		free(lines.starts);
	}
	free(text);
	return r;
}

/*
 * Try the canonicalization that c= does not name.  If c= says simple and the
 * hash is that of relaxed, blanks were changed in a body that relaxed leaves
 * as it is, or the signer made a mistake.  If c= says relaxed and the hash is
 * that of simple, the signer made a mistake.
 */
static int
try_other_canon(struct search *s, const struct mailfile *mail)
{
	enum dkimsig_canon other;
	bool is_same = false;
	int r;

	other = s->verdict->body_canon == DKIMSIG_CANON_SIMPLE ?
	    DKIMSIG_CANON_RELAXED : DKIMSIG_CANON_SIMPLE;
	if ((r = restart(s, other)) != 0 ||
	    (r = feed(s, s->at, mail->body, mail->bodylen)) != 0 ||
	    (r = compare(s, s->at, &is_same)) != 0)
		return r;
	s->found = is_same;
	if (is_same && other == DKIMSIG_CANON_SIMPLE)
		diagnosis_add(s->d, DIAGNOSE_BODY, "canonicalization",
		    "the body hash is that of simple canonicalization, but "
		    "c= says relaxed: the signer made a mistake");
	else if (is_same)
		diagnosis_add(s->d, DIAGNOSE_BODY, "blanks",
		    "blanks were changed: the body hash is that of relaxed "
		    "canonicalization, but c= says simple (or the signer "
		    "made a mistake)");
	return 0;
}

/* Try the body as it is, then without text appended at its end. */
static int
try_as_it_is(struct search *s, const struct mailfile *mail,
    const struct lines *lines)
{
	size_t upto;
	bool is_same = false;
	int r;

	if ((r = restart(s, s->verdict->body_canon)) != 0 ||
	    (r = feed(s, s->at, mail->body, mail->bodylen)) != 0 ||
	    (r = compare(s, s->at, &is_same)) != 0)
		return r;
	if (is_same) {
		s->found = true;
		s->d->body = DIAGNOSE_RIGHT;
		return 0;
	}
	s->d->body = DIAGNOSE_UNKNOWN;
	if ((r = find_prefix(s, lines, 0, &upto)) != 0 || !s->found)
		return r;
	if (upto == 0)
		diagnosis_add(s->d, DIAGNOSE_BODY, "empty",
		    "the body that was signed is empty: the signer did not "
		    "see this body, or all of it was added later");
	else
		report_inserted(s, lines, upto, lines->n);
	return 0;
}

static int
search_body(struct search *s, const struct mailfile *mail)
{
	struct lines lines;
	size_t i;
	int r;

	if (!lines_init(&lines, mail->body, mail->bodylen))
		return DKIMSIG_E_NOMEM;
	r = try_as_it_is(s, mail, &lines);
	for (i = 0; r == 0 && i < body_nundos && may_go_on(s); i++)
		if (s->verdict->body_canon == DKIMSIG_CANON_SIMPLE ||
		    !body_undos[i].blanks_only)
			r = try_undo(s, &body_undos[i], mail);
	if (r == 0 && may_go_on(s))
		r = try_other_canon(s, mail);
	if (r == 0 && may_go_on(s))
		r = find_elsewhere(s, &lines);
	free(lines.starts);
	return r;
}

int
diagnose_body(const struct mailfile *mail,
    const struct dkimsig_verdict *verdict, struct diagnosis *d)
{
	struct search s = { .verdict = verdict, .d = d };
	int r;

	if ((r = dkimsig_bodyhash_new(&s.scratch, verdict->body_canon,
	    verdict->body_length)) == 0)
		r = search_body(&s, mail);
	if (r == 0 && d->body == DIAGNOSE_UNKNOWN) {
		if (s.found)
			d->body = DIAGNOSE_FOUND;
		else if (!may_go_on(&s))
			d->body = DIAGNOSE_LIMIT;
	}
	dkimsig_bodyhash_free(s.at);
	dkimsig_bodyhash_free(s.scratch);
	return r;
}
