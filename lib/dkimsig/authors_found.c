/* SPDX-License-Identifier: ISC */

/*
 * What was found in the From fields of a message, for the caller to read.
 *
 * authors.c finds it.  All indexes begin at 0; for one that is not below the
 * count, the answer is NULL.  Nothing fails.
 */

#include "dkimsig/authors_private.h"
#include "dkimsig/dkimsig.h"

DKIMSIG_API size_t
dkimsig_authors_nfields(const struct dkimsig_authors *a)
{
	return a->nfields;
}

DKIMSIG_API size_t
dkimsig_authors_count(const struct dkimsig_authors *a)
{
	return a->authors.n;
}

DKIMSIG_API const char *
dkimsig_authors_domain(const struct dkimsig_authors *a, size_t index)
{
	return index < a->authors.n ? a->authors.names[index] : NULL;
}

DKIMSIG_API size_t
dkimsig_authors_nmentions(const struct dkimsig_authors *a)
{
	return a->mentions.n;
}

DKIMSIG_API const char *
dkimsig_authors_mention(const struct dkimsig_authors *a, size_t index)
{
	return index < a->mentions.n ? a->mentions.names[index] : NULL;
}

DKIMSIG_API size_t
dkimsig_authors_naddresses(const struct dkimsig_authors *a)
{
	return a->addresses.n;
}

DKIMSIG_API const char *
dkimsig_authors_address_local(const struct dkimsig_authors *a, size_t index)
{
	return index < a->addresses.n ? a->addresses.addresses[index].local :
	    NULL;
}

DKIMSIG_API const char *
dkimsig_authors_address_domain(const struct dkimsig_authors *a, size_t index)
{
	return index < a->addresses.n ? a->addresses.addresses[index].domain :
	    NULL;
}

DKIMSIG_API bool
dkimsig_authors_addresses_uncertain(const struct dkimsig_authors *a)
{
	return a->is_unsure || a->is_uncertain;
}

DKIMSIG_API bool
dkimsig_authors_uncertain(const struct dkimsig_authors *a)
{
	return a->is_uncertain;
}

DKIMSIG_API bool
dkimsig_authors_overflow(const struct dkimsig_authors *a)
{
	return a->is_cut_short;
}
