/* SPDX-License-Identifier: ISC */

/*
 * Asking countersign-fleet.
 */

#ifndef TALK_CLIENT_H
#define TALK_CLIENT_H

#include "talk/protocol.h"

#define TALK_ANSWER_S	180	/* a database may be slow to refuse */
#define TALK_URGENT_S	40	/* more than it may take for one statement */

struct talk;

/*
 * Connect to the daemon of a key directory, and greet it; *ready is its answer.
 * This and each later answer may take limit_s seconds.  Returns 0, KS_E_NOKEY
 * if it does not run, KS_E_NOMEM, KS_E_SYSTEM or KS_E_ARG.
 */
int	talk_open(struct talk **talk, const char *keydir, int limit_s,
	    struct talk_message *ready, struct ks_error *error);
void	talk_close(struct talk *talk);

/*
 * Ask, and call each for each answer but the last one.  Returns 0 after "done",
 * KS_E_EXISTS if the request was refused, with the reason, or another KS_E_*.
 */
int	talk_ask(struct talk *talk, const struct talk_message *request,
	    void (*each)(void *context, const struct talk_message *answer),
	    void *context, struct ks_error *error);

/*
 * Ask for several things at once, TALK_MAX_BATCH at most, and call each for
 * each answer but "done", so also if a request was refused.  Returns 0 if all
 * were answered, or KS_E_*.
 */
int	talk_ask_all(struct talk *talk, const struct talk_message *requests,
	    size_t n,
	    void (*each)(void *context, const struct talk_message *answer),
	    void *context, struct ks_error *error);

/* Send a part of a request, which has no answer.  Returns 0 or KS_E_*. */
int	talk_tell(struct talk *talk, const struct talk_message *part,
	    struct ks_error *error);

#endif /* TALK_CLIENT_H */
