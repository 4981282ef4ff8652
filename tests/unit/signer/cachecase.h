/* SPDX-License-Identifier: ISC */

/*
 * A scratch store and the signer's view of it, made for each test case.
 */

#ifndef CACHECASE_H
#define CACHECASE_H

#include <stdint.h>

#include "keydir.h"
#include "signer/keycache.h"

#define NOW	1000000

extern struct keydir store;
extern struct keycache *cache;
extern struct moment now;	/* NOW at the beginning of a case */

/* Of each case, for cmocka. */
int	cachecase_setup(void **state);
int	cachecase_teardown(void **state);

#define CACHECASE(test) \
    cmocka_unit_test_setup_teardown(test, cachecase_setup, cachecase_teardown)

/* Add an Ed25519 key. */
void	add(const char *domain, const char *selector, int64_t from,
	    int64_t until);

#endif /* CACHECASE_H */
