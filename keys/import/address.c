/* SPDX-License-Identifier: ISC */

/*
 * Read patterns of addresses, as OpenDKIM and rspamd have them in their signing
 * tables, for domains and authors of a source.
 *
 * Both signers make a regular expression of a pattern.  They replace "*", and
 * escape some other characters; what they do not escape keeps its meaning in
 * the expression.  So a pattern is taken only if all that is before its "@" is
 * what an address may have there without quotes, and nothing of that is special
 * in an expression.  A "+" is itself here; for rspamd it stands for more.
 */

#include "import/address.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Split a domain off "." or "*."; false if a source cannot name it. */
static bool
read_domain(const char *text, char *domain, size_t size)
{
	const bool below = *text == '.' || strncmp(text, "*.", 2) == 0;

	if (below)
		text += *text == '.' ? 1 : 2;
	return *text != '\0' && strchr(text, '*') == NULL &&
	    snprintf(domain, size, "%s%s", below ? "*." : "", text) <
	    (int)size;
}

static bool
is_plain(const char *local, size_t len)
{
	size_t i;

	/* In authors, "!" at the beginning excludes an address. */
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)local[i]) &&
		    strchr(i == 0 ? "%&'*+-.=_`~" : "!%&'*+-./=_`~",
		    local[i]) == NULL)
			return false;
	return len > 0;
}

enum import_address_kind
import_address_read(const char *pattern, struct import_address *address)
{
	const char *at = strrchr(pattern, '@');
	size_t i, len;

	address->local[0] = '\0';
	if (!read_domain(at == NULL ? pattern : at + 1, address->domain,
	    sizeof(address->domain)))
		return IMPORT_ADDRESS_ANYWHERE;
	if (at == NULL)
		return IMPORT_ADDRESS_ALL;
	len = (size_t)(at - pattern);
	if (pattern[0] == '/' || strcspn(pattern, "?[]{}()|^$\\") < len)
		return IMPORT_ADDRESS_REGEX;
	if (!is_plain(pattern, len) || len > IMPORT_MAX_LOCAL)
		return IMPORT_ADDRESS_ODD;
	if (strspn(pattern, "*") == len)
		return IMPORT_ADDRESS_ALL;
	for (i = 0; i < len; i++)
		address->local[i] = (char)tolower((unsigned char)pattern[i]);
	address->local[len] = '\0';
	return IMPORT_ADDRESS_SOME;
}
