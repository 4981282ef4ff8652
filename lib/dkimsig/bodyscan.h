/* SPDX-License-Identifier: ISC */

/*
 * Searches a body for what makes a signature unsafe or fragile:
 * DKIMSIG_FAULT_*.  Chunks may be cut anywhere.
 */

#ifndef BODYSCAN_H
#define BODYSCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Zero it to begin. */
struct bodyscan {
	unsigned int	 faults;
	bool		 cr;		/* the last octet was a CR */
	size_t		 column;	/* octets of the line so far */
};

void	bodyscan_update(struct bodyscan *scan, const char *data, size_t len);
void	bodyscan_end(struct bodyscan *scan);

#endif /* BODYSCAN_H */
