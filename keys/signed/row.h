/* SPDX-License-Identifier: ISC */

/*
 * Rows: what a host signs about one key, or about the end of a domain (DESIGN,
 * sections 2.1 and 2.2).
 *
 * A row says all that the state of a domain says of a key: its line in a state
 * file of format 3, in the only form that it has.  The signature covers that,
 * the fleet, the domain, the change number, that of the row which this one
 * replaces, and the digest of the blob with the private key.
 */

#ifndef SIGNED_ROW_H
#define SIGNED_ROW_H

#include "signed/lines.h"

#define FLEET_MAX_ROW	8192		/* octets */

enum fleet_row_kind {
	FLEET_ROW_KEY,
	FLEET_ROW_GONE		/* all keys of the domain are removed */
};

/* The texts that are not arrays are borrowed from the octets. */
struct fleet_row {
	enum fleet_row_kind	kind;
	int64_t		 change, before;	/* before 0: a new key */
	unsigned int	 epoch;			/* of the blob; 0: no blob */
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	char		 selector[KS_SELECTOR_SIZE];	/* "-": gone */
	char		 blob[FLEET_HEX_SIZE];	/* its digest, or "-" */
	char		 by[FLEET_NAME_SIZE];	/* the host that signs */
	const char	*line;			/* of the state, without LF */
	size_t		 linelen;
};

/*
 * Read the octets of a row of this fleet (its 64 digits).  Any text but the one
 * that fleet_row_print() makes is refused.  Returns 0, KS_E_NOMEM, or
 * KS_E_DAMAGED; the error says what is wrong, but names neither domain nor
 * selector, which are not known then.
 */
int	fleet_row_parse(const void *octets, size_t len, const char *fleet,
	    struct fleet_row *row, struct ks_error *error);

/*
 * Make the octets of a row; the selector of a key is that of its line.  The
 * caller frees *octets, which has a NUL after *len octets.  Returns 0,
 * KS_E_NOMEM, or KS_E_ARG if fleet_row_parse() would refuse them.
 */
int	fleet_row_print(const struct fleet_row *row, const char *fleet,
	    char **octets, size_t *len, struct ks_error *error);

/*
 * The key of a row, in a state that has only this one and keeps its texts; the
 * caller frees that by ks_state_finish().  Returns 0, KS_E_NOMEM or
 * KS_E_DAMAGED.
 */
int	fleet_row_key(const struct fleet_row *row, struct ks_state *state,
	    struct ks_error *error);

#endif /* SIGNED_ROW_H */
