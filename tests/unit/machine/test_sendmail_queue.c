/* SPDX-License-Identifier: ISC */

/*
 * Queue files of Sendmail: the message in them.
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

#include "machine/sendmail_queue.h"

static char directory[] = "/tmp/countersign-queue.XXXXXX";

static void
write_part(const char *name, const char *text)
{
	char path[128];
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_non_null(fp = fopen(path, "w"));
	assert_int_not_equal(fputs(text, fp), EOF);
	assert_int_equal(fclose(fp), 0);
}

static const char qf[] =
    "V8\n"
    "T1795680000\n"
    "$_localhost [127.0.0.1]\n"
    "S<>\n"
    "RPF:<postmaster@example.com>\n"
    "H?P?Return-Path: <\201g>\n"
    "\tonly for some mailers\n"
    "H??DKIM-Signature: v=1; a=rsa-sha256;\n"
    "\tb=AAAA\n"
    "H??From: postmaster@example.com\n"
    "H?D?Date: now\n"
    "H??Subject: H??x\n"
    ".\n"
    " H??after: the end\n";

static const char want[] =
    "DKIM-Signature: v=1; a=rsa-sha256;\n"
    "\tb=AAAA\n"
    "From: postmaster@example.com\n"
    "Subject: H??x\n"
    "\n"
    "body\n";

/* What is put in the place of the body, and is not read. */
static void
refuses(void)
{
	static char big[SENDMAIL_QUEUE_MAX + 2];
	char body[128], other[128];

	(void)snprintf(body, sizeof(body), "%s/df6AR1", directory);
	(void)snprintf(other, sizeof(other), "%s/other", directory);
	assert_int_equal(rename(body, other), 0);
	assert_int_equal(symlink(other, body), 0);
	assert_null(sendmail_queue_read(directory));
	assert_int_equal(unlink(body), 0);
	assert_int_equal(link(other, body), 0);
	assert_null(sendmail_queue_read(directory));
	assert_int_equal(unlink(body), 0);
	assert_int_equal(mkfifo(body, 0600), 0);
	assert_null(sendmail_queue_read(directory));
	assert_int_equal(unlink(body), 0);
	memset(big, 'x', sizeof(big) - 1);
	write_part("df6AR1", big);
	assert_null(sendmail_queue_read(directory));
	assert_int_equal(unlink(other), 0);
}

static void
reads(void **state)
{
	char *text;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_null(sendmail_queue_read(directory));
	write_part("qf6AR1", qf);
	assert_null(sendmail_queue_read(directory));
	write_part("df6AR1", "body\n");
	write_part("xf6AR1", "transcript\n");
	assert_non_null(text = sendmail_queue_read(directory));
	assert_string_equal(text, want);
	free(text);

	refuses();

	/* Which of two is meant is not known. */
	write_part("qf6AR2", qf);
	assert_null(sendmail_queue_read(directory));

	sendmail_queue_remove(directory);
	assert_int_equal(access(directory, F_OK), -1);
	assert_null(sendmail_queue_read(directory));
	sendmail_queue_remove(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
