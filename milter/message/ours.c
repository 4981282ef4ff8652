/* SPDX-License-Identifier: ISC */

/*
 * Whether a signer has the key of a valid upstream signature: see ours.h.
 *
 * Two signatures by one key cost one question.  After the first that no
 * signer answers in time, none is waited for, and all others are
 * FACT_TEMPFAIL.  Signatures that are not valid are not asked about.
 */

#include "message/ours.h"

#include <string.h>

/* An earlier signature by the same key; NULL: none. */
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
