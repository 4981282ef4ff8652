/* SPDX-License-Identifier: ISC */

/*
 * Room keys/rotate: carries out the steps of a key's life.
 *
 * Work on the keys of one domain: hold its lock, keep its state in memory with
 * what is known of each key, and carry out steps of lifecycle.h.
 *
 * A step is first logged with its evidence, then DNS or the key file is
 * changed, and the state is replaced last.  Each of these can be repeated, so
 * a process that dies in between does no harm.
 */

#ifndef DOMAIN_WORK_H
#define DOMAIN_WORK_H

#include "life/key_change.h"
#include "probe/sight.h"
#include "record/record.h"
#include "rotate/context.h"
#include "rotate/report.h"

/* What is remembered of a key besides its facts. */
struct work_note {
	char	 selector[KS_SELECTOR_SIZE];	/* with generated: which key */
	int64_t	 generated;
	char	*evidence;	/* what DNS showed; NULL: not looked at */
	char	*published;	/* its record as DNS shows it, or NULL */
	bool	 was_loaded;	/* its file was tried */
	char	*fault;		/* why it cannot be used, or NULL */
};

struct domain_work {
	struct rotation_run	*run;
	const struct rotation	*rotation;
	struct lifecycle_policy	 policy;
	struct ks_lock		*lock;		/* NULL in a dry run */
	struct ks_state		 state;
	struct lifecycle_fact	*facts;		/* one for each key, */
	struct work_note	*notes;		/* so are they */
	size_t			 nnotes;
	struct domain_report	*report;
	bool			 strict;	/* so are new keys */
};

/*
 * Lock the domain, waiting as long as the run allows, and read its state;
 * create is for a domain that has none.  Returns 0 or KS_E_*;
 * domain_work_close() in either case.
 */
int	domain_work_open(struct domain_work *work, struct rotation_run *run,
	    const char *domain, bool create, struct domain_report *report,
	    struct ks_error *error);
void	domain_work_close(struct domain_work *work);

/* The clock of the run. */
int64_t	domain_work_now(const struct domain_work *work);

/* Update the facts that do not come from DNS: last use, key file.  Also after
 * keys were added or removed: what is known of the others is kept. */
int	domain_work_refresh(struct domain_work *work, struct ks_error *error);

/*
 * Carry out one step.  The report says what happened; a failed step is marked
 * in the facts, so that it is not tried again in this run.  Returns 0, or
 * KS_E_* if the store cannot be used any more.
 */
int	domain_work_step(struct domain_work *work,
	    const struct lifecycle_action *action, struct ks_error *error);

/* Take steps until none is due; then report what is waited for. */
int	domain_work_run(struct domain_work *work, struct ks_error *error);

/*
 * What DNS shows of the record that a key should have.  Returns 0, and
 * dns_sight_finish() is the caller's, or KS_E_*.
 */
int	domain_work_sight(struct domain_work *work, const struct ks_key *key,
	    struct record *record, struct dns_sight *sight,
	    struct ks_error *error);

/* The facts of a key that DNS shows. */
void	domain_work_take_fact(struct lifecycle_fact *fact,
	    const struct dns_sight *sight);

/*
 * Look up the record of a key in DNS.  The key is marked in the facts as tried
 * if its private key, from which the record is made, cannot be read.
 */
void	domain_work_look(struct domain_work *work, size_t i);

/*
 * Find the facts about the key files, and whether something is wrong with the
 * store.  Returns 0, or KS_E_* if this cannot be found out.
 */
int	domain_work_files(struct domain_work *work, struct ks_error *error);

/* "..." if nothing was looked up; valid until the next look-up. */
const char *domain_work_evidence(const struct domain_work *work, size_t i);

/*
 * Generate a key of the algorithm by the policy, and add it.  If that fails, it
 * is reported and marked in the policy, and 0 is returned.
 */
int	domain_work_generate(struct domain_work *work,
	    enum dkimsig_algorithm algorithm, struct ks_error *error);

/* For changes of its keys, now. */
struct key_change domain_work_change(struct domain_work *work);

/*
 * The key of an algorithm that could start signing if all servers answered:
 * those that answer show its record.  NULL if there is none.
 */
const struct ks_key *domain_work_waiting(const struct domain_work *work,
	    enum dkimsig_algorithm algorithm, int64_t now);

/* Report what is waiting, what somebody must do, and what is wrong. */
void	domain_work_outlook(struct domain_work *work, int64_t now);

/* Report from when on mail will be signed, if it is not yet. */
void	domain_work_say_start(struct domain_work *work, int64_t now);

#endif /* DOMAIN_WORK_H */
