/* SPDX-License-Identifier: ISC */

/*
 * The processes that run a program.
 */

#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#include <stdbool.h>

struct machine_process {
	pid_t		 pid;
	bool		 is_replaced;	/* the file is another one by now */
	/* The soft limit of open files; 0: unknown, ULLONG_MAX: none. */
	unsigned long long open_files;
};

/*
 * Call each for every process that runs the program with this path, also if the
 * file was replaced or deleted since, in our PID namespace: those in containers
 * are not meant.  Only root sees the processes of others.
 */
void	machine_each_process(const char *path, void (*each)(void *arg,
	    const struct machine_process *process), void *arg);

#endif /* PROCESS_H */
