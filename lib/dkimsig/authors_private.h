/* SPDX-License-Identifier: ISC */

/*
 * Shared by authors.c and authors_found.c only.
 */

#ifndef AUTHORS_PRIVATE_H
#define AUTHORS_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "dkimsig/addresslist.h"
#include "dkimsig/authorlist.h"
#include "dkimsig/buf.h"

struct dkimsig_authors {
	struct authorlist	 authors, mentions;
	size_t		 nfields;
	size_t		 nauthorats, nmentionats;	/* "@" examined */
	size_t		 naddresses;	/* put together from tokens */
	bool		 is_uncertain;
	bool		 is_cut_short;
	int		 error;
	struct buf	 decoded, apart, outside, inside;
	bool		 keeps_addresses;
	bool		 is_unsure;	/* there may be more addresses */
	struct addresslist	 addresses;
	struct buf	 local;
};

#endif /* AUTHORS_PRIVATE_H */
