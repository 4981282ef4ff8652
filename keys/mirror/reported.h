/* SPDX-License-Identifier: ISC */

/*
 * Keys whose last use this host has reported (DESIGN, section 2.6), so that
 * nothing is sent to the database again and again.  It is not on disk: the
 * database is asked at the start, and at each sweep.
 *
 * A key may end again, later: one that DNS shows again after it was gone is
 * used again.  So it is known when each was reported, which must be after its
 * end.
 *
 * Sixteen octets of memory for each key, eight of them of a digest of its name:
 * if two were the same, the record of one would stay in DNS.
 */

#ifndef MIRROR_REPORTED_H
#define MIRROR_REPORTED_H

#include <stddef.h>
#include <stdint.h>

struct fleet_reported_slot {
	uint64_t	number;		/* 0: free */
	int64_t		at;
};

/* Zeroed: there is none. */
struct fleet_reported {
	struct fleet_reported_slot	*slots;
	size_t				 n, nslots;	/* 0, or a power of 2 */
};

/* When the key was reported, or KS_NEVER. */
int64_t	fleet_reported_at(const struct fleet_reported *reported,
	    const char *domain, const char *selector);

/* In place of an earlier report.  Returns 0 or KS_E_NOMEM. */
int	fleet_reported_add(struct fleet_reported *reported, const char *domain,
	    const char *selector, int64_t at);

void	fleet_reported_clear(struct fleet_reported *reported);

#endif /* MIRROR_REPORTED_H */
