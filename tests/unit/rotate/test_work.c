/* SPDX-License-Identifier: ISC */

/*
 * Work on a domain, and the view that it begins with: a domain without keys,
 * what is known of keys when one is added, and what a new key gets.  DNS is not
 * asked.
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
#include "keydir.h"
#include "rotate/work.h"

#define NOW	1790000000
#define DAY	86400
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define DOMAIN	"example.com"

static struct keydir store;
static struct config *config;
static struct rotation_run run;
static struct domain_work work;
static struct domain_report report;
static struct ks_error error;

static int64_t
read_clock(void)
{
	return NOW;
}

static int
setup(void **state)
{
	static const char text[] =
	    "source \"a\" { login = crm domains = example.com }\n"
	    "source \"b\" { login = desk domains = example.com keys = desk "
	    "}\n";
	size_t nfaults;

	(void)state;
	keydir_make(&store);
	config = config_load_text("f", text, sizeof(text) - 1, stderr,
	    &nfaults);
	assert_non_null(config);
	memset(&run, 0, sizeof(run));
	assert_int_equal(pthread_mutex_init(&run.mutex, NULL), 0);
	run.config = config;
	run.ks = store.ks;
	run.clock = read_clock;
	domain_report_init(&report, DOMAIN);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	domain_report_finish(&report);
	(void)pthread_mutex_destroy(&run.mutex);
	config_unref(config);
	keydir_remove(&store);
	return 0;
}

static void
open_work(void)
{
	if (domain_work_open(&work, &run, DOMAIN, false, &report, &error) !=
	    0)
		fail_msg("%s", error.text);
}

static void
test_no_domain(void **state)
{
	(void)state;
	assert_int_equal(domain_work_open(&work, &run, DOMAIN, false, &report,
	    &error), KS_E_NODOMAIN);
	domain_work_close(&work);
	assert_int_equal(domain_work_open(&work, &run, DOMAIN, true, &report,
	    &error), 0);
	assert_non_null(work.lock);
	assert_string_equal(work.view.state.domain, DOMAIN);
	assert_int_equal(work.view.state.nkeys, 0);
	domain_work_close(&work);
}

/* What was found out about each key outlives a refresh. */
static void
test_refresh(void **state)
{
	static const char *const selectors[] = { "s1", "s2", "s3" };
	struct domain_view *view = &work.view;
	struct ks_key key;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(selectors); i++)
		(void)keydir_add(&store, DOMAIN, selectors[i],
		    DKIMSIG_ED25519_SHA256, NOW - DAY, KS_NEVER);
	open_work();
	assert_int_equal(view->nnotes, SIZE(selectors));
	for (i = 0; i < SIZE(selectors); i++) {
		view->facts[i].cache_wait = (int64_t)i + 1;
		view->notes[i].evidence = strdup(selectors[i]);
		view->notes[i].was_told = true;
	}
	/* The last one is made again, under the same selector. */
	view->state.keys[2].generated++;
	ks_key_init(&key);
	(void)strlcpy(key.selector, "s4", sizeof(key.selector));
	assert_int_equal(ks_state_append(&view->state, &key), 0);
	assert_int_equal(domain_view_refresh(view, &error), 0);
	assert_int_equal(view->nnotes, 4);
	for (i = 0; i < 2; i++) {
		assert_int_equal(view->facts[i].cache_wait, i + 1);
		assert_string_equal(domain_view_evidence(view, i),
		    selectors[i]);
		assert_true(view->notes[i].was_told);
	}
	for (; i < 4; i++) {
		assert_int_equal(view->facts[i].cache_wait, 0);
		assert_string_equal(domain_view_evidence(view, i), "...");
		assert_false(view->notes[i].was_told);
	}
	domain_work_close(&work);
}

/* Whether the records can be seen from outside, if resolvers are asked, all
 * servers have private addresses, and nobody outside looks them up. */
static void
test_outside(void **state)
{
	static const struct {
		bool			asks, is_inside, is_closed;
		enum lifecycle_outside	want;
	} cases[] = {
		{ true, false, false, LIFECYCLE_OUTSIDE_UNASKED },
		{ true, true, true, LIFECYCLE_OUTSIDE_UNASKED },
		{ false, false, false, LIFECYCLE_OUTSIDE_UNWANTED },
		{ false, false, true, LIFECYCLE_OUTSIDE_UNWANTED },
		{ false, true, false, LIFECYCLE_OUTSIDE_UNSEEABLE },
		{ false, true, true, LIFECYCLE_OUTSIDE_UNWANTED },
	};
	struct rotation rotation = { .ttl = 3600 };
	struct domain_view view = { .rotation = &rotation };
	struct lifecycle_fact fact = { .outside = LIFECYCLE_OUTSIDE_RIGHT };
	struct dns_sight sight = { .cache_wait = 5 };
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		view.policy.asks_outside = cases[i].asks;
		rotation.is_closed = cases[i].is_closed;
		sight.is_inside = cases[i].is_inside;
		domain_view_take_fact(&view, &fact, &sight);
		if (fact.outside != cases[i].want)
			fail_msg("%zu: %d", i, fact.outside);
		assert_int_equal(fact.cache_wait, 5);
	}
}

/*
 * A key of the domain: "r" for reserve, "n" for a newer one, "s" if it signs,
 * "d" if it signs for the stream desk; and a "!" if it is not for subdomains.
 */
static void
add_key(struct ks_state *keys, const char *word)
{
	struct ks_key key;

	ks_key_init(&key);
	(void)snprintf(key.selector, sizeof(key.selector), "k%zu",
	    keys->nkeys);
	key.algorithm = DKIMSIG_ED25519_SHA256;
	key.public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
	key.generated = word[0] == 'n' ? 2 : 1;
	key.active_from = word[0] == 'r' || word[0] == 'n' ? KS_NEVER :
	    NOW - DAY;
	if (word[0] == 'd')
		key.stream = "desk";
	key.strict = word[1] == '!';
	assert_int_equal(ks_state_append(keys, &key), 0);
}

static void
test_strict(void **state)
{
	static const struct {
		const char	*keys[4];
		const char	*stream;
		bool		 want;
	} cases[] = {
		{ { NULL }, NULL, false },
		{ { "s!" }, NULL, true },
		{ { "s" }, NULL, false },
		{ { "r", "s!", "r" }, NULL, true },
		{ { "r!", "s", "r!" }, NULL, false },
		{ { "r", "r!" }, NULL, true },
		{ { "r!", "r" }, NULL, false },
		{ { "n!", "r" }, NULL, true },
		{ { "n", "r!" }, NULL, false },
		{ { "s", "d!" }, "desk", true },
		{ { "s!", "d" }, "desk", false },
		{ { "d!", "s" }, NULL, false },
		{ { "d", "s!", "d" }, NULL, true },
		{ { "r", "s!", "r" }, "desk", true },
	};
	struct lifecycle_line line = {
		.algorithm = DKIMSIG_ED25519_SHA256
	};
	const struct ks_state *keys;
	size_t i, j;

	for (i = 0; i < SIZE(cases); i++) {
		assert_int_equal(setup(state), 0);
		assert_int_equal(domain_work_open(&work, &run, DOMAIN, true,
		    &report, &error), 0);
		for (j = 0; j < 4 && cases[i].keys[j] != NULL; j++)
			add_key(&work.view.state, cases[i].keys[j]);
		line.stream = cases[i].stream;
		if (domain_work_generate(&work, &line, &error) != 0)
			fail_msg("%zu: %s", i, error.text);
		keys = &work.view.state;
		assert_int_equal(report.count[REPORT_STEP], 1);
		assert_int_equal(keys->nkeys, j + 1);
		if (keys->keys[j].strict != cases[i].want)
			fail_msg("%zu: strict %d", i, keys->keys[j].strict);
		domain_work_close(&work);
		assert_int_equal(teardown(state), 0);
	}
}

/*
 * A run that has generated as many keys as it should puts off others that can
 * wait; what cannot wait is generated, and does not count.
 */
static void
test_put_off(void **state)
{
	static const struct {
		const char	*key;
		bool		 is_compromised;
		size_t		 generated, counted, put_off;
	} cases[] = {
		{ "s", false, 2, 2, 2 },
		{ "r", false, 4, 0, 0 },
		{ "s", true, 4, 0, 0 },
	};
	const struct lifecycle_line line = {
		.algorithm = DKIMSIG_ED25519_SHA256
	};
	size_t i, j;

	for (i = 0; i < SIZE(cases); i++) {
		assert_int_equal(setup(state), 0);
		run.max_new = 2;
		assert_int_equal(domain_work_open(&work, &run, DOMAIN, true,
		    &report, &error), 0);
		add_key(&work.view.state, cases[i].key);
		work.view.state.keys[0].compromised = cases[i].is_compromised;
		for (j = 0; j < 4; j++) {
			assert_int_equal(domain_work_generate(&work, &line,
			    &error), 0);
			assert_int_equal(report.count[REPORT_STEP],
			    j < cases[i].generated ? j + 1 :
			    cases[i].generated);
		}
		assert_int_equal(report.count[REPORT_WAIT], cases[i].put_off);
		assert_int_equal(work.view.state.nkeys,
		    1 + cases[i].generated);
		assert_int_equal(run.nnew, cases[i].counted);
		domain_work_close(&work);
		assert_int_equal(teardown(state), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_domain, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refresh, setup,
		    teardown),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_put_off),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
