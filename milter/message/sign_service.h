/* SPDX-License-Identifier: ISC */

/*
 * A signing service: what holds the keys, as a message sees it.
 *
 * A service lists the active keys of a domain, signs with one of them, and
 * says whether a signature that a message arrived with was made by a key of
 * ours.  In the front it sends each request to a signer process; in the
 * doctor it reads the key store in the same process.
 *
 * A service must outlive the messages that use it.  Whoever provides it says
 * how many threads may use it at a time.
 */

#ifndef SIGN_SERVICE_H
#define SIGN_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "dkimsig/dkimsig.h"

#define SIGN_MAX_KEYS		64	/* active keys of a domain */
#define SIGN_SELECTOR_SIZE	64	/* octets, NUL included */
#define SIGN_STREAM_SIZE	17	/* octets, NUL included */
#define SIGN_MAX_BLOCKS		64	/* in one call */
/* Octets of the blocks in one call, unless it is a single one. */
#define SIGN_MAX_OCTETS		49152

enum sign_error {
	SIGN_OK			= 0,
	SIGN_E_NOKEY		= -1,	/* no active key */
	SIGN_E_REFUSED		= -2,	/* the block may not be signed */
	SIGN_E_FAILED		= -3,	/* the key cannot be used */
	SIGN_E_UNAVAILABLE	= -4,	/* nobody answered in time */
	SIGN_E_NOMEM		= -5,
	SIGN_E_LIMITED		= -6	/* the domain has all of this hour */
};

/* An active key of a domain. */
struct sign_key {
	char			selector[SIGN_SELECTOR_SIZE];
	enum dkimsig_algorithm	algorithm;
	bool			strict;		/* not for subdomains */
};

/* A block that is to be signed, and then its raw signature. */
struct sign_block {
	const char		*domain;
	const char		*stream;	/* as in list_keys() */
	const struct sign_key	*key;		/* of that domain and stream */
	const unsigned char	*tbs;
	size_t			 tbslen;

	int			 error;		/* enum sign_error */
	size_t			 siglen;	/* 0 after an error */
	unsigned char		 sig[DKIMSIG_MAX_SIGVALUE];
};

/*
 * Each function is called with arg, and returns 0 or SIGN_E_*; its results
 * are valid only if it returns 0.  timeout_ms is how long it may wait for one
 * answer; a service that waits for no other process ignores it.
 */
struct sign_service {
	void	*arg;

	/*
	 * The active keys of a domain that belong to a stream ("": to none), in
	 * the order of the store: *nkeys of them, at least one and at most
	 * SIGN_MAX_KEYS.  A service may answer with a list of some seconds
	 * ago; with refresh, because a key of it was refused, it looks at the
	 * store.
	 */
	int	(*list_keys)(void *arg, const char *domain,
		    const char *stream, bool refresh, unsigned int timeout_ms,
		    struct sign_key keys[SIGN_MAX_KEYS], size_t *nkeys);

	/*
	 * Sign 1 to SIGN_MAX_BLOCKS blocks.  Returns nothing: each block has an
	 * error of its own.
	 */
	void	(*sign)(void *arg, struct sign_block *blocks, size_t nblocks,
		    unsigned int timeout_ms);

	/*
	 * Whether a signature of that domain and selector was made with a key
	 * that is or ever was in the store; digest is the SHA-256 of the
	 * octets of p= in its record.  A name that no key can have is not an
	 * error.  On an error *is_own is false.
	 */
	int	(*check_own)(void *arg, const char *domain,
		    const char *selector,
		    const unsigned char digest[DKIMSIG_HASH_SIZE],
		    unsigned int timeout_ms, bool *is_own);

	/* A static text for an enum sign_error, for the log. */
	const char *(*error_text)(int error);
};

#endif /* SIGN_SERVICE_H */
