/* SPDX-License-Identifier: ISC */

/*
 * A decision that was logged, in the terms of the policy, beside the
 * configuration of today.
 */

#ifndef RETELL_H
#define RETELL_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "explain.h"
#include "journal/decision.h"
#include "policy/policy.h"

#define RETELL_NAME_SIZE	96

struct retold {
	const struct config		*config;	/* may be NULL */
	const struct logged_decision	*decision;

	/* The factors that were logged, as far as they are known. */
	struct factor_result	 results[POLICY_MAX_FACTORS];
	char			 names[POLICY_MAX_FACTORS][RETELL_NAME_SIZE];
	size_t			 nresults;

	/* The source of that name; NULL if there is none today. */
	const struct source	*source;
	/* The source has the same factors as then. */
	bool			 is_same;

	/* For explain_required() and explain_need(), if is_same. */
	struct explanation	 explanation;
	struct explained_source	 explained;
};

/* config and decision are borrowed. */
void	retell(struct retold *retold, const struct config *config,
	    const struct logged_decision *decision);

/*
 * What the i-th factor found, if that was logged; NULL if not.  A factor that
 * holds found what it requires.
 */
const char *retold_found(const struct retold *retold, size_t i);

/*
 * Call take with each sentence about what to change for such a message to be
 * signed.  Nothing for a message that was signed.
 */
void	retold_changes(const struct retold *retold,
	    void (*take)(void *arg, const char *text), void *arg);

#endif /* RETELL_H */
