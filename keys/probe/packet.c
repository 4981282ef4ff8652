/* SPDX-License-Identifier: ISC */

/*
 * Reading names and records in DNS answers, RFC 1035.
 *
 * Answers are not trusted: only records of the class, type and owner that were
 * asked for are found, and names that are too long and malformed data are
 * ignored.
 */

#include "probe/private.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
dns_fail(struct ks_error *error, int code, const char *format, ...)
{
	va_list ap;

	if (error == NULL)
		return code;
	va_start(ap, format);
	(void)vsnprintf(error->text, sizeof(error->text), format, ap);
	va_end(ap);
	return code;
}

bool
dns_name_text(const ldns_rdf *rdf, char name[DKIMSIG_DOMAIN_SIZE])
{
	char *text, *p;
	size_t len;
	bool fits;

	if (rdf == NULL || ldns_rdf_get_type(rdf) != LDNS_RDF_TYPE_DNAME ||
	    (text = ldns_rdf2str(rdf)) == NULL)
		return false;
	len = strlen(text);
	if (len > 0 && text[len - 1] == '.')
		text[len - 1] = '\0';
	for (p = text; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	fits = strlcpy(name, text, DKIMSIG_DOMAIN_SIZE) < DKIMSIG_DOMAIN_SIZE;
	free(text);
	return fits;
}

const char *
dns_name_parent(const char *name)
{
	const char *dot;

	if (*name == '\0')
		return NULL;
	dot = strchr(name, '.');
	return dot == NULL ? "" : dot + 1;
}

bool
dns_name_is_within(const char *name, const char *parent)
{
	for (; name != NULL; name = dns_name_parent(name))
		if (strcasecmp(name, parent) == 0)
			return true;
	return false;
}

const ldns_rr *
dns_next_rr(const ldns_rr_list *list, const char *owner, ldns_rr_type type,
    size_t *i)
{
	char name[DKIMSIG_DOMAIN_SIZE];
	const ldns_rr *rr;

	while (*i < ldns_rr_list_rr_count(list)) {
		rr = ldns_rr_list_rr(list, (*i)++);
		if (ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
		    ldns_rr_get_type(rr) == type &&
		    dns_name_text(ldns_rr_owner(rr), name) &&
		    strcasecmp(name, owner) == 0)
			return rr;
	}
	return NULL;
}

const char *
dns_type_name(ldns_rr_type type)
{
	const ldns_rr_descriptor *found;

	found = ldns_rr_descript((uint16_t)type);
	return found == NULL || found->_name == NULL ? "?" : found->_name;
}

bool
dns_start_read(const ldns_rr_list *list, const char *owner,
    struct dns_start *start)
{
	const ldns_rr *rr;
	size_t i = 0;

	rr = dns_next_rr(list, owner, LDNS_RR_TYPE_SOA, &i);
	if (rr == NULL || ldns_rr_rd_count(rr) != 7 ||
	    !dns_name_text(ldns_rr_owner(rr), start->apex) ||
	    !dns_name_text(ldns_rr_rdf(rr, 0), start->primary))
		return false;
	start->ttl = ldns_rr_ttl(rr);
	start->expire = ldns_rdf2native_int32(ldns_rr_rdf(rr, 5));
	start->minimum = ldns_rdf2native_int32(ldns_rr_rdf(rr, 6));
	return true;
}

bool
dns_is_authoritative(const ldns_pkt *answer)
{
	return (ldns_pkt_get_rcode(answer) == LDNS_RCODE_NOERROR ||
	    ldns_pkt_get_rcode(answer) == LDNS_RCODE_NXDOMAIN) &&
	    ldns_pkt_aa(answer);
}
