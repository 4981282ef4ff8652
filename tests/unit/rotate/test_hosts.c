/* SPDX-License-Identifier: ISC */

/*
 * What the hosts of a fleet have of a key: the facts, and how long a report is
 * patient with them.  The daemon is this program.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotate/hosts.h"
#include "talk/client.h"

#define NOW	1790000000
#define HOUR	3600
#define DAY	(24 * HOUR)
#define REPORT_S	900

struct talk {
	int	unused;
};

static struct talk daemon_of_test;
static const struct talk_message *answers;
static size_t nanswers;
static int asked;		/* how the request ends */
static unsigned int nopened, nclosed;
static int64_t now;

int	__wrap_talk_open(struct talk **talk, const char *keydir, int limit_s,
	    struct talk_message *ready, struct ks_error *error);
int	__wrap_talk_ask(struct talk *talk, const struct talk_message *request,
	    void (*each)(void *context, const struct talk_message *answer),
	    void *context, struct ks_error *error);
void	__wrap_talk_close(struct talk *talk);

int
__wrap_talk_open(struct talk **talk, const char *keydir, int limit_s,
    struct talk_message *ready, struct ks_error *error)
{
	(void)error;
	assert_string_equal(keydir, "/keys");
	assert_int_equal(limit_s, 7);
	nopened++;
	memset(ready, 0, sizeof(*ready));
	(void)strlcpy(ready->name, "self", sizeof(ready->name));
	*talk = &daemon_of_test;
	return 0;
}

int
__wrap_talk_ask(struct talk *talk, const struct talk_message *request,
    void (*each)(void *context, const struct talk_message *answer),
    void *context, struct ks_error *error)
{
	size_t i;

	assert_ptr_equal(talk, &daemon_of_test);
	assert_int_equal(request->kind, TALK_KEYS);
	assert_string_equal(request->domain, "example.com");
	for (i = 0; i < nanswers; i++)
		each(context, &answers[i]);
	if (asked != 0)
		(void)strlcpy(error->text, "it broke", sizeof(error->text));
	return asked;
}

void
__wrap_talk_close(struct talk *talk)
{
	nclosed += talk != NULL;
}

static int64_t
read_clock(void)
{
	return now;
}

/* A domain with one key that has retired. */
struct world {
	struct rotation_run	 run;
	struct domain_report	 report;
	struct ks_key		 key;
	struct lifecycle_fact	 fact;
	struct domain_view	 view;
};

static void
begin(struct world *world)
{
	now = NOW;
	asked = 0;
	nopened = nclosed = 0;
	memset(world, 0, sizeof(*world));
	assert_int_equal(pthread_mutex_init(&world->run.mutex, NULL), 0);
	world->run.is_fleet = true;
	world->run.keydir = "/keys";
	world->run.answer_s = 7;
	world->run.clock = read_clock;
	domain_report_init(&world->report, "example.com");
	ks_key_init(&world->key);
	(void)strlcpy(world->key.selector, "s1",
	    sizeof(world->key.selector));
	world->key.generated = NOW - 9 * DAY;
	world->key.active_from = NOW - 8 * DAY;
	world->key.retire_at = NOW - 4 * DAY;
	world->fact.last_use = KS_NEVER;
	world->view.run = &world->run;
	world->view.policy.retain = DAY;
	(void)strlcpy(world->view.state.domain, "example.com",
	    sizeof(world->view.state.domain));
	world->view.state.keys = &world->key;
	world->view.state.nkeys = 1;
	world->view.facts = &world->fact;
}

static void
end(struct world *world)
{
	view_holdings_finish(&world->view.holdings);
	assert_null(world->view.holdings.list);
	domain_report_finish(&world->report);
	(void)pthread_mutex_destroy(&world->run.mutex);
}

static const struct talk_message stopped = {
	.kind = TALK_KEY, .name = "b", .selector = "s1", .is_taken = true,
	.last = NOW - 5 * DAY, .text = ""
}, silent = {
	.kind = TALK_KEY, .name = "b", .selector = "s1", .is_taken = true,
	.last = TALK_UNKNOWN, .text = "it does not say"
}, own = {
	.kind = TALK_KEY, .name = "self", .selector = "s1",
	.last = TALK_UNKNOWN, .text = ""
};

static void
test_facts(void **state)
{
	const struct talk_message both[] = { own, stopped };
	struct talk_message several[] = { stopped, silent, silent };
	char text[DOMAIN_HOST_SIZE];
	struct world world;

	(void)state;
	(void)strlcpy(several[1].name, "c", sizeof(several[1].name));
	several[1].text = "it says nothing";
	(void)strlcpy(several[2].name, "d", sizeof(several[2].name));
	begin(&world);
	answers = both;
	nanswers = 2;
	domain_view_hosts(&world.view);
	assert_false(world.fact.is_held);
	assert_false(world.fact.is_awaited);
	assert_int_equal(world.fact.host_use, NOW - 5 * DAY);
	assert_false(domain_view_host(&world.view, 0, text));
	/* What is known now comes in place of that. */
	answers = &silent;
	nanswers = 1;
	domain_view_hosts(&world.view);
	assert_true(world.fact.is_held);
	assert_false(world.fact.is_awaited);
	assert_int_equal(world.fact.host_use, KS_NEVER);
	assert_true(domain_view_host(&world.view, 0, text));
	assert_string_equal(text, "b: it does not say");
	domain_view_host_names(&world.view, 0, true, text);
	assert_string_equal(text, "b");
	/* The first host that holds it up is named, or all. */
	answers = several;
	nanswers = 3;
	domain_view_hosts(&world.view);
	assert_true(world.fact.is_held);
	assert_int_equal(world.fact.host_use, NOW - 5 * DAY);
	assert_true(domain_view_host(&world.view, 0, text));
	assert_string_equal(text, "c: it says nothing");
	domain_view_host_names(&world.view, 0, true, text);
	assert_string_equal(text, "c, d");
	/* All that over one connection. */
	assert_int_equal(nopened, 1);
	assert_int_equal(nclosed, 0);
	end(&world);
}

/* If the daemon breaks off, nothing is known, also of hosts it named. */
static void
test_no_answer(void **state)
{
	char text[DOMAIN_HOST_SIZE];
	struct world world;

	(void)state;
	begin(&world);
	answers = &stopped;
	nanswers = 1;
	asked = KS_E_SYSTEM;
	domain_view_hosts(&world.view);
	assert_int_equal(nclosed, 1);
	assert_true(world.fact.is_held);
	assert_true(world.fact.is_awaited);
	assert_true(domain_view_host(&world.view, 0, text));
	assert_string_equal(text, "any host: it broke");
	assert_int_equal(world.view.holdings.n, 0);
	assert_int_equal(world.view.holdings.nhosts, 0);
	/* The next question has a new connection. */
	asked = 0;
	domain_view_hosts(&world.view);
	assert_int_equal(nopened, 2);
	assert_false(world.fact.is_held);
	end(&world);
}

/* A daemon that refuses an answer goes on, and so does the connection. */
static void
test_refusal(void **state)
{
	char text[DOMAIN_HOST_SIZE];
	struct world world;

	(void)state;
	begin(&world);
	nanswers = 0;
	asked = KS_E_EXISTS;
	domain_view_hosts(&world.view);
	assert_true(world.fact.is_held);
	assert_true(domain_view_host(&world.view, 0, text));
	assert_string_equal(text, "any host: it broke");
	domain_view_hosts(&world.view);
	assert_int_equal(nopened, 1);
	assert_int_equal(nclosed, 0);
	end(&world);
}

/* A host that was told a little while ago is no trouble yet. */
static void
test_patience(void **state)
{
	static const struct {
		int64_t			after;
		enum report_kind	kind;
	} cases[] = {
		{ 0, REPORT_WAIT },
		{ REPORT_S - 1, REPORT_WAIT },
		{ REPORT_S, REPORT_FAIL },
	};
	const struct report_line *line;
	struct world world;
	int64_t when;
	size_t i;

	(void)state;
	answers = &silent;
	nanswers = 1;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&world);
		domain_view_hosts(&world.view);
		when = lifecycle_revoke_time(&world.key, &world.fact,
		    &world.view.policy);
		assert_true(when != KS_NEVER);
		now = when + cases[i].after;
		domain_view_report_hosts(&world.view, &world.report, now);
		assert_int_equal(world.report.nlines, 1);
		line = &world.report.lines[0];
		if (line->kind != cases[i].kind)
			fail_msg("%zu: kind %d", i, line->kind);
		assert_non_null(strstr(line->text, "b: it does not say"));
		if (line->kind == REPORT_WAIT)
			assert_int_equal(line->when, when + REPORT_S);
		else
			assert_int_equal(line->trouble, TROUBLE_HOST);
		end(&world);
	}
}

/* Who may still sign with a compromised key, until its record is removed. */
static void
test_compromised(void **state)
{
	static const struct {
		const char	*name;
		bool		 is_compromised, is_held;
		int64_t		 retire_at, revoked, removed;
		bool		 is_exposed;
	} cases[] = {
		{ "retired", true, true, NOW - DAY, KS_NEVER, KS_NEVER, true },
		{ "just now", true, true, NOW, KS_NEVER, KS_NEVER, true },
		{ "revoked", true, true, NOW - DAY, NOW - HOUR, KS_NEVER,
		    true },
		{ "removed", true, true, NOW - DAY, NOW - HOUR, NOW - 1,
		    false },
		{ "signs", true, true, NOW + DAY, KS_NEVER, KS_NEVER, false },
		{ "all know its end", true, false, NOW - DAY, KS_NEVER,
		    KS_NEVER, false },
		{ "only revoked", false, true, NOW - DAY, NOW - HOUR, KS_NEVER,
		    false },
	};
	const struct report_line *line;
	struct world world;
	size_t i;

	(void)state;
	answers = &silent;
	nanswers = 1;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&world);
		world.key.compromised = cases[i].is_compromised;
		world.key.retire_at = cases[i].retire_at;
		world.key.revoked = cases[i].revoked;
		world.key.removed = cases[i].removed;
		domain_view_hosts(&world.view);
		world.fact.is_held = cases[i].is_held;
		domain_view_report_hosts(&world.view, &world.report, now);
		if (world.report.nlines != cases[i].is_exposed)
			fail_msg("%s: %zu lines", cases[i].name,
			    world.report.nlines);
		if (cases[i].is_exposed) {
			line = &world.report.lines[0];
			assert_int_equal(line->kind, REPORT_FAIL);
			assert_int_equal(line->trouble, TROUBLE_EXPOSED);
			assert_non_null(strstr(line->text,
			    "stop its milter: b: it does not say"));
		}
		end(&world);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_compromised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
