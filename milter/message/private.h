/* SPDX-License-Identifier: ISC */

/*
 * struct message and what the files that implement it share; no other file
 * includes this.  message.c calls author.c, sign.c and fate.c, and sign.c calls
 * ceilings.c and fate.c.
 */

#ifndef MESSAGE_PRIVATE_H
#define MESSAGE_PRIVATE_H

#include <stdbool.h>

#include "ceilings/counts.h"
#include "message/message.h"

enum message_stage {
	MESSAGE_HEADER,
	MESSAGE_WAITING,	/* for the body, to be able to decide */
	MESSAGE_SIGNING,	/* decided: the body is hashed */
	MESSAGE_SETTLED		/* decided: the body is not needed */
};

struct message {
	const struct config	*config;
	struct facts		*facts;
	const struct message_means *means;
	struct dkimsig_signer	*signer;
	struct upstream		*upstream;	/* NULL: not needed */
	struct removals		 removals;
	struct traces		 traces;
	enum message_stage	 stage;
	int			 failure;	/* first DKIMSIG_E_* */

	struct dkimsig_authors	*authors;	/* of all From fields */

	struct decision		 decision;
	struct fate		 fate;
	bool			 has_bodyhash;

	/* The author domain's keys. */
	char			 sdid[DKIMSIG_DOMAIN_SIZE];
	struct sign_key		 keys[SIGN_MAX_KEYS];
	size_t			 nkeys;

	/* MESSAGE_MAX_SIGNATURES of them, once it is signed: not while the
	 * body arrives, when most messages are waiting. */
	struct message_signature *signatures;
	size_t			 nsignatures;

	uint64_t		*recipients;	/* hashes: see ceilings.c */
	size_t			 nrecipients, recipients_size;
	struct tally_result	 ceilings;
	bool			 is_counted;
};

void	message_set_fate(struct message *m, enum action action,
	    enum fate_cause cause, const char *reason);
void	message_keep_failure(struct message *m, int error);

/* Set the fate according to the failure that was kept. */
void	message_fail(struct message *m);

/* Read a field if it is From; after all fields, add the authors to the facts.
 * Both return 0, or -1 when out of memory. */
int	message_add_author(struct message *m, const char *name,
	    size_t namelen, const char *value, size_t valuelen);
int	message_keep_authors(struct message *m);

/*
 * Find the keys that sign for the author domain: its own, else those of the
 * nearest parent that the source allows.  If there are none, set the fate and
 * return false.
 */
bool	message_find_keys(struct message *m);

/* Count a message that is about to be signed; false, with the fate set, if a
 * ceiling defers it. */
bool	message_count_it(struct message *m);

/* Make all signatures, or set the fate. */
void	message_sign(struct message *m);

#endif /* MESSAGE_PRIVATE_H */
