/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: patterns, and the envelope senders of Salesforce.  The input
 * is a pattern, an LF, and what it is held against.  Whatever a pattern is, it
 * matches itself; what a domain's matches, the same as a text's matches.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/pattern.h"
#include "policy/salesforce_bounce.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
match(const char *pattern, const char *text, size_t textlen)
{
	char *dotted;

	if (!pattern_text_matches(pattern, pattern, strlen(pattern)) ||
	    !pattern_text_matches("*", text, strlen(text)))
		abort();
	if (textlen > 0 && text[textlen - 1] == '.')
		return;
	if (pattern_domain_matches(pattern, text) &&
	    !pattern_text_matches(pattern, text, strlen(text)))
		abort();
	/* A final dot makes no other name. */
	if ((dotted = malloc(textlen + 2)) == NULL)
		return;
	memcpy(dotted, text, textlen);
	memcpy(dotted + textlen, ".", 2);
	if (pattern_domain_matches(pattern, text) !=
	    pattern_domain_matches(pattern, dotted))
		abort();
	free(dotted);
}

/* An address that names one organization does not name another. */
static void
name_organization(const char *text, const char *address)
{
	char id[SALESFORCE_ID_SIZE], other[SALESFORCE_ID_SIZE];

	if (salesforce_id_parse(text, strlen(text), id) != SALESFORCE_ID_OK)
		return;
	memcpy(other, id, sizeof(other));
	other[SALESFORCE_ID_LENGTH - 1] = id[SALESFORCE_ID_LENGTH - 1] == 'a' ?
	    'A' : 'a';
	if (salesforce_bounce_names(address, id) &&
	    (!salesforce_bounce_is(address) ||
	    salesforce_bounce_names(address, other)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *lf;
	char *pattern, *text;
	size_t n;

	if (len == 0 || (lf = memchr(data, '\n', len)) == NULL)
		return 0;
	n = (size_t)(lf - data);
	pattern = strndup((const char *)data, n);
	text = strndup((const char *)lf + 1, len - n - 1);
	if (pattern != NULL && text != NULL) {
		match(pattern, text, strlen(text));
		name_organization(pattern, text);
	}
	free(pattern);
	free(text);
	return 0;
}
