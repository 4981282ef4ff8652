/* SPDX-License-Identifier: ISC */

/*
 * Whether a valid upstream signature was made with one of our keys: see ours.h.
 *
 * Each key is asked for once.  After the first question that no signer answers
 * in time, no other is sent, and the remaining facts are FACT_TEMPFAIL.  Only
 * valid signatures are asked about.
 */

#include "message/ours.h"

#include <string.h>

/* An earlier signature by the same key that was asked about; NULL: none. */
static const struct fact_signature *
find_same(const struct facts *facts, size_t i)
{
	const struct fact_signature *s = &facts->signatures[i], *other;
	size_t j;

	for (j = 0; j < i; j++) {
		other = &facts->signatures[j];
		if (other->own != FACT_UNKNOWN &&
		    strcmp(other->sdid, s->sdid) == 0 &&
		    strcmp(other->selector, s->selector) == 0 &&
		    memcmp(other->key_digest, s->key_digest,
		    sizeof(s->key_digest)) == 0)
			return other;
	}
	return NULL;
}

static enum fact_answer
ask(const struct sign_service *signers, unsigned int timeout_ms,
    const struct fact_signature *s)
{
	bool is_own;

	if (signers->check_own(signers->arg, s->sdid, s->selector,
	    s->key_digest, timeout_ms, &is_own) != SIGN_OK)
		return FACT_TEMPFAIL;
	return is_own ? FACT_YES : FACT_NO;
}

void
ours_ask(const struct sign_service *signers, unsigned int timeout_ms,
    struct facts *facts)
{
	const struct fact_signature *same;
	struct fact_signature *s;
	bool is_late = false;
	size_t i;

	for (i = 0; i < facts->nsignatures; i++) {
		s = &facts->signatures[i];
		if (s->valid != FACT_YES)
			continue;
		if ((same = find_same(facts, i)) != NULL)
			s->own = same->own;
		else
			s->own = is_late ? FACT_TEMPFAIL :
			    ask(signers, timeout_ms, s);
		is_late |= s->own == FACT_TEMPFAIL;
	}
}
