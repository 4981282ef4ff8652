/* SPDX-License-Identifier: ISC */

/*
 * A preloaded library whose n-th allocation fails, in the program that
 * FAILMALLOC_PROGRAM names: n is FAILMALLOC_N, from 1.
 *
 * It tells failat by a system call that the kernel does not have, which works
 * in any cell.  With n "all" none fails, but each is told, to be counted.  What
 * is allocated before the library is loaded does not count, nor what libseccomp
 * allocates: 2.5 frees a block twice if it cannot grow it.  Nor does what glibc
 * has for nsswitch.conf, without which 2.36 crashes in the first lookup of a
 * user: begin() makes one.
 */

#include <dlfcn.h>
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);

static long left;		/* until one fails; 0: none does */
static bool tells;

__attribute__((constructor)) static void
begin(void)
{
	const char *n, *program;

	n = getenv("FAILMALLOC_N");
	program = getenv("FAILMALLOC_PROGRAM");
	if (n != NULL && program != NULL &&
	    strcmp(program, program_invocation_short_name) == 0) {
		(void)getpwuid(0);
		tells = strcmp(n, "all") == 0;
		__atomic_store_n(&left, strtol(n, NULL, 10), __ATOMIC_RELAXED);
	}
}

/* Whether the caller may fail. */
static bool
counts(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) == 0 || info.dli_fname == NULL ||
	    strstr(info.dli_fname, "libseccomp") == NULL;
}

static bool
fails(const void *caller)
{
	if (tells)
		(void)syscall(CALLS_REPORT);
	if (__atomic_load_n(&left, __ATOMIC_RELAXED) <= 0 ||
	    __atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED) != 0 ||
	    !counts(caller))
		return false;
	(void)syscall(CALLS_REPORT);
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_realloc(p, size);
}

void *
reallocarray(void *p, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return fails(__builtin_return_address(0)) ? NULL :
	    __libc_realloc(p, n * size);
}
