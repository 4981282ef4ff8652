/* SPDX-License-Identifier: ISC */

/*
 * Selectors in the form that the store has them in.
 *
 * DNS compares them without regard to case, and here they are file names, so
 * there are small letters only.  What RFC 6376 does not allow as a selector,
 * and what is too long for a file, is refused; nothing else can fail.
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
