/* SPDX-License-Identifier: ISC */

/*
 * What policy.c and claim.c share; nobody else includes this.
 */

#ifndef POLICY_PRIVATE_H
#define POLICY_PRIVATE_H

#include "policy/policy.h"

/* Ask for what the factor decision->failed of decision->source hangs on. */
void	policy_ask(const struct facts *facts, struct decision *decision);

/*
 * Decide about a message that no source can prove: the domain is nobody's, or
 * is not certain.  Of the sources that observe, or of those that do not;
 * nothing is changed where none of them is concerned.
 */
void	policy_claim(const struct facts *facts, const struct config *config,
	    bool observing, struct decision *decision);

#endif /* POLICY_PRIVATE_H */
