/* SPDX-License-Identifier: ISC */

/*
 * Room keys/rotate: takes the steps of a key's life.
 *
 * Work on the keys of one domain: hold its lock, keep its state and what is
 * known about each key in memory, and take the steps of lifecycle.h.
 *
 * A step changes DNS first, then logs the evidence, and writes the state last.
 * A private key is removed only after this was logged.  Everything can be
 * repeated, so it does no harm if the process is killed in between.
 */

#ifndef DOMAIN_WORK_H
#define DOMAIN_WORK_H

#include "life/key_change.h"
#include "rotate/context.h"
#include "rotate/report.h"
#include "rotate/view.h"

struct domain_work {
	struct domain_view	 view;
	struct ks_lock		*lock;		/* NULL in a dry run */
	struct domain_report	*report;	/* borrowed */
	bool			 strict;	/* new keys get t=s */
	bool			 is_patient;	/* another run follows */
	bool			 is_archived;	/* the domain is gone */
	int64_t			 ahead;		/* s; of a dry run's clock */
};

/*
 * Lock the domain, waiting as long as the run allows, and read its state.  If
 * it has none and create is set, start with an empty one.  Returns 0 or KS_E_*;
 * call domain_work_close() in either case.
 */
int	domain_work_open(struct domain_work *work, struct rotation_run *run,
	    const char *domain, bool create, struct domain_report *report,
	    struct ks_error *error);
void	domain_work_close(struct domain_work *work);

/* Read the clock of the run; that of a dry run may be ahead. */
int64_t	domain_work_now(const struct domain_work *work);

/*
 * Take one step, and add what happened to the report.  If it fails, the facts
 * of the key say so, and it is not tried again in this run.  Returns 0, or
 * KS_E_* if the store can no longer be used.
 */
int	domain_work_step(struct domain_work *work,
	    const struct lifecycle_action *action, struct ks_error *error);

/*
 * Ask DNS for the record of a key that was revoked, and revoke it again if it
 * is back.  Returns as domain_work_step().
 */
int	domain_work_revoke_again(struct domain_work *work, size_t key,
	    struct ks_error *error);

/*
 * Take steps until none is due; then add to the report what the domain waits
 * for.  Returns as domain_work_step().
 */
int	domain_work_run(struct domain_work *work, struct ks_error *error);

/*
 * Look up the record of a key in DNS, and set its facts.  If this is not
 * possible, for example because its record cannot be made, the failure is
 * reported, and no further step is taken for this key in this run.
 */
void	domain_work_look(struct domain_work *work, size_t i);

/*
 * Ask resolvers outside for the record of a key, if the configuration names
 * any and all name servers show the record; set its facts.  Failures are
 * reported as by domain_work_look().
 */
void	domain_work_look_outside(struct domain_work *work, size_t i);

/*
 * Generate a key of the line as the policy says, and add it to the domain.
 * If that fails, the failure is reported, the policy says that no such key can
 * be made in this run, and 0 is returned.
 */
int	domain_work_generate(struct domain_work *work,
	    const struct lifecycle_line *line, struct ks_error *error);

/* Begin a change of the keys, at the time of the clock. */
struct key_change domain_work_change(struct domain_work *work);

#endif /* DOMAIN_WORK_H */
