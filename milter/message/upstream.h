/* SPDX-License-Identifier: ISC */

/*
 * The signatures that a message arrives with, verified while it passes.
 *
 * Order of calls: new, header*, end_headers, body*, end, then judge, once,
 * and get.  A failure is kept and comes out of judge.
 */

#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dkimsig/dkimsig.h"
#include "policy/asked.h"
#include "resolver/resolver.h"

#define UPSTREAM_DIGEST_SIZE	32	/* octets */
/* How far the signing host's clock may be ahead, in seconds. */
#define UPSTREAM_CLOCK_SKEW	300

/*
 * The most signatures of a message that are looked at, and the most keys that
 * they may have together; of those that are wanted, the top ones.  Each with
 * an l= costs a pass over the body, and proves nothing: a few are enough to
 * be told of.
 */
#define UPSTREAM_MAX_SIGNATURES	DKIMSIG_MAX_SIGNATURES
#define UPSTREAM_MAX_KEYS	DNS_MAX_PARALLEL
#define UPSTREAM_MAX_PARTIAL	2

struct upstream;

/* Who asks for a signature of that d= and s=. */
typedef enum asked upstream_wants_fn(void *arg, const char *sdid,
	    const char *selector);

struct upstream_signature {
	/* Result, reason, and what the signature says. */
	struct dkimsig_verdict	verdict;
	/* Why its key could not be looked up; "": it could. */
	char		 dns_error[sizeof(((struct dns_answer *)0)->reason)];
	/* SHA-256 of the signature's octets: what tells it from others. */
	unsigned char	 digest[UPSTREAM_DIGEST_SIZE];
	/* SHA-256 of p= in the key record; zeros if there was none. */
	unsigned char	 key_digest[UPSTREAM_DIGEST_SIZE];
	/* The names of h=, NUL-terminated. */
	const char	**fields;
	size_t		 nfields;
	/* Of the names given those that it leaves out: coverage.h. */
	const char	**left_out;
	size_t		 nleft_out;
};

/*
 * now is the time of judgement, if upstream_set_now() sets no other; names are
 * those of fields that signatures are asked about, sorted without regard to
 * case, and borrowed.  NULL when out of memory.
 */
struct upstream *upstream_new(int64_t now, const char *const *names,
	    size_t nnames);
void	upstream_free(struct upstream *upstream);

/* As dkimsig_verifier_header() and so on. */
void	upstream_header(struct upstream *upstream, const char *name,
	    size_t namelen, const char *value, size_t valuelen);
/* The signatures that wants() does not want are not looked at. */
void	upstream_end_headers(struct upstream *upstream,
	    upstream_wants_fn *wants, void *arg);
void	upstream_body(struct upstream *upstream, const void *chunk,
	    size_t len);
void	upstream_end(struct upstream *upstream);

/* The time of judgement; before judge. */
void	upstream_set_now(struct upstream *upstream, int64_t now);

/*
 * Look the keys up, all at a time, and judge: 0, or DKIMSIG_E_NOMEM,
 * DKIMSIG_E_CRYPTO.  A message over the library's limits has no signature.
 */
int	upstream_judge(struct upstream *upstream, dns_lookup_all_fn *lookup,
	    void *arg);

/* How many there are after judge, and each, the top one first.  Borrowed
 * until free. */
size_t	upstream_count(const struct upstream *upstream);
const struct upstream_signature *upstream_get(
	    const struct upstream *upstream, size_t i);
/* How many signatures could be read and were not looked at. */
size_t	upstream_skipped(const struct upstream *upstream);

#endif /* UPSTREAM_H */
