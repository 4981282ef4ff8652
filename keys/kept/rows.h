/* SPDX-License-Identifier: ISC */

/*
 * Room keys/kept: what a host of a fleet keeps on disk, beside the keys; DESIGN
 * is keys/fleet/DESIGN.
 *
 * The rows of a domain that this host took, as they came: the file
 *
 *	keydir/example.com/fleet
 *
 * with the first line "countersign-fleet-rows 1", and then for each row a line
 *
 *	row SELECTOR CHANGE OCTETS SIGNATURE BLOB
 *
 * sorted by selector; OCTETS, SIGNATURE and BLOB are base64, BLOB is "-" if the
 * row has none.  The selector "-" is that of the row which says that the domain
 * is gone.
 *
 * It is what later rows are compared with, and what a lost database is restored
 * from; so it is written before the state of the domain is changed.
 */

#ifndef KEPT_ROWS_H
#define KEPT_ROWS_H

#include "store/keystore.h"

#define FLEET_MAX_OCTETS	8192	/* of a row, as in the schema */
#define FLEET_MAX_BLOB		65536
#define FLEET_SIGNATURE_LEN	64
#define FLEET_GONE		"-"	/* the selector of that row */

/* All that a row of the table key has; the octets are owned by the list. */
struct fleet_kept_row {
	char		 selector[KS_SELECTOR_SIZE];
	int64_t		 change;
	unsigned char	*octets;
	size_t		 octetslen;
	unsigned char	 signature[FLEET_SIGNATURE_LEN];
	unsigned char	*blob;		/* or NULL */
	size_t		 bloblen;
};

struct fleet_kept {
	struct fleet_kept_row	*rows;	/* sorted by selector */
	size_t			 nrows;
};

/*
 * Read the file; nothing if there is none.  Returns 0, KS_E_DAMAGED, or another
 * KS_E_*; call fleet_kept_finish() in any case.
 */
int	fleet_kept_read(struct keystore *ks, const char *domain,
	    struct fleet_kept *kept, struct ks_error *error);

/* The same of a text, which is changed; *kept must be zeroed. */
int	fleet_kept_parse(char *text, size_t len, const char *domain,
	    struct fleet_kept *kept, struct ks_error *error);
void	fleet_kept_finish(struct fleet_kept *kept);

/* Replace the file.  Returns 0 or KS_E_*. */
int	fleet_kept_write(struct ks_lock *lock, const struct fleet_kept *kept,
	    struct ks_error *error);

struct fleet_kept_row *fleet_kept_find(const struct fleet_kept *kept,
	    const char *selector);

/*
 * Add a copy of a row, in place of the one with its selector.  If keeps_blob,
 * the blob of the earlier row stays.  Returns 0 or KS_E_NOMEM.
 */
int	fleet_kept_put(struct fleet_kept *kept,
	    const struct fleet_kept_row *row, bool keeps_blob);

/* Remove the rows that are older than the end of the domain, if it has one. */
void	fleet_kept_end(struct fleet_kept *kept);

/* The highest number of a row; 0 if there is none. */
int64_t	fleet_kept_highest(const struct fleet_kept *kept);

#endif /* KEPT_ROWS_H */
