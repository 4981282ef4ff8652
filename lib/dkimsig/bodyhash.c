/* SPDX-License-Identifier: ISC */

/*
 * A body hash that can be computed at any position, RFC 6376 sections 3.4.3,
 * 3.4.4 and 3.5 (bh=, l=).
 *
 * The end of a body is canonicalized in its own way.  So the hash at a position
 * is computed by ending a copy there; more can be added to the original.  Fails
 * if the digest fails, or, in new, if memory runs out.
 */

#include <stdlib.h>

#include "dkimsig/canon.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"

struct dkimsig_bodyhash {
	struct canon_body	 body;
	struct canon_body	 ended;		/* the copy */
};

DKIMSIG_API int
dkimsig_bodyhash_new(struct dkimsig_bodyhash **bodyhash,
    enum dkimsig_canon canon, int64_t length)
{
	uint64_t limit = length == -1 ? CANON_BODY_ALL : (uint64_t)length;
	struct dkimsig_bodyhash *b;
	int r;

	*bodyhash = NULL;
	if (length < -1 || canon > DKIMSIG_CANON_RELAXED)
		return DKIMSIG_E_ARG;
	if ((b = calloc(1, sizeof(*b))) == NULL)
		return DKIMSIG_E_NOMEM;
	if ((r = canon_body_init(&b->body, canon, limit)) != 0 ||
	    (r = canon_body_init(&b->ended, canon, limit)) != 0) {
		dkimsig_bodyhash_free(b);
		return r;
	}
	*bodyhash = b;
	return 0;
}

DKIMSIG_API void
dkimsig_bodyhash_free(struct dkimsig_bodyhash *b)
{
	if (b == NULL)
		return;
	canon_body_finish(&b->body);
	canon_body_finish(&b->ended);
	free(b);
}

DKIMSIG_API int
dkimsig_bodyhash_update(struct dkimsig_bodyhash *b, const void *chunk,
    size_t len)
{
	return canon_body_update(&b->body, chunk, len);
}

DKIMSIG_API int
dkimsig_bodyhash_copy(struct dkimsig_bodyhash *to,
    const struct dkimsig_bodyhash *from)
{
	return canon_body_copy(&to->body, &from->body);
}

DKIMSIG_API int
dkimsig_bodyhash_hash(struct dkimsig_bodyhash *b,
    unsigned char hash[DKIMSIG_HASH_SIZE])
{
	int r;

	if ((r = canon_body_copy(&b->ended, &b->body)) != 0)
		return r;
	return canon_body_end(&b->ended, hash);
}
