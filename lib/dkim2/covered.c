/* SPDX-License-Identifier: ISC */

/*
 * The fields that DKIM2 does not hash: draft-ietf-dkim-dkim2-spec-09, section
 * 4.1.  All others are hashed, also those that no standard knows.
 *
 * Drafts differ.  Auto-Submitted and VBR-Info were not hashed from -05 to -07;
 * since -08 they are.  Until -04, all fields with "ARC-" before their name were
 * left out, and the list had only the fields that are added in transit.
 */

#include "dkim2/covered.h"

#include <string.h>
#include <strings.h>

bool
dkim2_covers(const char *name, size_t namelen)
{
	static const char *const left_out[] = {
		"apparently-to", "arc-authentication-results",
		"arc-message-signature", "arc-seal", "authentication-results",
		"delivered-to", "dkim-signature", "dl-expansion-history",
		"original-recipient", "received", "return-path",
		"sio-label-history", "x400-received", "x400-trace",
	};
	static const char *const prefixes[] = { "received-", "x-" };
	size_t i, len;

	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (strlen(left_out[i]) == namelen &&
		    strncasecmp(left_out[i], name, namelen) == 0)
			return false;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		len = strlen(prefixes[i]);
		if (namelen >= len && strncasecmp(prefixes[i], name, len) == 0)
			return false;
	}
	return true;
}

bool
dkim2_covers_pattern(const char *pattern)
{
	const size_t literal = strcspn(pattern, "*");

	/* With "arc-" begin only the three names that are left out. */
	if (pattern[literal] != '\0' && literal >= 4 &&
	    strncasecmp(pattern, "arc-", 4) == 0)
		return false;
	/* A prefix that is left out is so with whatever follows. */
	return dkim2_covers(pattern, literal);
}
