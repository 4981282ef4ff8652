/* SPDX-License-Identifier: ISC */

/*
 * A state in memory: what it says of a domain that leaves and of a stream that
 * ends, which keys are unfinished, and that it keeps its own texts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/keystore.h"
#include "store/state.h"

static struct ks_state state;

static int
setup(void **arg)
{
	(void)arg;
	memset(&state, 0, sizeof(state));
	return 0;
}

static int
teardown(void **arg)
{
	(void)arg;
	ks_state_finish(&state);
	assert_int_equal(state.nkeys + state.nunfinished, 0);
	assert_null(state.keys);
	assert_null(state.unfinished);
	return 0;
}

/* Add a key; a + before its name: it is unfinished. */
static void
add(const char *name, const char *stream)
{
	struct ks_key key;

	ks_key_init(&key);
	key.unfinished = *name == '+';
	(void)strlcpy(key.selector, name + key.unfinished,
	    sizeof(key.selector));
	key.stream = stream;
	assert_int_equal(ks_state_append(&state, &key), 0);
}

static void
assert_unfinished(const char *want)
{
	char text[64] = "";
	size_t i;

	for (i = 0; i < state.nunfinished; i++)
		(void)strlcat(text, state.unfinished[i].selector,
		    sizeof(text));
	assert_string_equal(text, want);
}

static void
test_unfinished(void **arg)
{
	struct ks_key key;

	(void)arg;
	assert_false(state_has(&state, "a"));
	assert_false(state_take_unfinished(&state, "a", &key));
	add("+a", NULL);
	add("k", NULL);
	add("+b", "desk");
	add("+c", NULL);
	assert_int_equal(state.nkeys, 1);
	assert_true(state_has(&state, "a"));
	assert_true(state_has(&state, "c"));
	assert_true(state_has(&state, "k"));
	assert_false(state_has(&state, "d"));
	assert_null(ks_state_find(&state, "a"));
	assert_ptr_equal(ks_state_find(&state, "k"), &state.keys[0]);
	/* Only unfinished ones are taken, and in any order. */
	assert_false(state_take_unfinished(&state, "k", &key));
	assert_true(state_take_unfinished(&state, "b", &key));
	assert_string_equal(key.selector, "b");
	assert_string_equal(key.stream, "desk");
	assert_true(key.unfinished);
	assert_unfinished("ac");
	assert_false(state_take_unfinished(&state, "b", &key));
	assert_true(state_take_unfinished(&state, "c", &key));
	assert_unfinished("a");
	add("+d", NULL);
	assert_true(state_take_unfinished(&state, "a", &key));
	assert_unfinished("d");
	assert_true(state_take_unfinished(&state, "d", &key));
	assert_unfinished("");
	assert_false(state_has(&state, "d"));
	assert_true(state_has(&state, "k"));
}

/* A stream ends as long as one of its keys that ends is not removed. */
static void
test_ending(void **arg)
{
	(void)arg;
	assert_false(ks_state_is_ending(&state, NULL));
	add("a", NULL);
	add("b", "desk");
	add("c", "desk");
	add("d", "news");
	assert_false(ks_state_is_ending(&state, "desk"));
	state.keys[1].ending = state.keys[2].ending = true;
	state.keys[1].removed = 5;
	assert_true(ks_state_is_ending(&state, "desk"));
	assert_false(ks_state_is_ending(&state, NULL));
	assert_false(ks_state_is_ending(&state, ""));
	assert_false(ks_state_is_ending(&state, "news"));
	state.keys[2].removed = 5;
	assert_false(ks_state_is_ending(&state, "desk"));
	state.keys[0].ending = true;
	assert_true(ks_state_is_ending(&state, NULL));
	assert_true(ks_state_is_ending(&state, ""));
	assert_false(ks_state_is_ending(&state, "desk"));
}

static void
test_leaving(void **arg)
{
	size_t i;

	(void)arg;
	assert_false(ks_state_is_leaving(&state));
	add("a", NULL);
	add("b", "desk");
	add("c", NULL);
	assert_false(ks_state_is_leaving(&state));
	for (i = 0; i < 3; i++) {
		state.keys[i].leaving = true;
		assert_true(ks_state_is_leaving(&state));
		state.keys[i].leaving = false;
	}
}

/* The texts of a key that is added are copied. */
static void
test_texts(void **arg)
{
	char stream[] = "desk", public[] = "AAAA", proof[] = "BBBB",
	    others[] = "later=1";
	struct ks_key key;

	(void)arg;
	add("a", NULL);
	assert_null(state.keys[0].stream);
	assert_null(state.keys[0].public);
	assert_null(state.keys[0].proof);
	assert_null(state.keys[0].others);
	ks_key_init(&key);
	(void)strlcpy(key.selector, "b", sizeof(key.selector));
	key.stream = stream;
	key.public = public;
	key.proof = proof;
	key.others = others;
	assert_int_equal(ks_state_append(&state, &key), 0);
	stream[0] = public[0] = proof[0] = others[0] = 'x';
	assert_string_equal(state.keys[1].stream, "desk");
	assert_string_equal(state.keys[1].public, "AAAA");
	assert_string_equal(state.keys[1].proof, "BBBB");
	assert_string_equal(state.keys[1].others, "later=1");
	assert_string_equal(ks_state_keep(&state, "longer", 4), "long");
	assert_string_equal(ks_state_keep(&state, "", 0), "");
	assert_null(ks_state_keep(&state, "", (size_t)KS_MAX_STATE + 1));
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unfinished),
		TEST(test_ending),
		TEST(test_leaving),
		TEST(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
