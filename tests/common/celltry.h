/* SPDX-License-Identifier: ISC */

/*
 * Attempts from inside a cell: a child enters it and tries one thing.
 *
 * A program has a table of what its cell allows, and of what it refuses; what
 * every cell refuses is in celltry_refused.  Each attempt has a child of its
 * own, so that one that is killed, or that changes something, leaves the others
 * alone.  Attempts call the kernel directly: a C library might do something
 * else instead.
 *
 * A sanitizer needs calls that a cell refuses.  Such attempts are left out in
 * builds with one, as are those for a filter where there is none.
 */

#ifndef CELLTRY_H
#define CELLTRY_H

#include <stdbool.h>
#include <stddef.h>

#define CELLTRY_KILLED	(-1)	/* by SIGSYS */

struct cell_call;

struct celltry {
	const char	*call;		/* system call, as in cell.h */
	const char	*name;		/* of the attempt */
	int		 want;		/* 0, an errno or CELLTRY_KILLED */
	long		 (*run)(void);	/* -1 and errno, or success */
};

extern const struct celltry celltry_refused[];
extern const size_t celltry_nrefused;

/* Whether this kernel has Landlock; without it, cells allow more files. */
bool	celltry_has_landlock(void);

/* Attempts: a thread is started and ends. */
long	celltry_start_thread(void);
/* Connect by TCP to 127.0.0.254; 0 also if nobody listens there. */
long	celltry_connect(unsigned int port);

/*
 * Fail the cmocka test that runs unless libseccomp knows all names of a table,
 * but for one that may be newer, or NULL.
 */
void	celltry_check_names(const struct cell_call *calls, const char *newer);

/*
 * Fail the cmocka test that runs unless each attempt has the result that it
 * is to have.  enter enters the cell: 0, or -1.
 */
void	celltry_check(int (*enter)(void), const struct celltry *tries,
	    size_t ntries);

#endif /* CELLTRY_H */
