/* SPDX-License-Identifier: ISC */

/*
 * What the files that write keys share.
 */

#ifndef FLEET_WRITE_PRIVATE_H
#define FLEET_WRITE_PRIVATE_H

#include "fleet/sign.h"
#include "fleet/write.h"

/* A row to be written. */
struct fleet_draft {
	struct fleet_row row;
	int64_t		 replaces;	/* number of the row there; 0: none */
	char		*octets, *blob;
	size_t		 len, bloblen;
	bool		 keeps_blob;
	unsigned char	 signature[FLEET_SIGNATURE];
};

struct fleet_write {
	struct fleet_mirror		*mirror;
	struct fleet_db			*db;
	const struct fleet_lease	*lease;
	const char			*domain;
	struct ks_lock			*lock;
	struct fleet_kept		 kept;
	struct fleet_draft		*drafts;
	size_t				 n;
	struct ks_error			*error;
};

/*
 * Whether this host has all rows of the domain: else KS_E_EXISTS, or another
 * KS_E_*.
 */
int	fleet_write_check_rows(const struct fleet_writer *writer,
	    const char *domain, struct ks_error *error);

/* The fleet's change number as the database has it.  Returns 0 or KS_E_*. */
int	fleet_write_number(struct fleet_write *write, int64_t *change);

/*
 * The number of the row in the database that ends the domain, from before it
 * began again; 0: there is none.  Returns 0 or KS_E_*.
 */
int	fleet_write_end_of(struct fleet_write *write, int64_t *change);

/*
 * Write all drafts in one transaction.  Returns 0 or KS_E_*; *again if others
 * have taken the numbers.
 */
int	fleet_write_send(struct fleet_write *write, bool *again);

#endif /* FLEET_WRITE_PRIVATE_H */
