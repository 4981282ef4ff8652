/* SPDX-License-Identifier: ISC */

/*
 * Each path of the body scan, both canonicalizations and all faults, compared
 * with a slow reference: every short text of the octets that matter, at block
 * borders and with every cut; lines about as long as allowed; large bodies of
 * random text with random cuts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bodypaths.h"
#include "dkimsig/bodypath.h"
#include "dkimsig/bodyscan.h"
#include "slowbody.h"

#define BIG		40000	/* octets: some batches */

static const struct {
	const char	*body, *simple, *relaxed;
	unsigned int	 faults;
} references[] = {
	{ "",			"\r\n",			"",		0 },
	{ "\r\n \r\n",		"\r\n \r\n",		"",		0 },
	{ " C \r\nD \t E\r\n\r\n\r\n",
	    " C \r\nD \t E\r\n",	" C\r\nD E\r\n",	0 },
	{ "a\t \rb\n\xe4",	"a\t \rb\n\xe4\r\n",	"a \rb\n\xe4\r\n",
	    DKIMSIG_FAULT_BARE_CR | DKIMSIG_FAULT_BARE_LF |
	    DKIMSIG_FAULT_8BIT_BODY },
};

/* The reference itself, by hand. */
static void
test_reference(void **state)
{
	char out[64];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		const char *body = references[i].body;

		n = slow_canon(DKIMSIG_CANON_SIMPLE, body, strlen(body), out);
		assert_int_equal(n, strlen(references[i].simple));
		assert_memory_equal(out, references[i].simple, n);
		n = slow_canon(DKIMSIG_CANON_RELAXED, body, strlen(body),
		    out);
		assert_int_equal(n, strlen(references[i].relaxed));
		assert_memory_equal(out, references[i].relaxed, n);
		assert_int_equal(slow_faults(body, strlen(body)),
		    references[i].faults);
	}
	assert_int_equal(slow_faults("", 1), DKIMSIG_FAULT_NUL);
}

static void
check(const struct bodyshould *should, const size_t *cuts, size_t ncuts)
{
	const char *path = NULL;

	if (!bodypaths_agree(should, cuts, ncuts, &path))
		fail_msg("%s: a body of %zu octets, %zu cuts, first at %zu",
		    path, should->len, ncuts, ncuts > 0 ? cuts[0] : 0);
}

static void
check_each_cut(const char *body, size_t len, size_t from)
{
	struct bodyshould should;
	size_t cut;

	assert_true(bodypaths_init(&should, body, len));
	check(&should, NULL, 0);
	for (cut = from; cut < len; cut++)
		check(&should, &cut, 1);
}

/* Every text of so many octets, after a prefix that is text. */
static void
check_texts(size_t prefix, size_t len)
{
	static const char alphabet[] = { 'a', ' ', '\t', '\r', '\n' };
	char body[256];
	size_t i, n, number, rest;

	for (n = 1, i = 0; i < len; i++)
		n *= sizeof(alphabet);
	memset(body, 'x', prefix);
	for (number = 0; number < n; number++) {
		for (rest = number, i = 0; i < len; i++) {
			body[prefix + i] = alphabet[rest % sizeof(alphabet)];
			rest /= sizeof(alphabet);
		}
		check_each_cut(body, prefix + len, prefix);
	}
}

static void
test_short_texts(void **state)
{
	size_t len, prefix;

	(void)state;
	for (len = 0; len <= 5; len++)
		check_texts(0, len);
	for (prefix = BODY_BLOCK - 4; prefix <= BODY_BLOCK; prefix++)
		check_texts(prefix, 4);
	/* In the middle of a body: the last block is full. */
	check_texts(2 * BODY_BLOCK - 4, 4);
}

/* Each octet at each place of a block, before and after a line end. */
static void
test_octets(void **state)
{
	char body[3 * BODY_BLOCK];
	struct bodyshould should;
	size_t at;
	int octet;

	(void)state;
	for (octet = 0; octet < 256; octet++)
		for (at = 0; at < 2 * BODY_BLOCK; at++) {
			memset(body, 'x', sizeof(body));
			memcpy(body + sizeof(body) - 2, "\r\n", 2);
			body[at] = (char)octet;
			assert_true(bodypaths_init(&should, body,
			    sizeof(body)));
			check(&should, NULL, 0);
		}
}

/* Lines of 990 to 1010 octets, at different places of a block. */
static void
test_long_lines(void **state)
{
	static const char *const ends[] = { "\r\n", "\r\nx", "", "\r", "\rx",
	    "\n", "\r\r\n" };
	char body[2048];
	size_t cut, end, i, len, line, prefix;
	struct bodyshould should;

	(void)state;
	for (prefix = 0; prefix < BODY_BLOCK + 2; prefix += 3)
		for (line = 990; line < 1010; line++)
			for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
				memset(body, 'x', sizeof(body));
				if (prefix >= 2)
					memcpy(body + prefix - 2, "\r\n", 2);
				end = prefix + line;
				len = strlen(ends[i]);
				memcpy(body + end, ends[i], len);
				assert_true(bodypaths_init(&should, body,
				    end + len));
				check(&should, NULL, 0);
				for (cut = end - 1; cut <= end + len; cut++)
					check(&should, &cut, 1);
			}
}

/* Small, fast, and the same everywhere. */
static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

#define TEXT	"0123456789abcdef0123456789abcdef"
#define LINE	TEXT TEXT "01234567"

/* What random text is made of; each kind of text has it in other shares. */
static const char *const words[] = {
	"x", "word", "a longer piece of text", "\r\n", " ", "  ", "\t", " \r\n",
	"\r\n\r\n", "\r", "\n", "\xc3\xa4", "\r\n \t\r\n",
	LINE "\r\n",
};

#define NWORDS	(sizeof(words) / sizeof(words[0]))

static size_t
random_body(uint32_t *seed, char *body, size_t size)
{
	uint32_t weights[NWORDS], sum = 0, pick;
	size_t i, n, len = 0;

	for (i = 0; i < NWORDS; i++) {
		/* Most kinds lack most words, so that long spans occur. */
		weights[i] = next_random(seed) % 3 == 0 ?
		    1u << next_random(seed) % 10 : 0;
		sum += weights[i];
	}
	while (sum > 0) {
		pick = next_random(seed) % sum;
		for (i = 0; pick >= weights[i]; i++)
			pick -= weights[i];
		n = strlen(words[i]);
		if (n > size - len)
			break;
		memcpy(body + len, words[i], n);
		len += n;
	}
	return len;
}

static int
compare(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

static void
test_random(void **state)
{
	static char body[BIG];
	size_t cuts[9], i, len, n, round;
	struct bodyshould should;
	uint32_t seed = 1;

	(void)state;
	for (round = 0; round < 600; round++) {
		len = random_body(&seed, body, 1 + next_random(&seed) % BIG);
		assert_true(bodypaths_init(&should, body, len));
		check(&should, NULL, 0);
		n = next_random(&seed) % 9 + 1;
		for (i = 0; i < n; i++)
			cuts[i] = next_random(&seed) % (len + 1);
		qsort(cuts, n, sizeof(cuts[0]), compare);
		check(&should, cuts, n);
	}
}

/* One octet that differs, at each place of a body of text and of blanks. */
static void
test_batch_borders(void **state)
{
	static const char *const fillers[] = { "x", " ", "x ", "\t", "\r\n",
	    " \r\n", "x  \t" };
	static const char *const pieces[] = { "x", " ", "\r\n", " \r\n",
	    "\t\t\r" };
	static char body[BODY_BATCH + 256];
	size_t at, f, i, p;
	struct bodyshould should;

	(void)state;
	for (f = 0; f < sizeof(fillers) / sizeof(fillers[0]); f++)
		for (p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++)
			for (at = BODY_BATCH - 6; at < BODY_BATCH + 3; at++) {
				for (i = 0; i < sizeof(body); i++)
					body[i] = fillers[f][i %
					    strlen(fillers[f])];
				memcpy(body + at, pieces[p],
				    strlen(pieces[p]));
				assert_true(bodypaths_init(&should, body,
				    sizeof(body)));
				check(&should, NULL, 0);
				check(&should, &at, 1);
			}
}

/* The portable path is there, so that each body can be scanned. */
static void
test_list(void **state)
{
	const struct bodypath *paths;
	struct bodyscan scan;
	size_t i, n;

	(void)state;
	paths = bodypath_list(&n);
	assert_true(n > 0);
	assert_string_equal(paths[n - 1].name, "portable");
	assert_true(paths[n - 1].is_supported());
	bodyscan_init(&scan);
	for (i = 0; !paths[i].is_supported(); i++)
		continue;
	assert_ptr_equal(scan.path, &paths[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_short_texts),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_batch_borders),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
