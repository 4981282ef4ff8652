/* SPDX-License-Identifier: ISC */

/*
 * Sealed keys while some n-th allocation fails, alone and with all that follow:
 * what is done to a store is done or not, but nothing is called damaged or
 * sealed for others, which would have it restored or replaced; afterwards each
 * key can be loaded, and no block is left.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "failing.h"
#include "keydir.h"
#include "seal/seal.h"

#define DOMAIN	"example.com"
#define KEK_1	"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define KEK_2	"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
#define MOST	100000		/* allocations */
#define FIRST	20		/* each of them fails; then every STEP-th */
#define STEP	401

struct fixture {
	struct keydir	 store;
	char		 kek[2][96];	/* files */
	struct ks_state	 state;
};

/* What one process does. */
struct process {
	struct fixture	*f;
	struct seal	*seal;
	struct keystore	*ks;
	struct ks_lock	*lock;		/* or NULL */
	struct ks_error	 error;
};

static void
write_kek(const char *path, const char *kek)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0400);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, kek, strlen(kek)), strlen(kek));
	(void)close(fd);
}

static int
setup(void **unused)
{
	struct ks_error error;
	struct fixture *f;
	size_t i;

	assert_non_null(f = calloc(1, sizeof(*f)));
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	keydir_make(&f->store);
	(void)keydir_add(&f->store, DOMAIN, "e1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	for (i = 0; i < 2; i++) {
		(void)snprintf(f->kek[i], sizeof(f->kek[i]), "%s/kek%zu",
		    f->store.path, i);
		write_kek(f->kek[i], i == 0 ? KEK_1 : KEK_2);
	}
	assert_int_equal(ks_state_read(f->store.ks, DOMAIN, &f->state,
	    &error), 0);
	assert_int_equal(ks_public_fill(f->store.ks, &f->state), 0);
	*unused = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	ks_state_finish(&f->state);
	keydir_free_keys();
	keydir_remove(&f->store);
	free(f);
	return 0;
}

/* -- A process ----------------------------------------------------------- */

static int
begin(struct process *process, struct fixture *f, bool locks)
{
	int r;

	memset(process, 0, sizeof(*process));
	process->f = f;
	if ((r = seal_new(&process->seal, f->kek[0], &process->error)) != 0 ||
	    (r = ks_open(&process->ks, f->store.path, NULL,
	    &process->error)) != 0)
		return r;
	seal_attach(process->seal, process->ks);
	return !locks ? 0 : ks_lock(process->ks, DOMAIN, true,
	    &process->lock, &process->error);
}

static void
end(struct process *process)
{
	ks_unlock(process->lock);
	ks_close(process->ks);
	seal_free(process->seal);
}

static int
load(struct process *process)
{
	EVP_PKEY *pkey;
	int r;

	r = ks_key_load(process->ks, DOMAIN, &process->f->state.keys[0],
	    &pkey, &process->error);
	assert_true((r == 0) == (pkey != NULL));
	EVP_PKEY_free(pkey);
	return r;
}

static int
convert(struct process *process, bool sealed)
{
	bool is_changed;

	return ks_key_convert(process->lock, &process->f->state.keys[0],
	    sealed, &is_changed, &process->error);
}

static int
start(struct process *process, const char *newfile)
{
	char keks[SEAL_KEKS_SIZE];
	bool is_changed;

	return seal_start(process->seal, newfile, &is_changed, keks,
	    &process->error);
}

/* -- What it does, and how to undo that ---------------------------------- */

static int
seals(struct process *process)
{
	int r;

	return (r = start(process, NULL)) != 0 ? r : convert(process, true);
}

static int
unseals(struct process *process)
{
	int r;

	if ((r = seal_stop(process->seal, &process->error)) != 0 ||
	    (r = convert(process, false)) != 0)
		return r;
	return seal_end(process->seal, &process->error);
}

static int
adds_kek(struct process *process)
{
	return start(process, process->f->kek[1]);
}

static int
removes_kek(struct process *process)
{
	return start(process, NULL);
}

static int
prepares(struct process *process)
{
	return seal_prepare(process->seal, &process->error);
}

static const struct action {
	const char	*name;
	int		(*run)(struct process *process);
	int		(*undo)(struct process *process);	/* or NULL */
	bool		 is_sealed;	/* the store, before */
} actions[] = {
	{ "seal",	seals,		unseals,	false },
	{ "unseal",	unseals,	seals,		true },
	{ "add KEK",	adds_kek,	removes_kek,	true },
	{ "load",	load,		NULL,		true },
	{ "prepare",	prepares,	NULL,		true },
};

/* Without a failure: it works, and afterwards the key can be loaded. */
static void
must(struct fixture *f, int (*run)(struct process *process))
{
	struct process process;

	if (begin(&process, f, true) != 0 || run(&process) != 0 ||
	    load(&process) != 0)
		fail_msg("%s", process.error.text);
	end(&process);
}

/* Returns false when no allocation failed. */
static bool
attempt(struct fixture *f, const struct action *action, size_t n,
    bool all_later, size_t *ngood)
{
	struct process process;
	bool has_failed;
	int r;

	failing_arm(n, all_later);
	if ((r = begin(&process, f, action->undo != NULL)) == 0)
		r = action->run(&process);
	has_failed = failing_disarm();
	if (r != 0 && r != KS_E_NOMEM && r != KS_E_CRYPTO &&
	    r != KS_E_SYSTEM)
		fail_msg("%s, allocation %zu: %d: %s", action->name, n, r,
		    process.error.text);
	assert_true(r == 0 || has_failed);
	assert_true(r == 0 || process.error.text[0] != '\0');
	*ngood += r == 0;
	end(&process);
	must(f, load);
	if (action->undo != NULL)
		must(f, action->undo);
	return has_failed;
}

static void
run_out(struct fixture *f, const struct action *action, bool all_later)
{
	size_t n, ngood = 0;

	for (n = 1; attempt(f, action, n, all_later, &ngood);
	    n += n < FIRST ? 1 : STEP)
		assert_true(n < MOST);
	assert_true(n > FIRST);
	assert_true(ngood >= 1);
}

static void
run_all(struct fixture *f)
{
	size_t i;
	int all_later;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		must(f, actions[i].is_sealed ? seals : load);
		for (all_later = 0; all_later <= 1; all_later++)
			run_out(f, &actions[i], all_later == 1);
		if (actions[i].is_sealed)
			must(f, unseals);
	}
}

/* What OpenSSL keeps for later, it has after the first time. */
static void
test_actions(void **state)
{
	struct fixture *f = *state;
	size_t live;

	run_all(f);
	live = failing_live();
	run_all(f);
	assert_int_equal(failing_live(), live);
}

/* What is damaged is called so when there is memory. */
static void
test_damaged(void **state)
{
	struct fixture *f = *state;
	struct process process;
	char path[96];
	int fd;

	must(f, seals);
	(void)snprintf(path, sizeof(path), "%s/seal", f->store.path);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, "x", 1), 1);
	(void)close(fd);
	assert_int_equal(begin(&process, f, false), 0);
	assert_int_equal(load(&process), KS_E_DAMAGED);
	assert_non_null(strstr(process.error.text, "the file \"seal\""));
	assert_int_equal(seal_check(process.seal, &process.error),
	    KS_E_DAMAGED);
	end(&process);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_actions, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup,
		    teardown),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
