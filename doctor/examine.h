/* SPDX-License-Identifier: ISC */

/*
 * All that can be said of a message's signatures.
 */

#ifndef EXAMINE_H
#define EXAMINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnose/diagnose.h"
#include "diagnose/mailfile.h"
#include "dkimsig/dkimsig.h"
#include "keysource.h"

enum alignment {
	ALIGNMENT_NONE,		/* no author domain, or another one */
	ALIGNMENT_MAYBE,	/* if a common parent is the organization's */
	ALIGNMENT_RELAXED,	/* one is below the other */
	ALIGNMENT_STRICT	/* the same */
};

struct examined_signature {
	struct dkimsig_verdict	 verdict;
	/* Of the time alone: the verdict if t= and x= were of now. */
	struct dkimsig_verdict	 timeless;
	char			 query[DKIMSIG_DOMAIN_SIZE]; /* "": none */
	struct keyanswer	 answer;
	bool			 has_record;	/* one that can be read */
	struct dkimsig_keyrecord record;
	enum alignment		 alignment;
	struct diagnosis	 diagnosis;
};

struct examination {
	struct mailfile		 mail;
	struct dkimsig_verifier	*verifier, *timeless;
	char			 author[DKIMSIG_DOMAIN_SIZE];
	int			 author_error;	/* 0, or why there is none */
	struct examined_signature *signatures;
	size_t			 nsignatures;
};

/*
 * Examine a message at a time.  mail is taken over, in any case; finish x in
 * any case.  Returns 0 or a DKIMSIG_E_*, after which x says nothing.
 */
int	examine(struct examination *x, struct mailfile *mail,
	    struct keysource *keys, int64_t now);
void	examination_finish(struct examination *x);

#endif /* EXAMINE_H */
