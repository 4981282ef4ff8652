/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/diagnose: find out how a message was changed after it was signed.
 *
 * Each known change is undone in turn, and the library hashes the result.  A
 * change is reported only if this hash is the one that was signed, so a
 * reported change is as certain as SHA-256.  The message may also have been
 * changed in a way that is not reported.
 */

#ifndef DIAGNOSE_H
#define DIAGNOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "diagnose/mailfile.h"
#include "dkimsig/dkimsig.h"

/* Most octets hashed for one body; each final hash counts as 256. */
#define DIAGNOSE_MAX_OCTETS	(1024u << 20)
/* Most headers tried for one signature, by algorithm. */
#define DIAGNOSE_MAX_RSA	60000
#define DIAGNOSE_MAX_ED25519	10000
/* Most octets of all headers tried for one signature. */
#define DIAGNOSE_MAX_HEADERS	(256u << 20)

#define DIAGNOSE_MAX_FINDINGS	4

enum diagnose_part {
	DIAGNOSE_BODY,
	DIAGNOSE_HEADER,
	DIAGNOSE_KEY
};

/* One cause.  The text may contain unescaped octets of the mail. */
struct finding {
	enum diagnose_part part;
	const char	*code;		/* a word for programs; static */
	char		 text[400];
};

enum diagnose_end {
	DIAGNOSE_RIGHT,		/* the part is as it was signed */
	DIAGNOSE_FOUND,		/* the findings say what was changed */
	DIAGNOSE_UNKNOWN,	/* changed, but no known change fits */
	DIAGNOSE_LIMIT		/* as above, but the search hit its limit */
};

struct diagnosis {
	enum diagnose_end	 body, header;
	struct finding		 findings[DIAGNOSE_MAX_FINDINGS];
	size_t			 nfindings;
};

/* Add a finding; it is dropped if there are DIAGNOSE_MAX_FINDINGS already. */
void	diagnosis_add(struct diagnosis *d, enum diagnose_part part,
	    const char *code, const char *format, ...)
	    __attribute__((__format__(printf, 4, 5)));

/*
 * Find out why the body hash of a verdict is not that of the message's body.
 * Sets d->body.  Returns 0 or a DKIMSIG_E_*.
 */
int	diagnose_body(const struct mailfile *mail,
	    const struct dkimsig_verdict *verdict, struct diagnosis *d);

/*
 * Find out why the signature of a verdict does not match the message's header
 * under that key.  Sets d->header.  Returns 0 or a DKIMSIG_E_*.
 */
int	diagnose_header(const struct mailfile *mail,
	    const struct dkimsig_verdict *verdict, EVP_PKEY *key,
	    struct diagnosis *d);

/*
 * Say what is wrong with a key record for which the library reports reason.
 * Adds at most one finding.
 */
void	diagnose_key(const char *txt, size_t txtlen,
	    enum dkimsig_reason reason, struct diagnosis *d);

#endif /* DIAGNOSE_H */
