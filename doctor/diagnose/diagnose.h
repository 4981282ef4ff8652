/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/diagnose: what was done to a message since it was signed.
 *
 * The likely cause of a signature that fails.
 *
 * A cause is a guess of what was done to the message after it was signed.
 * Each guess is undone, and what comes out is hashed by the library; only a
 * guess whose hash is the signed one is reported, so what is reported is
 * certain as far as SHA-256 is, and what is not reported is not excluded.
 */

#ifndef DIAGNOSE_H
#define DIAGNOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "diagnose/mailfile.h"
#include "dkimsig/dkimsig.h"

/* Octets to hash in the search for one body; a hash counts as 256. */
#define DIAGNOSE_MAX_OCTETS	(1024u << 20)
/* Headers to try in the search for one signature, by algorithm. */
#define DIAGNOSE_MAX_RSA	60000
#define DIAGNOSE_MAX_ED25519	10000
/* Octets of all these headers. */
#define DIAGNOSE_MAX_HEADERS	(256u << 20)

#define DIAGNOSE_MAX_FINDINGS	4

enum diagnose_part {
	DIAGNOSE_BODY,
	DIAGNOSE_HEADER,
	DIAGNOSE_KEY
};

/* One cause.  The text may have octets of the mail in it. */
struct finding {
	enum diagnose_part part;
	const char	*code;		/* a word for programs; static */
	char		 text[400];
};

enum diagnose_end {
	DIAGNOSE_RIGHT,		/* this part is as it was signed */
	DIAGNOSE_FOUND,		/* findings say what was changed */
	DIAGNOSE_UNKNOWN,	/* changed, and no guess fits */
	DIAGNOSE_LIMIT		/* the same, but not all guesses were tried */
};

struct diagnosis {
	enum diagnose_end	 body, header;
	struct finding		 findings[DIAGNOSE_MAX_FINDINGS];
	size_t			 nfindings;
};

/* Add a finding; one too many is dropped. */
void	diagnosis_add(struct diagnosis *d, enum diagnose_part part,
	    const char *code, const char *format, ...)
	    __attribute__((__format__(printf, 4, 5)));

/*
 * Why the body hash of a verdict is not that of the message's body; sets
 * d->body.  Returns 0 or a DKIMSIG_E_*.
 */
int	diagnose_body(const struct mailfile *mail,
	    const struct dkimsig_verdict *verdict, struct diagnosis *d);

/*
 * Why the signature of a verdict, made by that key, is not one of the
 * message's header; sets d->header.  Returns 0 or a DKIMSIG_E_*.
 */
int	diagnose_header(const struct mailfile *mail,
	    const struct dkimsig_verdict *verdict, EVP_PKEY *key,
	    struct diagnosis *d);

/*
 * What is wrong with a key record of which the library says reason; at most
 * one finding.
 */
void	diagnose_key(const char *txt, size_t txtlen,
	    enum dkimsig_reason reason, struct diagnosis *d);

#endif /* DIAGNOSE_H */
