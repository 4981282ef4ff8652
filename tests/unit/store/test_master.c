/* SPDX-License-Identifier: ISC */

/*
 * A store of a fleet: its master is asked before a state is written or a domain
 * archived, and without one, only the mirror writes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keydir.h"
#include "store/fleet_file.h"
#include "store/master.h"

#define DOMAIN	"example.com"

static struct keydir store;
static struct ks_error error;
static struct ks_lock *lock;
static int answer, nasked, nended;
static int64_t term, asked_in;
static char destroyed[KS_SELECTOR_SIZE];
static size_t nkeys;

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	answer = nasked = nended = 0;
	term = asked_in = 0;
	destroyed[0] = '\0';
	assert_int_equal(ks_lock(store.ks, DOMAIN, true, &lock, &error), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ks_unlock(lock);
	keydir_remove(&store);
	return 0;
}

static int64_t
read_term(void *context)
{
	assert_ptr_equal(context, &store);
	return term;
}

static int
ask_write(void *context, int64_t in, const struct ks_state *state,
    struct ks_error *why)
{
	assert_ptr_equal(context, &store);
	asked_in = in;
	assert_string_equal(state->domain, DOMAIN);
	nasked++;
	if (answer != 0)
		(void)strlcpy(why->text, "no", sizeof(why->text));
	return answer;
}

static int
ask_end(void *context, int64_t in, const char *domain, struct ks_error *why)
{
	assert_ptr_equal(context, &store);
	asked_in = in;
	assert_string_equal(domain, DOMAIN);
	nended++;
	if (answer != 0)
		(void)strlcpy(why->text, "no", sizeof(why->text));
	return answer;
}

static int
ask_destroy(void *context, int64_t in, const char *domain,
    const char *selector, struct ks_error *why)
{
	assert_ptr_equal(context, &store);
	asked_in = in;
	assert_string_equal(domain, DOMAIN);
	(void)strlcpy(destroyed, selector, sizeof(destroyed));
	if (answer != 0)
		(void)strlcpy(why->text, "no", sizeof(why->text));
	return answer;
}

static const struct ks_master master = {
	read_term, ask_write, ask_end, ask_destroy, &store
};

/* Write a state with so many keys, all of them removed. */
static int
write_keys(size_t n)
{
	struct ks_state state;
	struct ks_key key;
	size_t i;
	int r;

	memset(&state, 0, sizeof(state));
	(void)strlcpy(state.domain, DOMAIN, sizeof(state.domain));
	for (i = 0; i < n; i++) {
		ks_key_init(&key);
		key.selector[0] = (char)('a' + i);
		key.generated = key.removed = 1795424400;
		assert_int_equal(ks_state_append(&state, &key), 0);
	}
	r = ks_state_write(lock, &state, &error);
	ks_state_finish(&state);
	return r;
}

static void
has_keys(size_t n)
{
	struct ks_state state;

	assert_int_equal(ks_state_read(store.ks, DOMAIN, &state, &error), 0);
	nkeys = state.nkeys;
	ks_state_finish(&state);
	assert_int_equal(nkeys, n);
}

static void
join_fleet(void)
{
	assert_false(ks_is_in_fleet(store.ks));
	assert_int_equal(ks_fleet_write(store.ks, "marks", false, "x\n", 2,
	    &error), 0);
	assert_true(ks_is_in_fleet(store.ks));
}

static void
writes_what_is_taken(void **state)
{
	(void)state;
	ks_set_master(store.ks, &master);
	assert_int_equal(write_keys(1), 0);
	assert_int_equal(nasked, 1);
	has_keys(1);
	answer = KS_E_EXISTS;
	assert_int_equal(write_keys(2), KS_E_EXISTS);
	assert_string_equal(error.text, "no");
	assert_int_equal(nasked, 2);
	has_keys(1);
	/* Who does not want to know why. */
	answer = 0;
	assert_int_equal(write_keys(3), 0);
	has_keys(3);
}

static void
archives_what_is_ended(void **state)
{
	char path[1024];

	(void)state;
	ks_set_master(store.ks, &master);
	assert_int_equal(write_keys(1), 0);
	answer = KS_E_SYSTEM;
	assert_int_equal(ks_archive(lock, 1795424400, path, sizeof(path),
	    &error), KS_E_SYSTEM);
	has_keys(1);
	answer = 0;
	assert_int_equal(ks_archive(lock, 1795424400, path, sizeof(path),
	    &error), 0);
	assert_int_equal(nended, 2);
}

static void
destroys_what_may_go(void **state)
{
	(void)state;
	ks_set_master(store.ks, &master);
	assert_int_equal(write_keys(1), 0);
	answer = KS_E_SYSTEM;
	assert_int_equal(ks_key_destroy(lock, "a", &error), KS_E_SYSTEM);
	assert_string_equal(error.text, "no");
	answer = 0;
	assert_int_equal(ks_key_destroy(lock, "a", NULL), 0);
	assert_string_equal(destroyed, "a");
	/* One that the state does not have is not asked for. */
	destroyed[0] = '\0';
	assert_int_equal(ks_key_destroy(lock, "b", &error), KS_E_NOKEY);
	assert_string_equal(destroyed, "");
	ks_set_master(store.ks, NULL);
	join_fleet();
	assert_int_equal(ks_key_destroy(lock, "a", &error), KS_E_ARG);
}

static void
refuses_without_master(void **state)
{
	char path[1024];

	(void)state;
	assert_int_equal(write_keys(1), 0);
	join_fleet();
	assert_int_equal(write_keys(2), KS_E_ARG);
	assert_non_null(strstr(error.text, "belongs to a fleet"));
	assert_int_equal(ks_archive(lock, 1795424400, path, sizeof(path),
	    &error), KS_E_ARG);
	has_keys(1);
	ks_set_master(store.ks, &master);
	assert_int_equal(write_keys(2), 0);
	ks_set_master(store.ks, NULL);
	assert_int_equal(write_keys(3), KS_E_ARG);
	ks_set_mirror(store.ks);
	assert_int_equal(write_keys(3), 0);
	has_keys(3);
}

/* What the daemon does in the name of a client, who has the lock. */
static void
uses_a_lent_lock(void **state)
{
	struct ks_lock *other;

	(void)state;
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &other, &error),
	    KS_E_LOCKED);
	assert_int_equal(ks_lock_lent(store.ks, DOMAIN, &other, &error), 0);
	assert_int_equal(ks_fleet_write_rows(other, "x\n", 2, &error), 0);
	ks_unlock(other);
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &other, &error),
	    KS_E_LOCKED);
	assert_int_equal(ks_lock_lent(store.ks, "example.org", &other,
	    &error), KS_E_NODOMAIN);
	assert_null(other);
}

/* A folder that cannot be examined is no proof that the store is alone. */
static void
refuses_if_unknown(void **state)
{
	char path[256];
	FILE *fp;

	(void)state;
	assert_int_equal(write_keys(1), 0);
	(void)snprintf(path, sizeof(path), "%s/" KS_FLEET_FOLDER, store.path);
	assert_non_null(fp = fopen(path, "w"));
	assert_int_equal(fclose(fp), 0);
	assert_true(ks_is_in_fleet(store.ks));
	assert_int_equal(write_keys(2), KS_E_ARG);
	assert_non_null(strstr(error.text, "belongs to a fleet"));
	has_keys(1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(write_keys(2), 0);
	has_keys(2);
}

/* Asked in the term in which the domain was locked, whatever it is by then. */
static void
asks_in_term(void **state)
{
	char path[256];

	(void)state;
	ks_set_master(store.ks, &master);
	ks_unlock(lock);
	term = 7;
	assert_int_equal(ks_lock(store.ks, DOMAIN, false, &lock, &error), 0);
	term = 8;
	assert_int_equal(ks_lock_term(lock), 7);
	assert_int_equal(write_keys(1), 0);
	assert_int_equal(asked_in, 7);
	asked_in = 0;
	assert_int_equal(ks_archive(lock, 1795424400, path, sizeof(path),
	    &error), 0);
	assert_int_equal(asked_in, 7);
	assert_int_equal(ks_lock_term(NULL), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_what_is_taken, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(archives_what_is_ended, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(destroys_what_may_go, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(refuses_without_master, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(refuses_if_unknown, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(uses_a_lent_lock, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(asks_in_term, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
