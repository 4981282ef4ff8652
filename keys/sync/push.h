/* SPDX-License-Identifier: ISC */

/*
 * The host that pushes: what it writes to another host, and what it makes of
 * the answers.  Whoever moves the octets calls the two functions in any order.
 *
 * A domain that the other host already has in the same state costs one short
 * line; of the others, the state and all private keys are pushed.
 */

#ifndef SYNC_PUSH_H
#define SYNC_PUSH_H

#include <stdbool.h>

#include "store/hosts_file.h"
#include "sync/protocol.h"

/* What a push needs; all pointers are borrowed. */
struct sync_push_means {
	struct keystore		*ks;
	int64_t			 (*clock)(void);
	struct ks_holder	 holder;
	struct ks_generation	 generation;
	/* Sorted: those of the store, and those that were archived. */
	char			*const *domains;
	size_t			 ndomains;
	char			*const *gone;
	size_t			 ngone;
};

struct sync_push;

/*
 * A push to one host, of which the record is known, or NULL for nothing.
 * Returns NULL if out of memory or without random numbers.
 */
struct sync_push *sync_push_new(const struct sync_push_means *means,
	    const struct ks_host_record *record);
void	sync_push_free(struct sync_push *push);

/*
 * What is to be written next: the number of octets in *chunk, which stay there
 * until the next call; 0 if nothing can be written before an answer comes; or
 * SYNC_PUSH_END.  It may contain private keys.
 */
#define SYNC_PUSH_END	((size_t)-1)
size_t	sync_push_give(struct sync_push *push, const char **chunk);

/* Octets of answers, cut anywhere. */
void	sync_push_take(struct sync_push *push, const char *chunk, size_t len);

struct sync_outcome {
	bool		 is_done;	/* every request was answered */
	size_t		 ntaken;	/* domains that were changed there */
	size_t		 nfailed;	/* domains that were not */
	struct ks_error	 fault;		/* the first one, or "" */
};

/*
 * When nothing follows: how it ended.  What the host has by now is put into the
 * record of the host in place of its keys.  Returns 0 or KS_E_NOMEM.
 */
int	sync_push_finish(struct sync_push *push, struct sync_outcome *outcome,
	    struct ks_host_record *record);

#endif /* SYNC_PUSH_H */
