/* SPDX-License-Identifier: ISC */

/*
 * Split a message into header fields and body, RFC 5322 sections 2.1 and 2.2.
 * Files may also have LF as line end, and the "From " line of an mbox file at
 * the top.
 *
 * Fails when out of memory, on a read error, and if the message is too long.
 */

#include "diagnose/mailfile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_SIZE	65536	/* octets */

/* The begin of the next line: after the first LF, or end. */
static const char *
next_line(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf == NULL ? end : lf + 1;
}

/* The length of a line without its line end. */
static size_t
content(const char *line, const char *next)
{
	size_t len = (size_t)(next - line);

	if (len > 0 && line[len - 1] == '\n')
		len--;
	if (len > 0 && len < (size_t)(next - line) && line[len - 1] == '\r')
		len--;
	return len;
}

static bool
is_field(const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t i, n;

	if (colon == NULL)
		return false;
	n = (size_t)(colon - line);
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		n--;
	for (i = 0; i < n; i++)
		if (line[i] < 33 || line[i] > 126)
			return false;
	return n > 0;
}

static enum mailfile_ends
find_ends(const char *text, size_t len)
{
	const char *p = text, *end = text + len, *lf;
	size_t ncrlf = 0, nlf = 0;

	for (; (lf = memchr(p, '\n', (size_t)(end - p))) != NULL; p = lf + 1)
		if (lf > text && lf[-1] == '\r')
			ncrlf++;
		else
			nlf++;
	if (nlf == 0)
		return MAILFILE_CRLF;
	return ncrlf == 0 ? MAILFILE_LF : MAILFILE_MIXED;
}

/* Copy lines with CRLF ends; returns where the copy ends. */
static char *
copy_lines(char *to, const char *p, const char *end)
{
	const char *next;
	size_t len;

	for (; p < end; p = next) {
		next = next_line(p, end);
		len = content(p, next);
		memcpy(to, p, len);
		to += len;
		/* A last line without a line end does not get one. */
		if (next[-1] == '\n') {
			*to++ = '\r';
			*to++ = '\n';
		}
	}
	return to;
}

/* Find the header fields of text, and where the body begins. */
static bool
walk_header(struct mailfile *mail, const char *text, const char *end,
    const char **body)
{
	const char *p, *next;
	struct mailfield *field = NULL, *fields;
	size_t len, line = 1;

	for (p = text; p < end; p = next, line++) {
		next = next_line(p, end);
		len = content(p, next);
		*body = next;
		if (len == 0)
			return true;
		if (field != NULL && (*p == ' ' || *p == '\t')) {
			field->valuelen = (size_t)(p + len - field->value);
			continue;
		}
		if (!is_field(p, len)) {
			mail->bad_line = line + mail->unix_from;
			*body = p;
			return true;
		}
		fields = reallocarray(mail->fields, mail->nfields + 1,
		    sizeof(*fields));
		if (fields == NULL)
			return false;
		mail->fields = fields;
		field = &fields[mail->nfields++];
		field->name = p;
		field->namelen = (size_t)((const char *)memchr(p, ':', len) -
		    p);
		field->value = p + field->namelen + 1;
		field->valuelen = len - field->namelen - 1;
	}
	*body = end;
	return true;
}

bool
mailfile_parse(struct mailfile *mail, const char *text, size_t len,
    const char **why)
{
	const char *end, *body, *p;
	char *to;

	memset(mail, 0, sizeof(*mail));
	*why = "out of memory";
	if (len > MAILFILE_MAX) {
		*why = "more than 64 MiB";
		return false;
	}
	end = text + len;
	if (len > 5 && memcmp(text, "From ", 5) == 0) {
		mail->unix_from = true;
		text = next_line(text, end);
	}
	mail->ends = find_ends(text, (size_t)(end - text));
	if ((mail->text = malloc(2 * len + 1)) == NULL)
		return false;
	/* The header ends at the first empty line. */
	for (p = text; p < end && content(p, next_line(p, end)) > 0;)
		p = next_line(p, end);
	if (p < end)
		p = next_line(p, end);
	to = copy_lines(mail->text, text, p);
	if (mail->ends == MAILFILE_LF)
		to = copy_lines(to, p, end);
	else {
		memcpy(to, p, (size_t)(end - p));
		to += end - p;
	}
	if (!walk_header(mail, mail->text, to, &body)) {
		mailfile_finish(mail);
		return false;
	}
	mail->body = body;
	mail->bodylen = (size_t)(to - body);
	return true;
}

bool
mailfile_read(struct mailfile *mail, FILE *fp, const char **why)
{
	char *text = NULL, *more;
	size_t len = 0, size = 0, n;
	bool ok;

	memset(mail, 0, sizeof(*mail));
	do {
		if (len == size) {
			size = size == 0 ? FIRST_SIZE : 2 * size;
			if ((more = realloc(text, size)) == NULL) {
				*why = "out of memory";
				free(text);
				return false;
			}
			text = more;
		}
		n = fread(text + len, 1, size - len, fp);
		len += n;
	} while (n > 0 && len <= MAILFILE_MAX);
	if (ferror(fp) != 0) {
		*why = "read error";
		free(text);
		return false;
	}
	ok = mailfile_parse(mail, text, len, why);
	free(text);
	return ok;
}

void
mailfile_finish(struct mailfile *mail)
{
	free(mail->text);
	free(mail->fields);
	memset(mail, 0, sizeof(*mail));
}

bool
mailfield_is(const struct mailfield *field, const char *name, size_t namelen)
{
	size_t len = field->namelen;

	while (len > 0 && (field->name[len - 1] == ' ' ||
	    field->name[len - 1] == '\t'))
		len--;
	return len == namelen && strncasecmp(field->name, name, len) == 0;
}

const struct mailfield *
mailfile_find(const struct mailfile *mail, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < mail->nfields; i++)
		if (mailfield_is(&mail->fields[i], name, strlen(name)) &&
		    n-- == 0)
			return &mail->fields[i];
	return NULL;
}
