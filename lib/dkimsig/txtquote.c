/* SPDX-License-Identifier: ISC */

/*
 * The text of a TXT record as in a zone file, RFC 1035 section 5.1: quoted
 * character-strings of at most 255 octets.
 *
 * A quote or backslash is escaped with a backslash, and an octet that is not
 * printable ASCII becomes a backslash and three digits, so that a name server
 * reads back the same text.  Fails only if the caller's buffer is too small or
 * memory runs out.
 */

#include "dkimsig/buf.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"

#define MAX_STRING	255	/* octets, RFC 1035 section 3.3 */

static void
put_octet(struct buf *out, char octet)
{
	unsigned char c = (unsigned char)octet;

	if (c == '"' || c == '\\') {
		buf_putc(out, '\\');
		buf_putc(out, octet);
	} else if (c < ' ' || c > '~') {
		buf_putc(out, '\\');
		buf_putc(out, (char)('0' + c / 100));
		buf_putc(out, (char)('0' + c / 10 % 10));
		buf_putc(out, (char)('0' + c % 10));
	} else
		buf_putc(out, octet);
}

DKIMSIG_API int
dkimsig_txt_quote(const char *txt, char *buf, size_t bufsize)
{
	struct buf out;
	size_t i, len = strlen(txt);
	int r;

	if (bufsize == 0)
		return DKIMSIG_E_NOSPACE;
	buf_init(&out, bufsize - 1);
	buf_putc(&out, '"');
	for (i = 0; i < len; i++) {
		if (i > 0 && i % MAX_STRING == 0)
			buf_puts(&out, "\" \"");
		put_octet(&out, txt[i]);
	}
	buf_putc(&out, '"');
	if ((r = out.error) == 0) {
		memcpy(buf, out.data, out.len);
		buf[out.len] = '\0';
	}
	buf_finish(&out);
	return r == DKIMSIG_E_TOOBIG ? DKIMSIG_E_NOSPACE : r;
}
