/* SPDX-License-Identifier: ISC */

/*
 * Shared by the parts of the verifier: verifier.c (header and body),
 * verifier_key.c (key records), verifier_result.c (verdicts and blocks).
 */

#ifndef VERIFIER_PRIVATE_H
#define VERIFIER_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/types.h>

#include "dkimsig/buf.h"
#include "dkimsig/canon.h"
#include "dkimsig/digest.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/hdrlist.h"
#include "dkimsig/sigfield.h"

enum stage {
	STAGE_HEADER,
	STAGE_BODY,
	STAGE_KEYS,
	STAGE_RESULT
};

struct body {
	struct canon_body	 canon;
	unsigned char		 hash[DIGEST_SIZE];
};

/* The result of loading a key record. */
struct key {
	enum dkimsig_result	 result;	/* none: the key can be used */
	enum dkimsig_reason	 reason;
	EVP_PKEY		*pkey;
	unsigned int		 bits;
	bool			 is_testing;
};

struct signature {
	size_t			 at;		/* index of the field */
	struct sigfield		 field;
	enum dkimsig_result	 result;	/* none: not decided yet */
	enum dkimsig_reason	 reason;
	struct body		*body;
	char			 query[DKIMSIG_DOMAIN_SIZE];
	bool			 is_parsed;	/* sigfield_parse() succeeded */
	bool			 has_key;
	struct key		 key;
};

struct dkimsig_verifier {
	enum stage		 stage;
	int			 error;		/* sticky */
	struct dkimsig_verifier_opts opts;
	struct hdrlist		 fields;
	struct signature	*signatures;	/* examined */
	size_t			 nsignatures;
	size_t			 nfields;	/* dkimsig_verifier_count() */
	struct body		*bodies;
	size_t			 nbodies;
	struct buf		 block;		/* last to-be-signed block */
};

static inline void
decide(struct signature *s, enum dkimsig_result result,
    enum dkimsig_reason reason)
{
	s->result = result;
	s->reason = reason;
}

/* Fill in what is known about a signature; in verifier_result.c. */
void	verifier_fill_verdict(const struct signature *s,
	    struct dkimsig_verdict *verdict);

/* Compare t= and x= with the time of judgement; REASON_NONE if they agree. */
static inline enum dkimsig_reason
judge_times(const struct dkimsig_verifier *v, const struct sigfield *f)
{
	if (f->expires != -1 && f->expires < v->opts.now - v->opts.clock_skew)
		return DKIMSIG_REASON_EXPIRED;
	if (f->timestamp > v->opts.now + v->opts.clock_skew)
		return DKIMSIG_REASON_FUTURE;
	return DKIMSIG_REASON_NONE;
}

#endif /* VERIFIER_PRIVATE_H */
