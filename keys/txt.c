/* SPDX-License-Identifier: ISC */

/*
 * TXT records, RFC 1035 section 3.3.14.
 */

#include "txt.h"

#include <string.h>

#include "record.h"

bool
txt_join(const ldns_rr *rr, char *buf, size_t bufsize)
{
	const ldns_rdf *rdf;
	size_t i, len, used;

	if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_TXT)
		return false;
	for (i = used = 0; i < ldns_rr_rd_count(rr); i++) {
		rdf = ldns_rr_rdf(rr, i);
		if (ldns_rdf_size(rdf) == 0)
			return false;
		/* The first octet is the length of the rest. */
		len = ldns_rdf_size(rdf) - 1;
		if (len >= bufsize - used)
			return false;
		memcpy(buf + used, ldns_rdf_data(rdf) + 1, len);
		used += len;
	}
	buf[used] = '\0';
	return memchr(buf, '\0', used) == NULL;
}

void
txt_printable(const ldns_rr *rr, char *buf, size_t bufsize)
{
	static const char more[] = "...";
	const ldns_rdf *rdf;
	size_t i, j, used;
	uint8_t c;

	used = 0;
	for (i = 0; i < ldns_rr_rd_count(rr); i++) {
		rdf = ldns_rr_rdf(rr, i);
		for (j = 1; j < ldns_rdf_size(rdf); j++) {
			if (used + sizeof(more) >= bufsize) {
				memcpy(buf + used, more, sizeof(more));
				return;
			}
			c = ldns_rdf_data(rdf)[j];
			buf[used++] = c >= ' ' && c <= '~' ? (char)c : '?';
		}
	}
	buf[used] = '\0';
}

bool
txt_fill(ldns_rr *rr, const char *text)
{
	uint8_t string[RECORD_STRING_MAX + 1];
	ldns_rdf *rdf;
	size_t len, n;

	len = strlen(text);
	do {
		n = len < RECORD_STRING_MAX ? len : RECORD_STRING_MAX;
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
