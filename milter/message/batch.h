/* SPDX-License-Identifier: ISC */

/*
 * Signatures of a message that are made together: all blocks are written, then
 * signed with as few requests as possible, then the fields are finished.
 *
 * Each signature fails for itself; the caller decides what that means.
 */

#ifndef BATCH_H
#define BATCH_H

#include "message/private.h"

struct batch {
	struct batch_entry {
		struct message_signature made;	/* value NULL: it failed */
		const char *stream;		/* borrowed; "": none */
		int	 error;			/* enum sign_error */
		int	 failure;		/* DKIMSIG_E_*; 0: none */
	}	 entries[MESSAGE_MAX_SIGNATURES];
	size_t	 n;
};

/*
 * Add signatures of a domain by each of these keys of a stream, in reverse: the
 * field of the first is inserted last, and so is topmost.  Returns 0, or
 * SIGN_E_FAILED if together with reserved ones they are more than a message may
 * have; then none is added.
 */
int	batch_add(struct batch *batch, const char *sdid, const char *stream,
	    const struct sign_key *keys, size_t nkeys, size_t reserved);

/* Make all that were added. */
void	batch_make(struct batch *batch, struct message *m);

/* The first signature of a domain that failed; NULL if none did. */
const struct batch_entry *batch_failed(const struct batch *batch,
	    const char *sdid);

/* Move the signatures of a domain to the message. */
void	batch_take(struct batch *batch, const char *sdid, struct message *m);

/* Free what was not taken. */
void	batch_finish(struct batch *batch);

#endif /* BATCH_H */
