/* SPDX-License-Identifier: ISC */

/*
 * A text with a secret leaves it nowhere in the heap, once its owner has
 * cleared and freed the text.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memstream.h"

#define SECRET		"b29tcGFyZSBtZSB3aXRo"
#define TIMES		1000
#define BLOCKS		64
#define LARGEST		65536

/*
 * Blocks that are allocated again still have what was left in them.  Returns
 * how many have the secret.
 */
static size_t
find_in_free_blocks(void)
{
	char *blocks[BLOCKS];
	size_t size, i, found = 0;

	for (size = 64; size <= LARGEST; size *= 2) {
		for (i = 0; i < BLOCKS; i++) {
			blocks[i] = malloc(size);
			assert_non_null(blocks[i]);
			found += memmem(blocks[i], size, SECRET,
			    strlen(SECRET)) != NULL;
		}
		for (i = 0; i < BLOCKS; i++)
			free(blocks[i]);
	}
	return found;
}

static void
test_clears_secrets(void **state)
{
	char *text;
	size_t i, len;
	FILE *fp;

	(void)state;
	fp = memstream_open(&text, &len);
	assert_non_null(fp);
	for (i = 0; i < TIMES; i++)
		(void)fprintf(fp, "%s\n", SECRET);
	assert_true(memstream_close(fp, &text));
	assert_int_equal(len, TIMES * (strlen(SECRET) + 1));
	explicit_bzero(text, len);
	free(text);
	assert_int_equal(find_in_free_blocks(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clears_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
