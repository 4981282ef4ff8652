/* SPDX-License-Identifier: ISC */

/*
 * TXT records of ldns as text and back, RFC 1035 section 3.3.14: strings of
 * at most 255 octets, joined without anything between.
 *
 * A text that does not fit is truncated, and its full length is returned.
 * Octets may have any value; txt_printable() is for texts that are shown.  Only
 * txt_fill() can fail, if out of memory.
 */

#include "record/txt.h"

#include <string.h>

size_t
txt_join(const ldns_rr *rr, char *buf, size_t bufsize)
{
	const ldns_rdf *rdf;
	const uint8_t *string;
	size_t i, j, n, len = 0;

	for (i = 0; i < ldns_rr_rd_count(rr); i++) {
		rdf = ldns_rr_rdf(rr, i);
		if (rdf == NULL || ldns_rdf_size(rdf) == 0)
			continue;
		/* The first octet is the length of the rest. */
		string = ldns_rdf_data(rdf);
		n = ldns_rdf_size(rdf) - 1;
		if (n > string[0])
			n = string[0];
		for (j = 1; j <= n; j++, len++)
			if (len + 1 < bufsize)
				buf[len] = (char)string[j];
	}
	if (bufsize > 0)
		buf[len < bufsize ? len : bufsize - 1] = '\0';
	return len;
}

size_t
txt_printable(const ldns_rr *rr, char *buf, size_t bufsize)
{
	size_t i, len;

	len = txt_join(rr, buf, bufsize);
	for (i = 0; i < len && i + 1 < bufsize; i++)
		if (buf[i] < ' ' || buf[i] > '~')
			buf[i] = '?';
	return len;
}

bool
txt_fill(ldns_rr *rr, const char *text)
{
	uint8_t string[TXT_STRING_MAX + 1];
	ldns_rdf *rdf;
	size_t len, n;

	len = strlen(text);
	do {
		n = len < TXT_STRING_MAX ? len : TXT_STRING_MAX;
		string[0] = (uint8_t)n;
		memcpy(string + 1, text, n);
		rdf = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, n + 1, string);
		if (rdf == NULL || !ldns_rr_push_rdf(rr, rdf)) {
			ldns_rdf_deep_free(rdf);
			return false;
		}
		text += n;
		len -= n;
	} while (len > 0);
	return true;
}
