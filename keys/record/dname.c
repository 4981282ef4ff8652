/* SPDX-License-Identifier: ISC */

/*
 * Domain names of ldns: see dname.h.
 *
 * ldns_dname_new_frm_str(3) of ldns 1.8 sets the type of a name for which there
 * was no memory.  The function that it calls succeeds then, and gives none.
 */

#include "record/dname.h"

#include <stddef.h>

ldns_rdf *
dname_new(const char *text)
{
	ldns_rdf *rdf = NULL;

	return ldns_str2rdf_dname(&rdf, text) == LDNS_STATUS_OK ? rdf : NULL;
}
