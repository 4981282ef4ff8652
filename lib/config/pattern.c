/* SPDX-License-Identifier: ISC */

/*
 * Patterns of domains and of texts: see pattern.h.
 *
 * After a mismatch only the last "*" is tried again, so the time is at most the
 * product of the two lengths.  Whether two patterns match a common name is
 * found by walking both in parallel.  Nothing is allocated; nothing can fail.
 */

#include "config/pattern.h"

#include <string.h>

#include "text/text.h"

/* stop is an octet that "*" does not match; NUL for none. */
static bool
matches(const char *pattern, const char *text, size_t textlen, char stop)
{
	const char *end = text + textlen, *star = NULL, *resume = NULL;

	while (text < end) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern != '\0' &&
		    text_lower(*pattern) == text_lower(*text)) {
			pattern++;
			text++;
		} else if (star != NULL && (stop == '\0' || *resume != stop)) {
			pattern = star;
			text = ++resume;
		} else
			return false;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool
pattern_is_name(const char *pattern)
{
	return strchr(pattern, '*') == NULL;
}

bool
pattern_text_matches(const char *pattern, const char *text, size_t textlen)
{
	return matches(pattern, text, textlen, '\0');
}

bool
pattern_domain_matches(const char *pattern, const char *name)
{
	const char *end = name + strlen(name), *label = name, *dot;

	if (end > name && end[-1] == '.')
		end--;
	if (strncmp(pattern, "*.", 2) != 0)
		return matches(pattern, name, (size_t)(end - name), '.');
	/* Before the rest come one or more labels, none of them empty. */
	while ((dot = memchr(label, '.', (size_t)(end - label))) != NULL &&
	    dot > label) {
		label = dot + 1;
		if (matches(pattern + 2, label, (size_t)(end - label), '.'))
			return true;
	}
	return false;
}

/*
 * Both patterns are walked in parallel, as automata that read the same name.
 * reached[i][j] means that some beginning of a name leads to position i of one
 * pattern and position j of the other.
 */

#define MAX_PATTERN	255	/* octets; a name has at most 253 */

enum symbol_kind {
	SYMBOL_OCTET,
	SYMBOL_IN_LABEL,	/* any but a dot */
	SYMBOL_ANY
};

/* A step from one position: what is read, and the next position. */
struct step {
	enum symbol_kind kind;
	char	octet;
	size_t	to;
};

static bool
is_open_below(const char *pattern, size_t at)
{
	return at == 0 && strncmp(pattern, "*.", 2) == 0;
}

static size_t
steps_from(const char *pattern, size_t at, struct step steps[2])
{
	if (pattern[at] == '\0')
		return 0;
	if (is_open_below(pattern, at)) {
		steps[0] = (struct step){ SYMBOL_ANY, '\0', 0 };
		steps[1] = (struct step){ SYMBOL_OCTET, '.', 2 };
		return 2;
	}
	if (pattern[at] == '*')
		steps[0] = (struct step){ SYMBOL_IN_LABEL, '\0', at };
	else
		steps[0] = (struct step){ SYMBOL_OCTET, text_lower(pattern[at]),
		    at + 1 };
	return 1;
}

static bool
agree(const struct step *a, const struct step *b)
{
	if (a->kind == SYMBOL_OCTET && b->kind == SYMBOL_OCTET)
		return a->octet == b->octet;
	if (a->kind == SYMBOL_OCTET)
		return b->kind == SYMBOL_ANY || a->octet != '.';
	return b->kind != SYMBOL_OCTET || a->kind == SYMBOL_ANY ||
	    b->octet != '.';
}

bool
pattern_domains_meet(const char *a, const char *b)
{
	bool reached[MAX_PATTERN + 2][MAX_PATTERN + 2];
	size_t alen = strlen(a), blen = strlen(b), i, j, m, n, nas, nbs;
	struct step as[2], bs[2];

	if (alen > MAX_PATTERN || blen > MAX_PATTERN)
		return true;
	for (i = 0; i <= alen; i++)
		memset(reached[i], 0, blen + 1);
	reached[0][0] = true;
	for (i = 0; i <= alen; i++)
		for (j = 0; j <= blen; j++) {
			if (!reached[i][j])
				continue;
			/* "*" also matches the empty string. */
			if (a[i] == '*' && !is_open_below(a, i))
				reached[i + 1][j] = true;
			if (b[j] == '*' && !is_open_below(b, j))
				reached[i][j + 1] = true;
			nas = steps_from(a, i, as);
			nbs = steps_from(b, j, bs);
			for (m = 0; m < nas; m++)
				for (n = 0; n < nbs; n++)
					if (agree(&as[m], &bs[n]))
						reached[as[m].to][bs[n].to] =
						    true;
		}
	return reached[alen][blen];
}
