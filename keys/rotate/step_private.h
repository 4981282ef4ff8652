/* SPDX-License-Identifier: ISC */

/*
 * The steps of a key's life, and the functions that they share.
 */

#ifndef DOMAIN_STEP_PRIVATE_H
#define DOMAIN_STEP_PRIVATE_H

#include "rotate/work.h"

/* A step that is being taken, and the key that it is for. */
struct step {
	struct domain_work		*work;
	struct domain_view		*view;	/* of work */
	const struct lifecycle_action	*action;
	struct ks_key			*key;
	struct lifecycle_fact		*fact;
	const char			*name;
	struct ks_error			*error;
	int				 r;	/* of change_record() */
};

/*
 * Take the step, and report what happened.  Returns 0, also if the step failed,
 * or KS_E_* if the store can no longer be used.
 */
typedef int	step_fn(struct step *step);

step_fn	step_publish, step_revoke, step_revoke_again, step_remove;
step_fn	step_destroy;

/*
 * For how long a hook may put off a change before that counts as a failure:
 * seconds.
 */
#define STEP_PATIENCE	86400

/*
 * Report that the step was not taken, and why; no further step is taken for
 * this key in this run.  Returns 0.
 */
int	step_fail(const struct step *step, enum report_kind kind,
	    const char *why);

/*
 * The hook put the change off: wait for the next run, for up to STEP_PATIENCE
 * from the time in the state.  It is a failure at once for a compromised key,
 * and if no other run follows.  Returns 0, or KS_E_* if the store failed.
 */
int	step_delay(const struct step *step, const char *why);

/* Report the step as done, or in a dry run as due. */
void	step_succeed(const struct step *step, const char *text);

/* Log the evidence, write the state, and report the step as done. */
int	step_settle(const struct step *step, const char *text);

#endif /* DOMAIN_STEP_PRIVATE_H */
