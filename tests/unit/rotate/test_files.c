/* SPDX-License-Identifier: ISC */

/*
 * Key files that cannot be used: whether one is damaged, or the whole store.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keydir.h"
#include "rotate/view.h"

#define NOW	1790000000
#define DAY	86400
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define A	"a.example"
#define B	"b.example"

static struct keydir store;
static struct ks_error error;

static int64_t
read_clock(void)
{
	return NOW;
}

/* In both domains: "signs", "waits" in reserve, "gone" for a day. */
static int
setup(void **state)
{
	static const char *const domains[] = { A, B };
	size_t i;

	(void)state;
	keydir_make(&store);
	for (i = 0; i < SIZE(domains); i++) {
		(void)keydir_add(&store, domains[i], "signs",
		    DKIMSIG_ED25519_SHA256, NOW - DAY, KS_NEVER);
		(void)keydir_add(&store, domains[i], "waits",
		    DKIMSIG_ED25519_SHA256, KS_NEVER, KS_NEVER);
		(void)keydir_add(&store, domains[i], "gone",
		    DKIMSIG_ED25519_SHA256, 1, NOW - DAY);
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	return 0;
}

static void
path_of(const char *name, char path[256])
{
	(void)snprintf(path, 256, "%s/%s", store.path, name);
}

static void
damage(const char *name)
{
	char path[256];
	FILE *fp;

	path_of(name, path);
	assert_non_null(fp = fopen(path, "w"));
	assert_true(fputs("nothing\n", fp) >= 0);
	assert_int_equal(fclose(fp), 0);
}

static const struct {
	const char	*name;
	const char	*damaged[3], *missing;
	/* Of the domain A: its keys, and what is said of the store. */
	const char	*unusable;
	bool		 store_fault, is_widespread;
} cases[] = {
	{ "all is well", { NULL }, NULL, "", false, false },
	{ "a key that signs", { A "/signs.pem" }, NULL, " signs", false,
	    false },
	{ "one in reserve", { A "/waits.pem" }, NULL, " waits", false, false },
	{ "one that is retired", { A "/gone.pem" }, NULL, "", false, false },
	{ "two of the domain", { A "/signs.pem", A "/waits.pem" }, NULL,
	    " signs waits", true, false },
	{ "one that signs in each", { A "/signs.pem", B "/signs.pem" }, NULL,
	    " signs", true, true },
	{ "the state of the other", { A "/signs.pem", B "/state" }, NULL,
	    " signs", true, true },
	{ "one in reserve of the other", { A "/signs.pem", B "/waits.pem" },
	    NULL, " signs", false, false },
	{ "in reserve, and the other signs", { A "/waits.pem",
	    B "/signs.pem" }, NULL, " waits", false, false },
	{ "only of the other", { B "/signs.pem", B "/waits.pem" }, NULL, "",
	    false, false },
	{ "a file is missing", { NULL }, A "/signs.pem", "", false, false },
};

static void
open_view(struct domain_view *view, struct rotation_run *run)
{
	static const struct config config;

	memset(run, 0, sizeof(*run));
	memset(view, 0, sizeof(*view));
	assert_int_equal(pthread_mutex_init(&run->mutex, NULL), 0);
	run->config = &config;
	run->ks = store.ks;
	run->clock = read_clock;
	view->run = run;
	assert_int_equal(ks_state_read(store.ks, A, &view->state, &error), 0);
	view->facts = calloc(view->state.nkeys, sizeof(*view->facts));
	view->notes = calloc(view->state.nkeys, sizeof(*view->notes));
	assert_non_null(view->facts);
	assert_non_null(view->notes);
}

static void
close_view(struct domain_view *view, struct rotation_run *run)
{
	size_t i;

	for (i = 0; i < view->state.nkeys; i++)
		free(view->notes[i].fault);
	free(view->notes);
	free(view->facts);
	ks_state_finish(&view->state);
	(void)pthread_mutex_destroy(&run->mutex);
}

/* Which keys are unusable, with their faults noted. */
static void
list(const struct domain_view *view, char text[128])
{
	size_t i;

	text[0] = '\0';
	for (i = 0; i < view->state.nkeys; i++) {
		assert_true(!view->facts[i].is_unusable ||
		    view->notes[i].fault != NULL);
		if (!view->facts[i].is_unusable)
			continue;
		(void)strlcat(text, " ", 128);
		(void)strlcat(text, view->state.keys[i].selector, 128);
	}
}

static void
check_case(size_t i)
{
	struct rotation_run run;
	struct domain_view view;
	char path[256], text[128];
	size_t j;

	for (j = 0; j < 3 && cases[i].damaged[j] != NULL; j++)
		damage(cases[i].damaged[j]);
	if (cases[i].missing != NULL) {
		path_of(cases[i].missing, path);
		assert_int_equal(unlink(path), 0);
	}
	open_view(&view, &run);
	assert_int_equal(domain_view_files(&view, &error), 0);
	list(&view, text);
	if (strcmp(text, cases[i].unusable) != 0 ||
	    view.policy.store_fault != cases[i].store_fault ||
	    run.is_widespread != cases[i].is_widespread)
		fail_msg("%s:%s, store %d, several %d", cases[i].name, text,
		    view.policy.store_fault, run.is_widespread);
	for (j = 0; j < view.state.nkeys; j++)
		if (view.facts[j].has_file != (cases[i].missing == NULL ||
		    strcmp(view.state.keys[j].selector, "signs") != 0))
			fail_msg("%s: %s: has_file", cases[i].name,
			    view.state.keys[j].selector);
	close_view(&view, &run);
}

static void
test_cases(void **state)
{
	size_t i;

	for (i = 0; i < SIZE(cases); i++) {
		assert_int_equal(setup(state), 0);
		check_case(i);
		assert_int_equal(teardown(state), 0);
	}
}

/* A file is loaded once in a run. */
static void
test_once(void **state)
{
	struct rotation_run run;
	struct domain_view view;
	size_t i;

	assert_int_equal(setup(state), 0);
	open_view(&view, &run);
	assert_int_equal(domain_view_files(&view, &error), 0);
	damage(A "/signs.pem");
	assert_int_equal(domain_view_files(&view, &error), 0);
	for (i = 0; i < view.state.nkeys; i++)
		assert_false(view.facts[i].is_unusable);
	close_view(&view, &run);
	assert_int_equal(teardown(state), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_once),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
