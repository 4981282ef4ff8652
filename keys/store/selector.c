/* SPDX-License-Identifier: ISC */

/*
 * Selectors in the form that the store uses: lower case only; and the names of
 * streams, with which generated selectors begin.
 *
 * DNS compares selectors without regard to case, but here they are file names.
 * A text that RFC 6376 does not allow as a selector, or that is too long for a
 * file name, is refused; nothing else can fail.
 */

#include "store/keystore.h"

#include <ctype.h>
#include <string.h>

bool
ks_selector_normalize(const char *text, char selector[KS_SELECTOR_SIZE])
{
	size_t i;

	if (!dkimsig_selector_is_valid(text) ||
	    strlcpy(selector, text, KS_SELECTOR_SIZE) >= KS_SELECTOR_SIZE)
		return false;
	for (i = 0; selector[i] != '\0'; i++)
		selector[i] = (char)tolower((unsigned char)selector[i]);
	return true;
}

bool
ks_selector_is_normal(const char *text)
{
	char selector[KS_SELECTOR_SIZE];

	return ks_selector_normalize(text, selector) &&
	    strcmp(text, selector) == 0;
}

bool
ks_stream_is_valid(const char *text)
{
	size_t i;

	if (text[0] < 'a' || text[0] > 'z' || strcmp(text, "default") == 0)
		return false;
	for (i = 1; text[i] != '\0'; i++)
		if (i >= KS_STREAM_SIZE - 1 || ((text[i] < 'a' ||
		    text[i] > 'z') && (text[i] < '0' || text[i] > '9')))
			return false;
	return true;
}
