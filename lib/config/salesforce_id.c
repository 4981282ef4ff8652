/* SPDX-License-Identifier: ISC */

/*
 * Salesforce record ids of 15 and 18 characters.
 *
 * Only ASCII letters and digits are valid, whatever the locale; case is never
 * ignored.
 */

#include "config/salesforce_id.h"

#include <string.h>

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_id_char(char c)
{
	return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

void
salesforce_id_suffix(const char id[SALESFORCE_ID_SIZE],
    char suffix[SALESFORCE_SUFFIX_SIZE])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
	unsigned int bits, group, i;

	for (group = 0; group < 3; group++) {
		bits = 0;
		for (i = 0; i < 5; i++)
			if (is_upper(id[group * 5 + i]))
				bits |= 1u << i;
		suffix[group] = digits[bits];
	}
	suffix[3] = '\0';
}

int
salesforce_id_parse(const char *text, size_t len, char id[SALESFORCE_ID_SIZE])
{
	char suffix[SALESFORCE_SUFFIX_SIZE];
	size_t i;

	if (len != SALESFORCE_ID_LENGTH && len != SALESFORCE_ID_LENGTH + 3)
		return SALESFORCE_ID_E_LENGTH;
	for (i = 0; i < len; i++)
		if (!is_id_char(text[i]))
			return SALESFORCE_ID_E_CHAR;
	memcpy(id, text, SALESFORCE_ID_LENGTH);
	id[SALESFORCE_ID_LENGTH] = '\0';
	if (len == SALESFORCE_ID_LENGTH)
		return SALESFORCE_ID_OK;
	salesforce_id_suffix(id, suffix);
	if (memcmp(suffix, text + SALESFORCE_ID_LENGTH, 3) != 0)
		return SALESFORCE_ID_E_SUFFIX;
	return SALESFORCE_ID_OK;
}

bool
salesforce_id_equal(const char id[SALESFORCE_ID_SIZE], const char *text,
    size_t len)
{
	char found[SALESFORCE_ID_SIZE];

	return salesforce_id_parse(text, len, found) == SALESFORCE_ID_OK &&
	    memcmp(found, id, SALESFORCE_ID_SIZE) == 0;
}
