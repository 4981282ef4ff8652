/* SPDX-License-Identifier: ISC */

/*
 * Metrics as text: labels, the two formats, what a front that was taken over
 * may write into the table, and the limit of size.  tests/mta/test_metrics.py
 * reads whole answers.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>

#include <cmocka.h>

#include "base/meters.h"
#include "config/action.h"
#include "dkimsig/dkimsig.h"
#include "metrics/exposition.h"

static struct meters *table;
static int fd, reader;

static int
setup(void **state)
{
	(void)state;
	if ((table = meters_make(&fd, &reader)) == NULL)
		return -1;
	meters_use_own(table);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	meters_use_own(NULL);
	meters_free(table);
	(void)close(fd);
	(void)close(reader);
	return 0;
}

static char *
show(bool is_openmetrics)
{
	char *text, *copy;
	size_t len;

	text = exposition_write(table, is_openmetrics, &len);
	assert_non_null(text);
	assert_non_null(copy = strndup(text, len));
	assert_int_equal(strlen(copy), len);
	free(text);
	return copy;
}

static void
shows_labels(void **state)
{
	static const char *const lines[] = {
		"\ncountersign_messages_total{source=\"a\\\"b\",decision="
		    "\"rejected\",reason=\"factor\",observed=\"false\"} 1\n",
		"\ncountersign_messages_total{source=\"a\\\"b\",decision="
		    "\"signed\",reason=\"none\",observed=\"true\"} 1\n",
		"\ncountersign_messages_total{source=\"a\\\"b\",decision="
		    "\"signed\",reason=\"none\",observed=\"false\"} 0\n",
		"\ncountersign_messages_total{source=\"\",decision="
		    "\"tempfailed\",reason=\"system\",observed=\"false\"} 2\n",
		"\ncountersign_ceiling_used{source=\"a\\\"b\",ceiling="
		    "\"messages_per_hour\"} 7\n",
		"\ncountersign_ceiling_limit{source=\"a\\\"b\",ceiling="
		    "\"messages_per_hour\"} 9\n",
		"\ncountersign_message_duration_seconds_bucket{le=\"0.0025\"} "
		    "1\n",
		"\ncountersign_message_duration_seconds_bucket{le=\"30.0\"} "
		    "1\n",
		"\ncountersign_message_duration_seconds_bucket{le=\"+Inf\"} "
		    "2\n",
		"\ncountersign_message_duration_seconds_sum 31.002000\n",
		"\ncountersign_message_duration_seconds_count 2\n",
		"\ncountersign_dns_lookups_total{result=\"answered\"} 3\n",
		"\ncountersign_dns_lookups_total{result=\"failed\"} 2\n",
		"\ncountersign_mta_connections 4\n",
		"\ncountersign_process_restarts_total{process=\"signer\"} 6\n",
	};
	char *text;
	size_t i;

	(void)state;
	meters_add_source("a\"b", 10);
	meters_message("a\"b", ACTION_REJECT, METERS_FACTOR, false);
	meters_message("a\"b", ACTION_SIGN, METERS_NO_REASON, true);
	meters_message(NULL, ACTION_TEMPFAIL, METERS_SYSTEM, false);
	meters_message(NULL, ACTION_TEMPFAIL, METERS_SYSTEM, false);
	meters_ceiling("a\"b", 0, 7, 9);
	meters_time(METERS_MESSAGE_TIME, 2000);
	meters_time(METERS_MESSAGE_TIME, 31000000);
	meters_count(METERS_DNS_LOOKUPS, 5);
	meters_count(METERS_DNS_FAILURES, 2);
	meters_count(METERS_SIGNER_RESTARTS, 6);
	meters_move(METERS_CONNECTIONS, 4);
	text = show(false);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strstr(text, lines[i]) == NULL)
			fail_msg("%s is not in %s", lines[i], text);
	meters_move(METERS_CONNECTIONS, -4);
	free(text);
}

static void
formats_differ(void **state)
{
	char *text = show(false), *open = show(true);

	(void)state;
	assert_non_null(strstr(text,
	    "# TYPE countersign_messages_total counter\n"));
	assert_non_null(strstr(open,
	    "# TYPE countersign_messages counter\n"));
	assert_null(strstr(text, "# UNIT"));
	assert_non_null(strstr(open, "# UNIT countersign_message_duration_"
	    "seconds seconds\n"));
	assert_null(strstr(text, "# EOF"));
	assert_string_equal(open + strlen(open) - 6, "# EOF\n");
	free(text);
	free(open);
}

/* Names of algorithms are those of the library. */
static void
knows_algorithms(void **state)
{
	char line[128], *text;
	unsigned int i;

	(void)state;
	for (i = 0; i < METERS_ALGORITHMS; i++) {
		meters_signature(i);
		(void)snprintf(line, sizeof(line),
		    "countersign_signatures_total{algorithm=\"%s\"} 1\n",
		    dkimsig_algorithm_name((enum dkimsig_algorithm)i));
		text = show(false);
		assert_non_null(strstr(text, line));
		free(text);
	}
	assert_null(dkimsig_algorithm_name(
	    (enum dkimsig_algorithm)METERS_ALGORITHMS));
}

/* Names that look alike once they are escaped have one line. */
static void
names_appear_once(void **state)
{
	char *text, *first;

	(void)state;
	meters_add_source("x\1", 10);
	meters_add_source("x\2", 10);
	text = show(false);
	assert_non_null(first = strstr(text, "source=\"x\xef\xbf\xbd\""));
	assert_null(strstr(first + 1, "source=\"x\xef\xbf\xbd\""));
	free(text);
}

/* All octets of the table, as a front can write them. */
static void
any_octets_will_do(void **state)
{
	const off_t size = lseek(fd, 0, SEEK_END);
	unsigned char *octets;
	uint32_t random = 1;
	char *text;
	size_t len;
	off_t i;

	(void)state;
	octets = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	assert_ptr_not_equal(octets, MAP_FAILED);
	for (i = 0; i < size; i++) {
		random = random * 1664525 + 1013904223;
		octets[i] = (unsigned char)(random >> 24);
	}
	text = exposition_write(table, true, &len);
	/* All numbers of all sources are too many. */
	assert_null(text);
	assert_int_equal(errno, EFBIG);
	(void)munmap(octets, (size_t)size);
}

/* As many sources as there may be, each with ten combinations. */
static void
all_sources_fit(void **state)
{
	char name[METERS_NAME_SIZE];
	unsigned int i, reason;
	char *text;

	(void)state;
	for (i = 0; i < METERS_MAX_SOURCES; i++) {
		(void)snprintf(name, sizeof(name), "%064u", i);
		meters_add_source(name, METERS_MAX_SOURCES);
		for (reason = 0; reason < 10; reason++)
			meters_message(name, ACTION_REJECT, reason, false);
	}
	text = show(true);
	assert_in_range(strlen(text), 1000000, EXPOSITION_MAX);
	free(text);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(shows_labels),
		TEST(formats_differ),
		TEST(knows_algorithms),
		TEST(names_appear_once),
		TEST(any_octets_will_do),
		TEST(all_sources_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
