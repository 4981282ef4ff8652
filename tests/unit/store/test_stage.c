/* SPDX-License-Identifier: ISC */

/*
 * A stage: its domains appear together, complete, and replace nothing; what is
 * left of a killed process does not come back.
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

#include <openssl/evp.h>

#include "keydir.h"
#include "store/sealer.h"
#include "store/stage.h"

static struct keydir store;
static struct ks_error error;
static bool seals;

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	seals = false;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	return 0;
}

static bool
exists(const char *name)
{
	char path[256];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", store.path, name);
	return stat(path, &st) == 0;
}

static struct keystore *
open_stage(void)
{
	struct keystore *stage;

	if (ks_stage_open(store.ks, &stage, &error) != 0)
		fail_msg("%s", error.text);
	return stage;
}

/* Make a domain with a key in the stage. */
static void
add(struct keystore *stage, const char *domain)
{
	struct keydir staged = { .ks = stage };

	assert_true(ks_stage_takes(store.ks, domain));
	(void)keydir_add(&staged, domain, "s1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
}

static void
check_key(const char *domain)
{
	struct ks_state state;
	EVP_PKEY *pkey = NULL;

	assert_int_equal(ks_state_read(store.ks, domain, &state, &error), 0);
	assert_int_equal(state.nkeys, 1);
	assert_int_equal(ks_key_load(store.ks, domain, &state.keys[0], &pkey,
	    &error), 0);
	ks_state_finish(&state);
	EVP_PKEY_free(pkey);
}

static void
test_domains_appear(void **state)
{
	struct keystore *stage;

	(void)state;
	stage = open_stage();
	add(stage, "a.example");
	add(stage, "b.example");
	assert_false(exists("a.example"));
	assert_true(exists(".fleet/incoming/a.example/state"));
	assert_int_equal(ks_stage_commit(store.ks, stage, 0, &error), 0);
	check_key("a.example");
	check_key("b.example");
	assert_false(exists(".fleet/incoming/a.example"));
	assert_true(ks_has_changed(store.ks));
	/* It can be used again. */
	assert_false(ks_stage_takes(store.ks, "a.example"));
	add(stage, "c.example");
	assert_int_equal(ks_stage_commit(store.ks, stage, 0, &error), 0);
	check_key("c.example");
	ks_close(stage);
}

static void
test_killed(void **state)
{
	struct keystore *stage;

	(void)state;
	stage = open_stage();
	add(stage, "a.example");
	ks_close(stage);
	stage = open_stage();
	assert_false(exists(".fleet/incoming/a.example"));
	assert_int_equal(ks_stage_commit(store.ks, stage, 0, &error), 0);
	assert_false(exists("a.example"));
	ks_close(stage);
}

/* Somebody else makes the domain meanwhile: his key stays. */
static void
test_domain_that_came(void **state)
{
	struct keystore *stage;
	struct ks_lock *lock;

	(void)state;
	stage = open_stage();
	add(stage, "a.example");
	assert_int_equal(ks_lock(store.ks, "a.example", true, &lock, &error),
	    0);
	ks_unlock(lock);
	assert_int_equal(ks_stage_commit(store.ks, stage, 0, &error),
	    KS_E_LOCKED);
	assert_non_null(strstr(error.text, "created meanwhile"));
	assert_true(exists("a.example"));
	assert_false(exists("a.example/state"));
	ks_close(stage);
}

static int
is_on(struct ks_sealer *sealer, bool *on, struct ks_error *why)
{
	(void)sealer;
	(void)why;
	*on = seals;
	return 0;
}

/* "seal" went over the store meanwhile, and saw none of these domains. */
static void
test_sealing_switched(void **state)
{
	struct ks_sealer sealer = { .is_on = is_on };
	struct keystore *stage;

	(void)state;
	ks_set_sealer(store.ks, &sealer);
	stage = open_stage();
	add(stage, "a.example");
	seals = true;
	assert_int_equal(ks_stage_commit(store.ks, stage, 0, &error),
	    KS_E_LOCKED);
	assert_non_null(strstr(error.text, "sealing"));
	assert_false(exists("a.example"));
	ks_close(stage);
	ks_set_sealer(store.ks, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_domains_appear, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_domain_that_came, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_sealing_switched, setup,
		    teardown),
	};
	int r;

	r = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return r;
}
