/* SPDX-License-Identifier: ISC */

/*
 * How many signatures each domain got in this hour: a table that the signers
 * share, so that together they keep to one number.
 *
 * The master makes it, in memory without a name (memfd_create(2)), and sends
 * its descriptor to the signers (IPC_CTL_HOURLY), and to nobody else: the front
 * cannot change it.  The table outlives each signer.  Counting needs no lock,
 * and is exact: one atomic change for each signature.
 *
 * Domains are known by a tag of 64 bits, which the signers make with a key that
 * is random for each table, so that nobody can choose names whose tags are
 * alike.  HOURLY_SLOTS domains have a count of their own.  Any more share
 * counts, so none of them gets more than the number, but some may get less.
 *
 * Hours are those of the clock at the time at which the table was made, kept by
 * the monotonic clock: to set the clock neither begins nor ends an hour.
 */

#ifndef HOURLY_H
#define HOURLY_H

#include <stdbool.h>
#include <stdint.h>

#define HOURLY_SLOTS	65536
#define HOURLY_KEY_SIZE	16
#define HOURLY_MAX	1000000000	/* signatures */

struct hourly;

/*
 * Make a table without a number.  *fd is its descriptor (close-on-exec), which
 * the caller closes.  NULL, with errno set, on failure.
 */
struct hourly *hourly_make(int *fd);

/* Map a table that another process made; NULL, with errno set, on failure. */
struct hourly *hourly_map(int fd);

/* Unmap it.  NULL is allowed. */
void	hourly_free(struct hourly *hourly);

/* Signatures of a domain in an hour, up to HOURLY_MAX; 0: any number. */
void	hourly_set_limit(struct hourly *hourly, uint32_t limit);
uint32_t hourly_limit(const struct hourly *hourly);

/* HOURLY_KEY_SIZE octets. */
const unsigned char *hourly_key(const struct hourly *hourly);

/*
 * Count one more signature of the domain, unless that is more than the number.
 * monotonic is the second of monotonic_ms() in which it is made.  Returns false
 * if it may not be made.  Several threads and processes may call this at once.
 */
bool	hourly_take(struct hourly *hourly, uint64_t tag, int64_t monotonic);

/* Whether some domains share a count. */
bool	hourly_is_full(const struct hourly *hourly);

#endif /* HOURLY_H */
