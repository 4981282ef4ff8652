/* SPDX-License-Identifier: ISC */

/*
 * countersign-key seal and unseal: convert the key files of a store, one by
 * one, each by replacing it.
 *
 * Sealing begins with the file that says so, after which each new key is
 * sealed; unsealing begins with the same file, and ends with removing it.  If
 * one of them is killed, both kinds of files exist, and both are used; run
 * again, it converts the rest.  Each domain is converted under its lock, so
 * that no other writer is in between.
 *
 * A key without a proof (record/proof.h) gets one before it is sealed, on the
 * host that rotates the keys: rotation could not make it later.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "command/holder.h"
#include "command/tool.h"
#include "record/proof.h"
#include "seal/seal.h"
#include "store/fleet_file.h"
#include "store/strays.h"

struct conversion {
	struct tool	*tool;
	bool		 seals;		/* or unseals */
	bool		 makes_proofs;
	size_t		 nchanged, nsame, ndomains, nfailed;
};

/* A key that cannot be converted is reported, and does not stop the others. */
static void
report(struct conversion *conversion, const struct ks_error *error)
{
	warnx("%s", error->text);
	conversion->nfailed++;
}

/* Make the proofs that are missing.  Returns 0 or KS_E_*. */
static int
add_proofs(struct conversion *conversion, struct ks_lock *lock,
    struct ks_state *state, struct ks_error *error)
{
	struct ks_key *key;
	bool is_added = false;
	EVP_PKEY *pkey;
	size_t i;

	if (!conversion->makes_proofs)
		return 0;
	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (key->proof != NULL || key->removed != KS_NEVER ||
		    ks_key_load(conversion->tool->ks, state->domain, key,
		    &pkey, NULL) != 0)
			continue;
		if (proof_keep(state, key, pkey, error) != 0)
			warnx("%s", error->text);
		else
			is_added = true;
		EVP_PKEY_free(pkey);
	}
	return is_added ? ks_state_write(lock, state, error) : 0;
}

static void
convert_key(struct conversion *conversion, struct ks_lock *lock,
    const struct ks_key *key, size_t *n)
{
	const char *step = conversion->seals ? "seal" : "unseal";
	struct ks_error error;
	bool is_changed;
	int r;

	r = ks_log_append(lock, conversion->tool->clock(), key->selector,
	    step, conversion->seals ? "its file is sealed" :
	    "its file is no longer sealed", &error);
	if (r == 0)
		r = ks_key_convert(lock, key, conversion->seals, &is_changed,
		    &error);
	if (r != 0)
		report(conversion, &error);
	else if (is_changed)
		(*n)++;
	else
		conversion->nsame++;
}

/* Whether the file of a key must be converted. */
static bool
is_due(struct conversion *conversion, const char *domain,
    const struct ks_key *key)
{
	struct keystore *ks = conversion->tool->ks;
	struct ks_error error;
	bool is_sealed;
	int r;

	r = ks_key_is_sealed(ks, domain, key->selector, &is_sealed, &error);
	if (r == KS_E_NOKEY)
		return false;
	if (r != 0) {
		report(conversion, &error);
		return false;
	}
	if (is_sealed != conversion->seals)
		return true;
	conversion->nsame++;
	return false;
}

/* Key files without a line in the state: nobody can say which key they have. */
static void
report_strays(struct conversion *conversion, const struct ks_state *state)
{
	char names[KS_STRAYS_SIZE];
	struct ks_strays strays;
	struct ks_error error;

	if (ks_strays_find(conversion->tool->ks, state->domain, state,
	    &strays, &error) != 0)
		report(conversion, &error);
	else if (strays.n > 0) {
		ks_strays_print(&strays, names);
		warnx("%s has key files that are not in its state file: %s: "
		    "they stay as they are: enter them with '%s adopt %s', and "
		    "run this again", state->domain, names,
		    conversion->tool->command, state->domain);
		conversion->nfailed++;
	}
	ks_strays_finish(&strays);
}

static void
convert_keys(struct conversion *conversion, struct ks_lock *lock,
    const struct ks_state *state)
{
	size_t i, n = 0;

	for (i = 0; i < state->nkeys; i++) {
		if (!is_due(conversion, state->domain, &state->keys[i]))
			continue;
		if (conversion->tool->dry_run)
			n++;
		else
			convert_key(conversion, lock, &state->keys[i], &n);
	}
	report_strays(conversion, state);
	if (n > 0) {
		(void)printf("%s: %zu key%s %s\n", state->domain, n,
		    n == 1 ? "" : "s", conversion->tool->dry_run ?
		    "to be converted" : conversion->seals ? "sealed" :
		    "unsealed");
		conversion->ndomains++;
	}
	conversion->nchanged += n;
}

static int
convert_domain(const char *domain, void *arg)
{
	struct conversion *conversion = arg;
	struct tool *tool = conversion->tool;
	struct ks_lock *lock = NULL;
	struct ks_error error;
	struct ks_state state;
	int r;

	memset(&state, 0, sizeof(state));
	r = tool_lock(tool, domain, false, &lock, &error);
	if (r == 0 && lock != NULL)
		r = ks_lock_clean(lock, &error);
	if (r == 0)
		r = ks_state_read(tool->ks, domain, &state, &error);
	if (r == 0 && lock != NULL && state.nunfinished > 0 &&
	    (r = ks_recover(lock, &state, tool->now, &error)) == 0)
		r = ks_state_write(lock, &state, &error);
	if (r == 0 && lock != NULL && conversion->seals)
		r = add_proofs(conversion, lock, &state, &error);
	if (r == 0)
		convert_keys(conversion, lock, &state);
	else
		report(conversion, &error);
	ks_state_finish(&state);
	ks_unlock(lock);
	return 0;
}

/* A private key of this host in its fleet; most hosts have none. */
static void
convert_host_key(struct conversion *conversion, const char *name)
{
	struct keystore *ks = conversion->tool->ks;
	bool is_sealed, is_changed = false;
	struct ks_error error;
	int r;

	r = ks_fleet_key_is_sealed(ks, name, &is_sealed, &error);
	if (r == KS_E_NOKEY)
		return;
	if (r == 0 && is_sealed != conversion->seals &&
	    !conversion->tool->dry_run)
		r = ks_fleet_key_convert(ks, name, conversion->seals,
		    &is_changed, &error);
	if (r != 0)
		report(conversion, &error);
	else if (is_sealed != conversion->seals)
		(void)printf("%s of this host's fleet: %s\n", name,
		    !is_changed ? "to be converted" : conversion->seals ?
		    "sealed" : "unsealed");
}

/* Convert all domains, and print the result.  False if something is left. */
static bool
convert(struct conversion *conversion)
{
	struct ks_error error;

	convert_host_key(conversion, KS_FLEET_SIGN_KEY);
	convert_host_key(conversion, KS_FLEET_WRAP_KEY);
	if (ks_each_domain(conversion->tool->ks, convert_domain, conversion,
	    &error) != 0)
		report(conversion, &error);
	(void)printf("%zu key%s of %zu domain%s %s, %zu already %s\n",
	    conversion->nchanged, conversion->nchanged == 1 ? "" : "s",
	    conversion->ndomains, conversion->ndomains == 1 ? "" : "s",
	    conversion->tool->dry_run ? "to be converted" :
	    conversion->seals ? "sealed" : "unsealed", conversion->nsame,
	    conversion->seals ? "sealed" : "unsealed");
	if (conversion->nfailed > 0)
		warnx("%zu problem%s: fix %s, and run this again",
		    conversion->nfailed, conversion->nfailed == 1 ? "" : "s",
		    conversion->nfailed == 1 ? "it" : "them");
	return conversion->nfailed == 0;
}

int
cmd_seal(struct tool *tool, int argc, char **argv)
{
	struct conversion conversion = { .tool = tool, .seals = true };
	char keks[SEAL_KEKS_SIZE];
	struct ks_error error;
	bool is_changed;

	(void)argc;
	(void)argv;
	conversion.makes_proofs = !holder_follows(tool) &&
	    !holder_trouble(tool, &error);
	if (tool->dry_run)
		return convert(&conversion) ? TOOL_DONE : TOOL_FAILED;
	if (seal_start(tool->seal, tool->new_kek, &is_changed, keks,
	    &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	(void)printf("KEK %s opens this store%s\n", keks, is_changed ?
	    "; new keys are sealed from now on" : "");
	return convert(&conversion) ? TOOL_DONE : TOOL_FAILED;
}

int
cmd_unseal(struct tool *tool, int argc, char **argv)
{
	struct conversion conversion = { .tool = tool };
	enum seal_kind kind;
	struct ks_error error;
	int r;

	(void)argc;
	(void)argv;
	r = seal_kind(tool->seal, &kind, &error);
	if (r == 0 && !tool->dry_run)
		r = seal_stop(tool->seal, &error);
	if (r != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	if (!convert(&conversion))
		return TOOL_FAILED;
	if (tool->dry_run || kind == SEAL_NONE)
		return TOOL_DONE;
	if (seal_end(tool->seal, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	(void)printf("the store is no longer sealed\n");
	return TOOL_DONE;
}
