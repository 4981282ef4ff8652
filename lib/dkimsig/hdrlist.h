/* SPDX-License-Identifier: ISC */

/*
 * The header fields of a message, in message order, with limits.
 *
 * Selection is that of RFC 6376 section 5.4.2: the n-th mention of a name is
 * the n-th field of that name from the bottom.
 */

#ifndef HDRLIST_H
#define HDRLIST_H

#include <stddef.h>
#include <stdint.h>

#include "dkimsig/internal.h"

struct hdrfield {
	struct view	 name;		/* as in the message, blanks included */
	struct view	 key;		/* the name without trailing blanks */
	struct view	 value;		/* everything after the colon */
	char		*text;		/* the views point into it */
	bool		 omitted;	/* neither counted nor selected */
	uint32_t	 hash;		/* of key, without case */
	size_t		 above;		/* number of the next field above in
					 * its bucket, from 1; 0: none */
};

#define HDRLIST_BUCKETS	64	/* a power of 2 */

struct hdrlist {
	struct hdrfield	*fields;
	size_t		 nfields;
	size_t		 size;		/* allocated fields */
	size_t		 total;		/* octets of all fields, with CRLFs */
	size_t		 max_total;
	size_t		 max_fields;
	unsigned int	 faults;	/* DKIMSIG_FAULT_* of all fields */
	/* The lowest field of those whose hash ends alike, from 1; 0: none. */
	size_t		 lowest[HDRLIST_BUCKETS];
};

/* 0 means the library's limit; DKIMSIG_E_ARG if one is over it. */
int	hdrlist_init(struct hdrlist *list, size_t max_total,
	    size_t max_fields);
/* Free; a zeroed list is allowed. */
void	hdrlist_finish(struct hdrlist *list);

/* Add a field at the bottom; the contract is that of
 * dkimsig_signer_header(). */
int	hdrlist_add(struct hdrlist *list, struct view name,
	    struct view value);

/* The number of fields with this name. */
size_t	hdrlist_count(const struct hdrlist *list, struct view name);

/* The next field with this name above that one, or with NULL the lowest; NULL
 * if there is none.  except is skipped; it may be NULL. */
const struct hdrfield *hdrlist_above(const struct hdrlist *list,
	    struct view name, const struct hdrfield *field,
	    const struct hdrfield *except);

/* The author domain; the contract is that of dkimsig_verifier_author(). */
int	hdrlist_author(const struct hdrlist *list, char *domain,
	    size_t domainsize);

#endif /* HDRLIST_H */
