/* SPDX-License-Identifier: ISC */

/*
 * A file at the top of a scratch key store: see storefile.h.
 */

#include "storefile.h"

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

int
storefile_setup(void **state)
{
	struct storefile *file = *state;

	keydir_make(&file->keydir);
	file->ks = file->keydir.ks;
	(void)snprintf(file->path, sizeof(file->path), "%s/%s",
	    file->keydir.path, file->name);
	return 0;
}

int
storefile_teardown(void **state)
{
	struct storefile *file = *state;

	keydir_remove(&file->keydir);
	return 0;
}

void
storefile_write(const char *path, const void *octets, size_t len)
{
	FILE *fp;

	assert_non_null(fp = fopen(path, "w"));
	assert_int_equal(fwrite(octets, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(path, 0640), 0);
}

void
storefile_read(const char *path, char *text, size_t size)
{
	FILE *fp;

	assert_non_null(fp = fopen(path, "r"));
	text[fread(text, 1, size - 1, fp)] = '\0';
	assert_int_equal(fclose(fp), 0);
}
