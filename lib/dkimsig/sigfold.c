/* SPDX-License-Identifier: ISC */

/*
 * Folding, RFC 6376 sections 3.2 and 3.5.
 *
 * A value that is longer than a line gets an overlong line of its own: a domain
 * name may be that long, and must not be folded.
 */

#include "dkimsig/sigfold.h"

/* The new line begins with one octet, the tab. */
static void
fold(struct sigfold *f)
{
	buf_puts(f->out, "\r\n\t");
	f->column = 1;
}

static void
put(struct sigfold *f, struct view v)
{
	buf_put_view(f->out, v);
	f->column += v.len;
}

static size_t
room(const struct sigfold *f)
{
	return f->column < SIGFOLD_WIDTH ? SIGFOLD_WIDTH - f->column : 0;
}

void
sigfold_init(struct sigfold *f, struct buf *out)
{
	f->out = out;
	f->column = strlen("DKIM-Signature:");
	f->has_tag = false;
}

/* Write "; name=", so that need octets of the value fit on the same line. */
static void
begin_tag(struct sigfold *f, const char *name, size_t need)
{
	if (f->has_tag)
		put(f, view_of(";", 1));
	f->has_tag = true;
	/* One for the blank, one for "=", one for the ";" to come. */
	if (strlen(name) + 3 > room(f) || need > room(f) - strlen(name) - 3)
		fold(f);
	else
		put(f, view_of(" ", 1));
	put(f, view_str(name));
	put(f, view_of("=", 1));
}

void
sigfold_tag(struct sigfold *f, const char *name, struct view value)
{
	begin_tag(f, name, value.len);
	put(f, value);
}

/* At least one group of base64 is on the line of the name, because verifiers
 * disagree about a fold before the first octet of b=. */
void
sigfold_base64_open(struct sigfold *f, const char *name)
{
	begin_tag(f, name, 4);
}

void
sigfold_base64_more(struct sigfold *f, struct view value)
{
	size_t n;

	while (value.len > 0) {
		/* Room for the ";" that may follow the last piece. */
		if (room(f) < 2)
			fold(f);
		n = room(f) - 1;
		if (n > value.len)
			n = value.len;
		put(f, view_of(value.ptr, n));
		value.ptr += n;
		value.len -= n;
	}
}

void
sigfold_names(struct sigfold *f, const char *name, const struct view *names,
    size_t nnames)
{
	size_t i;

	begin_tag(f, name, nnames > 0 ? names[0].len : 0);
	for (i = 0; i < nnames; i++) {
		if (i > 0) {
			/* The colon is on the line of the name after it. */
			if (names[i].len + 2 > room(f))
				fold(f);
			put(f, view_of(":", 1));
		}
		put(f, names[i]);
	}
}
