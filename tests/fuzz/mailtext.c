/* SPDX-License-Identifier: ISC */

/*
 * A message as text, cut into fields and body for fuzz targets that feed
 * signers and verifiers.
 *
 * It is less strict than any MTA: a line without a colon is a name without a
 * value, so that every input is some message.  Nothing can fail.
 */

#include "mailtext.h"

#include <string.h>

void
mailtext_split(struct mailtext *mail, const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);

	mail->header = text;
	mail->headerlen = end != NULL ? (size_t)(end + 2 - text) : len;
	mail->body = end != NULL ? end + 4 : text + len;
	mail->bodylen = (size_t)(text + len - mail->body);
}

/* The octets before the next CRLF that is no fold. */
static size_t
field_length(const char *text, size_t len)
{
	const char *end;
	size_t i = 0;

	while ((end = memmem(text + i, len - i, "\r\n", 2)) != NULL) {
		i = (size_t)(end - text);
		if (len - i == 2 || (end[2] != ' ' && end[2] != '\t'))
			return i;
		i += 2;
	}
	return len;
}

int
mailtext_next(struct mailtext *mail, struct mailfield *field)
{
	const char *colon;
	size_t len, used;

	if (mail->headerlen == 0)
		return 0;
	len = field_length(mail->header, mail->headerlen);
	colon = memchr(mail->header, ':', len);
	field->name = mail->header;
	field->namelen = colon != NULL ? (size_t)(colon - mail->header) : len;
	field->value = colon != NULL ? colon + 1 : mail->header + len;
	field->valuelen = (size_t)(mail->header + len - field->value);
	used = len < mail->headerlen ? len + 2 : len;
	mail->header += used;
	mail->headerlen -= used;
	return 1;
}
