/* SPDX-License-Identifier: ISC */

/*
 * Whether the signatures that a message came with were made by us: what a
 * signer is asked about the facts.
 *
 * A signature of ours proves that we signed the message once, not that the
 * platform sends it now: taken for proof it would bring itself a new one,
 * with a new x=, for ever.
 */

#ifndef OURS_H
#define OURS_H

#include "message/sign_service.h"
#include "policy/facts.h"

/*
 * Set own of each valid signature; FACT_TEMPFAIL if no signer answers.  After
 * the first that does not, no other is waited for.
 */
void	ours_ask(const struct sign_service *signers, unsigned int timeout_ms,
	    struct facts *facts);

#endif /* OURS_H */
