/* SPDX-License-Identifier: ISC */

/*
 * A file with two slots, which are written in turn, so that the older state is
 * whole while the newer one is written.
 *
 * The slots share the file in blocks, one for each in turn, so that both can
 * grow.  Each begins with a header that has a number that rises, the length of
 * its state and a checksum of all of it; the checksum is against accidents, not
 * against a person.
 */

#ifndef CEILINGS_SLOTS_H
#define CEILINGS_SLOTS_H

#include <stddef.h>
#include <stdint.h>

#define SLOTS_BLOCK	65536	/* octets */

struct slots {
	int		 fd;	/* the caller's */
	uint64_t	 number;	/* of the newest state */
	unsigned int	 newest;	/* its slot */
};

enum slots_result {
	SLOTS_OK,
	SLOTS_EMPTY,		/* a new file */
	SLOTS_DAMAGED,		/* neither has a whole state */
	SLOTS_SYSTEM,		/* errno is set */
};

/* Use an open file.  *state is the newest whole one, which the caller frees. */
enum slots_result slots_open(struct slots *slots, int fd,
	    unsigned char **state, size_t *len);

/* Write a state to the other slot.  0, or -1 with errno set. */
int	slots_write(struct slots *slots, const unsigned char *state,
	    size_t len);

#endif /* CEILINGS_SLOTS_H */
