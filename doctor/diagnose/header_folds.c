/* SPDX-License-Identifier: ISC */

/*
 * Changes to header fields that matter only with simple canonicalization, RFC
 * 6376 section 3.4.1: blanks, folding, and the case of a name.
 *
 * Each header_vary function writes the k-th value that a field may have had,
 * and returns false when there are no more.  Nothing else can fail; the caller
 * checks the stream for errors.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "diagnose/header_vary.h"
#include "text/text.h"

static void
put(FILE *out, const char *text, size_t len)
{
	(void)fwrite(text, 1, len, out);
}

/* Replace each fold, and the blanks around it, by fold. */
static void
fold_as(const char *v, size_t len, const char *fold, FILE *out)
{
	size_t i, j;

	for (i = 0; i < len; i = j) {
		for (j = i; j < len && text_is_blank(v[j]); j++)
			;
		if (j > i && memchr(v + i, '\n', j - i) != NULL)
			(void)fputs(fold, out);
		else
			put(out, v + i, j == i ? ++j - i : j - i);
	}
}

/* Fold after each comma and semicolon that a blank follows, nowhere else. */
static void
fold_lists(const char *v, size_t len, const char *fold, FILE *out)
{
	size_t i, j;

	for (i = 0; i < len; i = j) {
		for (j = i; j < len && text_is_blank(v[j]); j++)
			;
		if (j == i) {
			(void)putc(v[j++], out);
			continue;
		}
		if (j == len)
			break;
		(void)fputs(i > 0 && (v[i - 1] == ',' || v[i - 1] == ';') ?
		    fold : " ", out);
	}
}

/* Fold at the last blank that keeps a line within 78 columns. */
static void
fold_columns(const char *v, size_t len, const char *fold, FILE *out)
{
	size_t i, j, column = 12;

	for (i = 0; i < len; i = j) {
		for (j = i; j < len && text_is_blank(v[j]); j++)
			;
		for (; j < len && !text_is_blank(v[j]); j++)
			;
		while (i < j && text_is_blank(v[i]))
			i++;
		if (column + (j - i) + 1 > 78) {
			(void)fputs(fold, out);
			column = 8;
		} else
			(void)putc(' ', out);
		put(out, v + i, j - i);
		column += j - i + 1;
	}
}

bool
header_vary_folds(const char *v, size_t len, size_t k, FILE *out)
{
	static const char *const marks[] = { "\r\n ", "\r\n\t",
	    "\r\n  ", "\r\n    ", "\r\n        ", "\r\n \t", "\r\n\t " };
	static void (*const ways[])(const char *, size_t, const char *,
	    FILE *) = { fold_as, fold_lists, fold_columns };
	const size_t nmarks = sizeof(marks) / sizeof(marks[0]);
	size_t i;

	if (k == 0) {
		fold_as(v, len, " ", out);
		return true;
	}
	/* Unfold, but keep the blanks. */
	for (i = 0; k == 1 && i < len; i++)
		if (v[i] != '\r' && v[i] != '\n')
			(void)putc(v[i], out);
	if (k == 1)
		return true;
	k -= 2;
	if (k / nmarks >= sizeof(ways) / sizeof(ways[0]))
		return false;
	ways[k / nmarks](v, len, marks[k % nmarks], out);
	return true;
}

static void
squeeze(const char *v, size_t len, const char *blank, FILE *out)
{
	size_t i, j;

	for (i = 0; i < len; i = j) {
		for (j = i; j < len && (v[j] == ' ' || v[j] == '\t'); j++)
			;
		if (j > i)
			(void)fputs(blank, out);
		else
			(void)putc(v[j++], out);
	}
}

bool
header_vary_blanks(const char *v, size_t len, size_t k, FILE *out)
{
	size_t first = 0, last = len;

	while (first < len && text_is_blank(v[first]))
		first++;
	while (last > first && text_is_blank(v[last - 1]))
		last--;
	switch (k) {
	case 0:		/* the leading blank was inserted */
		put(out, v + first, len - first);
		return true;
	case 1:		/* it was removed, as by a milter without
			 * SMFIP_HDR_LEADSPC */
		(void)putc(' ', out);
		put(out, v, len);
		return true;
	case 2:
		(void)putc(' ', out);
		put(out, v + first, len - first);
		return true;
	case 3:
		(void)putc('\t', out);
		put(out, v + first, len - first);
		return true;
	case 4:
		put(out, v, last);
		return true;
	case 5:
		put(out, v, len);
		(void)putc(' ', out);
		return true;
	case 6:
		squeeze(v, len, " ", out);
		return true;
	case 7:
		squeeze(v, len, "\t", out);
		return true;
	case 8:
		(void)putc(' ', out);
		squeeze(v + first, last - first, " ", out);
		return true;
	default:
		return false;
	}
}

/* Capitalize each word of a name, as in "Content-Type". */
static void
capitalize(const char *name, size_t namelen, char *buf)
{
	size_t i;

	for (i = 0; i < namelen; i++)
		buf[i] = (char)(i == 0 || name[i - 1] == '-' ?
		    toupper((unsigned char)name[i]) :
		    tolower((unsigned char)name[i]));
}

const char *
header_vary_name(const char *name, size_t namelen, size_t k, char *buf,
    size_t bufsize)
{
	static const char *const usual[] = { "MIME-Version", "Mime-Version",
	    "Message-ID", "Message-Id", "List-ID", "List-Id",
	    "In-Reply-To", "CC", "X-MIME-Autoconverted" };
	size_t i, trimmed = namelen;

	while (trimmed > 0 && text_is_blank(name[trimmed - 1]))
		trimmed--;
	if (trimmed == 0 || trimmed + 2 > bufsize)
		return NULL;
	memcpy(buf, name, trimmed);
	buf[trimmed] = '\0';
	switch (k) {
	case 0:		/* without blanks before the colon */
		return buf;
	case 1:
		buf[trimmed] = ' ';
		buf[trimmed + 1] = '\0';
		return buf;
	case 2:
		capitalize(name, trimmed, buf);
		return buf;
	case 3:
		for (i = 0; i < trimmed; i++)
			buf[i] = (char)tolower((unsigned char)buf[i]);
		return buf;
	case 4:
		for (i = 0; i < trimmed; i++)
			buf[i] = (char)toupper((unsigned char)buf[i]);
		return buf;
	default:
		k -= 5;
		for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
			if (strcasecmp(usual[i], buf) == 0 && k-- == 0)
				return usual[i];
		return NULL;
	}
}
