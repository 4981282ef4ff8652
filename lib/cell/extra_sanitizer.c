/* SPDX-License-Identifier: ISC */

/*
 * What sanitizers need in a cell, in builds with -Db_sanitize= only.
 *
 * They read /proc for the layout of memory and their symbols from the
 * programs.  The leak check at exit stops the process with ptrace(2), from a
 * process that shares its memory; ThreadSanitizer has a thread of its own.
 */

#include "cell/private.h"

const struct cell_call cell_extra_calls[] = {
	{ .name = "arch_prctl" },
	{ .name = "clone" },
	{ .name = "dup2" },
	{ .name = "getdents" },
	{ .name = "getdents64" },
	{ .name = "getrusage" },
	{ .name = "kill" },
	{ .name = "mmap" },
	{ .name = "mprotect" },
	{ .name = "openat" },
	{ .name = "open" },
	{ .name = "personality" },
	{ .name = "pipe" },
	{ .name = "pipe2" },
	{ .name = "prctl" },
	{ .name = "ptrace" },
	{ .name = "readlink" },
	{ .name = "readlinkat" },
	{ .name = "stat" },
	{ .name = "wait4" },
	{ .name = NULL }
};

const struct cell_path cell_extra_paths[] = {
	{ "/proc", CELL_READ | CELL_OPTIONAL },
	/* Leads to the program, whose symbols suppressions name. */
	{ "/proc/self/exe", CELL_READ | CELL_OPTIONAL },
	{ "/usr", CELL_READ | CELL_OPTIONAL },
	{ .path = NULL }
};
