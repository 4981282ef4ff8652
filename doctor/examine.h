/* SPDX-License-Identifier: ISC */

/*
 * Examine the signatures of a message: verify each, fetch its key record,
 * check its alignment, and diagnose it if it fails.
 */

#ifndef EXAMINE_H
#define EXAMINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnose/diagnose.h"
#include "diagnose/mailfile.h"
#include "dkim2/chain.h"
#include "dkimsig/dkimsig.h"
#include "keysource.h"

enum alignment {
	ALIGNMENT_NONE,		/* no author domain, or an unrelated one */
	ALIGNMENT_MAYBE,	/* only if the parent of both is one
				 * organization's domain */
	ALIGNMENT_RELAXED,	/* one domain is below the other */
	ALIGNMENT_STRICT	/* the domains are the same */
};

struct examined_signature {
	struct dkimsig_verdict	 verdict;
	struct dkimsig_verdict	 timeless;	/* t= and x= ignored */
	char			 query[DKIMSIG_DOMAIN_SIZE]; /* "": none */
	struct keyanswer	 answer;
	bool			 has_record;	/* record could be parsed */
	struct dkimsig_keyrecord record;
	enum alignment		 alignment;
	struct diagnosis	 diagnosis;
};

struct examination {
	struct mailfile		 mail;
	struct dkimsig_verifier	*verifier, *timeless;
	char			 author[DKIMSIG_DOMAIN_SIZE];
	int			 author_error;	/* a DKIMSIG_E_* if there is
						 * no author, else 0 */
	struct examined_signature *signatures;
	size_t			 nsignatures;
	struct dkim2_chain	 dkim2;		/* not verified */
};

/*
 * Examine the message as of the time now.  Takes ownership of mail's content
 * and zeroes mail, even on failure.  Returns 0 or a DKIMSIG_E_*; after an
 * error, x has no results.  The caller must finish x in both cases.
 */
int	examine(struct examination *x, struct mailfile *mail,
	    struct keysource *keys, int64_t now);
void	examination_finish(struct examination *x);

#endif /* EXAMINE_H */
