/* SPDX-License-Identifier: ISC */

/*
 * Texts that are put together in memory, while some n-th allocation fails,
 * alone and with all that follow: each is whole, or there is none.  They are
 * long enough for the stream to need more memory midway.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memstream.h"
#include "base/print.h"
#include "failing.h"
#include "machine/postfix_milters.h"
#include "machine/sendmail_queue.h"
#include "status/block.h"
#include "status/status.h"

#define LONG	40000		/* octets, more than a stream begins with */
#define MOST	1000		/* allocations */
#define NCOLUMNS 20

static char folder[] = "/tmp/test_texts.XXXXXX";
static char words[LONG + 1], value[LONG + 1];
static struct postfix_milters milters;

/* Each makes a text, for free(3). */

static char *
prints(void)
{
	char *text;
	size_t i, len;
	FILE *fp;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return NULL;
	for (i = 0; i < LONG; i++)
		(void)putc('a' + (int)(i % 26), fp);
	(void)fputs(words, fp);
	(void)fwrite(words, 1, 1, fp);
	for (i = 0; i < LONG / 10; i++)
		(void)fprintf(fp, "%9zu ", i);
	if (!memstream_close(fp, &text))
		return NULL;
	assert_int_equal(len, strlen(text));
	return text;
}

static char *
copies(void)
{
	return print_safe_copy(words);
}

static char *
names_milters(void)
{
	return postfix_milters_text(&milters);
}

static char *
reads_queue(void)
{
	return sendmail_queue_read(folder);
}

/* Nothing was put: as no text. */
static char *
puts_line(const char *text)
{
	static const struct status_style style = { .columns = 80 };
	static struct block block;

	block_init(&block, &style);
	if (!block_line(&block))
		return NULL;
	block_put_safe(&block, text, NCOLUMNS);
	return block.len == 0 ? NULL : strdup(block.lines[0]);
}

static char *
puts_short(void)
{
	return puts_line("a source");
}

static char *
puts_long(void)
{
	return puts_line(words);
}

static const struct {
	const char	*name;
	char		*(*make)(void);
} makers[] = {
	{ "a stream",			prints },
	{ "a printable copy",		copies },
	{ "a value of smtpd_milters",	names_milters },
	{ "a message in a queue",	reads_queue },
	{ "a short text in a picture",	puts_short },
	{ "a long text in a picture",	puts_long },
};

static void
write_part(const char *part, const char *head)
{
	char path[64];
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/%s1", folder, part);
	assert_non_null(fp = fopen(path, "w"));
	(void)fprintf(fp, "%s%s\n", head, words);
	assert_int_equal(fclose(fp), 0);
}

static int
set_up(void **state)
{
	size_t i;

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	memset(words, 'w', LONG);
	for (i = 0; i < 4; i++)
		(void)snprintf(value + strlen(value), sizeof(value) -
		    strlen(value), "%sunix:/%.*s", i > 0 ? ", " : "", 4000,
		    words);
	write_part("qf", "H??X-Words: ");
	write_part("df", "");
	return postfix_milters_read(value, &milters);
}

static int
tear_down(void **state)
{
	(void)state;
	postfix_milters_finish(&milters);
	sendmail_queue_remove(folder);
	return 0;
}

/* Whether an allocation failed. */
static bool
try(size_t which, const char *whole, size_t n, bool all_later)
{
	size_t live = failing_live();
	bool has_failed;
	char *text;

	failing_arm(n, all_later);
	text = makers[which].make();
	has_failed = failing_disarm();
	if (text == NULL ? !has_failed : strcmp(text, whole) != 0)
		fail_msg("%s: allocation %zu%s: %.60s", makers[which].name, n,
		    all_later ? " and later" : "",
		    text != NULL ? text : "no text");
	free(text);
	assert_int_equal(failing_live(), live);
	return has_failed;
}

static void
test_texts(void **state)
{
	size_t i, n;
	char *whole;

	(void)state;
	for (i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		assert_non_null(whole = makers[i].make());
		for (n = 1; n < MOST && try(i, whole, n, false); n++)
			(void)try(i, whole, n, true);
		assert_in_range(n, 2, MOST - 1);
		free(whole);
	}
}

/* What has been printed can be read before the stream is closed. */
static void
test_flush(void **state)
{
	char *text;
	size_t len;
	FILE *fp;

	(void)state;
	assert_non_null(fp = memstream_open(&text, &len));
	assert_string_equal(text, "");
	(void)fputs("some", fp);
	assert_int_equal(fflush(fp), 0);
	assert_string_equal(text, "some");
	assert_int_equal(len, 4);
	(void)fwrite("\0of it", 1, 6, fp);
	assert_true(memstream_close(fp, &text));
	assert_int_equal(len, 10);
	assert_memory_equal(text, "some\0of it", 11);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
