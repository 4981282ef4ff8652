/* SPDX-License-Identifier: ISC */

/*
 * A key counts as verified only if a signature made with it verifies with the
 * record that DNS shows.  The signature is the proof that the state keeps; if
 * there is none, or a damaged one, a new one is made.  Nothing is written: the
 * work has no lock.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keydir.h"
#include "record/proof.h"
#include "rotate/step_private.h"
#include "testkeys.h"

#define NOW	1790000000	/* 2026-09-21T14:13:20Z */
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum proof { NONE, GOOD, OF_ANOTHER_DOMAIN, DAMAGED };
enum shown { OWN, ANOTHER, NOTHING };

static const struct {
	const char	*name;
	enum proof	 proof;
	enum shown	 shown;
	bool		 has_file, is_verified;
} cases[] = {
	{ "a proof", GOOD, OWN, true, true },
	{ "a proof, and no key file", GOOD, OWN, false, true },
	{ "no proof", NONE, OWN, true, true },
	{ "no proof, and no key file", NONE, OWN, false, false },
	{ "a damaged proof", DAMAGED, OWN, true, true },
	{ "a damaged proof, and no key file", DAMAGED, OWN, false, false },
	{ "a proof for another domain", OF_ANOTHER_DOMAIN, OWN, true, true },
	{ "another record", GOOD, ANOTHER, true, false },
	{ "another record, and no proof", NONE, ANOTHER, true, false },
	{ "another record, and a damaged proof", DAMAGED, ANOTHER, true,
	    false },
	{ "no memory for the record", GOOD, NOTHING, true, false },
};

static struct keydir store;
static char records[2][DKIMSIG_KEYRECORD_SIZE];	/* by enum shown */
static char proofs[DAMAGED + 1][PROOF_SIZE];

static int64_t
read_clock(void)
{
	return NOW;
}

static int
setup(void **state)
{
	struct ks_error error;
	struct ks_state keys;
	EVP_PKEY *pkey, *other;

	(void)state;
	keydir_make(&store);
	pkey = keydir_add(&store, "example.com", "s1", DKIMSIG_ED25519_SHA256,
	    KS_NEVER, KS_NEVER);
	other = testkeys_make(DKIMSIG_ED25519_SHA256, 0);
	testkeys_record(pkey, DKIMSIG_ED25519_SHA256, records[OWN],
	    sizeof(records[OWN]));
	testkeys_record(other, DKIMSIG_ED25519_SHA256, records[ANOTHER],
	    sizeof(records[ANOTHER]));
	EVP_PKEY_free(other);
	assert_int_equal(ks_state_read(store.ks, "example.com", &keys,
	    &error), 0);
	assert_int_equal(proof_make("example.com", &keys.keys[0], pkey,
	    proofs[GOOD], &error), 0);
	assert_int_equal(proof_make("example.org", &keys.keys[0], pkey,
	    proofs[OF_ANOTHER_DOMAIN], &error), 0);
	ks_state_finish(&keys);
	memcpy(proofs[DAMAGED], proofs[GOOD], PROOF_SIZE);
	proofs[DAMAGED][0] = proofs[GOOD][0] == 'A' ? 'B' : 'A';
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	keydir_free_keys();
	return 0;
}

/* Take the step. */
static void
check_case(size_t i)
{
	struct rotation_run run = { .ks = store.ks, .clock = read_clock };
	struct lifecycle_action action = { .step = LIFECYCLE_VERIFY };
	struct lifecycle_fact fact = { 0 };
	struct domain_report report;
	struct domain_work work = { .report = &report };
	struct view_note note = { .published =
	    cases[i].shown == NOTHING ? NULL : records[cases[i].shown] };
	char file[128], away[128];
	struct ks_error error;
	struct ks_key *key;

	print_message("# %s\n", cases[i].name);
	(void)snprintf(file, sizeof(file), "%s/example.com/s1.pem",
	    store.path);
	(void)snprintf(away, sizeof(away), "%s/s1.pem", store.path);
	domain_report_init(&report, "example.com");
	assert_int_equal(ks_state_read(store.ks, "example.com",
	    &work.view.state, &error), 0);
	work.view.run = &run;
	work.view.facts = &fact;
	work.view.notes = &note;
	key = &work.view.state.keys[0];
	key->seen = NOW - 60;
	key->proof = cases[i].proof == NONE ? NULL : proofs[cases[i].proof];
	if (!cases[i].has_file)
		assert_int_equal(rename(file, away), 0);
	assert_int_equal(domain_work_step(&work, &action, &error), 0);
	if (!cases[i].has_file)
		assert_int_equal(rename(away, file), 0);
	assert_int_equal(report.nlines, 1);
	if (cases[i].is_verified) {
		assert_int_equal(report.lines[0].kind, REPORT_STEP);
		assert_int_equal(key->verified, NOW);
		assert_non_null(strstr(report.lines[0].text,
		    "verifies with the published record, seen since "
		    "2026-09-21T14:12:20Z: "));
		assert_int_equal(proof_verify("example.com", key,
		    records[OWN], &error), 0);
	} else {
		assert_int_equal(report.lines[0].kind, REPORT_FAIL);
		assert_int_equal(report.lines[0].trouble,
		    TROUBLE_NEW_RECORD);
		assert_int_equal(key->verified, KS_NEVER);
	}
	ks_state_finish(&work.view.state);
	domain_report_finish(&report);
}

static void
test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++)
		check_case(i);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
