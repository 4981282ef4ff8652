/* SPDX-License-Identifier: ISC */

/*
 * Counts and alarms on disk: a file that cannot be used is tried again at each
 * reload, without losing descriptors, and the file of alarms has whole lines
 * only.
 */

#include <sys/file.h>
#include <sys/resource.h>

#include <dirent.h>
#include <fcntl.h>
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

#include "ceilings/slots.h"
#include "config/config.h"
#include "front/counting.h"
#include "message/message.h"

static char folder[64];

static const struct source source = {
	.name = "desk", .ceilings = { .max = { [CEILING_MESSAGES] = 5 } }
};

static const struct config config = {
	.sources = &source, .nsources = 1, .has_ceilings = true,
	.counts_dir = folder
};

/* -- A message, as counting.c sees it ------------------------------------ */

static const struct decision decision = { .source = &source };

const struct decision *
message_decision(const struct message *message)
{
	(void)message;
	return &decision;
}

unsigned int
message_alarms(const struct message *message)
{
	(void)message;
	return 1u << CEILING_MESSAGES;
}

bool
message_is_over(const struct message *message)
{
	(void)message;
	return false;
}

bool
message_is_counted(const struct message *message)
{
	(void)message;
	return false;
}

/* -- Files --------------------------------------------------------------- */

/* All files are opened in the same folder, until the tests end. */
static int
setup(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)snprintf(folder, sizeof(folder), "%s/countersign.XXXXXX",
	    getenv("TMPDIR") != NULL && strlen(getenv("TMPDIR")) < 30 ?
	    getenv("TMPDIR") : "/tmp");
	if (mkdtemp(folder) == NULL || chdir(folder) != 0 ||
	    counting_init() != 0)
		return -1;
	counting_configure(&config);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	counting_close();
	(void)unlink("counts");
	(void)unlink("alarms");
	return chdir("/") != 0 || rmdir(folder) != 0;
}

static size_t
count_descriptors(void)
{
	const struct dirent *entry;
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

/* Another service has the file at first. */
static void
test_reload(void **state)
{
	struct tally_result result;
	const struct counts_message message = { .source = "desk" };
	unsigned char *text;
	struct slots slots;
	size_t n, len;
	int i, fd;

	(void)state;
	fd = open("counts", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	counting_open(&config);
	n = count_descriptors();
	for (i = 0; i < 10; i++)
		counting_open(&config);
	assert_int_equal(count_descriptors(), n);
	(void)close(fd);

	counting_open(&config);
	assert_int_equal(count_descriptors(), n);
	counting_open(&config);
	assert_int_equal(count_descriptors(), n);
	counts_take(counting_counts(), &message, 1700000000, &result);
	counting_close();
	fd = open("counts", O_RDONLY | O_CLOEXEC);
	assert_int_equal(slots_open(&slots, fd, &text, &len), SLOTS_OK);
	free(text);
	(void)close(fd);
}

/* How many lines the file of alarms has, all of which must be whole. */
static size_t
count_alarms(void)
{
	struct ceiling_alarm alarm;
	char line[CEILING_LINE_SIZE];
	FILE *fp = fopen("alarms", "r");
	size_t n = 0;

	assert_non_null(fp);
	for (; fgets(line, sizeof(line), fp) != NULL; n++) {
		if (!ceiling_alarm_parse(line, strcspn(line, "\n"), &alarm) ||
		    strchr(line, '\n') == NULL)
			fail_msg("line %zu: %s", n + 1, line);
		assert_string_equal(alarm.source, "desk");
	}
	(void)fclose(fp);
	return n;
}

static void
set_largest_file(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk is full in the middle of a line. */
static void
test_no_space(void **state)
{
	FILE *fp;

	(void)state;
	counting_tell(NULL, "4abc");
	assert_int_equal(count_alarms(), 1);
	assert_non_null(fp = fopen("alarms", "r"));
	(void)fseek(fp, 0, SEEK_END);
	set_largest_file((rlim_t)ftell(fp) + 20);
	(void)fclose(fp);
	counting_tell(NULL, "4abd");
	set_largest_file(RLIM_INFINITY);
	assert_int_equal(count_alarms(), 1);
	counting_tell(NULL, "4abe");
	assert_int_equal(count_alarms(), 2);
}

/* A file that has become too large begins again. */
static void
test_size(void **state)
{
	int fd;

	(void)state;
	fd = open("alarms", O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	assert_int_equal(ftruncate(fd, CEILING_MAX_ALARMS_FILE), 0);
	(void)close(fd);
	counting_tell(NULL, "4abc");
	assert_int_equal(count_alarms(), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_no_space),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
