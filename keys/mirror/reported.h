/* SPDX-License-Identifier: ISC */

/*
 * Keys whose last use this host has reported (DESIGN, section 2.6), so that
 * nothing is sent to the database again and again.  It is not on disk: the
 * database is asked at the start, and at each sweep.
 *
 * Eight octets of memory for each key, of a digest of its name: if two were
 * the same, the record of one would stay in DNS.
 */

#ifndef MIRROR_REPORTED_H
#define MIRROR_REPORTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed: there is none. */
struct fleet_reported {
	uint64_t	*slots;		/* 0: free */
	size_t		 n, nslots;	/* nslots is 0, or a power of two */
};

bool	fleet_reported_has(const struct fleet_reported *reported,
	    const char *domain, const char *selector);

/* Returns 0 or KS_E_NOMEM. */
int	fleet_reported_add(struct fleet_reported *reported, const char *domain,
	    const char *selector);

void	fleet_reported_clear(struct fleet_reported *reported);

#endif /* MIRROR_REPORTED_H */
