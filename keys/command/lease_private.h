/* SPDX-License-Identifier: ISC */

/*
 * What the files about the lease share.
 */

#ifndef COMMAND_LEASE_PRIVATE_H
#define COMMAND_LEASE_PRIVATE_H

#include <pthread.h>

#include "rotate/context.h"
#include "store/master.h"
#include "talk/client.h"

/* A change of DNS that an earlier holder has begun. */
struct lease_intent {
	int64_t	id;
	char	domain[DKIMSIG_DOMAIN_SIZE];
	char	selector[KS_SELECTOR_SIZE];
};

struct lease {
	const char		*keydir;	/* borrowed */
	int			 answer_s;	/* of countersign-fleet */
	struct ks_master	 master;
	struct rotation_lease	 rotation;
	pthread_mutex_t		 mutex;		/* of all below */
	struct talk		*talk;		/* NULL: not asked yet */
	bool			 is_taken;
	bool			 is_doubtful;	/* whether it still is */
	int64_t			 term;		/* how often it was taken */
	bool			 is_broken;	/* the connection */
	size_t			 nchanging;	/* changes of DNS under way */
	bool			 was_refused;	/* one did not begin */
	int64_t			 asked_ms;	/* when it was asked for */
	/* The last intent, -1: none; and until when its change may begin. */
	int64_t			 begun, until_ms;
	/* Why it is not taken: who has it, or why to wait. */
	char			 holder[TALK_NAME_SIZE];
	char			 why[400];
	int64_t			 wait_ms;
	struct lease_intent	*intents;	/* of earlier holders */
	size_t			 nintents;
};

/* Set the master, which asks under the lease. */
void	lease_master(struct lease *lease);

/*
 * For those who have the mutex.  Ask, or send a part of a request, if there is
 * one.  Return 0 or KS_E_*.
 */
int	lease_ask(struct lease *lease, const struct talk_message *request,
	    void (*each)(void *, const struct talk_message *), void *context,
	    struct ks_error *error);
int	lease_tell(struct lease *lease, enum talk_kind kind, const char *text,
	    struct ks_error *error);

/* The same: whether the lease is still that of the term.  0 or KS_E_LOCKED. */
int	lease_in_term(const struct lease *lease, int64_t term,
	    struct ks_error *error);

/* Set the text of an error; returns the code. */
int	lease_fail(struct ks_error *error, int code, const char *text);

/*
 * Look in DNS how changes ended that earlier holders have begun, in that domain
 * or in all (NULL), and note those that all servers agree on; the domains of
 * the others wait.  Returns 0 or KS_E_*.
 */
int	lease_settle(struct lease *lease, struct rotation_run *run,
	    const char *domain, struct ks_error *error);

/* Note one.  Returns 0 or KS_E_*. */
int	lease_settled(struct lease *lease, int64_t id,
	    struct ks_error *error);

#endif /* COMMAND_LEASE_PRIVATE_H */
