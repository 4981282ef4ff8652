/* SPDX-License-Identifier: ISC */

/*
 * A duration as text: an unsigned number followed by s, m, h, d or w, as in
 * "90d".
 *
 * The number is checked against the caller's maximum before it is multiplied,
 * so it cannot overflow.  Any other text is refused.
 */

#include "base/duration.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool
duration_parse(const char *text, long long max, long long *seconds)
{
	static const struct {
		char letter;
		long long seconds;
	} units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 604800 },
	};
	const char *error = "";
	char digits[16];
	size_t len = strlen(text), i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (len < 2 || len > sizeof(digits) ||
		    text[len - 1] != units[i].letter ||
		    !isdigit((unsigned char)text[0]))
			continue;
		memcpy(digits, text, len - 1);
		digits[len - 1] = '\0';
		*seconds = strtonum(digits, 0, max / units[i].seconds, &error)
		    * units[i].seconds;
		break;
	}
	return error == NULL;
}
