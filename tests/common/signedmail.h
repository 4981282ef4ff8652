/* SPDX-License-Identifier: ISC */

/*
 * Messages signed with the library, then damaged: for tests of diagnoses.
 */

#ifndef SIGNEDMAIL_H
#define SIGNEDMAIL_H

#include <stddef.h>

#include "diagnose/mailfile.h"
#include "dkimsig/dkimsig.h"
#include "testkeys.h"

struct signedmail {
	char	*text;		/* signature on top; to be freed */
	size_t	 len;
};

/* Sign a message: header and body with CRLF, no empty line between. */
struct signedmail signedmail_make(const char *header, const char *body,
	    const struct dkimsig_sigspec *spec, EVP_PKEY *key);

/* Put to in the place of each from in the text. */
void	signedmail_replace(struct signedmail *mail, const char *from,
	    const char *to);

/* The verdict on the top signature; *v is to be freed after its use. */
struct dkimsig_verdict signedmail_verify(const struct mailfile *mail,
	    const char *record, struct dkimsig_verifier **v);

#endif /* SIGNEDMAIL_H */
