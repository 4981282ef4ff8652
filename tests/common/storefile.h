/* SPDX-License-Identifier: ISC */

/*
 * A file at the top of a scratch key store, for tests of what reads and writes
 * it.  Each test has a store of its own:
 *
 *	static struct storefile file = { .name = "hosts" };
 *	... STOREFILE_TEST(test_none, &file),
 */

#ifndef STOREFILE_H
#define STOREFILE_H

#include <stddef.h>

#include "keydir.h"

struct storefile {
	const char	*name;
	struct keydir	 keydir;
	struct keystore	*ks;		/* of keydir */
	char		 path[128];
};

#define STOREFILE_TEST(test, file)					\
	cmocka_unit_test_prestate_setup_teardown(test,			\
	    storefile_setup, storefile_teardown, file)

/* Make the store, without the file; and remove it. */
int	storefile_setup(void **state);
int	storefile_teardown(void **state);

/* Write a file as the store does, with mode 0640. */
void	storefile_write(const char *path, const void *octets, size_t len);
/* Read it as a string. */
void	storefile_read(const char *path, char *text, size_t size);

#endif /* STOREFILE_H */
