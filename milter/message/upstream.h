/* SPDX-License-Identifier: ISC */

/*
 * Verify the signatures that a message arrives with, while it streams through.
 *
 * Order of calls: new, header*, end_headers, body*, end, judge (once), then
 * get.  If a step fails, judge reports it.
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
 * Limits of one message: signatures that are verified, different keys that they
 * may have, and signatures with l=.  The topmost signatures of those that are
 * wanted count.  Each l= costs a hash of the body and proves nothing, so a few
 * are enough for the log.
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
	/* SHA-256 of the signature's octets: identifies it. */
	unsigned char	 digest[UPSTREAM_DIGEST_SIZE];
	/* SHA-256 of p= in the key record; zeros if there was none. */
	unsigned char	 key_digest[UPSTREAM_DIGEST_SIZE];
	/* The names of h=, NUL-terminated. */
	const char	**fields;
	size_t		 nfields;
	/* Those of the given names that it does not cover: coverage.h. */
	const char	**left_out;
	size_t		 nleft_out;
};

/*
 * now is the time by which signatures are judged, unless upstream_set_now()
 * changes it.  names are the fields whose coverage is reported; they must be
 * sorted, ignoring case, and are borrowed.  NULL when out of memory.
 */
struct upstream *upstream_new(int64_t now, const char *const *names,
	    size_t nnames);
void	upstream_free(struct upstream *upstream);

/* As dkimsig_verifier_header() and so on. */
void	upstream_header(struct upstream *upstream, const char *name,
	    size_t namelen, const char *value, size_t valuelen);
/* Only signatures that wants() asks for are verified. */
void	upstream_end_headers(struct upstream *upstream,
	    upstream_wants_fn *wants, void *arg);
void	upstream_body(struct upstream *upstream, const void *chunk,
	    size_t len);
void	upstream_end(struct upstream *upstream);

/* Change the time by which signatures are judged; before judge. */
void	upstream_set_now(struct upstream *upstream, int64_t now);

/*
 * Look up the keys, all in parallel, and judge.  Returns 0, DKIMSIG_E_NOMEM or
 * DKIMSIG_E_CRYPTO.  A message over the library's limits has no signatures.
 */
int	upstream_judge(struct upstream *upstream, dns_lookup_all_fn *lookup,
	    void *arg);

/* The signatures after judge, topmost first.  Borrowed until free. */
size_t	upstream_count(const struct upstream *upstream);
const struct upstream_signature *upstream_get(
	    const struct upstream *upstream, size_t i);
/* How many well-formed signatures were not verified. */
size_t	upstream_skipped(const struct upstream *upstream);

#endif /* UPSTREAM_H */
