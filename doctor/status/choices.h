/* SPDX-License-Identifier: ISC */

/*
 * The milters of a host, if several run: what tells them apart.
 */

#ifndef STATUS_CHOICES_H
#define STATUS_CHOICES_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "base/meters.h"
#include "base/user_name.h"

#define CHOICES_MAX		16	/* the rest is counted */
#define CHOICES_UNIT_SIZE	128

struct choice {
	pid_t		 pid;		/* of the master */
	char		 user[USER_NAME_SIZE];
	char		 unit[CHOICES_UNIT_SIZE];	/* "": of none */
	int64_t		 made;		/* when counting began; 0: unknown */
	char		 source[METERS_NAME_SIZE];	/* one of them */
	unsigned int	 nsources;
};

struct choices {
	struct choice	 list[CHOICES_MAX];
	size_t		 n;
	size_t		 nleft_out;
};

/* Add a master; meters NULL: its table cannot be read. */
void	choices_add(struct choices *choices, pid_t pid,
	    const struct meters *meters, int64_t made);

/* The service in the text of proc(5)'s file "cgroup"; "" if there is none. */
void	choices_find_unit(const char *cgroup, char unit[CHOICES_UNIT_SIZE]);

#endif /* STATUS_CHOICES_H */
