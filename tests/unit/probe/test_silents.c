/* SPDX-License-Identifier: ISC */

/*
 * The table of name servers that do not answer, from one run to the next.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keydir.h"
#include "probe/silents.h"

#define BEGIN	INT64_C(1790000000)
#define HOUR	3600

static struct keydir store;
static struct ks_error error;
static char path[128];
static int64_t now;

static struct dns_zone_server first = {
	.name = "ns1.example.net", .has_address = true
};
static struct dns_zone_server second = {
	.name = "ns2.example.net", .is_unknown = true
};

static int64_t
read_clock(void)
{
	return now;
}

static int
setup(void **state)
{
	(void)state;
	now = BEGIN;
	keydir_make(&store);
	(void)snprintf(path, sizeof(path), "%s/servers", store.path);
	assert_true(dns_address_parse("192.0.2.1@5353", &first.address));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	keydir_remove(&store);
	return 0;
}

static struct dns_silents *
begin_run(void)
{
	struct dns_silents *silents = dns_silents_new(read_clock);

	assert_non_null(silents);
	assert_int_equal(dns_silents_read(silents, store.ks, &error), 0);
	dns_silents_watch(silents);
	return silents;
}

static void
end_run(struct dns_silents *silents)
{
	if (dns_silents_write(silents, store.ks, &error) != 0)
		fail_msg("%s", error.text);
	dns_silents_free(silents);
	now += HOUR;
}

static unsigned int
looks(struct dns_silents *silents, const char *apex,
    const struct dns_zone_server *server)
{
	return dns_silents_find(silents, apex, server).nlooks;
}

static void
runs(void **state)
{
	struct dns_silents *silents;
	unsigned int i;

	(void)state;
	for (i = 1; i <= 30; i++) {
		silents = begin_run();
		assert_int_equal(looks(silents, "example.com", &first), i - 1);
		dns_silents_note(silents, "example.com", &first, false);
		/* Once a run, though many domains are in the zone. */
		dns_silents_note(silents, "example.com", &first, false);
		assert_int_equal(looks(silents, "example.com", &first), i);
		dns_silents_note(silents, "example.com", &second, i == 20);
		dns_silents_note(silents, "example.org", &first, true);
		end_run(silents);
	}
	silents = begin_run();
	assert_int_equal(looks(silents, "example.com", &second), 10);
	assert_int_equal(dns_silents_find(silents, "example.com",
	    &second).since, BEGIN + 20 * HOUR);
	assert_int_equal(looks(silents, "example.org", &first), 0);
	dns_silents_note(silents, "example.com", &first, true);
	dns_silents_note(silents, "example.com", &second, true);
	end_run(silents);
	assert_int_equal(access(path, F_OK), -1);
}

/* It gives the SOA record, but fails for the records of keys. */
static void
records(void **state)
{
	struct dns_silents *silents;
	unsigned int i;

	(void)state;
	for (i = 1; i <= 30; i++) {
		silents = begin_run();
		dns_silents_note_start(silents, "example.com", &first, true);
		dns_silents_note(silents, "example.com", &first, false);
		dns_silents_note(silents, "example.com", &first, false);
		dns_silents_note_start(silents, "example.com", &first, true);
		assert_int_equal(looks(silents, "example.com", &first), i);
		end_run(silents);
	}
	/* For one record it does not fail: it begins again. */
	silents = begin_run();
	dns_silents_note_start(silents, "example.com", &first, true);
	dns_silents_note(silents, "example.com", &first, true);
	dns_silents_note(silents, "example.com", &first, false);
	assert_int_equal(looks(silents, "example.com", &first), 1);
	assert_int_equal(dns_silents_find(silents, "example.com",
	    &first).since, BEGIN + 30 * HOUR);
	end_run(silents);
	/* Nobody asked for one. */
	silents = begin_run();
	dns_silents_note_start(silents, "example.com", &first, true);
	end_run(silents);
	assert_int_equal(access(path, F_OK), -1);
	/* Neither answer, and later only the SOA record. */
	silents = begin_run();
	dns_silents_note_start(silents, "example.com", &first, false);
	dns_silents_note(silents, "example.com", &first, false);
	end_run(silents);
	silents = begin_run();
	dns_silents_note_start(silents, "example.com", &first, true);
	dns_silents_note(silents, "example.com", &first, false);
	assert_int_equal(looks(silents, "example.com", &first), 2);
	end_run(silents);
}

/* A server whose zone is gone is forgotten in time. */
static void
forgotten(void **state)
{
	struct dns_silents *silents;

	(void)state;
	silents = begin_run();
	dns_silents_note(silents, "example.com", &first, false);
	dns_silents_note(silents, "example.net", &first, false);
	end_run(silents);
	now += 49 * HOUR;
	silents = begin_run();
	assert_int_equal(looks(silents, "example.com", &first), 0);
	dns_silents_note(silents, "example.com", &first, false);
	assert_int_equal(looks(silents, "example.com", &first), 1);
	end_run(silents);
	now = BEGIN;
	silents = begin_run();
	assert_int_equal(looks(silents, "example.com", &first), 0);
	now = BEGIN + 50 * HOUR;
	assert_int_equal(looks(silents, "example.com", &first), 1);
	assert_int_equal(looks(silents, "example.net", &first), 0);
	dns_silents_free(silents);
}

/* Other commands know the silences, and count none. */
static void
known(void **state)
{
	struct dns_silents *silents;

	(void)state;
	silents = begin_run();
	dns_silents_note(silents, "example.com", &first, false);
	end_run(silents);
	silents = dns_silents_new(read_clock);
	assert_non_null(silents);
	assert_int_equal(dns_silents_read(silents, store.ks, &error), 0);
	assert_false(dns_silents_watches(silents));
	dns_silents_note(silents, "example.com", &first, true);
	dns_silents_note(silents, "example.com", &second, false);
	assert_int_equal(looks(silents, "example.com", &first), 1);
	assert_int_equal(dns_silents_find(silents, "example.com",
	    &first).since, BEGIN);
	assert_int_equal(looks(silents, "example.com", &second), 0);
	assert_int_equal(dns_silents_find(silents, "example.com",
	    &second).since, now);
	end_run(silents);
	/* Without a table, nothing is known. */
	dns_silents_note(NULL, "example.com", &first, false);
	assert_int_equal(looks(NULL, "example.com", &first), 0);
	assert_false(dns_silents_watches(NULL));
}

/* A damaged file is replaced, also if nothing is silent any more. */
static void
damaged(void **state)
{
	struct dns_silents *silents;
	FILE *fp;

	(void)state;
	assert_non_null(fp = fopen(path, "w"));
	(void)fputs("nonsense\n", fp);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(path, 0640), 0);
	silents = dns_silents_new(read_clock);
	assert_non_null(silents);
	assert_int_equal(dns_silents_read(silents, store.ks, &error),
	    KS_E_DAMAGED);
	dns_silents_watch(silents);
	end_run(silents);
	assert_int_equal(access(path, F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(runs, setup, teardown),
		cmocka_unit_test_setup_teardown(records, setup, teardown),
		cmocka_unit_test_setup_teardown(forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(known, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
