/* SPDX-License-Identifier: ISC */

/*
 * The table for metrics: what is counted is read, by threads and by another
 * process, sources keep their slots, and a reader can neither write nor shrink
 * it, nor open it again for writing.
 */

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/meters.h"

#define THREADS	4
#define EACH	20000
#define SIGNED	5	/* ACTION_SIGN */
#define NOBODY	65534

static struct meters *table;
static const struct meters *seen;
static int fd, reader;

static int
setup(void **state)
{
	(void)state;
	if ((table = meters_make(&fd, &reader)) == NULL ||
	    (seen = meters_map(reader)) == NULL)
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
	meters_free(seen);
	(void)close(fd);
	(void)close(reader);
	return 0;
}

/* The slot of a name; METERS_ALL_SLOTS: none. */
static unsigned int
find(const char *name)
{
	char found[METERS_NAME_SIZE];
	unsigned int slot;

	for (slot = 0; slot < METERS_ALL_SLOTS; slot++)
		if (meters_read_source(seen, slot, found) &&
		    strcmp(found, name) == 0)
			break;
	return slot;
}

static uint64_t
messages(const char *name)
{
	return meters_read_messages(seen, find(name), false, SIGNED,
	    METERS_NO_REASON);
}

static void
take(const char *name, unsigned int n)
{
	while (n-- > 0)
		meters_message(name, SIGNED, METERS_NO_REASON, false);
}

static void
sources_keep_their_slots(void **state)
{
	(void)state;
	assert_true(meters_add_source("a", 2));
	assert_true(meters_add_source("b", 2));
	assert_false(meters_add_source("c", 2));
	assert_true(meters_add_source("a", 2));
	take("a", 3);
	take("b", 1);
	take("c", 5);
	take("other", 1);
	take(NULL, 2);
	assert_int_equal(messages("a"), 3);
	assert_int_equal(messages("b"), 1);
	assert_int_equal(find("c"), METERS_ALL_SLOTS);
	assert_int_equal(find("other"), METERS_OTHER);
	assert_int_equal(messages("other"), 6);
	assert_int_equal(messages(""), 2);
	/* After a reload with more room, others stay where they are. */
	meters_add_source("d", 3);
	assert_false(meters_add_source("other", 4));
	take("d", 1);
	take("a", 1);
	assert_int_equal(messages("d"), 1);
	assert_int_equal(messages("a"), 4);
	assert_int_equal(find("other"), METERS_OTHER);
}

static void
table_holds_its_number_of_sources(void **state)
{
	char name[METERS_NAME_SIZE + 1];
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < METERS_MAX_SOURCES + 50; i++) {
		(void)snprintf(name, sizeof(name), "source %u", i);
		meters_add_source(name, UINT32_MAX);
		take(name, 1);
	}
	for (i = 0; i < METERS_SLOTS; i++)
		n += meters_read_source(seen, i, name);
	assert_int_equal(n, METERS_MAX_SOURCES);
	assert_int_equal(messages("source 0"), 1);
	assert_int_equal(messages("source 999"), 1);
	assert_int_equal(messages("other"), 50);
}

static void
long_names_fit(void **state)
{
	char name[METERS_NAME_SIZE + 1];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[METERS_NAME_SIZE] = '\0';
	meters_add_source(name, 10);
	take(name, 1);
	assert_int_equal(messages("other"), 1);
	name[METERS_NAME_SIZE - 1] = '\0';
	meters_add_source(name, 10);
	take(name, 1);
	assert_int_equal(messages(name), 1);
}

static void
times_are_in_their_buckets(void **state)
{
	unsigned int i;

	(void)state;
	meters_time(METERS_DNS_TIME, -1);
	meters_time(METERS_DNS_TIME, 500);
	meters_time(METERS_DNS_TIME, 501);
	meters_time(METERS_DNS_TIME, 30000000);
	meters_time(METERS_DNS_TIME, 30000001);
	assert_int_equal(meters_read_bucket(seen, METERS_DNS_TIME, 0), 2);
	assert_int_equal(meters_read_bucket(seen, METERS_DNS_TIME, 1), 1);
	assert_int_equal(meters_read_bucket(seen, METERS_DNS_TIME,
	    METERS_BUCKETS - 1), 1);
	assert_int_equal(meters_read_bucket(seen, METERS_DNS_TIME,
	    METERS_BUCKETS), 1);
	assert_int_equal(meters_read_sum_us(seen, METERS_DNS_TIME), 60001002);
	for (i = 1; i < METERS_BUCKETS; i++)
		assert_true(meters_bound_us(i) > meters_bound_us(i - 1));
	assert_int_equal(meters_read_bucket(seen, METERS_SIGN_TIME, 0), 0);
}

static void *
count_in_thread(void *arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < EACH; i++) {
		take("a", 1);
		meters_move(METERS_WAITING, 1);
		meters_signature(i % 2);
		meters_move(METERS_WAITING, -1);
	}
	return NULL;
}

static void
counts_are_exact(void **state)
{
	pthread_t threads[THREADS];
	size_t i;

	(void)state;
	meters_add_source("a", 1);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    count_in_thread, NULL), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(messages("a"), THREADS * EACH);
	assert_int_equal(meters_read_signatures(seen, 0), THREADS * EACH / 2);
	assert_int_equal(meters_read_gauge(seen, METERS_WAITING), 0);
}

/* Another front uses the table: counts go on, gauges begin again. */
static void
counts_outlive_a_process(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	meters_add_source("a", 1);
	take("a", 1);
	meters_move(METERS_CONNECTIONS, 5);
	meters_move(METERS_SIGNING, -5);
	assert_int_equal(meters_read_gauge(seen, METERS_CONNECTIONS), 5);
	assert_int_equal(meters_read_gauge(seen, METERS_SIGNING), 0);
	meters_move(METERS_CONNECTIONS, -5);
	meters_move(METERS_SIGNING, 5);
	if ((pid = fork()) == 0) {
		if (meters_use(fd) != 0 || !meters_are_used())
			_exit(1);
		take("a", 7);
		meters_move(METERS_CONNECTIONS, 2);
		meters_count(METERS_ABORTED, 3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(messages("a"), 8);
	assert_int_equal(meters_read_count(seen, METERS_ABORTED), 3);
	assert_int_equal(meters_read_gauge(seen, METERS_CONNECTIONS), 2);
	assert_int_equal(meters_use(fd), 0);
	assert_int_equal(meters_read_gauge(seen, METERS_CONNECTIONS), 0);
}

static void
ceilings_are_of_known_sources(void **state)
{
	uint64_t used;

	(void)state;
	meters_add_source("a", 1);
	meters_ceiling("a", 0, 3, 10);
	meters_ceiling("b", 0, 4, 10);
	meters_ceiling("a", METERS_CEILINGS, 4, 10);
	assert_int_equal(meters_read_ceiling(seen, find("a"), 0, &used), 10);
	assert_int_equal(used, 3);
	assert_int_equal(meters_read_ceiling(seen, METERS_OTHER, 0, &used),
	    0);
}

static bool
is_b(const char *source)
{
	return strcmp(source, "b") == 0;
}

/* What a source has no more is dropped, and counts of messages stay. */
static void
ceilings_are_dropped(void **state)
{
	uint64_t used;

	(void)state;
	meters_drop_ceilings(is_b);
	meters_add_source("a", 2);
	meters_add_source("b", 2);
	meters_ceiling("a", 0, 10, 10);
	meters_ceiling("a", METERS_CEILINGS - 1, 7, 8);
	meters_ceiling("b", 0, 5, 6);
	take("a", 2);
	meters_drop_ceilings(is_b);
	assert_int_equal(meters_read_ceiling(seen, find("a"), 0, &used), 0);
	assert_int_equal(used, 0);
	assert_int_equal(meters_read_ceiling(seen, find("a"),
	    METERS_CEILINGS - 1, &used), 0);
	assert_int_equal(meters_read_ceiling(seen, find("b"), 0, &used), 6);
	assert_int_equal(used, 5);
	assert_int_equal(messages("a"), 2);
}

/* As user nobody, if this is root: root may open anything. */
static int
try_to_write(void)
{
	char path[64];

	if (geteuid() == 0 && (setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
		return 1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", reader);
	if (open(path, O_RDWR) != -1 || open(path, O_WRONLY) != -1 ||
	    errno != EACCES)
		return 2;
	if (mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader,
	    0) != MAP_FAILED)
		return 3;
	if (write(reader, "x", 1) != -1 || ftruncate(reader, 0) != -1)
		return 4;
	return 0;
}

static void
readers_cannot_write(void **state)
{
	struct stat st;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(fstat(reader, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	if ((pid = fork()) == 0)
		_exit(try_to_write());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* Nobody can make it shorter, which would end who reads it. */
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(errno, EPERM);
}

static void
others_are_no_tables(void **state)
{
	int other = memfd_create("other", MFD_CLOEXEC);
	struct stat st;

	(void)state;
	assert_null(meters_map(other));
	assert_int_equal(errno, EINVAL);
	/* Of another version. */
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(ftruncate(other, st.st_size), 0);
	assert_null(meters_map(other));
	assert_int_equal(errno, EINVAL);
	assert_int_equal(meters_use(-1), -1);
	(void)close(other);
}

/* As after a restart of the service. */
static void
tables_are_adopted(void **state)
{
	int other = memfd_create("other", MFD_CLOEXEC), again;
	struct meters *adopted;
	struct stat st;

	(void)state;
	meters_add_source("a", 1);
	take("a", 4);
	assert_non_null(adopted = meters_adopt(fd, &again));
	meters_use_own(adopted);
	meters_add_source("a", 1);
	take("a", 1);
	assert_int_equal(messages("a"), 5);
	meters_free(adopted);
	(void)close(again);
	/* Of another version. */
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(ftruncate(other, st.st_size), 0);
	assert_null(meters_adopt(other, &again));
	assert_int_equal(errno, EINVAL);
	(void)close(other);
}

static void
nothing_is_counted_without_a_table(void **state)
{
	(void)state;
	meters_use_own(NULL);
	assert_false(meters_are_used());
	assert_false(meters_add_source("a", 1));
	take("a", 1);
	meters_time(METERS_SIGN_TIME, 1);
	meters_count(METERS_ABORTED, 1);
	meters_signature(0);
	meters_ceiling("a", 0, 1, 1);
	meters_drop_ceilings(is_b);
	assert_int_equal(find("a"), METERS_ALL_SLOTS);
	assert_int_equal(messages("other"), 0);
	assert_int_equal(meters_read_signatures(seen, 0), 0);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(sources_keep_their_slots),
		TEST(table_holds_its_number_of_sources),
		TEST(long_names_fit),
		TEST(times_are_in_their_buckets),
		TEST(counts_are_exact),
		TEST(counts_outlive_a_process),
		TEST(ceilings_are_of_known_sources),
		TEST(ceilings_are_dropped),
		TEST(readers_cannot_write),
		TEST(others_are_no_tables),
		TEST(tables_are_adopted),
		TEST(nothing_is_counted_without_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
