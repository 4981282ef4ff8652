/* SPDX-License-Identifier: ISC */

/*
 * A body through each path of the scan that this CPU supports, compared with
 * slowbody.h: both canonicalizations at once, and each alone.
 */

#ifndef BODYPATHS_H
#define BODYPATHS_H

#include <stdbool.h>
#include <stddef.h>

/* What a body should come to, computed once for many cuts. */
struct bodyshould {
	const char	*body;
	size_t		 len;
	unsigned int	 faults;
	unsigned char	 hashes[2][32];		/* by enum dkimsig_canon */
};

/* Begin; body is borrowed.  False if memory runs out. */
bool	bodypaths_init(struct bodyshould *should, const char *body,
	    size_t len);

/*
 * Whether each path gives what it should, if the body comes in pieces that end
 * at these offsets, in rising order, and at its end.  Each piece is copied to
 * memory of its own size, so that a sanitizer sees a read beyond it.  If not,
 * *path is the name of a path that differs, or NULL if memory ran out.
 */
bool	bodypaths_agree(const struct bodyshould *should, const size_t *cuts,
	    size_t ncuts, const char **path);

#endif /* BODYPATHS_H */
