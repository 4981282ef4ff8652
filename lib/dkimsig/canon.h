/* SPDX-License-Identifier: ISC */

/*
 * Canonicalization, RFC 6376 section 3.4: one header field into a buffer, a
 * body in chunks into a digest.
 */

#ifndef CANON_H
#define CANON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dkimsig/bodyscan.h"
#include "dkimsig/buf.h"
#include "dkimsig/digest.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"

/*
 * Append a header field, canonicalized, without its final CRLF.  name is
 * everything before the colon, blanks included, and value everything after it.
 * Errors are recorded in out.
 */
void	canon_header(enum dkimsig_canon canon, struct view name,
	    struct view value, struct buf *out);

#define CANON_BODY_ALL	UINT64_MAX

/* Text around changes is collected, so that the digest gets long pieces. */
#define CANON_BODY_BUFFER	4096	/* octets */

/* A body that is being canonicalized and hashed. */
struct canon_body {
	enum dkimsig_canon canon;
	struct digest	 digest;
	uint64_t	 limit;		/* octets to hash at most: l= */
	uint64_t	 total;		/* canonical octets so far */

	/* Input held back because its meaning depends on what follows. */
	uint64_t	 crlfs;		/* number of line ends */
	bool		 wsp;		/* then blanks (relaxed) */
	bool		 cr;		/* then a CR */

	int		 error;
	size_t		 waiting;	/* octets in buffer */
	bool		 has_tabs;	/* there, which become spaces */
	/* The rest lets whole blocks be copied; only its beginning counts. */
	char		 buffer[CANON_BODY_BUFFER + BODY_BLOCK];
};

/* 0, DKIMSIG_E_NOMEM or DKIMSIG_E_CRYPTO. */
int	canon_body_init(struct canon_body *c, enum dkimsig_canon canon,
	    uint64_t limit);
/* Free; a zeroed one is allowed. */
void	canon_body_finish(struct canon_body *c);

/* Copy *from to *to, which must be initialized.  0 or DKIMSIG_E_CRYPTO. */
int	canon_body_copy(struct canon_body *to, const struct canon_body *from);

/*
 * Add the next piece, cut anywhere, to n bodies, with a single scan of it.
 * scan collects its faults; NULL: they are not wanted.  0 or DKIMSIG_E_CRYPTO.
 */
int	canon_bodies_update(struct bodyscan *scan,
	    struct canon_body *const *bodies, size_t n, const char *data,
	    size_t len);

/* The same for one body, without faults. */
int	canon_body_update(struct canon_body *c, const char *data, size_t len);

/* End the body and return the hash of at most limit octets; total is final. */
int	canon_body_end(struct canon_body *c,
	    unsigned char hash[DIGEST_SIZE]);

#endif /* CANON_H */
