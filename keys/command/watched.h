/* SPDX-License-Identifier: ISC */

/*
 * How far "fleet watch" has come: the file keydir/.fleet/watched, which has a
 * line, and another one while a round is not through:
 *
 *	TIME			when the last round began, in seconds since 1970
 *	next DOMAIN		from where on that round goes on
 */

#ifndef WATCHED_H
#define WATCHED_H

#include "store/keystore.h"

struct watched {
	int64_t	begun;		/* 0: never */
	char	next[DKIMSIG_DOMAIN_SIZE];	/* "": the round is through */
};

/* Read it; what cannot be read counts as never. */
void	watched_read(struct keystore *ks, struct watched *watched);

/* Returns 0 or KS_E_*. */
int	watched_write(struct keystore *ks, const struct watched *watched,
	    struct ks_error *error);

#endif /* WATCHED_H */
