/* SPDX-License-Identifier: ISC */

/*
 * The active keys of the domains and streams that sent mail lately, as signers
 * have listed them, so that not each message asks.
 *
 * A signer says how long it trusts its list, which is until it looks at the
 * store again, or until a planned change; so a list that is kept here is not
 * older than what that signer may say.  That a domain has no key is kept, too.
 * A signer still judges each request: a list only saves the question.
 *
 * For any number of threads.
 */

#ifndef KEYLISTS_H
#define KEYLISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/sign_service.h"

#define KEYLISTS_DOMAINS	1024	/* domains, or their streams */
#define KEYLISTS_KEYS		4	/* a longer list is not kept */

struct keylists;

/* NULL: out of memory. */
struct keylists *keylists_new(void);
/* NULL is allowed. */
void	keylists_free(struct keylists *lists);

/*
 * The list of a domain and stream, if one is kept that is trusted at now_ms, on
 * the clock of monotonic_ms(); *nkeys may be 0.
 */
bool	keylists_get(struct keylists *lists, const char *domain,
	    const char *stream, int64_t now_ms,
	    struct sign_key keys[SIGN_MAX_KEYS], size_t *nkeys);

/*
 * Keep a list of nkeys keys, which was asked for at asked_ms, until until_ms.
 * One that is not trusted, or too long, replaces what was kept by nothing.  If
 * what is kept was asked for later, nothing happens.
 */
void	keylists_put(struct keylists *lists, const char *domain,
	    const char *stream, const struct sign_key *keys, size_t nkeys,
	    int64_t asked_ms, int64_t until_ms);

/* Forget all lists. */
void	keylists_clear(struct keylists *lists);

#endif /* KEYLISTS_H */
