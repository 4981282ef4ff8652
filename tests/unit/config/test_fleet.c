/* SPDX-License-Identifier: ISC */

/*
 * The section "fleet" of countersign.conf: its values, and each fault with its
 * line.  No fault may quote a password.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))
#define SECRET		"Tr0ub4dor"

static struct config *
load(const char *text, char *buf, size_t bufsize)
{
	struct config *config;
	size_t nfaults;
	FILE *faults;

	memset(buf, 0, bufsize);
	assert_non_null(faults = fmemopen(buf, bufsize - 1, "w"));
	config = config_load_text("f", text, strlen(text), faults, &nfaults);
	(void)fclose(faults);
	assert_true((config == NULL) == (nfaults > 0));
	return config;
}

static const struct {
	const char	*text, *database, *host;
} good[] = {
	{ "", NULL, NULL },
	{ "fleet { database = \"host=/run/pg dbname=c\" host = relay1 }\n",
	    "host=/run/pg dbname=c", "relay1" },
	{ "fleet { database = \"host=a,b passfile='/x password=y'\"\n"
	    "host = \"Relay_1.example-2\" }\n",
	    "host=a,b passfile='/x password=y'", "Relay_1.example-2" },
	{ "fleet { database = \"application_name='it\\\\'s password=x'\"\n"
	    "host = a }\n", "application_name='it\\'s password=x'", "a" },
};

static void
values(void **state)
{
	struct config *config;
	char printed[1024];
	size_t i;

	(void)state;
	for (i = 0; i < N(good); i++) {
		config = load(good[i].text, printed, sizeof(printed));
		if (config == NULL)
			fail_msg("%s\n%s", good[i].text, printed);
		if (good[i].database == NULL) {
			assert_null(config->fleet_database);
			assert_null(config->fleet_host);
		} else {
			assert_string_equal(config->fleet_database,
			    good[i].database);
			assert_string_equal(config->fleet_host, good[i].host);
		}
		config_unref(config);
	}
}

#define DATABASE	"database = \"host=/run/pg\"\n"

static const struct {
	const char	*name, *text, *want;
} bad[] = {
	{ "nothing in it", "\nfleet { }\n",
	    "f:2: \"fleet\" needs both \"database\" and \"host\"" },
	{ "no host", "fleet { " DATABASE " }\n", "f:1: \"fleet\" needs both" },
	{ "no database", "fleet { host = a }\n", "f:1: \"fleet\" needs both" },
	{ "unknown option", "fleet {\nhosts = a }\n",
	    "f:2: unknown option \"hosts\"" },
	{ "host twice", "fleet { host = a\nhost = b\n" DATABASE " }\n",
	    "f:2: duplicate" },
	{ "host, empty", "fleet { " DATABASE "host = \"\" }\n",
	    "f:2: \"host\" is \"\"; it must be the name of this host" },
	{ "host, blank", "fleet { " DATABASE "host = \"a b\" }\n",
	    "f:2: \"host\" is \"a b\"; it must be the name of this host" },
	{ "host, long", "fleet { " DATABASE "host = aaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa }\n",
	    "f:2: \"host\" is \"aaa" },
	{ "database, no keywords", "fleet { host = a\ndatabase = fleet }\n",
	    "f:2: \"database\" must be a connection string" },
	{ "database, URI", "fleet { host = a\n"
	    "database = \"postgresql://a:" SECRET "@db/c?x=y\" }\n",
	    "f:2: \"database\" must be a connection string" },
	{ "password", "fleet { host = a\n"
	    "database = \"host=/run/pg password=" SECRET "\" }\n",
	    "f:2: \"database\" contains a password" },
	{ "password, blanks", "fleet { host = a\n"
	    "database = \"host='/run/a b'  password = '" SECRET "'\" }\n",
	    "f:2: \"database\" contains a password" },
	{ "password after a quote", "fleet { host = a\n"
	    "database = \"host='x\\\\'y'password=" SECRET "\" }\n",
	    "f:2: \"database\" contains a password" },
	{ "other way of keys", "rotation { sync_hosts = b }\n"
	    "fleet { host = a\n" DATABASE " }\n",
	    "f:2: keys reach other hosts through \"fleet\" or through "
	    "\"sync_hosts\"" },
	{ "keys of somebody else", "keydir_mounted = true "
	    "state_dir = \"/s\"\nfleet { host = a\n" DATABASE " }\n",
	    "f:1: \"keydir_mounted\" is true" },
};

static void
faults(void **state)
{
	struct config *config;
	char printed[4096];
	size_t i;

	(void)state;
	for (i = 0; i < N(bad); i++) {
		config = load(bad[i].text, printed, sizeof(printed));
		if (config != NULL || strstr(printed, bad[i].want) == NULL ||
		    strstr(printed, SECRET) != NULL)
			fail_msg("%s: %s", bad[i].name, printed);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
