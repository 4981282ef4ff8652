/* SPDX-License-Identifier: ISC */

/*
 * The fields of a line of a state file, in every format.
 *
 * A line consists of fields with one space between them.  Each value has only
 * one form: a selector is in lower case, an algorithm is as the library prints
 * it.  Any other form is damage, for which the functions return false.
 */

#include "store/state_private.h"

#include <ctype.h>
#include <string.h>

size_t
state_split(const char *line, size_t len, struct state_field *field,
    size_t max)
{
	const char *blank;
	size_t n;

	for (n = 0; n < max; n++) {
		blank = memchr(line, ' ', len);
		field[n].text = line;
		field[n].len = blank == NULL ? len : (size_t)(blank - line);
		if (blank == NULL)
			return n + 1;
		line += field[n].len + 1;
		len -= field[n].len + 1;
	}
	return 0;
}

bool
state_field_is(const struct state_field *field, const char *text)
{
	return field->len == strlen(text) &&
	    memcmp(field->text, text, field->len) == 0;
}

bool
state_selector(const struct state_field *field,
    char selector[KS_SELECTOR_SIZE])
{
	if (field->len >= KS_SELECTOR_SIZE)
		return false;
	memcpy(selector, field->text, field->len);
	selector[field->len] = '\0';
	return strlen(selector) == field->len &&
	    ks_selector_is_normal(selector);
}

bool
state_algorithm(const struct state_field *field,
    enum dkimsig_algorithm *algorithm)
{
	const char *name;

	if (dkimsig_algorithm_parse(field->text, field->len, algorithm) != 0)
		return false;
	/* The library also accepts capitals, which are damage here. */
	name = dkimsig_algorithm_name(*algorithm);
	return state_field_is(field, name);
}

bool
state_record(const struct state_field *field,
    char record[DKIMSIG_DOMAIN_SIZE])
{
	size_t i;

	if (field->len == 0 || field->len > DKIMSIG_MAX_DOMAIN)
		return false;
	memcpy(record, field->text, field->len);
	record[field->len] = '\0';
	for (i = 0; record[i] != '\0'; i++)
		if (!islower((unsigned char)record[i]) &&
		    !isdigit((unsigned char)record[i]) && record[i] != '-' &&
		    record[i] != '_' && record[i] != '.')
			return false;
	return i == field->len && record[0] != '.' && record[i - 1] != '.' &&
	    strstr(record, "..") == NULL;
}
