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
#include "rotate/context.h"
#include "rotate/report.h"
#include "rotate/view.h"

struct domain_work {
	struct domain_view	 view;		/* what a reader has, too */
	struct ks_lock		*lock;		/* NULL in a dry run */
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
 * Look up the record of a key in DNS.  The key is marked in the facts as tried
 * if its private key, from which the record is made, cannot be read.
 */
void	domain_work_look(struct domain_work *work, size_t i);

/*
 * Generate a key of the algorithm by the policy, and add it.  If that fails, it
 * is reported and marked in the policy, and 0 is returned.
 */
int	domain_work_generate(struct domain_work *work,
	    enum dkimsig_algorithm algorithm, struct ks_error *error);

/* For changes of its keys, now. */
struct key_change domain_work_change(struct domain_work *work);

/* Report what is waiting, what somebody must do, and what is wrong. */
void	domain_work_outlook(struct domain_work *work, int64_t now);

/* Report from when on mail will be signed, if it is not yet. */
void	domain_work_say_start(struct domain_work *work, int64_t now);

#endif /* DOMAIN_WORK_H */
