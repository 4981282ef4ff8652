/* SPDX-License-Identifier: ISC */

/*
 * The steps of a key's life, and what they share.
 */

#ifndef DOMAIN_STEP_PRIVATE_H
#define DOMAIN_STEP_PRIVATE_H

#include "rotate/work.h"

/* The step of one key. */
struct step {
	struct domain_work		*work;
	struct domain_view		*view;	/* of work */
	const struct lifecycle_action	*action;
	struct ks_key			*key;
	struct lifecycle_fact		*fact;
	const char			*name;
	struct ks_error			*error;
};

/* Returns 0, or KS_E_* if the store cannot be used any more. */
typedef int	step_fn(struct step *step);

step_fn	step_publish, step_revoke, step_remove, step_destroy;

/* Report a failure; the key is not tried again in this run.  Returns 0. */
int	step_fail(const struct step *step, enum report_kind kind,
	    const char *why);

/* Report it as done, or as due in a dry run. */
void	step_succeed(const struct step *step, const char *text);

/* Log the evidence, replace the state, and report it as done. */
int	step_settle(const struct step *step, const char *text);

#endif /* DOMAIN_STEP_PRIVATE_H */
