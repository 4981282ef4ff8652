/* SPDX-License-Identifier: ISC */

/*
 * Ask the signers whether signatures that a message arrived with are our own.
 *
 * Our own signature proves only that we once signed the message, not that the
 * platform sends it now.  If it counted as proof, anyone could send the message
 * again and again, and each time get a new signature with a new x=.
 */

#ifndef OURS_H
#define OURS_H

#include "message/sign_service.h"
#include "policy/facts.h"

/*
 * Set own of each valid signature; FACT_TEMPFAIL if no signer answers.  After
 * the first question without an answer, no more are sent.
 */
void	ours_ask(const struct sign_service *signers, unsigned int timeout_ms,
	    struct facts *facts);

#endif /* OURS_H */
