/* SPDX-License-Identifier: ISC */

/*
 * What a host has of the keys of a domain, as far as a push learns it, and
 * what is kept of that until the next push (store/hosts_file.h).
 */

#ifndef SYNC_KNOWN_H
#define SYNC_KNOWN_H

#include "store/hosts_file.h"
#include "store/replica.h"

struct known_key {
	const struct ks_key	*key;		/* of the state */
	bool			 has_file;	/* here */
	bool			 is_proved;	/* in this push */
	bool			 was_told;	/* used is known */
	int64_t			 used;		/* or KS_NEVER */
};

/* Zeroed: nothing. */
struct known {
	struct ks_state		 state;		/* as it was named or pushed */
	struct known_key	*keys;		/* one for each of state.keys */
};

/* Read the state of a domain, and its digest.  0 or KS_E_*. */
int	known_read(struct known *known, struct keystore *ks,
	    const char *domain, char digest[KS_DIGEST_SIZE],
	    struct ks_error *error);
void	known_finish(struct known *known);

/* The key of that selector, or NULL. */
struct known_key *known_find(struct known *known, const char *selector);

/*
 * Whether the host has not proved yet that it can sign with a key that may sign
 * from now on.
 */
bool	known_lacks_proof(const struct known *known,
	    const struct ks_host_record *record, int64_t now);

/*
 * The selector of a key that was pushed, may still sign, and was not proved in
 * this push; NULL: none.
 */
const char *known_unproved(const struct known *known);

/* The keys of a record in the making; zeroed: none. */
struct known_list {
	struct ks_host_key	*keys;
	size_t			 n, size;
};

/*
 * Add the keys of a domain whose state the host has now; record is what was
 * known before, or NULL.  Returns 0 or KS_E_NOMEM.
 */
int	known_list_add(struct known_list *list, const struct known *known,
	    const struct ks_host_record *record, int64_t now);

/*
 * Add copies of what was known before about the domains that are not known.
 * Returns 0 or KS_E_NOMEM.
 */
int	known_list_keep(struct known_list *list,
	    const struct ks_host_record *record, char *const *domains,
	    const bool *is_known, size_t ndomains);

/* Make the list that of a record. */
void	known_list_move(struct known_list *list,
	    struct ks_host_record *record);
void	known_list_finish(struct known_list *list);

#endif /* SYNC_KNOWN_H */
