/* SPDX-License-Identifier: ISC */

/*
 * TXT records of ldns as text, RFC 1035 section 3.3.14: strings of at most 255
 * octets, joined without anything between.
 *
 * A text that does not fit is truncated, and its full length is returned.
 * Octets may have any value; txt_printable() is for texts that are shown.
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
