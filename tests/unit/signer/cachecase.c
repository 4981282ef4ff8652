/* SPDX-License-Identifier: ISC */

/*
 * A scratch store and the signer's view of it: see cachecase.h.
 */

#include "cachecase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct keydir store;
struct keycache *cache;
struct moment now;

int
cachecase_setup(void **state)
{
	(void)state;
	keydir_make(&store);
	cache = keycache_new(store.ks);
	assert_non_null(cache);
	now.wall = NOW;
	now.monotonic = 50;
	return 0;
}

int
cachecase_teardown(void **state)
{
	(void)state;
	keycache_free(cache);
	keydir_remove(&store);
	return 0;
}

void
add(const char *domain, const char *selector, int64_t from, int64_t until)
{
	(void)keydir_add(&store, domain, selector, DKIMSIG_ED25519_SHA256,
	    from, until);
}
