/* SPDX-License-Identifier: ISC */

/*
 * What the files of this room share.
 */

#ifndef SEAL_PRIVATE_H
#define SEAL_PRIVATE_H

#include <pthread.h>

#include "seal/seal.h"
#include "seal/sealfile.h"

#define SEAL_MAX_KEKS	4
/* "domain: D\nselector: S\n" with its NUL. */
#define SEAL_HEAD_SIZE	(DKIMSIG_DOMAIN_SIZE + KS_SELECTOR_SIZE + 32)

struct seal {
	struct ks_sealer	 sealer;	/* first: see cb_open() */
	pthread_mutex_t		 mutex;		/* of what follows */
	struct keystore		*ks;		/* borrowed */
	struct kek		*kek;		/* NULL: not read yet */
	struct kek		*new;		/* credential, or NULL */
	struct ks_error		 new_error;	/* "": none */
	char			*file;		/* of the KEK, or NULL */
	struct ks_error		 credential_error; /* "": none */
	char			*text;		/* of "seal", or NULL */
	size_t			 textlen;
	struct sealfile		 sealfile;	/* that text, parsed */
	EVP_PKEY		*pkey;		/* opens keys; NULL: not yet */
};

int	seal_fail(struct ks_error *error, int code, const char *text);

/* "ID or ID": the KEKs that open the file. */
void	seal_print_keks(const struct sealfile *file,
	    char text[SEAL_KEKS_SIZE]);

/* Whether this process was given a KEK, even if it cannot be used. */
bool	seal_is_given_kek(const struct seal *seal);

/* The caller of these holds the mutex. */
int	seal_need_kek(struct seal *seal, struct ks_error *error);
int	seal_need_key(struct seal *seal, struct ks_error *error);
int	seal_refresh(struct seal *seal, bool *exists, struct ks_error *error);
/* Have the file read again, whether it changed or not. */
void	seal_forget(struct seal *seal);

#endif /* SEAL_PRIVATE_H */
