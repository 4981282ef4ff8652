/* SPDX-License-Identifier: ISC */

/*
 * Shared by policy.c and claim.c only.
 */

#ifndef POLICY_PRIVATE_H
#define POLICY_PRIVATE_H

#include "policy/policy.h"

/* Set the question whose answer decides the factor decision->failed. */
void	policy_ask(const struct facts *facts, struct decision *decision);

/*
 * Decide about a message that no source can prove, because no source allows
 * the author domain or the author is uncertain.  Only sources that observe
 * count, or only those that do not.  If none of them is concerned, decision is
 * not changed.
 */
void	policy_claim(const struct facts *facts, const struct config *config,
	    bool observing, struct decision *decision);

#endif /* POLICY_PRIVATE_H */
