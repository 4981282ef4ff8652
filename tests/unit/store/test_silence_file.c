/* SPDX-License-Identifier: ISC */

/*
 * The file of the name servers that do not answer.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/silence_file.h"
#include "storefile.h"

#define NOW	1700000000

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static struct storefile file = { .name = "servers" };
static struct ks_error error;

/* What was read, as text. */
struct list {
	char	 text[1024];
	size_t	 n;
};

static int
add(void *context, const struct ks_silence *silence)
{
	struct list *list = context;
	const size_t len = strlen(list->text);

	list->n++;
	(void)snprintf(list->text + len, sizeof(list->text) - len,
	    "%lld %lld %u %s;", (long long)silence->since,
	    (long long)silence->last, silence->nlooks, silence->name);
	return 0;
}

static int
refuse(void *context, const struct ks_silence *silence)
{
	(void)context;
	(void)silence;
	return KS_E_NOMEM;
}

static void
kept(void **state)
{
	static const struct ks_silence silences[] = {
		{ NOW, NOW + 7200, 3, "example.com 192.0.2.1" },
		{ NOW, NOW, 1, "example.com 2001:db8::1@5353" },
		{ NOW, NOW, 1, "example.net ns2.gone.example" },
		/* These are left out. */
		{ NOW, NOW - 1, 1, "example.com 192.0.2.2" },
		{ NOW, NOW, 0, "example.com 192.0.2.3" },
		{ NOW, NOW, 1, "example.com" },
		{ NOW, NOW, 1, "a b c" },
		{ NOW, NOW, 1, "a b\n" },
		{ INT64_MAX, INT64_MAX, 1, "example.com 192.0.2.4" },
	};
	struct list list = { .n = 0 };
	struct stat st;

	(void)state;
	assert_int_equal(ks_silences_read(file.ks, add, &list, &error), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(ks_silences_write(file.ks, silences,
	    COUNT(silences), &error), 0);
	assert_int_equal(stat(file.path, &st), 0);
	assert_int_equal(st.st_mode & 07777u, 0640);
	assert_int_equal(ks_silences_read(file.ks, add, &list, &error), 0);
	assert_string_equal(list.text,
	    "1700000000 1700007200 3 example.com 192.0.2.1;"
	    "1700000000 1700000000 1 example.com 2001:db8::1@5353;"
	    "1700000000 1700000000 1 example.net ns2.gone.example;");
	assert_int_equal(ks_silences_read(file.ks, refuse, NULL, &error),
	    KS_E_NOMEM);
	assert_int_equal(ks_silences_write(file.ks, NULL, 0, &error), 0);
	assert_int_equal(access(file.path, F_OK), -1);
	assert_int_equal(ks_silences_write(file.ks, NULL, 0, &error), 0);
}

#define HEAD	"countersign-servers 1\n"
#define T	"2023-11-14T22:13:20Z"

static void
damaged(void **state)
{
	static const struct {
		const char	*text, *line;
		size_t		 n;	/* read before */
	} cases[] = {
		{ "", "line 1:", 0 },
		{ "countersign-servers 2\n", "line 1:", 0 },
		{ HEAD T " " T " 1 a b", "line 1:", 0 },
		{ HEAD T " " T " 1 a b\n\n", "line 3:", 1 },
		{ HEAD T " " T " 1 a\n", "line 2:", 0 },
		{ HEAD T " " T " 0 a b\n", "line 2:", 0 },
		{ HEAD T " " T " -1 a b\n", "line 2:", 0 },
		{ HEAD T " " T " 1000000001 a b\n", "line 2:", 0 },
		{ HEAD T " " T " 1 a b c\n", "line 2:", 0 },
		{ HEAD T " " T " 1 a b\x1b\n", "line 2:", 0 },
		{ HEAD T " 2023-11-14T22:13:19Z 1 a b\n", "line 2:", 0 },
		{ HEAD "yesterday " T " 1 a b\n", "line 2:", 0 },
		{ HEAD T " " T "Z 1 a b\n", "line 2:", 0 },
		{ HEAD T "Z " T " 1 a b\n", "line 2:", 0 },
	};
	struct list list;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&list, 0, sizeof(list));
		storefile_write(file.path, cases[i].text,
		    strlen(cases[i].text));
		if (ks_silences_read(file.ks, add, &list, &error) !=
		    KS_E_DAMAGED || list.n != cases[i].n)
			fail_msg("\"%s\"", cases[i].text);
		assert_non_null(strstr(error.text, "/servers: "));
		assert_non_null(strstr(error.text, cases[i].line));
	}
	storefile_write(file.path, HEAD "\0\n", sizeof(HEAD) + 1);
	assert_int_equal(ks_silences_read(file.ks, add, &list, &error),
	    KS_E_DAMAGED);
	/* Readable by others: not ours. */
	storefile_write(file.path, HEAD, sizeof(HEAD) - 1);
	assert_int_equal(chmod(file.path, 0666), 0);
	assert_int_equal(ks_silences_read(file.ks, add, &list, &error),
	    KS_E_UNSAFE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STOREFILE_TEST(kept, &file),
		STOREFILE_TEST(damaged, &file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
