/* SPDX-License-Identifier: ISC */

/*
 * "hook batch": the changes of several domains in one start of the program.
 * See HOOK PROGRAM in countersign-key(8).
 */

#ifndef PUBLISH_HOOK_BATCH_H
#define PUBLISH_HOOK_BATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "publish/crew.h"
#include "publish/publish.h"

/* A start is given at most so many lines; as many workers can wait for it. */
#define BATCH_LINES	PUBLISH_CREW_WAITING
#define BATCH_GATHER_MS	5000	/* from the first change to the start */
#define BATCH_SILENCE_MS 60000	/* without an answer, it is killed, */
#define BATCH_LIMIT_MS	300000	/* and after that in any case */

/* One line: what NAME TTL VALUE. */
struct hook_line {
	const char	*what;		/* "add", "remove" */
	const char	*name, *value;
	uint32_t	 ttl;
	const struct publish_change *change;	/* which it is part of */
};

/* The changes that wait for a start. */
struct hook_change;
struct hook_batch {
	struct publish_crew	*crew;		/* borrowed */
	pthread_mutex_t		 mutex;		/* of all below */
	pthread_cond_t		 changed;
	struct hook_change	*first, *last;
	size_t			 nqueued;
	int64_t			 since;		/* the first is there */
	bool			 is_led;	/* one gathers, or runs it */
	bool			 is_unsupported;
	int64_t			 gather_ms;
	unsigned int		 silence_ms;
};

void	hook_batch_init(struct hook_batch *batch, struct publish_crew *crew);
void	hook_batch_finish(struct hook_batch *batch);

/*
 * Have the hook make one change together with those of other threads; waits
 * until that is done.  False, with nothing changed, if it must be started for
 * this one alone: it does not know "batch", or the value has control
 * characters.  Otherwise *result and error are as publish_change() says.
 */
bool	hook_batch_change(struct hook_batch *batch, const char *hook,
	    const struct hook_line *line, enum publish_result *result,
	    struct ks_error *error);

#endif /* PUBLISH_HOOK_BATCH_H */
