/* SPDX-License-Identifier: ISC */

/*
 * A domain is read to be pushed while a command takes steps, each of which
 * replaces the state; and while a key cannot be loaded.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keydir.h"
#include "sync/bundle.h"

#define DOMAIN	"example.com"
#define NOW	1700000000
#define FOREVER	1000000

static struct keydir store;
static struct ks_error error;
static unsigned int nsteps, nnaps;
static int load_error;		/* 0: keys are loaded */

int	__real_ks_state_stamp(struct keystore *ks, const char *domain,
	    struct ks_stamp *stamp, struct ks_error *stamp_error);
int	__wrap_ks_state_stamp(struct keystore *ks, const char *domain,
	    struct ks_stamp *stamp, struct ks_error *stamp_error);
void	__wrap_sleep_ms(int64_t ms);
int	__real_ks_key_load(struct keystore *ks, const char *domain,
	    const struct ks_key *key, EVP_PKEY **out,
	    struct ks_error *load_text);
int	__wrap_ks_key_load(struct keystore *ks, const char *domain,
	    const struct ks_key *key, EVP_PKEY **out,
	    struct ks_error *load_text);

/* Each look finds the state of another step, as long as steps are taken. */
int
__wrap_ks_state_stamp(struct keystore *ks, const char *domain,
    struct ks_stamp *stamp, struct ks_error *stamp_error)
{
	int r;

	r = __real_ks_state_stamp(ks, domain, stamp, stamp_error);
	if (nsteps > 0)
		stamp->ino += nsteps--;
	return r;
}

void
__wrap_sleep_ms(int64_t ms)
{
	(void)ms;
	nnaps++;
}

int
__wrap_ks_key_load(struct keystore *ks, const char *domain,
    const struct ks_key *key, EVP_PKEY **out, struct ks_error *load_text)
{
	if (load_error == 0)
		return __real_ks_key_load(ks, domain, key, out, load_text);
	*out = NULL;
	(void)strlcpy(load_text->text, "cannot be loaded",
	    sizeof(load_text->text));
	return load_error;
}

static int
setup(void **state)
{
	(void)state;
	nsteps = nnaps = 0;
	load_error = 0;
	keydir_make(&store);
	(void)keydir_add(&store, DOMAIN, "s1", DKIMSIG_ED25519_SHA256, NOW,
	    KS_NEVER);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	return 0;
}

static int
read_domain(void)
{
	struct known known;
	char *text;
	size_t len;
	int r;

	memset(&known, 0, sizeof(known));
	r = bundle_print(store.ks, DOMAIN, &known, &text, &len, &error);
	if (r == 0) {
		assert_int_equal(strstr(text, "\nkey s1 ") != NULL,
		    load_error == 0);
		assert_int_equal(strlen(text), len);
		freezero(text, len);
	} else
		assert_null(text);
	known_finish(&known);
	return r;
}

static void
test_calm(void **state)
{
	(void)state;
	assert_int_equal(read_domain(), 0);
	assert_int_equal(nnaps, 0);
}

/* A command such as compromise takes a dozen steps in a row. */
static void
test_steps(void **state)
{
	(void)state;
	nsteps = 24;
	if (read_domain() != 0)
		fail_msg("%s", error.text);
	assert_int_equal(nsteps, 0);
	assert_int_equal(nnaps, 12);
}

static void
test_forever(void **state)
{
	(void)state;
	nsteps = FOREVER;
	assert_int_equal(read_domain(), KS_E_LOCKED);
	assert_non_null(strstr(error.text, "being changed: try again"));
}

/*
 * A file that is wrong is left out; a key that only cannot be loaded now must
 * not be, or the other host would get a state without its key.
 */
static void
test_not_loaded(void **state)
{
	static const struct {
		int	code;
		bool	is_of_file;
	} cases[] = {
		{ KS_E_DAMAGED, true },
		{ KS_E_UNSAFE, true },
		{ KS_E_NOKEY, true },
		{ KS_E_CRYPTO, false },
		{ KS_E_NOMEM, false },
		{ KS_E_SEALED, false },
		{ KS_E_SYSTEM, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		load_error = cases[i].code;
		assert_int_equal(read_domain(), cases[i].is_of_file ? 0 :
		    cases[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_calm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forever, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_loaded, setup,
		    teardown)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
