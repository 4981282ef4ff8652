/* SPDX-License-Identifier: ISC */

/*
 * Room lib/cell: what a process can still do once it serves.
 *
 * A cell is a few tables: the system calls that a program makes, the paths
 * that it uses, the TCP ports that it connects to, its limits.  The kernel
 * holds the process to them: seccomp(2) to the calls, landlock(7) to paths and
 * ports.  There is no way back out, and everything that the process starts
 * later is in the same cell.
 *
 *	parse, bind, change user	as root, if need be
 *	warm up				what reads files once: OpenSSL, tzset(3)
 *	cell_enter()			no other thread exists yet
 *	first thread
 *	ready
 *
 * A call that is in no table fails with ENOSYS, as on an older kernel, so that
 * a C library that tries a new call falls back to the old one: that is why
 * clone3(2) is in no table.  What no program of ours does by mistake, such as
 * execve(2), ptrace(2) or mount(2), kills the process by SIGSYS: see
 * cell_fatal_calls in calls.c.
 *
 * The kernel's log tells which call killed a process; with logs_refusals, also
 * which calls failed with ENOSYS: "audit: type=1326 ... syscall=N".
 *
 * Calls are filtered on amd64 only, and paths only if the kernel has Landlock.
 * Otherwise one line is logged, and the rest of the cell holds.
 */

#ifndef CELL_H
#define CELL_H

#include <sys/resource.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an argument of a system call, of which 32 bits count, is compared. */
enum cell_compare {
	CELL_ANY,		/* not at all */
	CELL_BITS,		/* (argument & mask) == value */
	CELL_SELF		/* argument is the id of this process */
};

struct cell_test {
	enum cell_compare	 compare;
	unsigned int		 argument;	/* 0 to 5 */
	uint32_t		 mask, value;	/* CELL_BITS */
};

#define CELL_MAX_TESTS	3
#define CELL_IS(argument, value)	\
	{ CELL_BITS, (argument), UINT32_MAX, (uint32_t)(value) }
#define CELL_HAS(argument, bits)	\
	{ CELL_BITS, (argument), (uint32_t)(bits), (uint32_t)(bits) }
#define CELL_LACKS(argument, bits)	\
	{ CELL_BITS, (argument), (uint32_t)(bits), 0 }

/*
 * An allowed call, or in an open cell a refused one, if all tests are true.
 * Several entries with one name are alternatives.  A call with an error fails
 * with that, not with ENOSYS, for a library that goes another way then.
 */
struct cell_call {
	const char		*name;	/* as in syscalls(2) */
	struct cell_test	 tests[CELL_MAX_TESTS];
	int			 error;	/* an errno; 0: allowed */
};

/* What may be done with a path and, if it is a directory, all below it. */
enum cell_right {
	CELL_READ	= 1 << 0,	/* read files, list directories */
	CELL_WRITE	= 1 << 1,	/* open existing files for writing */
	CELL_TRUNCATE	= 1 << 2,
	CELL_MAKE	= 1 << 3,	/* create files; not directories */
	CELL_REMOVE	= 1 << 4,	/* remove files */
	CELL_OPTIONAL	= 1 << 5,	/* the path need not exist */
	CELL_FOLDERS	= 1 << 6	/* create, remove and move folders */
};

/*
 * Rename within a directory: MAKE and REMOVE; between two, FOLDERS as well.
 * To name a file is of little use if a rename replaces it later: then name its
 * directory.
 */
struct cell_path {
	const char	*path;
	unsigned int	 rights;	/* enum cell_right */
};

struct cell_limit {
	int	 resource;	/* RLIMIT_... of setrlimit(2) */
	rlim_t	 value;		/* soft and hard; a lower one stays */
};

/*
 * Each table may be NULL; in calls and paths, a name of NULL ends it.
 *
 * An open cell is for a process that starts others, which inherit it, whatever
 * they and their loader need before they enter a cell of their own.  It has no
 * paths and ports; calls are those that it refuses, and all others are allowed,
 * but for the fatal ones and those of the kernel that no program of ours uses.
 */
struct cell {
	bool			 is_open;
	const char *const	*spared;	/* fatal calls that are not */
	const struct cell_call	*calls;		/* besides cell_base_calls */
	const struct cell_path	*paths;
	const uint16_t		*tcp_ports;	/* to connect to; ends with 0 */
	bool			 has_any_tcp;	/* tcp_ports is not used */
	const struct cell_limit	*limits;
	size_t			 nlimits;
	uint64_t		 capabilities;	/* that remain: 1 << CAP_... */
	bool			 has_threads;
	bool			 logs_refusals;
};

/*
 * What every cell allows, what every open cell refuses, and what kills; a name
 * of NULL ends each table.
 */
extern const struct cell_call cell_base_calls[];
extern const struct cell_call cell_thread_calls[];
extern const struct cell_call cell_open_refused[];
extern const char *const cell_fatal_calls[];

/*
 * Enter the cell, for good: privileges_lock(), limits, Landlock, seccomp.
 *
 * Called when: the process has the user that it keeps, has opened what it may
 * not open later, and has no other thread.
 *
 * Returns 0, also if kernel or architecture lack something, or -1 with the
 * reason logged; in that case the caller must exit.
 */
int	cell_enter(const struct cell *cell);

#endif /* CELL_H */
