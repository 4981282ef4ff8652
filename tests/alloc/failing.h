/* SPDX-License-Identifier: ISC */

/*
 * Memory that runs out when it is told to.
 *
 * malloc(3) and its kin are replaced for the whole program, so that what
 * OpenSSL, libidn2, libbsd and the C library allocate fails like what the
 * library under test does.
 */

#ifndef FAILING_H
#define FAILING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The n-th allocation from now fails, n from 1; and all later ones.  None fails
 * if FAILING_NEVER is in the environment, for tests/fuzz/coverage.py.
 */
void	failing_arm(size_t n, bool all_later);

/* None fails any more.  Whether one has. */
bool	failing_disarm(void);

/* Blocks that are allocated and not freed; 0 where a sanitizer finds leaks. */
size_t	failing_live(void);

#endif /* FAILING_H */
