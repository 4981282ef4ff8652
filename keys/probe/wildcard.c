/* SPDX-License-Identifier: ISC */

/*
 * Telling the answer of a wildcard or a DNAME from a record: see wildcard.h.
 *
 * The random label is long enough that nobody has it.  If there is no memory,
 * an answer counts as a record.
 */

#include "probe/wildcard.h"

#include <stdio.h>
#include <stdlib.h>

#include "probe/private.h"

/* The name beside this one with a random label; false if too long. */
static bool
make_sibling(const char *name, char sibling[DKIMSIG_DOMAIN_SIZE])
{
	const char *parent = dns_name_parent(name);
	int len;

	if (parent == NULL || parent[0] == '\0')
		return false;
	len = snprintf(sibling, DKIMSIG_DOMAIN_SIZE, "x%08x%08x.%s",
	    (unsigned int)arc4random(), (unsigned int)arc4random(), parent);
	return len > 0 && len < DKIMSIG_DOMAIN_SIZE;
}

static bool
is_same_data(const ldns_rr *a, const ldns_rr *b)
{
	size_t i;

	if (ldns_rr_rd_count(a) != ldns_rr_rd_count(b))
		return false;
	for (i = 0; i < ldns_rr_rd_count(a); i++)
		if (ldns_rdf_compare(ldns_rr_rdf(a, i),
		    ldns_rr_rdf(b, i)) != 0)
			return false;
	return true;
}

/* Whether a list has a record of that owner and type with the same data. */
static bool
has_data(const ldns_rr_list *list, const char *owner, const ldns_rr *wanted)
{
	const ldns_rr *rr;
	size_t i = 0;

	while ((rr = dns_next_rr(list, owner, ldns_rr_get_type(wanted),
	    &i)) != NULL)
		if (is_same_data(rr, wanted))
			return true;
	return false;
}

/* Whether both names have the same records of the type; *n counts them. */
static bool
is_same_set(const ldns_pkt *answer, const char *name, const ldns_pkt *other,
    const char *sibling, ldns_rr_type type, size_t *n)
{
	const ldns_rr_list *records = ldns_pkt_answer(answer);
	const ldns_rr_list *others = ldns_pkt_answer(other);
	const ldns_rr *rr;
	size_t i, nothers = 0, nrecords = 0;

	for (i = 0; (rr = dns_next_rr(records, name, type, &i)) != NULL;
	    nrecords++)
		if (!has_data(others, sibling, rr))
			return false;
	for (i = 0; dns_next_rr(others, sibling, type, &i) != NULL;)
		nothers++;
	*n += nrecords;
	return nrecords == nothers;
}

bool
dns_is_wildcard(const struct dns_address *server, const char *name,
    const ldns_pkt *answer)
{
	char sibling[DKIMSIG_DOMAIN_SIZE];
	const struct dns_question question = {
		sibling, LDNS_RR_TYPE_TXT, false, false
	};
	ldns_pkt *other;
	size_t n = 0;
	bool is_same;

	if (!make_sibling(name, sibling) ||
	    dns_query(server, &question, &other) != DNS_ANSWERED)
		return false;
	is_same = dns_is_authoritative(other) &&
	    is_same_set(answer, name, other, sibling, LDNS_RR_TYPE_TXT, &n) &&
	    is_same_set(answer, name, other, sibling, LDNS_RR_TYPE_CNAME,
	    &n);
	ldns_pkt_free(other);
	return is_same && n > 0;
}

bool
dns_find_dname(const ldns_pkt *answer, char owner[DKIMSIG_DOMAIN_SIZE],
    char target[DKIMSIG_DOMAIN_SIZE])
{
	const ldns_rr_list *list = ldns_pkt_answer(answer);
	const ldns_rr *rr;
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(list); i++) {
		rr = ldns_rr_list_rr(list, i);
		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNAME &&
		    ldns_rr_rd_count(rr) == 1 &&
		    dns_name_text(ldns_rr_owner(rr), owner) &&
		    dns_name_text(ldns_rr_rdf(rr, 0), target))
			return true;
	}
	return false;
}
