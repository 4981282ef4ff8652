/* SPDX-License-Identifier: ISC */

/*
 * The database that was used last: kept on disk, written rarely, and unknown if
 * the file or the clock is wrong.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kept/used.h"
#include "store/fleet_file.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NOW	INT64_C(1795424400)
#define FIRST	"countersign-fleet-database 1\n"

static struct keystore *ks;
static char dir[64];
static struct ks_error error;
static struct fleet_used used;

static int
setup(void **state)
{
	(void)state;
	memset(&used, 0, sizeof(used));
	(void)strlcpy(dir, "/tmp/countersign-used.XXXXXX", sizeof(dir));
	assert_non_null(mkdtemp(dir));
	assert_int_equal(ks_open(&ks, dir, NULL, &error), 0);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	ks_close(ks);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* What the file says. */
static void
file_is(const char *server, int64_t at)
{
	struct fleet_used read;

	fleet_used_read(ks, &read);
	assert_string_equal(read.server, server);
	assert_int_equal(read.at, at);
}

static void
note(const char *server, int64_t now)
{
	assert_int_equal(fleet_used_note(ks, &used, server, now, &error), 0);
}

static void
writes_rarely(void **state)
{
	(void)state;
	file_is("", 0);
	note("db1 port 5432", NOW);
	file_is("db1 port 5432", NOW);
	note("db1 port 5432", NOW + FLEET_USED_S - 1);
	file_is("db1 port 5432", NOW);
	note("db1 port 5432", NOW + FLEET_USED_S);
	file_is("db1 port 5432", NOW + FLEET_USED_S);
	note("db2 port 5432", NOW + FLEET_USED_S + 1);
	file_is("db2 port 5432", NOW + FLEET_USED_S + 1);
	/* The clock is set back. */
	note("db2 port 5432", NOW);
	file_is("db2 port 5432", NOW);
}

static void
knows_how_long(void **state)
{
	(void)state;
	assert_int_equal(fleet_used_ago(&used, NOW), 0);
	note("db1 port 5432", NOW);
	assert_int_equal(fleet_used_ago(&used, NOW), 0);
	assert_int_equal(fleet_used_ago(&used, NOW + 7), 7);
	assert_int_equal(fleet_used_ago(&used, NOW - 1), 0);
	assert_int_equal(fleet_used_ago(&used, 0), 0);
}

static void
reads_what_it_writes(void **state)
{
	char long_name[FLEET_SERVER_SIZE + 44];

	(void)state;
	note("/run/\xc3\xbc\n port 5432", NOW);
	file_is("/run/??? port 5432", NOW);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	note(long_name, NOW);
	long_name[FLEET_SERVER_SIZE - 1] = '\0';
	file_is(long_name, NOW);
	note("", NOW);
	file_is("", NOW);
}

static void
ignores_damage(void **state)
{
	static const char *const texts[] = {
		"",
		FIRST,
		"countersign-fleet-database 2\nserver db1\nused 5\n",
		FIRST "used 5\nserver db1\n",
		FIRST "server db1\nused -5\n",
		FIRST "server db1\nused 5",
		FIRST "server db1\nused 5\nmore\n"
	};
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(texts); i++) {
		assert_int_equal(ks_fleet_write(ks, "database", false,
		    texts[i], strlen(texts[i]), &error), 0);
		file_is("", 0);
	}
	note("db1 port 5432", NOW);
	file_is("db1 port 5432", NOW);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_rarely, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(knows_how_long, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(reads_what_it_writes, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(ignores_damage, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
