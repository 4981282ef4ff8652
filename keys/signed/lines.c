/* SPDX-License-Identifier: ISC */

/*
 * The texts that hosts sign: see lines.h.
 *
 * Octets outside of printable US-ASCII are refused wherever they are, so that
 * a person sees all of a text that is printed, and a NUL never ends it early.
 * Pure functions.
 */

#include "signed/lines.h"

#include <stdio.h>
#include <string.h>

#include "store/rotator.h"

int
fleet_fail(struct ks_error *error, int code, const char *text)
{
	if (error != NULL)
		(void)strlcpy(error->text, text, sizeof(error->text));
	return code;
}

void
fleet_lines_init(struct fleet_lines *lines, const void *octets, size_t len)
{
	lines->next = octets;
	lines->left = len;
	lines->number = 0;
	lines->fault = NULL;
}

void
fleet_lines_fail(struct fleet_lines *lines, const char *fault)
{
	if (lines->fault == NULL)
		lines->fault = fault;
}

/* The next line without its LF; false after a failure. */
static bool
take_line(struct fleet_lines *lines, const char **line, size_t *len)
{
	const char *end;
	size_t i;

	if (lines->fault != NULL)
		return false;
	lines->number++;
	*line = lines->next;
	end = lines->left == 0 ? NULL : memchr(*line, '\n', lines->left);
	if (end == NULL) {
		fleet_lines_fail(lines, lines->left == 0 ? "is missing" :
		    "has no end");
		return false;
	}
	*len = (size_t)(end - *line);
	for (i = 0; i < *len; i++)
		if ((*line)[i] < ' ' || (*line)[i] > '~') {
			fleet_lines_fail(lines, "has an octet that is not "
			    "printable US-ASCII");
			return false;
		}
	lines->next = end + 1;
	lines->left -= *len + 1;
	return true;
}

void
fleet_lines_expect(struct fleet_lines *lines, const char *text)
{
	const char *line;
	size_t len;

	if (take_line(lines, &line, &len) && (len != strlen(text) ||
	    memcmp(line, text, len) != 0))
		fleet_lines_fail(lines, "is not what belongs there");
}

bool
fleet_lines_is_next(const struct fleet_lines *lines, const char *name)
{
	const size_t len = strlen(name);

	return lines->fault == NULL && lines->left > len &&
	    memcmp(lines->next, name, len) == 0 && lines->next[len] == ' ';
}

void
fleet_lines_value(struct fleet_lines *lines, const char *name,
    const char **value, size_t *len)
{
	const bool is_next = fleet_lines_is_next(lines, name);

	*value = "";
	*len = 0;
	if (!take_line(lines, value, len)) {
		*value = "";
		*len = 0;
	} else if (!is_next) {
		fleet_lines_fail(lines, "has another name than belongs there");
		*value = "";
		*len = 0;
	} else {
		*value += strlen(name) + 1;
		*len -= strlen(name) + 1;
	}
}

void
fleet_lines_text(struct fleet_lines *lines, const char *name, char *text,
    size_t size)
{
	const char *value;
	size_t len;

	fleet_lines_value(lines, name, &value, &len);
	if (len >= size) {
		fleet_lines_fail(lines, "too long");
		len = 0;
	}
	memcpy(text, value, len);
	text[len] = '\0';
}

bool
fleet_number_parse(const char *text, size_t len, int64_t min, int64_t *number)
{
	int64_t n = 0;
	size_t i;

	if (len == 0 || (text[0] == '0' && len > 1))
		return false;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		if (n > (FLEET_MAX_NUMBER - 1 - (text[i] - '0')) / 10)
			return false;
		n = n * 10 + (text[i] - '0');
	}
	*number = n;
	return n >= min;
}

bool
fleet_hex_parse(const char *text, size_t len, char hex[FLEET_HEX_SIZE])
{
	size_t i;

	if (len != FLEET_HEX_SIZE - 1)
		return false;
	for (i = 0; i < len; i++)
		if (!(text[i] >= '0' && text[i] <= '9') &&
		    !(text[i] >= 'a' && text[i] <= 'f'))
			return false;
	memcpy(hex, text, len);
	hex[len] = '\0';
	return true;
}

bool
fleet_host_parse(const char *text, size_t len, char host[FLEET_NAME_SIZE])
{
	if (len == 0 || len >= FLEET_NAME_SIZE)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return strlen(host) == len && ks_host_name_is_valid(host);
}

int64_t
fleet_lines_number(struct fleet_lines *lines, const char *name, int64_t min)
{
	const char *value;
	int64_t number = 0;
	size_t len;

	fleet_lines_value(lines, name, &value, &len);
	if (!fleet_number_parse(value, len, min, &number)) {
		fleet_lines_fail(lines, "has no number that is allowed there");
		return 0;
	}
	return number;
}

void
fleet_lines_hex(struct fleet_lines *lines, const char *name,
    bool may_be_none, char hex[FLEET_HEX_SIZE])
{
	const char *value;
	size_t len;

	fleet_lines_value(lines, name, &value, &len);
	(void)memcpy(hex, "-", 2);
	if (!(may_be_none && len == 1 && *value == '-') &&
	    !fleet_hex_parse(value, len, hex))
		fleet_lines_fail(lines, "has no digest of 64 hexadecimal "
		    "digits");
}

void
fleet_lines_host(struct fleet_lines *lines, const char *name,
    char host[FLEET_NAME_SIZE])
{
	const char *value;
	size_t len;

	fleet_lines_value(lines, name, &value, &len);
	if (!fleet_host_parse(value, len, host)) {
		host[0] = '\0';
		fleet_lines_fail(lines, "has no name of a host");
	}
}

bool
fleet_lines_end(struct fleet_lines *lines, struct ks_error *error)
{
	if (lines->fault == NULL && lines->left > 0) {
		lines->number++;
		fleet_lines_fail(lines, "follows the end");
	}
	if (lines->fault != NULL && error != NULL)
		(void)snprintf(error->text, sizeof(error->text), "line %zu %s",
		    lines->number, lines->fault);
	return lines->fault == NULL;
}
