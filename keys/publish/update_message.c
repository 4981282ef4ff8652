/* SPDX-License-Identifier: ISC */

/*
 * Building the message of a dynamic update of one TXT record, RFC 2136.
 *
 * Its prerequisites are the records that were seen at the name, so that it
 * never replaces a record that somebody else has added in the meantime.  If
 * there were none, neither a TXT record nor a CNAME may exist; and if a
 * wildcard answered, nothing at all (prerequisites do not see wildcards: RFC
 * 4592 section 2.2).  Fails if out of memory, or if a name is invalid.
 */

#include "publish/update_message.h"

#include <stdlib.h>
#include <string.h>

#include "record/txt.h"

/* A record without data, as used in prerequisites and deletions. */
static ldns_rr *
bare_record(const char *name, ldns_rr_class class, ldns_rr_type type)
{
	ldns_rdf *owner;
	ldns_rr *rr;

	owner = ldns_dname_new_frm_str(name);
	rr = ldns_rr_new();
	if (owner == NULL || rr == NULL) {
		ldns_rdf_deep_free(owner);
		ldns_rr_free(rr);
		return NULL;
	}
	ldns_rr_set_owner(rr, owner);
	ldns_rr_set_class(rr, class);
	ldns_rr_set_type(rr, type);
	ldns_rr_set_ttl(rr, 0);
	ldns_rr_set_question(rr, false);
	return rr;
}

/* Add a record to the list, which then owns it; false if rr is NULL. */
static bool
push(ldns_rr_list *list, ldns_rr *rr)
{
	if (rr == NULL)
		return false;
	if (ldns_rr_list_push_rr(list, rr))
		return true;
	ldns_rr_free(rr);
	return false;
}

/* RFC 2136 section 2.4: which records must exist, and which must not. */
static bool
add_prerequisites(ldns_rr_list *list, const char *name,
    const ldns_rr_list *before)
{
	ldns_rr *rr;
	size_t i;

	if (before == NULL)
		return push(list, bare_record(name, LDNS_RR_CLASS_NONE,
		    LDNS_RR_TYPE_ANY));
	if (ldns_rr_list_rr_count(before) == 0)
		return push(list, bare_record(name, LDNS_RR_CLASS_NONE,
		    LDNS_RR_TYPE_TXT)) &&
		    push(list, bare_record(name, LDNS_RR_CLASS_NONE,
		    LDNS_RR_TYPE_CNAME));
	for (i = 0; i < ldns_rr_list_rr_count(before); i++) {
		rr = ldns_rr_clone(ldns_rr_list_rr(before, i));
		if (rr != NULL)
			ldns_rr_set_ttl(rr, 0);
		if (!push(list, rr))
			return false;
	}
	return true;
}

/* RFC 2136 section 2.5: delete the set, add the record. */
static bool
add_changes(ldns_rr_list *list, const char *name, bool has_old,
    const char *to, uint32_t ttl)
{
	ldns_rr *rr;

	if (has_old && !push(list, bare_record(name, LDNS_RR_CLASS_ANY,
	    LDNS_RR_TYPE_TXT)))
		return false;
	if (to == NULL)
		return true;
	rr = bare_record(name, LDNS_RR_CLASS_IN, LDNS_RR_TYPE_TXT);
	if (rr == NULL)
		return false;
	ldns_rr_set_ttl(rr, ttl);
	if (txt_fill(rr, to))
		return push(list, rr);
	ldns_rr_free(rr);
	return false;
}

ldns_pkt *
update_message_make(const char *zone, const char *name,
    const ldns_rr_list *before, const char *to, uint32_t ttl)
{
	ldns_rr_list *prerequisites, *changes;
	ldns_pkt *packet;
	ldns_rdf *apex;

	packet = NULL;
	apex = ldns_dname_new_frm_str(zone);
	prerequisites = ldns_rr_list_new();
	changes = ldns_rr_list_new();
	if (apex != NULL && prerequisites != NULL && changes != NULL &&
	    add_prerequisites(prerequisites, name, before) &&
	    add_changes(changes, name, before != NULL &&
	    ldns_rr_list_rr_count(before) > 0, to, ttl))
		packet = ldns_update_pkt_new(apex, LDNS_RR_CLASS_IN,
		    prerequisites, changes, NULL);
	if (packet != NULL) {
		/* The packet owns apex, but has copies of the lists. */
		apex = NULL;
		ldns_pkt_set_id(packet, (uint16_t)arc4random());
		ldns_pkt_set_rd(packet, false);
	}
	ldns_rdf_deep_free(apex);
	ldns_rr_list_deep_free(prerequisites);
	ldns_rr_list_deep_free(changes);
	return packet;
}
