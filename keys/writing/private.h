/* SPDX-License-Identifier: ISC */

/*
 * What the files that write keys share.
 */

#ifndef WRITING_PRIVATE_H
#define WRITING_PRIVATE_H

#include "signed/sign.h"
#include "writing/keys.h"

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
 * Lock the domain, in the name of the client, read its rows, and compare its
 * state with them.  Returns 0 or KS_E_*; call fleet_write_finish() in any case.
 */
int	fleet_write_begin(struct fleet_write *write);
void	fleet_write_finish(struct fleet_write *write);

/* Add an empty draft, valid until the next call; NULL: out of memory. */
struct fleet_draft *fleet_write_draft(struct fleet_write *write);

/* Sign all drafts, write them, and keep them.  Returns 0 or KS_E_*. */
int	fleet_write_commit(struct fleet_write *write, int64_t *change);

/*
 * If many rows are of keys that were removed long ago, and are not in these
 * lines any more, add the drafts that remove these rows: the domain ends, and
 * begins again with all others.  Returns 0 or KS_E_*.
 */
int	fleet_write_forget(struct fleet_write *write, const char *lines,
	    size_t len);

/* The line of a key in lines, without its newline; NULL: there is none. */
const char *fleet_write_line(const char *lines, size_t len,
	    const char *selector, size_t *linelen);

/*
 * Whether this host has all rows of the domain: else KS_E_EXISTS, or another
 * KS_E_*.
 */
int	fleet_write_check_rows(const struct fleet_writer *writer,
	    const char *domain, struct ks_error *error);

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

#endif /* WRITING_PRIVATE_H */
