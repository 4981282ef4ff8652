/* SPDX-License-Identifier: ISC */

/*
 * The audit file: what is taken for one, that lines stay whole, and that a
 * file that cannot be written is only ever logged.
 */

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "front/audit.h"

#define THREADS	4
#define LINES	250	/* a thread */

static char folder[64];

/* Each test has an empty folder, and works in it. */
static int
setup(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "%s/countersign.XXXXXX",
	    getenv("TMPDIR") != NULL && strlen(getenv("TMPDIR")) < 30 ?
	    getenv("TMPDIR") : "/tmp");
	return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = {
		"audit", "audit.1", "dir", "link", "pipe"
	};
	size_t i;

	(void)state;
	audit_open(NULL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)remove(names[i]);
	return chdir("/") != 0 || rmdir(folder) != 0;
}

/* The content of a file; NULL if there is none.  To be freed. */
static char *
content(const char *name)
{
	FILE *fp;
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	if ((fp = fopen(name, "r")) == NULL)
		return NULL;
	if ((len = getdelim(&text, &size, '\0', fp)) == -1) {
		free(text);
		text = strdup("");
	}
	(void)fclose(fp);
	return text;
}

static void
assert_content(const char *name, const char *want)
{
	char *text = content(name);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

/*
 * Between the two the log goes into a pipe, which has no limit of size but
 * its own.
 */
static int
log_begin(int *saved)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_true((*saved = dup(STDERR_FILENO)) != -1);
	assert_true(dup2(fds[1], STDERR_FILENO) != -1);
	(void)close(fds[1]);
	return fds[0];
}

/* So many lines, the last of which has text in it. */
static void
log_end(int log, int saved, unsigned int nlines, const char *text)
{
	char buf[4096], *p;
	ssize_t n;

	assert_true(dup2(saved, STDERR_FILENO) != -1);
	(void)close(saved);
	assert_true((n = read(log, buf, sizeof(buf) - 1)) >= 0);
	(void)close(log);
	buf[n] = '\0';
	for (p = buf; (p = strchr(p, '\n')) != NULL; p++)
		nlines--;
	if (nlines != 0 || strstr(buf, text) == NULL)
		fail_msg("log: %s", buf);
}

static void
test_rotation(void **state)
{
	struct stat st;

	(void)state;
	audit_write("nowhere");
	(void)umask(0);
	audit_open("audit");
	(void)umask(022);
	assert_int_equal(stat("audit", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	audit_write("one");
	assert_int_equal(rename("audit", "audit.1"), 0);
	audit_write("two");
	audit_open("audit");
	audit_write("three");
	assert_content("audit.1", "one\ntwo\n");
	audit_open("audit");
	audit_write("");
	assert_content("audit", "three\n\n");
	audit_open(NULL);
	audit_write("nowhere");
	assert_content("audit", "three\n\n");
}

/* None of these is opened, and the file that was open stays. */
static void
test_refused(void **state)
{
	static const char *const names[] = {
		"dir", "link", "pipe", "/dev/null", "missing/audit", ""
	};
	int log, reader, saved;
	size_t i;

	(void)state;
	assert_int_equal(mkdir("dir", 0700), 0);
	assert_int_equal(symlink("audit", "link"), 0);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	audit_open("audit");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		log = log_begin(&saved);
		audit_open(names[i]);
		log_end(log, saved, 1, "warning: audit_file ");
		audit_write("x");
	}
	/* With a reader it can be opened. */
	assert_true((reader = open("pipe", O_RDONLY | O_NONBLOCK)) != -1);
	log = log_begin(&saved);
	audit_open("pipe");
	log_end(log, saved, 1, "not a regular file");
	(void)close(reader);
	audit_write("x");
	assert_content("audit", "x\nx\nx\nx\nx\nx\nx\n");
}

static void
limit_size(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A file that may not grow takes a part of a line, as a full disk does. */
static void
test_no_space(void **state)
{
	int log, saved;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	audit_open("audit");
	audit_write("{\"n\":1}");
	log = log_begin(&saved);
	limit_size(8 + 3);
	audit_write("{\"n\":2}");
	audit_write("{\"n\":3}");
	audit_write("{\"n\":4}");
	limit_size(RLIM_INFINITY);
	log_end(log, saved, 1,
	    "cannot write, lines are lost: ");
	assert_content("audit", "{\"n\":1}\n{\"n");

	/* Opened again the file is the same one, with half a line. */
	log = log_begin(&saved);
	audit_open("audit");
	limit_size(8 + 3 + 1);	/* of the next, the newline before it */
	audit_write("{\"n\":5}");
	limit_size(RLIM_INFINITY);
	log_end(log, saved, 0, "");
	log = log_begin(&saved);
	audit_write("{\"n\":6}");
	log_end(log, saved, 1, "writing again, lines lost: 4");
	audit_write("{\"n\":7}");
	assert_content("audit",
	    "{\"n\":1}\n{\"n\n{\"n\":6}\n{\"n\":7}\n");

	/* A line without its newline is no line either. */
	log = log_begin(&saved);
	limit_size(28 + 7);
	audit_write("{\"n\":8}");
	limit_size(RLIM_INFINITY);
	log_end(log, saved, 1, "lines are lost");
	assert_int_equal(rename("audit", "audit.1"), 0);
	audit_open("audit");
	log = log_begin(&saved);
	audit_write("{\"n\":9}");
	log_end(log, saved, 1, "writing again, lines lost: 1");
	assert_content("audit", "{\"n\":9}\n");
}

static void *
write_lines(void *arg)
{
	char line[300];
	size_t i;

	memset(line, *(char *)arg, sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (i = 0; i < LINES; i++)
		audit_write(line);
	return NULL;
}

static void
test_threads(void **state)
{
	pthread_t threads[THREADS];
	char letters[THREADS], *text, *line, *rest, *end;
	size_t counts[THREADS] = { 0 }, i;

	(void)state;
	audit_open("audit");
	for (i = 0; i < THREADS; i++) {
		letters[i] = (char)('a' + i);
		assert_int_equal(pthread_create(&threads[i], NULL,
		    write_lines, &letters[i]), 0);
	}
	for (i = 0; i < LINES; i++)
		audit_open("audit");
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_non_null(text = content("audit"));
	for (rest = text; (end = strchr(rest, '\n')) != NULL;) {
		line = rest;
		rest = end + 1;
		assert_int_equal(end - line, 299);
		assert_in_range(line[0], 'a', 'a' + THREADS - 1);
		assert_int_equal(strspn(line, (char[]){ line[0], '\0' }),
		    299);
		counts[line[0] - 'a']++;
	}
	assert_int_equal(*rest, '\0');
	free(text);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(counts[i], LINES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rotation, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_space, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown)
	};

	return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
