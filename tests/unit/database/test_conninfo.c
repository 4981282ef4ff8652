/* SPDX-License-Identifier: ISC */

/*
 * What a connection string says: whether it is accepted, and which files and
 * ports it needs.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "database/connection.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

static const struct {
	const char	*text;
	const char	*files, *ports;	/* each with a blank after it */
	const char	*error;		/* or NULL */
} cases[] = {
	{ "host=/run/pg dbname=x", "", "5432 ", NULL },
	{ "dbname=x", "", "5432 ", NULL },
	{ "host=/run/pg,@pg port=5433", "", "5433 ", NULL },
	{ "host=a,b port=5433,,5435 sslmode=verify-full", "",
	    "5433 5432 5435 ", NULL },
	{ "host=a port=0 sslmode=verify-full", "", "", NULL },
	{ "host=a sslmode=verify-full sslrootcert=/c/root.crt "
	    "sslcert=/c/own.crt sslkey=/k/own.key passfile=/p/pass",
	    "/p/pass /c/own.crt /k/own.key /c/root.crt ", "5432 ", NULL },
	{ "host=a sslmode=verify-full sslrootcert=system sslcert=own.crt",
	    "", "5432 ", NULL },
	{ "host=a", NULL, NULL, "sslmode=verify-full is needed" },
	{ "host=/run/pg,a", NULL, NULL, "sslmode=verify-full is needed" },
	{ "hostaddr=192.0.2.1", NULL, NULL, "sslmode=verify-full is needed" },
	{ "host=a sslmode=require", NULL, NULL,
	    "sslmode=verify-full is needed" },
	{ "service=x", NULL, NULL, "service is not supported" },
	{ "host=a colour=red", NULL, NULL, "colour" },
	{ "host", NULL, NULL, "database: " },
};

static void
check_files(const struct fleet_db *db, const char *want)
{
	static char files[FLEET_DB_MAX_FILES][PATH_MAX];
	char text[512] = "";
	size_t i, n;

	n = fleet_db_files(db, files);
	for (i = 0; i < n; i++) {
		(void)strlcat(text, files[i], sizeof(text));
		(void)strlcat(text, " ", sizeof(text));
	}
	assert_string_equal(text, want);
}

static void
check_ports(const struct fleet_db *db, const char *want)
{
	uint16_t ports[FLEET_DB_MAX_PORTS];
	char text[512] = "", port[16];
	size_t i, n;

	n = fleet_db_ports(db, ports);
	for (i = 0; i < n; i++) {
		(void)snprintf(port, sizeof(port), "%u ",
		    (unsigned int)ports[i]);
		(void)strlcat(text, port, sizeof(text));
	}
	assert_string_equal(text, want);
}

static void
reads_strings(void **state)
{
	struct ks_error error;
	struct fleet_db *db;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		error.text[0] = '\0';
		r = fleet_db_new(&db, cases[i].text, &error);
		if ((r == 0) != (cases[i].error == NULL) || (r != 0 &&
		    strstr(error.text, cases[i].error) == NULL))
			fail_msg("%s: %d %s", cases[i].text, r, error.text);
		if (r != 0) {
			assert_null(db);
			continue;
		}
		check_files(db, cases[i].files);
		check_ports(db, cases[i].ports);
		fleet_db_free(db);
	}
}

/* More than there is room for. */
static void
bounds_ports(void **state)
{
	uint16_t ports[FLEET_DB_MAX_PORTS];
	char text[512] = "host=/p port=1";
	struct ks_error error;
	struct fleet_db *db;
	int i;

	(void)state;
	for (i = 0; i < 2 * FLEET_DB_MAX_PORTS; i++)
		(void)strlcat(text, ",2", sizeof(text));
	assert_int_equal(fleet_db_new(&db, text, &error), 0);
	assert_int_equal(fleet_db_ports(db, ports), FLEET_DB_MAX_PORTS);
	fleet_db_free(db);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_strings),
		cmocka_unit_test(bounds_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
