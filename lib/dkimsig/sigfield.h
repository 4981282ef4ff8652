/* SPDX-License-Identifier: ISC */

/*
 * A parsed DKIM-Signature field: RFC 6376 section 3.5, RFC 8616 section 4.
 */

#ifndef SIGFIELD_H
#define SIGFIELD_H

#include <stdint.h>

#include "dkimsig/buf.h"
#include "dkimsig/digest.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/hnames.h"
#include "dkimsig/internal.h"
#include "dkimsig/taglist.h"

#define SIGFIELD_AUID_SIZE	512	/* octets, NUL included */

struct sigfield {
	char		 sdid[DKIMSIG_DOMAIN_SIZE];	/* normalized */
	char		 selector[DKIMSIG_DOMAIN_SIZE];	/* A-labels */
	char		 auid[SIGFIELD_AUID_SIZE];
	char		 auid_domain[DKIMSIG_DOMAIN_SIZE];
	enum dkimsig_algorithm	algorithm;
	enum dkimsig_canon	header_canon, body_canon;
	int64_t		 timestamp, expires;	/* -1: absent */
	int64_t		 body_length;		/* l=; -1: absent */
	struct hnames	 names;			/* h= */
	bool		 covers_from;
	bool		 lists_itself;		/* h= has dkim-signature */
	unsigned char	 bodyhash[DIGEST_SIZE];
	unsigned char	 sig[DKIMSIG_MAX_SIGVALUE];
	size_t		 siglen;		/* 0: b= is empty */
	char		 b_prefix[9];
	struct view	 b_raw;			/* between "b=" and ";" */
};

/*
 * Parse a field's value.  Views of the result point into value.  An empty b=
 * is accepted here.
 *
 * Returns 0, or DKIMSIG_E_SYNTAX with *reason set to what is wrong (then
 * sdid, selector and b_prefix hold what could be parsed), or DKIMSIG_E_NOMEM.
 */
int	sigfield_parse(struct sigfield *field, struct view value,
	    enum dkimsig_reason *reason);

/*
 * Append the field as it is hashed: canonicalized, with an empty b=, without
 * the final CRLF.  Errors are recorded in out.  RFC 6376 section 3.7.
 */
void	sigfield_write(const struct sigfield *field, enum dkimsig_canon canon,
	    struct view name, struct view value, struct buf *out);

#endif /* SIGFIELD_H */
