/* SPDX-License-Identifier: ISC */

/*
 * Header canonicalization, RFC 6376 sections 3.4.1 and 3.4.2.
 *
 * Relaxed: the name is in lower case, without blanks before the colon; the
 * value is unfolded, each run of blanks becomes one space, and blanks at both
 * ends are removed.  A fold is a CRLF before a blank, so it counts as a part of
 * a run of blanks.  CR and LF elsewhere are text.
 */

#include "dkimsig/canon.h"

static void
relaxed_name(struct view name, struct buf *out)
{
	size_t i;

	name = view_rtrim(name);
	for (i = 0; i < name.len; i++)
		buf_putc(out, lower(name.ptr[i]));
}

/* The length of the run of blanks and folds at s. */
static size_t
skip_fws(const char *s, size_t len)
{
	size_t i = 0;

	for (;;) {
		if (i < len && is_wsp(s[i]))
			i++;
		else if (len - i > 2 && s[i] == '\r' && s[i + 1] == '\n' &&
		    is_wsp(s[i + 2]))
			i += 3;
		else
			return i;
	}
}

static void
relaxed_value(struct view value, struct buf *out)
{
	const char *s = value.ptr;
	size_t i, len = value.len, span;

	i = skip_fws(s, len);
	while (i < len) {
		for (span = 0; i + span < len; span++)
			if (skip_fws(s + i + span, len - i - span) > 0)
				break;
		buf_put(out, s + i, span);
		i += span;
		i += skip_fws(s + i, len - i);
		if (i < len)
			buf_putc(out, ' ');
	}
}

void
canon_header(enum dkimsig_canon canon, struct view name, struct view value,
    struct buf *out)
{
	if (canon == DKIMSIG_CANON_RELAXED) {
		relaxed_name(name, out);
		buf_putc(out, ':');
		relaxed_value(value, out);
	} else {
		buf_put_view(out, name);
		buf_putc(out, ':');
		buf_put_view(out, value);
	}
}
