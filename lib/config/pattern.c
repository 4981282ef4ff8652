/* SPDX-License-Identifier: ISC */

/*
 * Patterns of domains and of texts: see pattern.h.
 *
 * A mismatch goes back to the last "*" only, so the time is at most the
 * product of the two lengths.  Whether two patterns have a name in common is
 * found by reading both at once.  Nothing is allocated and nothing can fail.
 */

#include "config/pattern.h"

#include <string.h>

#include "text/text.h"

/* stop is an octet that "*" does not stand for; NUL for none. */
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
	/* One label or more, none empty, go before what the rest is for. */
	while ((dot = memchr(label, '.', (size_t)(end - label))) != NULL &&
	    dot > label) {
		label = dot + 1;
		if (matches(pattern + 2, label, (size_t)(end - label), '.'))
			return true;
	}
	return false;
}

/*
 * Two patterns are read side by side, one octet of an imagined name after the
 * other; what is known is to which places in the two that can lead.
 */

#define MAX_PATTERN	255	/* octets; a name has 253 at the most */

enum symbol_kind {
	SYMBOL_OCTET,
	SYMBOL_IN_LABEL,	/* any but a dot */
	SYMBOL_ANY
};

/* A way on from a place: what is read, and the place behind it. */
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
			/* A star may stand for nothing. */
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
