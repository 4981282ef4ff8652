/* SPDX-License-Identifier: ISC */

/*
 * Key files that the state of their domain does not know, because the state was
 * lost or is an old copy.  Such a key may have signed, and its record may still
 * be in DNS; nothing is done with it until a person says so.
 */

#ifndef STRAYS_H
#define STRAYS_H

#include "store/keystore.h"

struct ks_strays {
	char	(*selectors)[KS_SELECTOR_SIZE];	/* sorted */
	size_t	 n;				/* at most KS_MAX_KEYS */
};

/*
 * Find them; a domain without a folder has none.  state may be empty, if the
 * domain has no state file.  Files whose names are not selectors are ignored.
 * Returns 0 or KS_E_*; call ks_strays_finish() in either case.
 */
int	ks_strays_find(struct keystore *ks, const char *domain,
	    const struct ks_state *state, struct ks_strays *strays,
	    struct ks_error *error);
void	ks_strays_finish(struct ks_strays *strays);

/* Print "r1, r2, r3 and 4 more". */
#define KS_STRAYS_SIZE	512
void	ks_strays_print(const struct ks_strays *strays,
	    char text[KS_STRAYS_SIZE]);

#endif /* STRAYS_H */
