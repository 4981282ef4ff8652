/* SPDX-License-Identifier: ISC */

/*
 * The field Accept, RFC 9110 section 12.5.1.
 *
 * It is a list of media types with parameters.  Of application/openmetrics-text
 * we have version 1.0.0, which is also meant if there is none.  What cannot be
 * read is passed over: then the client gets the text format, which every one
 * reads.  A type with q=0 is not wanted.
 */

#include "metrics/accept.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define OPENMETRICS	"application/openmetrics-text"
#define TEXT		"text/plain"
#define MAX_QUALITY	1000	/* q=1 */

/* A piece of a text, without blanks at its ends. */
struct piece {
	const char	*text;
	size_t		 len;
};

/* The piece before one of the separators; *rest is what follows it. */
static struct piece
next_piece(const char **rest, const char *end, char separator)
{
	struct piece piece = { .text = *rest };
	const char *p = *rest;

	while (p < end && *p != separator)
		p++;
	*rest = p < end ? p + 1 : end;
	while (piece.text < p && isspace((unsigned char)*piece.text))
		piece.text++;
	while (p > piece.text && isspace((unsigned char)p[-1]))
		p--;
	piece.len = (size_t)(p - piece.text);
	return piece;
}

static bool
is(const struct piece *piece, const char *text)
{
	return piece->len == strlen(text) &&
	    strncasecmp(piece->text, text, piece->len) == 0;
}

/* The value of a parameter of that name, without quotes. */
static bool
value_of(const struct piece *parameter, const char *name, struct piece *value)
{
	const size_t len = strlen(name);

	if (parameter->len <= len || parameter->text[len] != '=' ||
	    strncasecmp(parameter->text, name, len) != 0)
		return false;
	value->text = parameter->text + len + 1;
	value->len = parameter->len - len - 1;
	if (value->len >= 2 && value->text[0] == '"' &&
	    value->text[value->len - 1] == '"') {
		value->text++;
		value->len -= 2;
	}
	return true;
}

/* "0.5" is 500; anything else than a number from 0 to 1 is 0. */
static int
quality(const struct piece *value)
{
	int result, weight = 100;
	size_t i;

	if (value->len == 0 || (value->text[0] != '0' &&
	    value->text[0] != '1'))
		return 0;
	result = (value->text[0] - '0') * MAX_QUALITY;
	if (value->len > 1 && value->text[1] != '.')
		return 0;
	for (i = 2; i < value->len && i < 5; i++) {
		if (!isdigit((unsigned char)value->text[i]))
			return 0;
		result += (value->text[i] - '0') * weight;
		weight /= 10;
	}
	return result <= MAX_QUALITY ? result : 0;
}

/* How much a media range is wanted; has_version: we have that version of it. */
static int
read_range(const char *text, const char *end, struct piece *type,
    bool *has_version)
{
	struct piece parameter, value;
	int wanted = MAX_QUALITY;

	*has_version = true;
	*type = next_piece(&text, end, ';');
	while (text < end) {
		parameter = next_piece(&text, end, ';');
		if (value_of(&parameter, "q", &value))
			wanted = quality(&value);
		else if (value_of(&parameter, "version", &value))
			*has_version = is(&value, "1.0.0");
	}
	return wanted;
}

bool
accept_wants_openmetrics(const char *accept)
{
	const char *end;
	struct piece range, type;
	int openmetrics = 0, text = 0, wanted;
	bool has_version;

	if (accept == NULL)
		return false;
	end = accept + strlen(accept);
	while (accept < end) {
		range = next_piece(&accept, end, ',');
		wanted = read_range(range.text, range.text + range.len, &type,
		    &has_version);
		if (is(&type, OPENMETRICS) && has_version &&
		    wanted > openmetrics)
			openmetrics = wanted;
		else if (is(&type, TEXT) && wanted > text)
			text = wanted;
	}
	return openmetrics > 0 && openmetrics >= text;
}
