/* SPDX-License-Identifier: ISC */

/*
 * Domain names of ldns.
 */

#ifndef DNAME_H
#define DNAME_H

#include <ldns/ldns.h>

/*
 * A name from its text; the caller frees it.  NULL if the name is invalid, or
 * memory is short: then ldns_dname_new_frm_str(3) would crash.
 */
ldns_rdf *dname_new(const char *text);

#endif /* DNAME_H */
